"""The UN's, the EU's and Switzerland's lists: nothing odd without a word, nothing cut taken."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

FIXTURES = Path(__file__).parents[1] / "fixtures"
Stage = Callable[..., Any]


def given(source: str, case: str = "whole") -> Path:
    (path,) = (FIXTURES / source / case / "input").iterdir()
    return path


@pytest.mark.parametrize(
    ("source", "warnings"),
    [
        (
            "un_sc",
            {
                "alias element without a name": 1,
                "alias quality without a rule: 'Tomorrow'": 1,
                "date in no known form": 1,
                "document without a NUMBER": 1,
                "element without a rule: 'CONSOLIDATED_LIST/VESSELS'": 1,
                "element without a rule: 'ENTITY/HOBBY'": 1,
                "further name in an ALIAS_NAME": 6,
            },
        ),
        (
            "eu_fsf",
            {
                "date in no known form": 2,
                "element without a rule: 'export/announcement'": 1,
                "element without a rule: 'sanctionEntity/hobby'": 1,
                "entry of a party that has another one in the file": 1,
                "identification type without a rule: 'moonpass'": 1,
                "identification without a number": 1,
                "label without a rule: 'PIGEON'": 1,
                "subject type without a rule: 'vessel'": 1,
            },
        ),
        (
            "ch_seco",
            {
                "date in no known form": 2,
                "document type without a rule: 'moon-pass'": 1,
                "document without a number": 1,
                "element without a rule: 'swiss-sanctions-list/remark'": 1,
                "element without a rule: 'target/hobby'": 1,
                "name type without a rule: 'nickname'": 1,
                "place that is not in the file": 1,
                "sanctions set of no programme in the file": 1,
            },
        ),
    ],
)
def test_what_is_odd_or_new_is_loaded_and_reported(
    source: str, warnings: dict[str, int], stage: Stage
) -> None:
    candidate = stage(source, given(source)).candidate
    assert candidate.warnings == warnings
    assert candidate.date_basis == "publisher"
    assert candidate.rows_rejected == 0


@pytest.mark.parametrize("source", ["un_sc", "eu_fsf", "ch_seco"])
def test_a_list_cut_anywhere_is_refused(source: str, stage: Stage, tmp_path: Path) -> None:
    path = given(source)
    whole = path.read_bytes()
    cut = tmp_path / path.name
    for part in range(1, 20):
        cut.write_bytes(whole[: len(whole) * part // 20])
        with pytest.raises(InputRefused, match=re.escape(f"{source} {path.name}")):
            stage(source, cut)


@pytest.mark.parametrize("source", ["un_sc", "eu_fsf", "ch_seco"])
def test_an_entity_bomb_is_refused_before_it_grows(
    source: str, stage: Stage, tmp_path: Path
) -> None:
    declaration, _, rest = given(source).read_text("utf-8").partition("\n")
    bomb = tmp_path / "list.xml"
    entities = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(9))
    bomb.write_text(f'{declaration}\n<!DOCTYPE x [<!ENTITY e0 "x">{entities}]>\n{rest}', "utf-8")
    with pytest.raises(InputRefused, match="expected XML without a DOCTYPE"):
        stage(source, bomb)


@pytest.mark.parametrize("source", ["un_sc", "eu_fsf", "ch_seco"])
def test_a_packed_list_is_the_list(source: str, stage: Stage, tmp_path: Path) -> None:
    path = given(source)
    packed = tmp_path / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    of = [stage(source, p).rows("staged.designation_names") for p in (path, packed)]
    for rows in of:
        for r in rows:
            del r["raw_sha256"]
    assert of[0] == of[1]
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(InputRefused, match="expected whole compressed bytes"):
        stage(source, packed)


def test_the_same_party_has_the_same_reference_in_every_list(stage: Stage) -> None:
    found = {}
    for source in ("un_sc", "ch_seco"):
        rows = stage(source, given(source)).rows("staged.designation_identifiers")
        found[source] = {r["identifier"] for r in rows if r["identifier_kind"] == "un_reference"}
    assert found["un_sc"] & found["ch_seco"] == {"KPe.904"}


SECO = """<?xml version="1.0" encoding="UTF-8"?>
<swiss-sanctions-list list-type="whole-list" date="2026-08-27"><target ssid="1"><entity>
<identity main="true"><name name-type="primary-name"><name-part order="1"
name-part-type="whole-name"><value>Example</value></name-part></name></identity></entity>
{}</target></swiss-sanctions-list>"""


@pytest.mark.parametrize(
    ("modifications", "listed_on", "listed_by", "delisted_on"),
    [
        # The newest stands first; of two on one day the upper one counts.
        (["listed 2010-01-01"], "2010-01-01", None, None),
        (["de-listed 2012-01-01", "listed 2010-01-01"], "2010-01-01", None, "2012-01-01"),
        (["de-listed 2012-01-01", "amended 2012-01-01", "listed 2010-01-01"],
         "2010-01-01", None, "2012-01-01"),
        (["amended 2012-01-01", "de-listed 2012-01-01", "listed 2010-01-01"],
         None, "2012-01-01", None),
        # The day wins over the order in the file.
        (["amended 2025-06-03", "de-listed 2025-06-20", "listed 2010-01-01"],
         "2010-01-01", None, "2025-06-20"),
        (["listed 2022-02-28", "de-listed 2014-01-01", "listed 2010-01-01"],
         "2022-02-28", None, None),
        (["amended 2015-11-18"], None, "2015-11-18", None),
        # Who is taken off was on the list the day before.
        (["de-listed 2016-03-01"], None, "2016-02-29", "2016-03-01"),
    ],
)  # fmt: skip
def test_the_status_of_a_swiss_target_is_its_latest_modification(
    modifications: list[str],
    listed_on: str | None,
    listed_by: str | None,
    delisted_on: str | None,
    *,
    stage: Stage,
    tmp_path: Path,
) -> None:
    lines = (
        f'<modification modification-type="{kind}" effective-date="{day}"/>'
        for kind, day in (m.split() for m in modifications)
    )
    path = tmp_path / "list.xml"
    path.write_text(SECO.format("".join(lines)), "utf-8")
    (row,) = stage("ch_seco", path).rows("staged.designations")
    found = [row[c] and row[c].isoformat() for c in ("listed_on", "listed_by", "delisted_on")]
    assert found == [listed_on, listed_by, delisted_on]
