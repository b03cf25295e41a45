"""The bundled files are those that are generated; their lists have their publisher's form."""

import csv
import re
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.samples.given import SAMPLES, TORNADO, truth

OUTPUTS = ("sanctions", "transfers", "labels", "prices", "news", "truth")
SDN = SAMPLES / "sanctions" / "ofac_sdn"
DATES = ("2023-05-23", "2025-03-21", "2025-08-27")


def files_of(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for folder in OUTPUTS
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }


def ofac(date: str, name: str) -> list[list[str]]:
    text = (SDN / f"sdn_{date}" / f"{name}.csv").read_bytes().decode("ascii")
    assert text.endswith("\x1a")
    return list(csv.reader(text[:-1].splitlines(keepends=True)))


def remarks(date: str) -> dict[str, str]:
    rest = dict(ofac(date, "sdn_comments"))
    return {row[0]: row[11] + rest.get(row[0], "") for row in ofac(date, "sdn")}


def wallets(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"Digital Currency Address - (\w+) (\w+)", text))


def test_the_generator_writes_the_committed_bytes_again(tmp_path):
    script = SAMPLES / "make_samples.py"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True)
    committed, fresh = files_of(SAMPLES), files_of(tmp_path)
    assert sorted(committed) == sorted(fresh)
    assert [name for name in fresh if fresh[name] != committed[name]] == []


