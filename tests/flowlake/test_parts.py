"""Parts of a list: who is in them is listed, who is not in them may be as well."""

from datetime import date
from pathlib import Path

import pytest

from flowlake.accepted import snapshot_until
from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from tests.sources import ofac_forms as forms
from tests.sources.ofac_forms import Party
from transforms.sources import registry
from transforms.sources.base import PART_OF_A_LIST

pytestmark = pytest.mark.xdist_group("pipeline")

AKA = "A.K.A."
WHOLE = [
    Party(100 + n, f"Example {n}", programs=("CUBA",), aliases=((AKA, f"Other {n}", False),),
          cities=("Havana",))
    for n in range(40)
]  # fmt: skip
NEW = Party(900, "Example New", programs=("IRGC",))
IRGC = "<sanctionsPrograms><sanctionsProgram>IRGC</sanctionsProgram></sanctionsPrograms>"
OF_IRGC = [NEW, WHOLE[0]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(str(tmp_path / "lake"))


def take(settings: Settings, *paths: Path, part: bool = False) -> Ingested:
    options = {"part": "yes"} if part else {}
    return ingest(settings, "ofac_sdn", list(map(str, paths)), options=options)


def statuses(result: Ingested) -> list[str]:
    return [s["status"] for s in result.snapshots]


def test_a_filtered_export_is_taken_as_the_part_it_is(settings: Settings, tmp_path: Path) -> None:
    first = forms.enhanced(WHOLE, tmp_path / "sdn_2031-05-01.xml", "2031-05-01")
    part = forms.enhanced(OF_IRGC, tmp_path / "irgc_2031-05-02.xml", "2031-05-02", IRGC)
    assert statuses(take(settings, first)) == ["published"]
    result = take(settings, part)
    assert statuses(result) == ["published"]
    warnings = result.snapshots[0]["warnings"]
    assert f"{PART_OF_A_LIST}: filtered export: sanctionsPrograms IRGC" in warnings
    assert not [w for w in warnings if "row_count" in w and "PARAMETER" in w], "nothing to compare"

    # What comes next is compared with the whole list, and so is a delta's base.
    held = snapshot_until(settings.storage, registry.source("ofac_sdn"), date(2031, 5, 9))
    assert held is not None
    assert held.date == date(2031, 5, 1)
    cut = forms.enhanced(WHOLE[:20], tmp_path / "sdn_2031-05-03.xml", "2031-05-03")
    assert statuses(take(settings, cut)) == ["failed_gate"]

    # A part of another day of the whole list would replace it.
    again = forms.enhanced(OF_IRGC, tmp_path / "irgc_2031-05-01.xml", "2031-05-01", IRGC)
    result = take(settings, again)
    assert result.exit_status == 3
    assert "found the whole list of 2031-05-01 published" in result.problems[0]


def test_of_one_day_the_whole_list_stands_whatever_comes_last(
    settings: Settings, tmp_path: Path
) -> None:
    day = "2031-05-01"
    given = [
        forms.enhanced(WHOLE, tmp_path / f"a_{day}.xml", day),
        forms.enhanced(OF_IRGC, tmp_path / f"b_{day}.xml", day, IRGC),
    ]
    assert statuses(take(settings, *given)) == ["published", "superseded"]
    held = snapshot_until(settings.storage, registry.source("ofac_sdn"), date(2031, 5, 9))
    assert held is not None


def test_files_are_a_part_where_a_person_says_so(settings: Settings, tmp_path: Path) -> None:
    days = [tmp_path / f"sdn_2031-05-0{n}" for n in (1, 2)]
    take(settings, forms.csv_set(WHOLE, days[0]))
    piece = forms.csv_set(WHOLE[:4], days[1])
    assert statuses(take(settings, piece)) == ["failed_gate"]
    assert statuses(take(settings, piece, part=True)) == ["published"]
    assert statuses(take(settings, piece, part=True)) == ["nothing_new"]
    # A list that was a part first is whole later, of the same day.
    later = tmp_path / "later" / days[1].name
    assert statuses(take(settings, forms.csv_set(WHOLE[:38], later))) == ["published"]
