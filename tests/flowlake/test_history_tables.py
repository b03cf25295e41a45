"""Dated snapshots in any order and any number of files give the same tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowlake.ingest import Ingested, ingest
from flowlake.maintain import rollback, verify
from flowlake.settings import Settings
from flowlake.status import status
from tests.flowlake.dated_lists import (
    EVERYBODY,
    HISTORY,
    PARTIES,
    files,
    names_by_day,
    people,
    statuses,
    write_list,
)
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.engine.models import models
from transforms.lake import compact as compacting
from transforms.lake.compact import compact
from transforms.lake.cut import served
from transforms.schemas import tables_of

pytestmark = pytest.mark.xdist_group("pipeline")


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
    settings: Settings, take_lists: Callable[..., Ingested], tmp_path: Path
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
    take_lists({"2031-05-03": other})
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
