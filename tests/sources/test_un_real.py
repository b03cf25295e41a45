"""Published editions of the UN's list, where they lie beside the repository."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flowlake.build import build
from flowlake.ingest import ingest
from flowlake.settings import Settings
from transforms.errors import InputRefused

DATA = Path(__file__).parents[3] / "shared" / "data" / "sanctions"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
Stage = Callable[..., Any]


@pytest.mark.parametrize(
    ("day", "figures"),
    [
        ("2018-06-07", (693, 405, 2628, 663)),
        ("2018-08-24", (701, 397, 2663, 662)),
        ("2025-04-19", (684, 193, 2704, 206)),
    ],
)
def test_an_edition_gives_the_guides_figures(
    day: str, figures: tuple[int, int, int, int], stage: Stage
) -> None:
    people, entities, aliases, empty = figures
    staged = stage("un_sc", DATA / f"un_{day}.xml")
    candidate = staged.candidate
    assert (candidate.date, candidate.date_basis) == (day, "publisher")
    assert candidate.rows_read == candidate.rows_staged == people + entities
    parties = staged.rows("staged.designations")
    assert Counter(p["entity_type"] for p in parties) == {
        "person": people,
        "organization": entities,
    }
    assert all(p["listed_on"] and p["programs"] for p in parties)
    names = Counter((n["name_type"], n["is_weak"]) for n in staged.rows("staged.designation_names"))
    # Each alias element is one alias; further names in it are variations.
    assert sum(n for (kind, _), n in names.items() if kind in ("aka", "fka")) == aliases
    assert candidate.warnings["alias element without a name"] == empty
    if day == "2025-04-19":
        # Good 1,507, Low 619, a.k.a. 560, f.k.a. 18.
        assert names["aka", False] == 1507 + 560
        assert (names["aka", True], names["fka", False]) == (619, 18)
    without_rule = [w for w in candidate.warnings if "without a rule" in w]
    assert without_rule == []


def test_the_edition_whose_bytes_are_not_its_encoding_is_refused(stage: Stage) -> None:
    with pytest.raises(InputRefused, match="bytes are not the UTF-8 that it declares"):
        stage("un_sc", DATA / "un_2025-08-16_CONTROLCHARS.xml")


@pytest.mark.slow
def test_parties_are_added_and_removed_as_the_guide_says(tmp_path: Path) -> None:
    settings = Settings(lake=str(tmp_path / "lake"), drop=tmp_path)
    days = ("2018-06-07", "2018-08-24", "2025-04-19")
    taken = ingest(settings, "un_sc", [str(DATA / f"un_{day}.xml") for day in days])
    assert taken.exit_status == 0
    assert [s["rows_read"] for s in taken.snapshots] == [1098, 1098, 877]
    refused = ingest(settings, "un_sc", [str(DATA / "un_2025-08-16_CONTROLCHARS.xml")])
    assert refused.exit_status == 3
    build(settings)
    with duckdb.connect(str(tmp_path / "lake" / "warehouse.duckdb"), read_only=True) as con:
        found = con.execute(
            "select cast(changed_on as varchar), change, count(*) from marts.designation_changes"
            " where change in ('listed', 'listed again', 'delisted') group by all order by all"
        ).fetchall()
    assert found == [
        ("2018-08-24", "delisted", 8),
        ("2018-08-24", "listed", 8),
        ("2025-04-19", "delisted", 289),
        ("2025-04-19", "listed", 68),
    ]
