"""People's decisions about two parties: ``decisions/entities.csv`` in the lake.

One line per decision, in the order they were made; the last one on a pair counts. The file is kept
by ``flowlake decide``, may be edited by hand and belongs under version control; builds read it and
never write it. A line that cannot be read stops the build: a decision that is silently dropped
would merge two parties that somebody keeps apart.

=============  ============================================================
``left``       a party of a list, ``<source>:<party id>``: ``ofac_sdn:55065``
``right``      the other party
``judgement``  ``same`` or ``different``
``author``     who decided
``reason``     why
``date``       on which day
=============  ============================================================
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa

from flowlake.settings import Settings
from transforms.errors import InputRefused
from transforms.lake.lock import lock
from transforms.lake.storage import Storage
from transforms.schemas import table
from transforms.sources.registry import names

DECISIONS = "decisions/entities.csv"
COLUMNS = ("left", "right", "judgement", "author", "reason", "date")
JUDGEMENTS = ("same", "different")


def decision_bytes(storage: Storage) -> bytes:
    """The file as it stands; empty where there is none."""
    try:
        return storage.read_bytes(DECISIONS)
    except FileNotFoundError:
        return b""


def read_decisions(content: bytes) -> pa.Table:
    """Rows of ``meta.entity_decisions``."""
    rows = [_row(number, record) for number, record in enumerate(_records(content), 1)]
    return pa.Table.from_pylist(rows, table("meta.entity_decisions").arrow)


def decide(
    settings: Settings, left: str, right: str, judgement: str, *, by: str, why: str, on: date
) -> dict[str, Any]:
    """Write a decision down; the next build follows it."""
    record = dict(zip(COLUMNS, (left, right, judgement, by, why, on.isoformat()), strict=True))
    storage = settings.storage
    with lock(storage, "decisions"):
        content = decision_bytes(storage)
        known = read_decisions(content).num_rows  # a damaged file is not written on
        _row(known + 1, record)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not content.strip():
            content = b""
            writer.writerow(COLUMNS)
        elif not content.endswith(b"\n"):
            content += b"\n"
        writer.writerow(record.values())
        storage.write_bytes(DECISIONS, content + text.getvalue().encode())
    return record | {"file": storage.uri(DECISIONS), "decisions": known + 1}


def _records(content: bytes) -> Iterator[dict[str, str]]:
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = [row for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as e:
        raise InputRefused(f"{DECISIONS}: expected a CSV file in UTF-8, found {e}") from e
    if rows and tuple(rows[0]) != COLUMNS:
        raise InputRefused(f"{DECISIONS} line 1: expected {','.join(COLUMNS)}")
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(COLUMNS):
            raise InputRefused(
                f"{DECISIONS} decision {number}: expected {len(COLUMNS)} cells, found {len(row)}"
            )
        yield dict(zip(COLUMNS, (cell.strip() for cell in row), strict=True))


def _row(number: int, record: dict[str, str]) -> dict[str, Any]:
    where = f"{DECISIONS} decision {number}"
    (left_source, left), (right_source, right) = (
        _party(where, record[side]) for side in ("left", "right")
    )
    if (left_source, left) == (right_source, right):
        raise InputRefused(f"{where}: expected two parties, found {record['left']} twice")
    if record["judgement"] not in JUDGEMENTS:
        raise InputRefused(f"{where}: expected same or different, found {record['judgement']!r}")
    for column in ("author", "reason"):
        if not record[column].strip():
            raise InputRefused(f"{where}: the {column} is missing")
    try:
        day = date.fromisoformat(record["date"])
    except ValueError as e:
        raise InputRefused(f"{where}: expected a day, found {record['date']!r}") from e
    return {
        "decision_number": number,
        "left_source": left_source,
        "left_party_id": left,
        "right_source": right_source,
        "right_party_id": right,
        "judgement": record["judgement"],
        "decided_by": record["author"],
        "decided_on": day,
        "decision_reason": record["reason"],
    }


def _party(where: str, text: str) -> tuple[str, str]:
    source, colon, party_id = text.partition(":")
    if not colon or not party_id.strip() or source not in names():
        raise InputRefused(
            f"{where}: expected a list's word and a party's number such as ofac_sdn:55065, "
            f"found {text!r}"
        )
    return source, party_id.strip()
