"""OFAC's CSV set: parties, aliases, addresses and the rest of long remarks, without a header.

In: a lone party file or the four files of one publication, told apart by their columns (12, 5, 6
and 2), since copies bear any name. Out: staged rows.

Oddities (field guide §2.2): null is ``-0- `` with a blank; the last byte is 0x1A, which
sdn_comments of 2021 lacks; remarks stop at exactly 1,000 characters, in mid-token, and go on in
the comments file. Joined with nothing between they are whole; without that file the cut token is
dropped and the party's wallets count as incomplete, since half an address is a false join key.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from transforms.errors import InputRefused
from transforms.readers.ofac_records import Record, has_end_mark, opened, records
from transforms.readers.ofac_remarks import add_remark
from transforms.readers.ofac_words import ListOfPrograms, entity_type, name_type
from transforms.readers.party import Party
from transforms.readers.party_rows import stage_address, stage_name
from transforms.sources.base import RawFile, RawSet
from transforms.sources.batch import Batch

# Columns of each file and what the file is; the number of columns is what tells them apart.
_SHAPES = {12: "parties", 5: "aliases", 6: "addresses", 2: "comments"}
_PARTY_COLUMNS = 12
# OFAC cuts remarks here and continues in the comments file.
_REMARK_LIMIT = 1_000
# Records looked at to tell which file it is.
_PROBED = 40


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage a CSV set."""
    files = _files(raw)
    if "parties" not in files:
        found = ", ".join(f"{f.name} ({kind})" for kind, f in sorted(files.items()))
        raise InputRefused(
            f"{raw.source} {found}: expected a set with its party file (sdn.csv or cons_prim.csv, "
            "12 columns), found none; aliases, addresses and comments alone are no snapshot"
        )
    comments = _Comments(files.get("comments"), batch)
    for kind, file in files.items():
        if kind != "comments" and not has_end_mark(file):
            batch.warn(f"{kind} file without its end mark 0x1A: it may be cut at a line's end")
    known: set[str] = set()
    _parties(files["parties"], batch, comments, known, has_aliases="aliases" in files)
    comments.reject_orphans(known)
    if aliases := files.get("aliases"):
        _aliases(aliases, batch, known)
    if addresses := files.get("addresses"):
        _addresses(addresses, batch, known)


def _files(raw: RawSet) -> dict[str, RawFile]:
    """The set's files by what they hold."""
    files: dict[str, RawFile] = {}
    for file in raw.files:
        kind = _kind(raw.source, file)
        if kind in files:
            raise InputRefused(
                f"{raw.source} {file.name}: expected one file of {kind} in a set, "
                f"found {files[kind].name} too"
            )
        files[kind] = file
    return files


def _kind(source: str, file: RawFile) -> str:
    """Which file of the set it is, by the columns most of its first records have."""
    if "comment" in file.name.lower() and _head(file).lstrip(b"\xef\xbb\xbf").strip() == b"\x1a":
        return "comments"  # a publication without long remarks
    columns: Counter[int] = Counter()
    for record in records(source, file, None):
        if record.cells and record.cells[0].strip().isdigit():
            columns[len(record.cells)] += 1
        if record.line >= _PROBED:
            break
    width = columns.most_common(1)[0][0] if columns else 0
    if width not in _SHAPES:
        raise InputRefused(
            f"{source} {file.name}: expected records that begin with a number and have 12 columns "
            f"(parties), 5 (aliases), 6 (addresses) or 2 (comments), found "
            + (f"{width} columns" if columns else "none")
        )
    return _SHAPES[width]


def _head(file: RawFile) -> bytes:
    with opened(file) as f:
        return f.read(8)


def _value(cell: str) -> str | None:
    """A cell's text; None for OFAC's null, which carries a blank behind it."""
    text = cell.strip()
    return None if text in ("-0-", "") else text


def _base(file: RawFile) -> str:
    return Path(file.name).name


# ── the four files ──────────────────────────────────────────────────────────────────────────


class _Comments:
    """Second halves of remarks, by party; few, and therefore held."""

    def __init__(self, file: RawFile | None, batch: Batch) -> None:
        self.is_there = file is not None
        self._batch = batch
        self._file = file
        self._texts: dict[str, str] = {}
        self._held: list[tuple[str, Record]] = []
        if file is None:
            return
        for record in records(batch.source.name, file, 2):
            if record.fault:
                _reject(batch, file, record, record.fault, is_record=False)
                continue
            party_id = record.cells[0].strip()
            # Not stripped: the remark was cut in the middle of a token.
            self._texts[party_id] = self._texts.get(party_id, "") + record.cells[1]
            self._held.append((party_id, record))

    def joined(self, party_id: str, remark: str | None) -> str | None:
        rest = self._texts.get(party_id)
        return remark if rest is None else (remark or "") + rest

    def of(self, party_id: str) -> tuple[bool, str | None]:
        """All that the reading of a party's remark depends on beside the remark."""
        return self.is_there, self._texts.get(party_id)

    def lacks_rest(self, party_id: str, remark: str) -> bool:
        """Whether the remark is cut and its rest was not published with it."""
        if len(remark) != _REMARK_LIMIT or party_id in self._texts:
            return False
        # With the comments file at hand, a remark that ends like all others is whole.
        return not (self.is_there and remark.endswith("."))

    def reject_orphans(self, known: set[str]) -> None:
        for party_id, record in self._held:
            if party_id not in known and self._file is not None:
                _reject_orphan(self._batch, self._file, record, party_id)


