"""OpenSanctions' collection of sanctions lists, an optional input under a non-commercial licence.

In: ``targets.simple.csv`` or ``entities.ftm.json`` (FollowTheMoney, JSON lines). Out: one party
per sanctioned target. Commercial users must take the lists from their publishers instead: the
licence stands in every row. ``party_id`` is OpenSanctions' own; ids change when entities are
merged, and ``referent`` identifiers say which ids an entity had before.
Format: https://www.opensanctions.org/docs/bulk/ (CC BY-NC 4.0)

Oddities: cells of the CSV hold several values joined by ``;``, quoted where a value holds one
itself; the files do not state their day, the newest ``last_seen`` does; persons in public office
are targets too and are rejected here; ``entities.delta.json`` holds changes and is refused. No
published file was at hand: columns and properties are as documented.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.clean.dates import read_date
from transforms.clean.tickers import UNSTATED
from transforms.errors import InputRefused
from transforms.readers import ftm
from transforms.readers.csv import CsvFile
from transforms.readers.ftm_party import ENTITY_TYPES
from transforms.readers.ofac_labels import span_of
from transforms.readers.party import Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.unpack import contents
from transforms.readers.words import report_word
from transforms.sources.base import BatchName, Family, Grouping, RawFile, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="opensanctions",
    family=Family.DESIGNATIONS,
    publisher="OpenSanctions Datenbanken GmbH",
    page="https://www.opensanctions.org/datasets/sanctions/",
    format="targets.simple.csv or entities.ftm.json (FollowTheMoney)",
    licence="CC BY-NC 4.0: non-commercial use only",
    is_noncommercial=True,
    # Exported several times a day; one export a day is a snapshot.
    cadence="30 7 * * *",
    grouping=Grouping.FILE,
    batch_name=BatchName.DATE,
    urls=("https://data.opensanctions.org/datasets/latest/sanctions/entities.ftm.json",),
    hosts=("data.opensanctions.org",),
    suffixes=(".csv", ".json"),
    options=("part",),
    headers=(
        ("id", "schema", "name", "aliases", "birth_date", "countries", "sanctions", "dataset"),
        ("id", "caption", "schema", "properties", "datasets"),
    ),
)

# The one kind of identifier that says itself what it is.
_IMO = re.compile(r"IMO\s?\d{7}")
_EXPECTED = ("id", "schema", "name", "sanctions")
_KNOWN = frozenset(
    {*_EXPECTED, "aliases", "birth_date", "countries", "addresses", "identifiers", "phones"}
    | {"emails", "program_ids", "dataset", "last_seen"}
)
# What OpenSanctions noticed when; what was known when follows from the snapshots.
_IGNORED = frozenset({"first_seen", "last_change"})


# Column → use and label of each of its values.
_FACTS = {
    "phones": ("phone", "phones"),
    "emails": ("email", "emails"),
    # Of residence, nationality or registration: the file does not say which.
    "countries": ("other", "countries"),
    "dataset": ("other", "dataset"),
}


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one export."""
    (file,) = raw.files
    if ftm.is_json(file):
        ftm.parse(file, batch)
    else:
        _parse_csv(file, batch)


def _parse_csv(file: RawFile, batch: Batch) -> None:
    where = f"{batch.source.name} {file.name}"
    # The day stands in the rows, and rejects bear it: the file is read twice.
    newest = max((r.cells.get("last_seen", "")[:10] for r in _rows(file, where)), default="")
    if newest:
        try:
            batch.dated(read_date(newest).day)
        except ValueError as e:
            raise InputRefused(f"{where}: expected last_seen YYYY-MM-DD, found {e}") from None
    seen: set[str] = set()
    for row in _rows(file, where):
        batch.read()
        party_id = row.cells.get("id", "")
        fault = row.fault or _fault(row, party_id, seen)
        if fault:
            batch.reject(
                fault, file=file.name, line=row.line, record_id=party_id[:100] or None, raw=row.raw
            )
            continue
        seen.add(party_id)
        _party(row, file, batch)
    if not batch.rows_staged:
        raise InputRefused(f"{where}: expected sanctioned targets, found none")
    for column in _header(file, where):
        if column not in _KNOWN | _IGNORED:
            report_word(batch, "column", column)


