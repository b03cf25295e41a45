"""Published OFAC files, where they lie beside the repository: the figures of the field guide."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

DATA = Path(__file__).parents[3] / "shared" / "data" / "sanctions"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
Stage = Callable[..., Any]


def count(staged: Any, table: str, *columns: str) -> Counter[Any]:
    return Counter(
        tuple(r[c] for c in columns) if len(columns) > 1 else r[columns[0]]
        for r in staged.rows(f"staged.{table}")
    )


def test_the_sdn_csv_set_of_july_2021_gives_the_guides_figures(stage: Stage) -> None:
    staged = stage("ofac_sdn", DATA / "ofac_sdn_csv_2021-07", date=date(2021, 7, 1))
    candidate = staged.candidate
    assert (candidate.rows_read, candidate.rows_staged, candidate.rows_rejected) == (8976, 8976, 0)
    parties = staged.rows("staged.designations")
    assert Counter(p["entity_type"] for p in parties) == {
        "person": 4620,
        "organization": 3673,
        "vessel": 406,
        "aircraft": 277,
    }
    programs = [p["programs"].split("; ") for p in parties]
    assert len({x for each in programs for x in each}) == 67
    assert sum(len(each) > 1 for each in programs) == 1195
    assert max(int(p["party_id"]) for p in parties) == 32391
    assert all(p["is_wallet_set_complete"] for p in parties)

    names = count(staged, "designation_names", "name_type", "is_weak")
    assert [names[t, False] for t in ("primary", "aka", "fka", "nka")] == [8976, 11523, 369, 18]
    # 2,397 of the 13,837 rows hold nothing but ids.
    assert len(staged.rows("staged.designation_addresses")) == 13837 - 2397

    wallets = staged.rows("staged.designation_wallets")
    assert len({(w["party_id"], w["ticker"], w["address"]) for w in wallets}) == len(wallets) == 97
    distinct = Counter(t for t, _ in {(w["ticker"], w["address"]) for w in wallets})
    assert distinct == {
        "XBT": 65, "ETH": 10, "LTC": 8, "ZEC": 3, "DASH": 3, "BCH": 2, "BTG": 1, "ETC": 1,
        "BSV": 1, "XVG": 1, "XMR": 1,
    }  # fmt: skip
    # One "XMR" of 64 hex digits, and one "ETH" that the list itself prints with 39.
    odd = {(w["party_id"], w["ticker"]) for w in wallets if w["is_checksum_valid"] is False}
    assert odd == {("29585", "XMR"), ("29702", "ETH")}


def test_the_sdn_csv_alone_gives_its_own_figures_and_no_cut_address(stage: Stage) -> None:
    path = DATA / "ofac_sdn_csv_2021-07" / "sdn.csv"
    staged = stage("ofac_sdn", path, date=date(2021, 7, 1))
    # The guide counts 81 and one of them cut off, and 3,391 links, one of them cut off.
    assert len(staged.rows("staged.designation_wallets")) == 80
    assert len(staged.rows("staged.designation_links")) == 3390
    assert len(count(staged, "designation_links", "party_id")) == 2755
    weak = count(staged, "designation_names", "name_type", "is_weak")["aka", True]
    assert weak == 2414 + 1  # and one trade name (d.b.a.), where one quoted alias is cut off
    assert count(staged, "designations", "is_wallet_set_complete")[False] == 5


def test_an_incomplete_set_is_refused(stage: Stage) -> None:
    with pytest.raises(InputRefused, match="expected a set with its party file"):
        stage("ofac_sdn", DATA / "ofac_sdn_csv_2025-02-27_parts", date=date(2025, 2, 27))


def test_the_advanced_xml_of_2020_gives_the_guides_figures(stage: Stage) -> None:
    staged = stage("ofac_cons", DATA / "cons_advanced_2020-03-17.xml")
    assert (staged.candidate.date, staged.candidate.rows_staged) == ("2020-03-17", 375)
    assert staged.candidate.warnings == {}
    assert count(staged, "designations", "entity_type") == {"organization": 293, "person": 82}
    assert count(staged, "designation_names", "name_type", "is_weak") == {
        ("primary", False): 375,
        ("aka", False): 801,
        ("aka", True): 30,
        ("fka", False): 83,
        ("fka", True): 1,
    }
    assert count(staged, "designation_links", "relation") == {"Owned or Controlled By": 276}
    assert count(staged, "designation_dates", "date_precision") == {"year": 73, "day": 4}
    papers = {"passport", "national_id", "tax_id", "registration"}
    identifiers = count(staged, "designation_identifiers", "identifier_kind", "identifier_type")
    documents = sum(n for (kind, _), n in identifiers.items() if kind in papers)
    assert documents + identifiers["other", "License"] == 573
    assert all(p["listed_on"] for p in staged.rows("staged.designations"))


@pytest.mark.parametrize(
    ("name", "parties", "aliases", "weak"),
    [
        ("2018-04-06", {"organization": 471, "person": 94, "vessel": 74}, 1255, 46),
        ("2024-05-06", {"organization": 364, "person": 79}, 1126, 66),
    ],
)
def test_the_simple_xml_gives_the_guides_figures(
    name: str, parties: dict[str, int], aliases: int, weak: int, stage: Stage
) -> None:
    staged = stage("ofac_cons", DATA / f"ofac_cons_simple_{name}.xml")
    assert staged.candidate.date == name
    assert count(staged, "designations", "entity_type") == parties
    names = count(staged, "designation_names", "name_type", "is_weak")
    assert sum(names.values()) - names["primary", False] == aliases
    assert sum(n for (_, is_weak), n in names.items() if is_weak) == weak


def test_the_enhanced_xml_gives_the_guides_figures(stage: Stage) -> None:
    staged = stage("ofac_sdn", DATA / "ofac_enhanced_irgc_2024-08-28.xml")
    assert count(staged, "designations", "entity_type") == {
        "person": 165,
        "organization": 84,
        "aircraft": 44,
    }
    names = count(staged, "designation_names", "script")
    assert names == {"Latn": 834, "Arab": 92, "Cyrl": 3, "Hant": 1}
    assert count(staged, "designation_links", "relation") == {
        "Acting for or on behalf of": 112,
        "Owned or Controlled By": 67,
        "Providing support to": 42,
        "Leader or official of": 7,
        "Property in the interest of": 1,
    }
    ids = set(count(staged, "designations", "party_id"))
    links = staged.rows("staged.designation_links")
    assert sum(link["to_party_id"] not in ids for link in links) == 28
    assert count(staged, "designation_dates", "date_kind")["birth"] == 183
    assert len(staged.rows("staged.designation_wallets")) == 7
    assert staged.candidate.is_part
    assert any(w.endswith("sanctionsPrograms IRGC") for w in staged.candidate.warnings)
    assert count(staged, "designations", "is_list_complete") == {False: 293}


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        ("ofac_sdn", "faulty/sdn_csv_empty_2024-05-04.csv", "an empty file of 0 bytes"),
        ("ofac_sdn", "faulty/sdn_xml_s3_NoSuchKey_2025.xml", "NoSuchKey"),
        ("ofac_sdn", "cons_advanced_2020-03-17.xml", "375 parties, 9 of them on it"),
        ("ofac_sdn", "ofac_cons_simple_2018-04-06.xml", "639 parties, 375 of them under"),
        ("ofac_sdn", "ofac_cons_simple_2024-05-06.xml", "ingest it as ofac_cons"),
        ("ofac_cons", "ofac_sdn_csv_2021-07/sdn.csv", "ingest it as ofac_sdn"),
        ("ofac_cons", "un_2018-06-07.xml", "found the root CONSOLIDATED_LIST"),
        ("ofac_sdn", "ofsi_conlist_2020-04-27.csv", "found none"),
    ],
)
def test_faulty_files_and_other_lists_are_refused(
    source: str, name: str, words: str, stage: Stage
) -> None:
    with pytest.raises(InputRefused, match=words):
        stage(source, DATA / name, date=date(2025, 1, 1))
