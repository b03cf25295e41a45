"""The United Kingdom's lists: one party per group whatever the form, and no date invented."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused
from transforms.readers import free_text

FIXTURES = Path(__file__).parents[1] / "fixtures"
DATA = Path(__file__).parents[3] / "shared" / "data" / "sanctions"
Stage = Callable[..., Any]
OF_THE_FILE = ("raw_sha256", "record_id", "published_form")
TABLES = ("names", "wallets", "identifiers", "addresses", "dates", "links")


def everything(staged: Any) -> Counter[str]:
    """All rows without what differs between two files that say the same."""
    tables = ["staged.designations", *(f"staged.designation_{t}" for t in TABLES)]
    return Counter(
        json.dumps(row | dict.fromkeys(OF_THE_FILE, "") | {"table": t}, default=str)
        for t in tables
        if any(t == c.table for c in staged.candidate.tables)
        for row in staged.rows(t)
    )


def test_the_uk_sanctions_list_says_the_same_as_xml_and_as_csv(stage: Stage) -> None:
    xml = everything(stage("uk_sl", FIXTURES / "uk_sl" / "xml" / "input"))
    assert xml == everything(stage("uk_sl", FIXTURES / "uk_sl" / "csv" / "input"))


def test_ofsis_workbook_says_the_same_as_its_csv(stage: Stage) -> None:
    csv = everything(stage("uk_ofsi", FIXTURES / "uk_ofsi" / "layout_2022" / "input"))
    assert csv == everything(stage("uk_ofsi", FIXTURES / "uk_ofsi" / "workbook" / "input"))


def test_rows_in_another_order_or_twice_are_the_same_parties(stage: Stage, tmp_path: Path) -> None:
    (source,) = (FIXTURES / "uk_ofsi" / "layout_2020" / "input").iterdir()
    first, header, *rows = source.read_bytes().splitlines(keepends=True)
    shuffled = tmp_path / "ConList.csv"
    shuffled.write_bytes(b"".join([first, header, *reversed(rows), *rows]))

    def names(staged: Any) -> Counter[Any]:
        return Counter((r["party_id"], r["name"]) for r in staged.rows("staged.designation_names"))

    again = stage("uk_ofsi", shuffled)
    assert names(again) == names(stage("uk_ofsi", source))


@pytest.mark.parametrize(
    ("source", "case", "warnings"),
    [
        (
            "uk_ofsi",
            "layout_2020",
            {
                "UN reference in no known form",
                "alias type without a rule: 'Code Name'",
                "column without a rule: 'shoe size'",
                "date in no known form",
                "designation without a primary name: its first name stands for it",
                "listing day not stated in full, or in no known form",
            },
        ),
        (
            "uk_ofsi",
            "layout_2022",
            {
                "UN reference in no known form",
                "alias quality without a rule: 'Excellent'",
                "label without a rule: 'Shoe size'",
            },
        ),
        (
            "uk_sl",
            "xml_odd",
            {
                "element without a rule: 'Designation/Hobby'",
                "element without a rule: 'Designations/Publisher'",
                "element without a rule: 'Individual/ShoeSize'",
                "language without a rule: 'Klingon'",
                "listing day not stated in full, or in no known form",
                "script without a rule: 'Runic'",
            },
        ),
        ("uk_sl", "csv_bad_rows", {"column without a rule: 'shoe size'"}),
    ],
)
def test_what_has_no_rule_loads_and_is_reported(
    source: str, case: str, warnings: set[str], stage: Stage
) -> None:
    staged = stage(source, FIXTURES / source / case / "input")
    assert set(staged.candidate.warnings) == warnings


@pytest.mark.parametrize("case", ["xml", "csv"])
def test_a_cut_list_is_refused_or_its_broken_row_rejected(
    case: str, stage: Stage, tmp_path: Path
) -> None:
    (source,) = (FIXTURES / "uk_sl" / case / "input").iterdir()
    whole = source.read_bytes()
    cut = tmp_path / source.name
    for tenth in range(3, 10):
        cut.write_bytes(whole[: len(whole) * tenth // 10])
        if case == "xml":
            with pytest.raises(InputRefused, match="expected well-formed XML to its end"):
                stage("uk_sl", cut)
        else:
            warned = stage("uk_sl", cut).candidate.warnings
            assert "last line without its end: the file may be cut there" in warned


def test_a_workbook_without_its_parts_or_with_a_wild_reference_is_refused(
    stage: Stage, tmp_path: Path
) -> None:
    (source,) = (FIXTURES / "uk_ofsi" / "workbook" / "input").iterdir()
    with zipfile.ZipFile(source) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    for part, change, words in (
        ("xl/worksheets/sheet1.xml", None, "expected xl/worksheets/sheet1.xml"),
        ("xl/_rels/workbook.xml.rels", None, "expected xl/_rels/workbook.xml.rels"),
        ("xl/worksheets/sheet1.xml", (b'r="A1"', b'r="ZZZ1"'), "lies outside any sheet"),
        ("xl/worksheets/sheet1.xml", (b"<v>0</v>", b"<v>99999</v>"), "names shared text"),
        ("xl/_rels/workbook.xml.rels", (b"worksheets/sheet1", b"../../etc/passwd"), "expected"),
    ):
        changed = {
            n: data.replace(*change, 1) if n == part and change else data
            for n, data in parts.items()
            if n != part or change
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for n, data in changed.items():
                archive.writestr(n, data)
        broken = tmp_path / "ConList.xlsx"
        broken.write_bytes(out.getvalue())
        with pytest.raises(InputRefused, match=words):
            stage("uk_ofsi", broken)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("(1) German (2) Moroccan", ["German", "Moroccan"]),
        ("1) Mullah, 2) Maulavi", ["Mullah", "Maulavi"]),
        ("a) General b)Major General", ["General", "Major General"]),
        ("(1)-(2) Indonesia (3) Kenya", ["Indonesia", "Indonesia", "Kenya"]),
        ("Jordanian numbers (1) K048787 (2) 486298", ["Jordanian numbers (1) K048787 (2) 486298"]),
        ("(2) second first", ["(2) second first"]),
        ("(1) one (3) three", ["one (3) three"]),
        ("Adra prison (2 cells)", ["Adra prison (2 cells)"]),
        ("  ", []),
    ],
)
def test_enumerations_are_taken_apart_in_their_order(text: str, items: list[str]) -> None:
    assert free_text.enumerated(text) == items


ETH = "0x8576aCC5C05D6Ce88f4e49bf65BdF0C62F91353C"
XBT = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Digital Currency Address - XBT {XBT}; more", [("XBT", XBT)]),
        (f"Ethereum (ETH) wallet: {ETH}.", [("ETH", ETH)]),
        (f"{XBT} and {ETH}", [("unstated", XBT), ("unstated", ETH)]),
        (f"bitcoin {XBT}, {XBT}", [("bitcoin", XBT)]),
        ("hash 8576acc5c05d6ce88f4e49bf65bdf0c62f91353c", []),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyX is no address", []),
        ("Digital Currency Address - NEW abcdefgh12345", [("NEW", "abcdefgh12345")]),
        ("SOL 7YttLkHDoNj9wyDur5pM1ejNaAvT9X4eqaYcHQqtj2G5", [
            ("SOL", "7YttLkHDoNj9wyDur5pM1ejNaAvT9X4eqaYcHQqtj2G5")]),
        ("7YttLkHDoNj9wyDur5pM1ejNaAvT9X4eqaYcHQqtj2G5", []),
    ],
)  # fmt: skip
def test_wallets_in_prose_are_those_that_prove_themselves(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert list(free_text.wallets(text)) == found


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("UN Ref QDe.004. Emir", "QDe.004"),
        ("UN REF:QE.A.146.14. Also", "QE.A.146.14"),
        ("UN Ref TI.A.128.01.Financial", "TI.A.128.01"),
        ("UN Reference No: TAi.172. Belongs", "TAi.172"),
        ("UN. REF.KPI. 073. Pak", "KPI.073"),
        ("(UN Ref):TAi.130. Involved with TAi.144", "TAi.130"),
        ("UN Ref.077", None),
        ("Leader of Lashkar-e-Tayyiba (QDe.118)", None),
    ],
)
def test_the_uns_reference_is_read_where_the_text_names_it_so(
    text: str, reference: str | None
) -> None:
    assert free_text.un_reference(text) == reference


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
def test_the_consolidated_list_of_april_2020_gives_the_guides_figures(stage: Stage) -> None:
    staged = stage("uk_ofsi", DATA / "ofsi_conlist_2020-04-27.csv")
    assert (staged.candidate.date, staged.candidate.date_basis) == ("2020-04-27", "publisher")
    assert (staged.candidate.rows_read, staged.candidate.rows_rejected) == (2114, 0)
    parties = staged.rows("staged.designations")
    assert Counter(p["entity_type"] for p in parties) == {"person": 1523, "organization": 591}
    assert len({r for p in parties for r in p["programs"].split("; ")}) == 30
    assert all(p["listed_on"] for p in parties)
    names = staged.rows("staged.designation_names")
    assert len({(n["party_id"], n["name"]) for n in names}) == len(names) == 5776
    assert sum(n["name_type"] == "primary" for n in names) == 2114
    # Group 12703: 243 rows are 9 names and 27 addresses.
    of_group = lambda t: [r for r in staged.rows(t) if r["party_id"] == "12703"]  # noqa: E731 a filter, used twice
    assert len(of_group("staged.designation_names")) == 9
    assert len(of_group("staged.designation_addresses")) == 27
    dates = staged.rows("staged.designation_dates")
    assert all(d["date_from"] for d in dates)
    assert {d["date_precision"] for d in dates} == {"day", "month", "year"}
    masked = [d for d in dates if d["date_as_published"].startswith("00/")]
    assert all(d["date_from"] < d["date_to"] for d in masked)
    references = [
        i for i in staged.rows("staged.designation_identifiers")
        if i["identifier_kind"] == "un_reference"
    ]  # fmt: skip
    assert {"party_id": "13349", "identifier": "QDe.004"}.items() <= next(
        r.items() for r in references if r["party_id"] == "13349"
    )
    assert len(references) == 699
    assert min(p["listed_on"] for p in parties) > date(1990, 1, 1)
