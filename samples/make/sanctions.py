"""OFAC's SDN list as CSV sets, three dated snapshots, and what changed between them.

In: facts/sanctions. Out: sanctions/ofac_sdn/sdn_<date>/{sdn,alt,add,sdn_comments}.csv in OFAC's
form: no header, CRLF, null is `-0- ` with a trailing blank, text quoted and numbers bare, the last
byte 0x1A, remarks cut at exactly 1,000 characters and continued in sdn_comments.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from samples.make.common import SNAPSHOTS, actors, eip55, read_facts, split

NULL = "-0- "
END_OF_FILE = b"\x1a"
REMARKS_LIMIT = 1000
# OFAC numbers aliases and addresses too. We know few of those numbers, so ours lie far beyond.
FIRST_OWN_NUMBER = 900_001
# What OFAC repeats word for word at every party of a programme.
STANDING_REMARKS = {
    "@dprk": "Secondary sanctions risk: North Korea Sanctions Regulations, sections 510.201 and "
    "510.210; Transactions Prohibited For Persons Owned or Controlled By U.S. Financial "
    "Institutions: North Korea Sanctions Regulations section 510.214",
    "@russia": "Secondary sanctions risk: Ukraine-/Russia-Related Sanctions Regulations, "
    "31 CFR 589.201",
}


@dataclass(frozen=True, slots=True)
class Party:
    """One designated party as of one snapshot."""

    uid: str
    type: str
    name: str
    title: str
    programs: tuple[str, ...]
    first: str
    last: str
    details: tuple[str, ...]
    wallets: tuple[tuple[str, str], ...]
    weak_aliases: tuple[str, ...]
    linked_to: str

    def remarks(self) -> str:
        parts = [STANDING_REMARKS.get(detail, detail) for detail in self.details]
        seen: set[str] = set()
        for ticker, address in self.wallets:
            alt = "alt. " if ticker in seen else ""
            parts.append(f"{alt}Digital Currency Address - {ticker} {address}")
            seen.add(ticker)
        parts += [f"a.k.a. '{alias}'" for alias in self.weak_aliases]
        parts += [f"Linked To: {self.linked_to}"] if self.linked_to else []
        return "; ".join(parts) + "." if parts else ""


def wallets(text: str) -> tuple[tuple[str, str], ...]:
    """`ETH 0x…|USDT {an actor of the story}` → pairs as they are published."""
    if text == "@tornado_cash":
        rows = read_facts("sanctions", "tornado_cash.csv")
        return tuple(("ETH", row["address"]) for row in rows)
    pairs = []
    for item in split(text):
        ticker, address = item.split(" ")
        if address.startswith("{"):
            actor = actors()[address.strip("{}")]
            address = eip55(actor.address) if actor.chain == "ethereum" else actor.address
        pairs.append((ticker, address))
    return tuple(pairs)


def as_fields(row: dict[str, str]) -> dict[str, Any]:
    several: dict[str, Any] = {
        name: tuple(split(row[name]))
        for name in ("programs", "details", "weak_aliases")
        if name in row
    }
    published = {"wallets": wallets(row["wallets"])} if "wallets" in row else {}
    return {**row, **several, **published}


def all_parties() -> list[Party]:
    rows = read_facts("sanctions", "parties.csv") + read_facts("sanctions", "synthetic_parties.csv")
    return [Party(**as_fields(row)) for row in sorted(rows, key=lambda row: int(row["uid"]))]


def snapshot(date: str) -> list[Party]:
    """The parties listed on a snapshot's date, with the amendments made until then."""
    changes = [row for row in read_facts("sanctions", "changes.csv") if row["from"] <= date]
    listed = []
    for party in all_parties():
        if party.first > date or (party.last and party.last <= date):
            continue
        for change in changes:
            if change["uid"] == party.uid:
                amended = as_fields({change["field"]: change["value"]})
                party = replace(party, **amended)  # noqa: PLW2901 - amendments follow each other
        listed.append(party)
    return listed


def periods() -> dict[str, tuple[str, str]]:
    """uid → (date of the first snapshot with it, of the first one without it, else '')."""
    found: dict[str, tuple[str, str]] = {}
    for date in SNAPSHOTS:
        present = {party.uid for party in snapshot(date)}
        for uid in present - found.keys():
            found[uid] = (date, "")
        for uid, (first, last) in found.items():
            if uid not in present and not last:
                found[uid] = (first, date)
    return found


