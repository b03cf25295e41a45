"""OFAC's files of changes in a run with others: applied in the order of their days."""

from pathlib import Path

import pytest

from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from tests.sources import ofac_forms as forms
from tests.sources.ofac_forms import Party
from transforms.engine.duckdb import connect
from transforms.lake.cut import served

pytestmark = pytest.mark.xdist_group("pipeline")

BASE = [Party(100 + n, f"Example {n}", programs=("CUBA",)) for n in range(40)]
FIRST, SECOND = (Party(900 + n, f"Example New {n}") for n in (1, 2))
DAYS = ("2031-05-01", "2031-05-02", "2031-05-03", "2031-05-04")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(str(tmp_path / "lake"))


def write(folder: Path, base: list[Party] = BASE) -> Path:
    """A whole list, two files of changes, and the whole list again, which has one party more."""
    folder.mkdir()
    add = [forms.entity(p, "add") for p in (FIRST, SECOND)]
    forms.enhanced(base, folder / f"sdn_enhanced_{DAYS[0]}.xml", DAYS[0])
    forms.delta(add[:1], folder / f"{DAYS[1]}_delta.xml", DAYS[1])
    end = [add[1], forms.entity(FIRST, "remove")]
    forms.delta(end, folder / f"{DAYS[2]}_delta.xml", DAYS[2])
    after = [*base, SECOND, Party(990, "Nobody told")]
    forms.enhanced(after, folder / f"sdn_enhanced_{DAYS[3]}.xml", DAYS[3])
    return folder


def take(settings: Settings, *paths: Path) -> Ingested:
    return ingest(settings, "ofac_sdn", list(map(str, paths)))


def statuses(result: Ingested) -> list[tuple[str, str]]:
    return [(s["date"], s["status"]) for s in result.snapshots]


def new_parties(settings: Settings) -> list[tuple[str, str]]:
    """Parties beyond the base, by day."""
    files = served(settings.storage)["staged.designations"]
    return (
        connect()
        .execute(
            "select cast(snapshot_date as varchar), party_id from read_parquet(?, union_by_name ="
            " true) where cast(party_id as int) >= 900 order by all",
            [files],
        )
        .fetchall()
    )


def test_changes_of_a_run_are_made_to_what_stands_before_them(
    settings: Settings, tmp_path: Path
) -> None:
    result = take(settings, write(tmp_path / "given"))
    assert statuses(result) == [(day, "published") for day in DAYS]
    told = [(DAYS[1], "901"), (DAYS[2], "902"), (DAYS[3], "902"), (DAYS[3], "990")]
    assert new_parties(settings) == told
    # The full file tells what the changes had not.
    warnings = result.snapshots[3]["warnings"]
    differing = f"designations only in the full file ({DAYS[2]}, made of changes): parties 990"
    assert warnings[differing] == 1


def test_changes_to_what_is_not_published_are_not_published(
    settings: Settings, tmp_path: Path
) -> None:
    # The first of them lost too much; with a party more it would have passed.
    others = [Party(800 + n, f"Other {n}", programs=("CUBA",)) for n in range(6)]
    before = forms.enhanced([*BASE, *others], tmp_path / "sdn_2031-04-30.xml", "2031-04-30")
    assert take(settings, before).exit_status == 0
    result = take(settings, write(tmp_path / "given"))
    assert result.exit_status == 4
    told = [*["failed_gate"] * 3, "published"]
    assert statuses(result) == list(zip(DAYS, told, strict=True))
    assert "which is not published" in result.problems[-1]
    assert new_parties(settings) == [(DAYS[3], "902"), (DAYS[3], "990")]


def test_a_file_of_changes_among_others_has_its_day_in_its_name(
    settings: Settings, tmp_path: Path
) -> None:
    given = write(tmp_path / "given")
    (given / f"{DAYS[1]}_delta.xml").rename(given / "latest.xml")
    result = take(settings, given)
    assert result.exit_status == 3
    assert "expected the day in the name of a file of changes" in result.problems[0]