def test_the_samples_stay_small():
    sources = [p for p in SAMPLES.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(path.stat().st_size for path in sources) < 1_600_000


@pytest.mark.parametrize("date", DATES)
def test_sdn_files_have_ofacs_form(date):
    for name, columns in (("sdn", 12), ("alt", 5), ("add", 6), ("sdn_comments", 2)):
        data = (SDN / f"sdn_{date}" / f"{name}.csv").read_bytes()
        assert data.count(b"\n") == data.count(b"\r\n")
        rows = ofac(date, name)
        assert {len(row) for row in rows} == {columns}
        assert all(cell for row in rows for cell in row)
        assert rows == sorted(rows, key=lambda row: int(row[0]))
    parties = {row[0] for row in ofac(date, "sdn")}
    for name in ("alt", "add", "sdn_comments"):
        assert {row[0] for row in ofac(date, name)} <= parties
    for row in ofac(date, "sdn"):
        continued = row[0] in {other for other, _ in ofac(date, "sdn_comments")}
        assert len(row[11]) == 1000 if continued else len(row[11]) < 1000


def test_tornado_cash_goes_on_in_the_comments_in_mid_token_and_is_gone_later():
    first = remarks(DATES[0])
    (cut,) = (row[11] for row in ofac(DATES[0], "sdn") if row[0] == TORNADO)
    assert len(wallets(first[TORNADO])) == 26 > len(wallets(cut))
    (rest,) = (text for uid, text in ofac(DATES[0], "sdn_comments") if uid == TORNADO)
    assert cut[-1] not in " ;" and rest[0] not in " ;"
    assert TORNADO not in remarks(DATES[1]) and TORNADO not in remarks(DATES[2])


def test_the_action_of_august_2025_is_in_the_last_snapshot_only():
    names = {date: {row[0]: row[1] for row in ofac(date, "sdn")} for date in DATES}
    four = {"55062", "55063", "55064", "55065"}
    assert four <= names[DATES[2]].keys()
    assert not four & (names[DATES[0]].keys() | names[DATES[1]].keys())
    assert names[DATES[2]]["55065"] == "ANDREYEV, Vitaliy Sergeyevich"
    assert wallets(remarks(DATES[2])["55065"]) == {("XBT", "1HmqvgSXUVES1jn4TQPzk9dxo1NE8wim2T")}
    for date in DATES:
        assert names[date]["43379"] == "CHINYONG INFORMATION TECHNOLOGY COOPERATION COMPANY"
        assert names[date]["29703"] == "ANDREYEV, Anton Nikolaeyvich"


def test_about_a_hundred_real_parties_and_no_synthetic_wallet_at_any_of_them():
    synthetic = {
        row["address"].lower() for row in truth("addresses") if row["origin"] == "synthetic"
    }
    real = 0
    for row in ofac(DATES[2], "sdn"):
        made_up = int(row[0]) >= 990_000
        assert made_up == ("SYNTHETIC" in row[1].upper())
        published = {address.lower() for _, address in wallets(remarks(DATES[2])[row[0]])}
        assert bool(published & synthetic) <= made_up
        real += not made_up
    assert real >= 100


def test_numbers_that_we_do_not_know_lie_where_no_publishers_do():
    forms = {
        "un_sc": r"(CF|KP|QD)[ei]\.\d{3}",
        "eu_fsf": r"9000\d\d",
        "ch_seco": r"9000\d\d",
        "uk_ofsi": r"9000\d\d",
        "uk_sl": r"[A-Z]{3}90\d\d",
        "opensanctions": r"sample-\d{4}",
    }
    members = truth("list_members")
    assert {row["source"] for row in members} == forms.keys()
    assert all(re.fullmatch(forms[row["source"]], row["party_id"]) for row in members)


def test_no_snapshot_loses_enough_parties_to_look_broken():
    counts = [len(ofac(date, "sdn")) for date in DATES]
    kinds = [{row[2] for row in ofac(date, "sdn")} for date in DATES]
    assert counts == sorted(counts)
    assert kinds[0] == kinds[1] == kinds[2] == {"-0- ", "individual", "vessel", "aircraft"}


def test_expected_changes_are_those_between_the_snapshots():
    expected = defaultdict(set)
    for row in truth("designation_changes"):
        expected[row["changed_on"], row["change"]].add(row["party_id"])
    for before, after in pairwise(DATES):
        old, new = remarks(before), remarks(after)
        was, is_now = ({r[0]: (r[1], r[3]) for r in ofac(date, "sdn")} for date in (before, after))
        both = old.keys() & new.keys()
        assert expected[after, "listed"] == new.keys() - old.keys()
        assert expected[after, "delisted"] == old.keys() - new.keys()
        assert expected[after, "amended"] == {uid for uid in both if was[uid] != is_now[uid]}
        added = {uid for uid in both if wallets(new[uid]) - wallets(old[uid])}
        assert expected[after, "wallet_added"] == added


def test_the_advanced_file_is_well_formed_and_every_number_refers_to_something():
    (path,) = (SAMPLES / "sanctions" / "ofac_cons").glob("*.xml")
    root = ElementTree.parse(path).getroot()
    space = root.tag.removesuffix("Sanctions")
    assert space.endswith("/ADVANCED_XML}")
    sets = root.find(f"{space}ReferenceValueSets")
    known = {item.tag.removeprefix(space): set() for group in sets for item in group}
    for group in sets:
        for item in group:
            known[item.tag.removeprefix(space)].add(item.get("ID"))
    known["NamePartGroup"] = {e.get("ID") for e in root.iter(f"{space}NamePartGroup")}
    known["Identity"] = {e.get("ID") for e in root.iter(f"{space}Identity")}
    known["Profile"] = {e.get("ID") for e in root.iter(f"{space}Profile")}
    known["Location"] = {e.get("ID") for e in root.iter(f"{space}Location")}
    checked = 0
    for element in root.iter():
        for name, value in element.attrib.items():
            kind = name.removesuffix("ID").rpartition("-")[2]
            if name.endswith("ID") and name != "ID" and kind in known:
                assert value in known[kind], (element.tag, name, value)
                checked += 1
    assert checked > 300
    parties = list(root.iter(f"{space}DistinctParty"))
    assert len(parties) == 10
    scripts = {e.get("ScriptID") for e in root.iter(f"{space}NamePartValue")}
    assert scripts == {"160", "215", "220", "501"}
