"""Many dated snapshots of one list in a run: one file, each day replaceable by itself."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flowlake import accepted
from flowlake.ingest import Ingested, ingest
from flowlake.maintain import rollback, verify
from flowlake.override import Override
from flowlake.settings import Settings
from flowlake.status import status
from tests.flowlake.dated_lists import (
    EVERYBODY,
    HISTORY,
    PARTIES,
    everywhere,
    files,
    names_by_day,
    people,
    statuses,
    write_list,
)
from transforms.lake.cut import served

pytestmark = pytest.mark.xdist_group("pipeline")


def test_a_run_of_snapshots_is_one_file_and_a_row_for_each_party_and_day(
    settings: Settings, take_lists: Callable[..., Ingested]
) -> None:
    result = take_lists(HISTORY)
    assert set(statuses(result).values()) == {"published"}
    assert names_by_day(settings) == HISTORY
    assert set(files(settings).values()) <= {0, 1}
    assert take_lists(HISTORY).exit_status == 0
    assert verify(settings) == []
    judged = served(settings.storage)["meta.judgements"]
    batches = {r["batch"] for f in judged for r in pq.read_table(f).to_pylist()}
    assert batches == set(HISTORY)


def test_one_day_of_a_pack_is_replaced_and_the_others_are_carried_over(
    settings: Settings, take_lists: Callable[..., Ingested]
) -> None:
    take_lists(HISTORY)
    other = people(*EVERYBODY, 200, n102="RENAMED 102")
    assert statuses(take_lists({"2031-05-03": other})) == {"2031-05-03": "published"}
    assert names_by_day(settings) == HISTORY | {"2031-05-03": other}
    assert everywhere(settings, HISTORY)
    assert files(settings)[PARTIES] == 2
    assert "replaces other bytes" in accepted.rows(settings.storage)[-1]["reason"]
    assert verify(settings) == []

    rollback(settings, PARTIES, 0)
    assert names_by_day(settings) == HISTORY
    assert verify(settings) == []


def test_a_day_outside_a_pack_leaves_its_file_alone(
    settings: Settings, take_lists: Callable[..., Ingested]
) -> None:
    days = {d: HISTORY[d] for d in ("2031-05-01", "2031-05-02", "2031-05-05")}
    take_lists(days)
    (pack,) = served(settings.storage)[PARTIES]
    for day in ("2031-05-03", "2031-05-06"):  # within its span of days, and after it
        take_lists({day: people(*EVERYBODY, 200)})
        assert pack in served(settings.storage)[PARTIES]
    assert everywhere(settings, [*days, "2031-05-03", "2031-05-06"])


def test_a_snapshot_that_fails_stops_itself_and_no_other(
    settings: Settings, take_lists: Callable[..., Ingested]
) -> None:
    broken = HISTORY | {"2031-05-03": people(*EVERYBODY[:20])}
    result = take_lists(broken)
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
    settings: Settings, take_lists: Callable[..., Ingested]
) -> None:
    first, last = people(*EVERYBODY, 200), people(*EVERYBODY, 200, 201)
    versions = {
        "2031-05-01": people(*EVERYBODY),
        "2031-05-02_1": first,
        "2031-05-02_2": last,
        "2031-05-03_1": last,
        "2031-05-03_2": people(*EVERYBODY[:9]),
    }
    result = take_lists(versions)
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
    settings: Settings, take_lists: Callable[..., Ingested], tmp_path: Path
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
    settings: Settings, take_lists: Callable[..., Ingested], tmp_path: Path
) -> None:
    take_lists({"2031-05-01": people(*EVERYBODY)})
    halved = {"2031-05-02": people(*EVERYBODY[:45])}
    assert take_lists(halved).exit_status == 4

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
    settings: Settings, take_lists: Callable[..., Ingested]
) -> None:
    take_lists(HISTORY)
    result = take_lists({"2031-05-02": people(*EVERYBODY, 200, 209)})
    (snapshot,) = result.snapshots
    assert snapshot["event"].startswith("replaces other bytes")
    assert snapshot["event"].endswith("the newest snapshot is of 2031-05-05")
    assert any("replaces other bytes" in line for line in result.lines())
    (source,) = status(settings)["sources"]
    assert [r["batch"] for r in source["replaced"]] == ["2031-05-02"]