def wallet_periods() -> dict[tuple[str, str], tuple[str, str]]:
    """(uid, address) → (listed from, listed to) by snapshot."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for date in SNAPSHOTS:
        present = {(p.uid, address) for p in snapshot(date) for _, address in p.wallets}
        for key in present - found.keys():
            found[key] = (date, "")
        for key, (first, last) in found.items():
            if key not in present and not last:
                found[key] = (first, date)
    return found


def changes() -> Iterator[tuple[str, str, str, str, str]]:
    """(changed_on, uid, name, change, detail) between one snapshot and the next."""
    for before, after in pairwise(SNAPSHOTS):
        old = {party.uid: party for party in snapshot(before)}
        new = {party.uid: party for party in snapshot(after)}
        for uid in sorted(old.keys() | new.keys(), key=int):
            was, is_now = old.get(uid), new.get(uid)
            if was is None:
                yield after, uid, new[uid].name, "listed", ""
                continue
            if is_now is None:
                yield after, uid, was.name, "delisted", ""
                continue
            if was.name != is_now.name:
                yield after, uid, is_now.name, "amended", f"name: {was.name} -> {is_now.name}"
            if was.programs != is_now.programs:
                detail = f"programs: {' '.join(was.programs)} -> {' '.join(is_now.programs)}"
                yield after, uid, is_now.name, "amended", detail
            for _, address in sorted(set(is_now.wallets) - set(was.wallets)):
                yield after, uid, is_now.name, "wallet_added", address


def row(number: str, *values: str | tuple[str]) -> str:
    """One line of OFAC's CSV; a value in a tuple is a number and stays bare."""
    cells = [number]
    for value in values:
        if isinstance(value, tuple):
            cells.append(value[0])
        else:
            cells.append(f'"{value}"' if value else NULL)
    return ",".join(cells) + "\r\n"


def write_file(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(lines).encode("ascii") + END_OF_FILE)


def numbered(*files: str) -> list[tuple[str, dict[str, str]]]:
    """Rows of fact files with the number each keeps through all snapshots."""
    rows = [row for file in files for row in read_facts("sanctions", file)]
    return [(str(FIRST_OWN_NUMBER + n), row) for n, row in enumerate(rows)]


def write(out: Path) -> None:
    vessels = {row["uid"]: row for row in read_facts("sanctions", "vessels.csv")}
    aliases = numbered("aliases.csv", "synthetic_aliases.csv")
    addresses = numbered("addresses.csv")
    located = {row["uid"] for _, row in addresses}
    # OFAC gives a party without a known address a row of nulls.
    placeholders = [p.uid for p in all_parties() if p.uid not in located]
    addresses += [
        (str(FIRST_OWN_NUMBER + len(addresses) + n), {"uid": uid})
        for n, uid in enumerate(placeholders)
    ]
    for date in SNAPSHOTS:
        folder = out / "sanctions" / "ofac_sdn" / f"sdn_{date}"
        parties = snapshot(date)
        listed = {party.uid for party in parties}
        sdn, comments = [], []
        for party in parties:
            vessel = vessels.get(party.uid, {})
            columns = ("call_sign", "vessel_type", "tonnage", "grt", "flag", "owner")
            remarks = party.remarks()
            sdn.append(
                row(
                    party.uid,
                    party.name,
                    party.type,
                    "] [".join(party.programs),
                    party.title,
                    *(vessel.get(column, "") for column in columns),
                    remarks[:REMARKS_LIMIT],
                )
            )
            if remarks[REMARKS_LIMIT:]:
                comments.append(row(party.uid, remarks[REMARKS_LIMIT:]))
        alt = [
            row(a["uid"], (number,), a["type"], a["name"], "")
            for number, a in by_party(aliases)
            if a["uid"] in listed
        ]
        add = [
            row(a["uid"], (number,), *(a.get(c, "") for c in ("address", "city", "country")), "")
            for number, a in by_party(addresses)
            if a["uid"] in listed
        ]
        files = {"sdn": sdn, "alt": alt, "add": add, "sdn_comments": comments}
        for name, lines in files.items():
            write_file(folder / f"{name}.csv", lines)


def by_party(rows: list[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    return sorted(rows, key=lambda item: (int(item[1]["uid"]), int(item[0])))