def _fault(row: "_Row", party_id: str, seen: set[str]) -> str | None:
    if not (party_id and row.cells.get("name")):
        return "a target without id or name"
    if party_id in seen:
        return f"id {party_id[:60]} stands in the file twice"
    if not (row.cells.get("sanctions") or row.cells.get("program_ids")):
        return "a target without a sanction"
    return None


def _party(row: "_Row", file: RawFile, batch: Batch) -> None:
    cells = row.cells
    schema = cells.get("schema", "")
    kind = ENTITY_TYPES.get(schema)
    if kind is None:
        report_word(batch, "schema", schema)
    party = Party(
        batch, cells["id"], f"{file.name}:{row.line}", kind or "unknown", cells["name"],
        published_form="targets.simple.csv",
    )  # fmt: skip
    party.add_name(party.name, "primary")
    for alias in row.values("aliases"):
        if alias != party.name:
            party.add_name(alias, "aka")
    party.add_facts(
        Fact("birth", "birth_date", born, span=span_of(born)) for born in row.values("birth_date")
    )
    for address in row.values("addresses"):
        stage_address(batch, party.party_id, party.record_id, (address,))
    for column, (use, label) in _FACTS.items():
        party.add_facts(Fact(use, label, v) for v in row.values(column))
    party.add_facts(
        Fact("imo" if _IMO.fullmatch(v) else "other", "identifiers", v)
        for v in row.values("identifiers")
    )
    if schema == "CryptoWallet":
        party.add_facts([Fact("wallet", f"CryptoWallet - {UNSTATED}", party.name)])
    sanctions = row.values("sanctions")
    party.programs.update(row.values("program_ids") or sanctions)
    party.remarks = "\n".join(sanctions) or None
    party.finish()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the CSV: its filled cells by column, or why it is none."""

    line: int
    cells: dict[str, str]
    raw: str = ""
    fault: str | None = None

    def values(self, column: str) -> list[str]:
        """Values of a cell, which is a line of CSV with semicolons itself; each once."""
        text = self.cells.get(column)
        if not text:
            return []
        try:
            (found,) = csv.reader([" ".join(text.split())], delimiter=";", strict=True)
        except (csv.Error, ValueError):
            found = text.split(";")
        return list(dict.fromkeys(v for x in found if (v := x.strip())))


def _header(file: RawFile, where: str) -> tuple[str, ...]:
    for _, stream in contents(file.path, file.name):
        opened = CsvFile(stream, where)
        if missing := [c for c in _EXPECTED if c not in opened.header]:
            raise InputRefused(
                f"{where} line 1: expected a header with {', '.join(missing)}, found "
                f"{', '.join(opened.header)[:300] or 'none'}"
            )
        return opened.header
    raise InputRefused(f"{where}: expected a file, found an archive without one")


def _rows(file: RawFile, where: str) -> Iterator[_Row]:
    header = _header(file, where)
    for _, stream in contents(file.path, file.name):
        opened = CsvFile(stream, where)
        for part in opened.slices():
            records = opened.records(part, header)
            for bad in records.malformed:
                yield _Row(bad.line, {}, bad.raw, bad.reason)
            columns = [c.to_pylist() for c in records.columns.columns]
            for number, (line, *cells) in enumerate(
                zip(records.lines.to_pylist(), *columns, strict=True)
            ):
                filled = {
                    c: x for c, cell in zip(header, cells, strict=True) if (x := cell.strip())
                }
                yield _Row(line, filled, records.raw(number)[:500])
        return