def _parties(
    file: RawFile, batch: Batch, comments: _Comments, known: set[str], *, has_aliases: bool
) -> None:
    source, base = batch.source.name, _base(file)
    programs = ListOfPrograms()
    for record in records(source, file, _PARTY_COLUMNS, batch.memory(_PARTY_COLUMNS)):
        batch.read()
        if record.fault:
            _reject(batch, file, record, record.fault)
            continue
        party_id, name = record.cells[0].strip(), _value(record.cells[1])
        if not (party_id.isascii() and party_id.isdigit()):
            _reject(batch, file, record, f"ent_num {party_id[:40]!r} is not a number")
        elif party_id in known:
            _reject(batch, file, record, f"ent_num {party_id} stands in the file twice")
        elif name is None:
            _reject(batch, file, record, "a party without a name")
        else:
            known.add(party_id)
            programs.add(record.cells[3])
            key = ("party", record.raw, comments.of(party_id), has_aliases)
            batch.once(key, _party, batch, base, record.cells, comments, has_aliases)
    if not batch.rows_staged:
        raise InputRefused(
            f"{source} {file.name}: expected parties, found no sound record among {batch.rows_read}"
        )
    programs.refuse_other(batch, file)


def _party(
    batch: Batch, base: str, cells: list[str], comments: _Comments, has_aliases: bool
) -> None:
    party_id = cells[0].strip()
    kind = entity_type(batch, f"{base} record {party_id}", _value(cells[2]) or "entity")
    # The record's own key, not its line: the same record has the same id in every version.
    record_id, name = f"ent_num {party_id}", _value(cells[1]) or ""
    party = Party(batch, party_id, record_id, kind, name, published_form="CSV")
    party.is_alias_set_complete = has_aliases
    _fill(party, cells, comments)
    party.finish()


def _fill(party: Party, cells: list[str], comments: _Comments) -> None:
    """The columns behind the name, and what the remarks say."""
    batch = party.batch
    # Several programmes stand as "DPRK3] [CYBER2".
    party.programs.update(
        p for p in (x.strip(" []") for x in (_value(cells[3]) or "").split("] [")) if p
    )
    party.columns = {
        "title": _value(cells[4]),
        "call_sign": _value(cells[5]),
        "vessel_type": _value(cells[6]),
        "tonnage": _value(cells[7]),
        "gross_tonnage": _value(cells[8]),
        "vessel_flag": _value(cells[9]),
        "vessel_owner": _value(cells[10]),
    }
    party.add_name(party.name, "primary")
    stated = None if _value(cells[11]) is None else cells[11]
    party.remarks = text = comments.joined(party.party_id, stated)
    if text is None:
        return
    if comments.lacks_rest(party.party_id, text):
        batch.warn("remarks cut at 1,000 characters: wallets may be missing")
        party.is_wallet_set_complete = False
        text = text.rpartition(";")[0]
    add_remark(party, text)


def _aliases(file: RawFile, batch: Batch, known: set[str]) -> None:
    for record in _children(file, batch, 5, known):
        if _value(record.cells[3]) is None:
            _reject(batch, file, record, "an alias without a name", is_record=False)
            continue
        batch.once(("alias", record.raw), _alias, batch, record.cells)


def _alias(batch: Batch, cells: list[str]) -> None:
    party_id, number, kind, name, remarks = (_value(c) for c in cells)
    if remarks:
        batch.warn("alias with remarks, which are kept nowhere")
    record_id = f"alt_num {number}" if number else f"ent_num {party_id}"
    stage_name(batch, party_id or "", record_id, name or "", name_type(batch, kind or ""))


def _addresses(file: RawFile, batch: Batch, known: set[str]) -> None:
    for record in _children(file, batch, 6, known):
        batch.once(("address", record.raw), _address, batch, record.cells)


def _address(batch: Batch, cells: list[str]) -> None:
    party_id, number, street, city, country, remarks = (_value(c) for c in cells)
    record_id = f"add_num {number}" if number else f"ent_num {party_id}"
    stage_address(
        batch, party_id or "", record_id, (street,), city=city, country=country, remarks=remarks
    )


def _children(file: RawFile, batch: Batch, width: int, known: set[str]) -> Iterator[Record]:
    """Sound records whose party is in the party file; the others are rejected."""
    for record in records(batch.source.name, file, width, batch.memory(width)):
        if record.fault:
            _reject(batch, file, record, record.fault, is_record=False)
        elif (party_id := record.cells[0].strip()) in known:
            yield record
        else:
            _reject_orphan(batch, file, record, party_id)


def _reject_orphan(batch: Batch, file: RawFile, record: Record, party_id: str) -> None:
    batch.warn(f"record of {_base(file)} whose party is not in the party file")
    _reject(
        batch, file, record, f"party {party_id[:40]!r} is not in the party file", is_record=False
    )


def _reject(
    batch: Batch, file: RawFile, record: Record, reason: str, *, is_record: bool = True
) -> None:
    batch.reject(
        reason,
        file=_base(file),
        line=record.line,
        record_id=record.cells[0].strip()[:40] or None if record.cells else None,
        raw=record.raw,
        is_record=is_record,
    )
