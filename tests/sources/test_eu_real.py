"""Published files of the EU's list, where they lie beside the repository."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

DATA = Path(__file__).parents[3] / "shared" / "data" / "sanctions"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
Stage = Callable[..., Any]


def test_the_sample_gives_the_guides_figures(stage: Stage) -> None:
    staged = stage("eu_fsf", DATA / "eu_fsf_1_1_sample.xml")
    candidate = staged.candidate
    assert (candidate.date, candidate.rows_read, candidate.rows_staged) == ("2020-04-15", 7, 7)
    # Two of the seven entries are one party, with one logicalId and both their names.
    assert candidate.warnings == {"entry of a party that has another one in the file": 1}
    parties = staged.rows("staged.designations")
    assert len(parties) == 6
    assert {p["entity_type"] for p in parties} == {"person"}
    # Five entries state the day, two of them are that party's; the others state the act's.
    assert sum(p["listed_on"] is not None for p in parties) == 5 - 1
    assert all(p["listed_on"] or p["listed_by"] for p in parties)
    assert len(staged.rows("staged.designation_names")) == 15
    births = [d for d in staged.rows("staged.designation_dates") if d["date_kind"] == "birth"]
    assert Counter(d["date_precision"] for d in births) == {"day": 4, "year": 5}
    assert sum(d["is_approximate"] for d in births) == 1


def test_the_truncated_file_is_refused(stage: Stage) -> None:
    with pytest.raises(InputRefused, match="line 28198: expected well-formed XML to its end"):
        stage("eu_fsf", DATA / "faulty" / "eu_fsf_1_1_2022-03-18_TRUNCATED_3932160.xml")
