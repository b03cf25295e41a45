"""Many dated snapshots of one list in a run: one file, each day replaceable by itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flowlake import accepted
from flowlake.ingest import Ingested, ingest
from flowlake.maintain import rollback, verify
from flowlake.override import Override
from flowlake.settings import Settings
from flowlake.status import status
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.engine.models import models
from transforms.lake import compact as compacting
from transforms.lake.compact import compact
from transforms.lake.cut import served
from transforms.schemas import tables_of

pytestmark = pytest.mark.xdist_group("pipeline")

PARTIES = "staged.designations"
NULL = "-0- "


def write_list(path: Path, parties: Mapping[int, str]) -> Path:
    """An sdn.csv with a party of each number and name."""
    lines = []
    for uid, name in parties.items():
        cells = [str(uid), f'"{name}"', '"individual"' if uid % 2 else NULL, '"CUBA"']
        remarks = f"\"DOB 19{uid % 90 + 10}; Passport A{uid}; a.k.a. '{name[::-1]}'.\""
        lines.append(",".join([*cells, *[NULL] * 7, remarks]) + "\r\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines) + "\x1a\r\n", "ascii", newline="")
    return path


def people(*numbers: int, **renamed: str) -> dict[int, str]:
    names = {n: f"PARTY {n}" for n in numbers}
    return names | {int(k.removeprefix("n")): v for k, v in renamed.items()}


EVERYBODY = range(100, 160)
HISTORY = {
    "2031-05-01": people(*EVERYBODY),
    "2031-05-02": people(*EVERYBODY, 200),
    "2031-05-03": people(*EVERYBODY, 200, n101="RENAMED 101"),
    "2031-05-04": people(*EVERYBODY[1:], 200, n101="RENAMED 101"),
    "2031-05-05": people(*EVERYBODY[1:], 200, 201, n101="RENAMED 101"),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(str(tmp_path / "lake"))


@pytest.fixture
def take(settings: Settings, tmp_path: Path) -> Callable[..., Ingested]:
    """Ingest lists by the names of their files; later runs may say other things of a day."""

    def run(lists: Mapping[str, Mapping[int, str]]) -> Ingested:
        folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
        for name, parties in lists.items():
            write_list(folder / f"sdn_{name}.csv", parties)
        return ingest(settings, "ofac_sdn", [str(folder)])

    return run


def names_by_day(settings: Settings) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for file in served(settings.storage)[PARTIES]:
        for r in pq.read_table(file).to_pylist():
            day = found.setdefault(r["snapshot_date"].isoformat(), {})
            assert int(r["party_id"]) not in day
            day[int(r["party_id"])] = r["name"]
    return found


def files(settings: Settings) -> Counter[str]:
    return Counter({t: len(f) for t, f in served(settings.storage).items() if "designation" in t})


def statuses(result: Ingested) -> dict[str, str]:
    return {s["batch"]: s["status"] for s in result.snapshots}


def everywhere(settings: Settings, days: Iterable[str]) -> bool:
    """Whether every table that has rows has them of exactly these days."""
    for table in (PARTIES, "staged.designation_names", "staged.designation_identifiers"):
        found = {
            d.isoformat()
            for f in served(settings.storage)[table]
            for d in pq.read_table(f, columns=["snapshot_date"])["snapshot_date"].to_pylist()
        }
        assert found == set(days), table
    return True


def test_a_run_of_snapshots_is_one_file_and_a_row_for_each_party_and_day(
    settings: Settings, take: Callable[..., Ingested]
) -> None:
    result = take(HISTORY)
    assert set(statuses(result).values()) == {"published"}
    assert names_by_day(settings) == HISTORY
    assert set(files(settings).values()) <= {0, 1}
    assert take(HISTORY).exit_status == 0
    assert verify(settings) == []
    judged = served(settings.storage)["meta.judgements"]
    batches = {r["batch"] for f in judged for r in pq.read_table(f).to_pylist()}
    assert batches == set(HISTORY)


def test_one_day_of_a_pack_is_replaced_and_the_others_are_carried_over(
    settings: Settings, take: Callable[..., Ingested]
) -> None:
    take(HISTORY)
    other = people(*EVERYBODY, 200, n102="RENAMED 102")
    assert statuses(take({"2031-05-03": other})) == {"2031-05-03": "published"}
    assert names_by_day(settings) == HISTORY | {"2031-05-03": other}
    assert everywhere(settings, HISTORY)
    assert files(settings)[PARTIES] == 2
    assert "replaces other bytes" in accepted.rows(settings.storage)[-1]["reason"]
    assert verify(settings) == []

    rollback(settings, PARTIES, 0)
    assert names_by_day(settings) == HISTORY
    assert verify(settings) == []


def test_a_day_outside_a_pack_leaves_its_file_alone(
    settings: Settings, take: Callable[..., Ingested]
) -> None:
    days = {d: HISTORY[d] for d in ("2031-05-01", "2031-05-02", "2031-05-05")}
    take(days)
    (pack,) = served(settings.storage)[PARTIES]
    for day in ("2031-05-03", "2031-05-06"):  # within its span of days, and after it
        take({day: people(*EVERYBODY, 200)})
        assert pack in served(settings.storage)[PARTIES]
    assert everywhere(settings, [*days, "2031-05-03", "2031-05-06"])


def test_a_snapshot_that_fails_stops_itself_and_no_other(
    settings: Settings, take: Callable[..., Ingested]
) -> None:
    broken = HISTORY | {"2031-05-03": people(*EVERYBODY[:20])}
    result = take(broken)
    assert result.exit_status == 4
    failed = statuses(result)
    assert failed.pop("2031-05-03") == "failed_gate"
    assert set(failed.values()) == {"published"}  # what follows is compared with the day before
    assert names_by_day(settings) == {d: p for d, p in HISTORY.items() if d != "2031-05-03"}
    assert everywhere(settings, failed)
    assert verify(settings) == []
    kept = {f.name for f in Path(settings.lake).glob("quarantine/ofac_sdn/*/*.parquet")}
    assert {"designations.parquet", "designation_names.parquet"} <= kept
    for file in Path(settings.lake).glob("quarantine/ofac_sdn/*/designations.parquet"):
        assert pq.read_metadata(file).num_rows == 20


def test_of_several_versions_of_a_day_the_last_sound_one_is_its_state(
    settings: Settings, take: Callable[..., Ingested]
) -> None:
    first, last = people(*EVERYBODY, 200), people(*EVERYBODY, 200, 201)
    versions = {
        "2031-05-01": people(*EVERYBODY),
        "2031-05-02_1": first,
        "2031-05-02_2": last,
        "2031-05-03_1": last,
        "2031-05-03_2": people(*EVERYBODY[:9]),
    }
    result = take(versions)
    assert [s["status"] for s in result.snapshots] == [
        *("published", "superseded", "published"),
        *("published", "failed_gate"),
    ]
    assert names_by_day(settings) == {
        "2031-05-01": people(*EVERYBODY),
        "2031-05-02": last,
        "2031-05-03": last,
    }
    assert everywhere(settings, ["2031-05-01", "2031-05-02", "2031-05-03"])
    assert verify(settings) == []


def test_a_refused_file_leaves_nothing_in_the_pack(
    settings: Settings, take: Callable[..., Ingested], tmp_path: Path
) -> None:
    folder = tmp_path / "given"
    for day, parties in HISTORY.items():
        write_list(folder / f"sdn_{day}.csv", parties)
    cut = folder / "sdn_2031-05-02.csv"
    cut.write_bytes(cut.read_bytes()[:-60])
    result = ingest(settings, "ofac_sdn", [str(folder)])
    assert result.exit_status == 3
    assert names_by_day(settings) == {d: p for d, p in HISTORY.items() if d != "2031-05-02"}
    assert everywhere(settings, set(HISTORY) - {"2031-05-02"})


def test_a_person_lets_a_real_mass_delisting_pass_and_is_named_for_it(
    settings: Settings, take: Callable[..., Ingested], tmp_path: Path
) -> None:
    take({"2031-05-01": people(*EVERYBODY)})
    halved = {"2031-05-02": people(*EVERYBODY[:45])}
    assert take(halved).exit_status == 4

    path = write_list(tmp_path / "again" / "sdn_2031-05-02.csv", halved["2031-05-02"])
    said = Override("A. Person", "general licence of 2 May, read on the publisher's page")
    result = ingest(settings, "ofac_sdn", [str(path)], override=said)
    assert result.exit_status == 0
    assert any("A. Person" in line for line in result.lines())
    assert names_by_day(settings) == {"2031-05-01": people(*EVERYBODY), **halved}

    row = accepted.rows(settings.storage)[-1]
    assert row["override_by"] == "A. Person"
    assert "general licence of 2 May" in row["override_reason"]
    assert "row_count" in row["override_reason"]
    (source,) = status(settings)["sources"]
    assert [o["by"] for o in source["overrides"]] == ["A. Person"]


def test_no_reason_makes_an_empty_or_senseless_list_right(
    settings: Settings, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "given" / "sdn_2031-05-02.csv", people(*EVERYBODY[:9]))
    path.write_text(path.read_text("ascii").replace('"PARTY 101"', '""'), "ascii", newline="")
    alt = path.with_name("alt_2031-05-02.csv")
    strays = "".join(f'{n},{n},"aka","STRAY {n}",-0- \r\n' for n in range(500, 700))
    alt.write_text(strays + "\x1a\r\n", "ascii", newline="")
    said = Override("A. Person", "never mind")
    result = ingest(settings, "ofac_sdn", [str(path.parent)], override=said)
    assert result.exit_status == 4
    assert "different publications" in result.problems[0]
    assert accepted.rows(settings.storage)[-1]["override_by"] is None


def test_another_content_for_an_older_day_is_an_event(
    settings: Settings, take: Callable[..., Ingested]
) -> None:
    take(HISTORY)
    result = take({"2031-05-02": people(*EVERYBODY, 200, 209)})
    (snapshot,) = result.snapshots
    assert snapshot["event"].startswith("replaces other bytes")
    assert snapshot["event"].endswith("the newest snapshot is of 2031-05-05")
    assert any("replaces other bytes" in line for line in result.lines())
    (source,) = status(settings)["sources"]
    assert [r["batch"] for r in source["replaced"]] == ["2031-05-02"]


BUILT = (
    *("core.list_snapshots", "core.entity_parties", "core.designations", "core.entity_wallets"),
    *("core.party_versions", "core.party_states", "core.entity_names"),
    "marts.designation_changes",
)


def built(settings: Settings) -> dict[str, list[Any]]:
    """Core tables of the lake's lists, as a build makes them."""
    engine = DuckDBEngine(connect())
    engine.prepare()
    files = served(settings.storage)
    for t in tables_of(("staged", "meta")):
        engine.attach(t.name, files.get(t.name, []))
    found = {}
    wanted, every = set(BUILT), {m.table: m for m in models()}
    while needed := {r for t in wanted for r in every[t].reads if r in every} - wanted:
        wanted |= needed
    for model in models():
        if model.table not in wanted:
            continue
        if model.is_step and model.sql:
            engine.step(model.table, model.sql)
        elif model.sql:
            engine.create(model.table, model.sql)
        else:
            model.build(engine)
        if model.table in BUILT:
            found[model.table] = engine.con.execute(f"select * from {model.table}").fetchall()
    return found


