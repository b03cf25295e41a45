"""OFAC's lists: told by content, whole or refused, and nothing odd without a word about it."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused
from transforms.sources.base import PART_OF_A_LIST

FIXTURES = Path(__file__).parents[1] / "fixtures"
SDN = FIXTURES / "ofac_sdn"
DAY = date(2025, 2, 27)
Stage = Callable[..., Any]


def rows(staged: Any, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(
        (tuple(r[c] for c in columns) for r in staged.rows(table)), key=lambda r: list(map(str, r))
    )


def test_what_is_odd_in_a_csv_set_is_counted(stage: Stage) -> None:
    staged = stage("ofac_sdn", SDN / "csv_set" / "input", date=DAY)
    assert staged.candidate.rows_read == staged.candidate.rows_staged == 11
    assert staged.candidate.rows_rejected == 0
    assert staged.candidate.warnings == {
        "alias type without a rule: 'tka'": 1,
        "date in no known form": 1,
        "label without a rule: 'Example Permit No.'": 1,
        "record of add.csv whose party is not in the party file": 1,
        "record of alt.csv whose party is not in the party file": 1,
        "record of sdn_comments.csv whose party is not in the party file": 1,
        "ticker without a rule: 'QQQ'": 1,
        "wallet stated twice for one party": 1,
        "wallet whose chain its address does not show": 3,
        "wallet whose checksum does not fit": 3,
    }


@pytest.mark.parametrize(
    ("case", "warnings"),
    [
        (
            "advanced",
            {
                "element without a rule: 'Profile/Hobby'",
                "empty feature without a rule: 'Nationality Country'",
                "label without a rule: 'Feature of Tomorrow'",
                "relation to a party that is not in the file",
                "script without a rule: 'Runic'",
                "ticker without a rule: 'QQQ'",
                "wallet whose chain its address does not show",
                "wallet whose checksum does not fit",
            },
        ),
        (
            "simple_old_namespace",
            {
                "element without a rule: 'sdnEntry/hobby'",
                "identifier without a type or number",
                "label without a rule: 'Number of Tomorrow'",
                "wallet whose checksum does not fit",
            },
        ),
        (
            "enhanced_filtered",
            {
                "element without a rule: 'entity/hobby'",
                f"{PART_OF_A_LIST}: filtered export: sanctionsPrograms DPRK3",
                "label without a rule: 'Feature of Tomorrow'",
            },
        ),
    ],
)
def test_what_a_publisher_adds_to_its_xml_is_reported(
    case: str, warnings: set[str], stage: Stage
) -> None:
    staged = stage("ofac_sdn", SDN / case / "input")
    assert set(staged.candidate.warnings) == warnings
    assert staged.candidate.date == "2025-02-27"
    assert staged.candidate.date_basis == "publisher"


def test_a_cut_remark_with_its_comment_is_whole_and_without_it_says_so(
    stage: Stage, tmp_path: Path
) -> None:
    party = ("party_id", "is_wallet_set_complete")
    whole = stage("ofac_sdn", SDN / "csv_set" / "input", date=DAY)
    assert ("39796", True) in rows(whole, "staged.designations", *party)
    wallets = [r for r in whole.rows("staged.designation_wallets") if r["party_id"] == "39796"]
    assert len(wallets) == 11
    assert all(w["is_checksum_valid"] for w in wallets)

    alone = stage("ofac_sdn", SDN / "csv_set" / "input" / "sdn.csv", date=DAY)
    assert ("39796", False) in rows(alone, "staged.designations", *party)
    found = [r for r in alone.rows("staged.designation_wallets") if r["party_id"] == "39796"]
    assert len(found) == 9
    assert all(w["is_checksum_valid"] for w in found)
    cut = "remarks cut at 1,000 characters: wallets may be missing"
    assert alone.candidate.warnings[cut] == 1


def test_the_form_is_told_by_the_bytes_and_not_by_the_name(stage: Stage, tmp_path: Path) -> None:
    for case, name in (
        ("csv_alone", "sdn_2023-01-05.csv"),
        ("advanced", "list.csv"),
        ("simple_old_namespace", "012_2021-09-03T1851_ab12.csv"),
        ("enhanced_filtered", "download"),
    ):
        (source,) = (SDN / case / "input").iterdir()
        copy = tmp_path / case / name
        copy.parent.mkdir()
        copy.write_bytes(source.read_bytes())
        named = stage("ofac_sdn", source, date=DAY).candidate
        renamed = stage("ofac_sdn", copy, date=DAY).candidate
        assert [(t.table, t.rows) for t in renamed.tables] == [
            (t.table, t.rows) for t in named.tables
        ]


@pytest.mark.parametrize(
    "case", ["csv_set", "advanced", "simple_old_namespace", "enhanced_filtered"]
)
def test_a_file_cut_anywhere_is_refused(case: str, stage: Stage, tmp_path: Path) -> None:
    (source,) = (
        [SDN / case / "input" / "sdn.csv"]
        if case == "csv_set"
        else (SDN / case / "input").iterdir()
    )
    whole = source.read_bytes()
    cut = tmp_path / source.name
    for tenth in range(1, 10):
        cut.write_bytes(whole[: len(whole) * tenth // 10])
        with pytest.raises(InputRefused, match=re.escape(f"ofac_sdn {source.name}")):
            stage("ofac_sdn", cut, date=DAY)


def test_a_list_cut_at_a_line_end_is_taken_with_a_warning(stage: Stage, tmp_path: Path) -> None:
    cut = tmp_path / "sdn.csv"
    cut.write_bytes((SDN / "csv_set" / "input" / "sdn.csv").read_bytes().removesuffix(b"\x1a"))
    staged = stage("ofac_sdn", cut, date=DAY)
    assert staged.candidate.rows_staged == 11
    assert any("without its end mark 0x1A" in w for w in staged.candidate.warnings)


def test_a_ten_megabyte_line_is_one_reject(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "sdn.csv"
    good = (SDN / "csv_bad_rows" / "input" / "sdn.csv").read_bytes().splitlines(keepends=True)
    path.write_bytes(good[0] + b'1,"' + b"x" * 10_000_000 + b'"\r\n' + good[-2] + b"\x1a")
    staged = stage("ofac_sdn", path, date=DAY)
    assert (staged.candidate.rows_read, staged.candidate.rows_staged) == (3, 2)
    (reject,) = staged.rows("staged.rejects")
    assert (reject["line"], reject["reason"]) == (2, "line above 1 MiB")
    assert len(reject["raw"]) == 4_000


def test_labels_without_a_rule_cannot_fill_the_report(stage: Stage, tmp_path: Path) -> None:
    remarks = "; ".join(f"Strange Paper {i} No. 4711" for i in range(200))
    rows_ = [
        f'{uid},"EXAMPLE {uid}",-0- ,"CUBA",{"-0- ," * 7}"{part}"\r\n'
        for uid, part in enumerate((remarks[i : i + 900] for i in range(0, len(remarks), 900)), 1)
    ]
    path = tmp_path / "sdn.csv"
    path.write_text("".join(rows_) + "\x1a", newline="")
    warnings = stage("ofac_sdn", path, date=DAY).candidate.warnings
    assert "label without a rule: others" in warnings
    assert len(warnings) < 60


def test_one_address_of_two_parties_belongs_to_both(stage: Stage, tmp_path: Path) -> None:
    wallet = "Digital Currency Address - XBT 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa."
    path = tmp_path / "sdn.csv"
    nulls = "-0- ," * 7
    path.write_text(
        "".join(f'{i},"EXAMPLE {i}","individual","IRGC",{nulls}"{wallet}"\r\n' for i in (1, 2))
        + "\x1a",
        newline="",
    )
    staged = stage("ofac_sdn", path, date=DAY)
    assert rows(staged, "staged.designation_wallets", "party_id", "address") == [
        ("1", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("2", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ]


def test_the_same_bytes_give_the_same_files(stage: Stage) -> None:
    def digests() -> list[tuple[str, str]]:
        candidate = stage("ofac_sdn", SDN / "advanced" / "input").candidate
        return [(t.table, t.sha256) for t in candidate.tables]

    assert digests() == digests()


@pytest.mark.parametrize("case", ["advanced", "enhanced_filtered"])
def test_a_relation_nobody_has_met_loads_and_is_reported(
    case: str, stage: Stage, tmp_path: Path
) -> None:
    (source,) = (SDN / case / "input").iterdir()
    changed = tmp_path / source.name
    text = source.read_text("utf-8")
    changed.write_text(text.replace(">Acting for or on behalf of<", ">Dances with<"), "utf-8")
    staged = stage("ofac_sdn", changed)
    found = {
        r["relation"].removesuffix(" (former)") for r in staged.rows("staged.designation_links")
    }
    assert "Dances with" in found
    assert staged.candidate.warnings["relation without a rule: 'Dances with'"] == 1


@pytest.mark.parametrize("case", ["advanced", "simple_old_namespace", "enhanced_filtered"])
def test_a_section_nobody_has_met_is_reported(case: str, stage: Stage, tmp_path: Path) -> None:
    (source,) = (SDN / case / "input").iterdir()
    before, end, after = source.read_text("utf-8").rpartition("</")
    changed = tmp_path / source.name
    changed.write_text(f"{before}<Novelty><a/></Novelty>{end}{after}", "utf-8")
    warnings = stage("ofac_sdn", changed).candidate.warnings
    assert any(w.endswith("/Novelty'") for w in warnings)


def csv_list(path: Path, programs: dict[str, int]) -> Path:
    each = [program for program, parties in programs.items() for _ in range(parties)]
    nulls = "-0- ," * 7 + "-0- "
    lines = (f'{n},"EXAMPLE {n}",-0- ,"{program}",{nulls}\r\n' for n, program in enumerate(each))
    path.write_text("".join(lines) + "\x1a", newline="")
    return path


@pytest.mark.parametrize(
    ("source", "programs", "words"),
    [
        ("ofac_sdn", {"CUBA": 60, "UKRAINE-EO13662": 40}, None),
        ("ofac_sdn", {"CUBA": 4, "UKRAINE-EO13662": 6}, "ingest it as ofac_cons"),
        ("ofac_sdn", {"NS-PLC": 9}, None),  # a slice
        ("ofac_cons", {"IRAN": 40, "CMIC-EO13959] [IRAN": 60}, None),
        ("ofac_cons", {"CUBA": 60, "SDGT": 40}, "100 parties, 0 of them under programmes"),
        ("ofac_cons", {"CUBA": 99}, None),
    ],
)
def test_a_list_under_the_others_programmes_is_refused(
    source: str, programs: dict[str, int], words: str | None, stage: Stage, tmp_path: Path
) -> None:
    path = csv_list(tmp_path / "list.csv", programs)
    if words is None:
        assert stage(source, path, date=DAY).candidate.rows_staged == sum(programs.values())
        return
    with pytest.raises(InputRefused, match=words):
        stage(source, path, date=DAY)


@pytest.mark.parametrize(
    ("case", "leaf"),
    [
        ("advanced", "DetailReference"),
        ("advanced", "NamePartValue"),
        ("simple_old_namespace", "lastName"),
        ("simple_old_namespace", "Record_Count"),
        ("enhanced_filtered", "documentNumber"),
        ("enhanced_filtered", "dataAsOf"),
    ],
)
def test_what_is_added_to_an_element_of_text_is_reported(
    case: str, leaf: str, stage: Stage, tmp_path: Path
) -> None:
    (source,) = (SDN / case / "input").iterdir()
    changed = tmp_path / source.name
    text = re.sub(rf"<{leaf}(?=[ >])", f'<{leaf} novelty="x"', source.read_text("utf-8"), count=1)
    changed.write_text(text, "utf-8")
    warnings = stage("ofac_sdn", changed).candidate.warnings
    is_table = leaf == "DetailReference"  # a table of values, read by number where it is meant
    assert (f"element without a rule: '{leaf}/@novelty'" in warnings) is not is_table