@pytest.mark.slow
def test_snapshots_in_any_order_and_run_give_the_same_tables(tmp_path: Path) -> None:
    days = list(HISTORY)
    orders = [[days], [[d] for d in (days[3], days[0], days[4], days[2], days[1])]]
    orders.append([[days[4], days[1]], [days[2]], [days[3], days[0]]])
    found = []
    for number, runs in enumerate(orders):
        settings = Settings.from_env(str(tmp_path / f"lake-{number}"))
        for run, chosen in enumerate(runs):
            folder = tmp_path / f"{number}-{run}"
            for day in chosen:
                write_list(folder / f"sdn_{day}.csv", HISTORY[day])
            result = ingest(settings, "ofac_sdn", [str(folder)])
            assert set(statuses(result).values()) == {"published"}
        found.append(built(settings))
        assert len(found[-1]["core.party_versions"]) == 1
        assert {r[0].isoformat() for r in found[-1]["marts.designation_changes"]} == set(days[1:])
    for table in BUILT:
        assert found[1][table] == found[0][table], table
        assert found[2][table] == found[0][table], table


def one_by_one(settings: Settings, tmp_path: Path) -> None:
    for day, parties in HISTORY.items():
        path = write_list(tmp_path / day / f"sdn_{day}.csv", parties)
        assert ingest(settings, "ofac_sdn", [str(path)]).exit_status == 0


@pytest.mark.slow
def test_daily_files_of_a_list_become_one_with_the_same_rows(
    settings: Settings, take: Callable[..., Ingested], tmp_path: Path
) -> None:
    one_by_one(settings, tmp_path)
    assert files(settings)[PARTIES] == len(HISTORY)
    before = built(settings)
    assert compact(settings.storage) == 0, "five files are no crowd"

    assert compact(settings.storage, least_files=5) > 0
    assert set(files(settings).values()) <= {0, 1}
    assert built(settings) == before
    assert verify(settings) == []
    assert compact(settings.storage, least_files=5) == 0
    (source,) = status(settings)["sources"]
    assert source["snapshots"] == len(HISTORY)

    other = people(*EVERYBODY, 200, n102="RENAMED 102")
    take({"2031-05-03": other})
    assert names_by_day(settings) == HISTORY | {"2031-05-03": other}
    rollback(settings, PARTIES, len(HISTORY) - 1)  # the five files, before they became one
    assert names_by_day(settings) == HISTORY
    assert verify(settings) == []


def test_a_compaction_that_dies_leaves_what_was_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one(settings, tmp_path)
    before = served(settings.storage)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(compacting, "append", die)
        with pytest.raises(KeyboardInterrupt):
            compact(settings.storage, least_files=5)
    assert served(settings.storage) == before
    assert compact(settings.storage, least_files=5) > 0
    assert names_by_day(settings) == HISTORY
    assert verify(settings) == []
