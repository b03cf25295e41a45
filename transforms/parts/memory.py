"""What was computed of files before, and need not be again: a file's name is that of its content.

A memory, not a source: without it, or where it is damaged, everything is computed anew. Rows are
kept by a key, which names the files they are of; a key may have no rows. Another ``code`` (queries,
types) forgets all.
"""

import io
import logging
from collections.abc import Collection, Iterable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.lake.storage import Storage

logger = logging.getLogger(__name__)

_KEYS: Final = pa.schema([("key", pa.string())])


class Memory:
    """Rows by key in one file of the lake; ``rows`` has a column ``key`` before the others."""

    def __init__(
        self, storage: Storage, name: str, schema: pa.Schema, code: str, *, is_forced: bool = False
    ) -> None:
        self._storage = storage
        self._name = f"_flowlake/{name}.parquet"
        self._code = code
        self._schema = pa.schema([*_KEYS, *schema])
        self.keys: set[str] = set()
        self.rows = self._schema.empty_table()
        self._is_changed = False
        if not is_forced:
            self._read()

    def keep(self, keys: Collection[str]) -> None:
        """Forget all others."""
        if self.keys <= set(keys):
            return
        self.keys &= set(keys)
        kept = pa.array(sorted(self.keys), pa.string())
        self.rows = self.rows.filter(pc.is_in(self.rows["key"], kept))
        self._is_changed = True

    def add(self, keys: Iterable[str], rows: pa.Table) -> None:
        """Take the rows of further keys."""
        self.keys |= set(keys)
        self.rows = pa.concat_tables([self.rows, rows.select(self._schema.names)]).cast(
            self._schema
        )
        self._is_changed = True

    def write(self) -> None:
        """Remember it for the next build; called once what it is of is published."""
        if not self._is_changed:
            return
        keys = pa.table({"key": pa.array(sorted(self.keys), pa.string())}, _KEYS)
        sections = {"keys": keys, "rows": self.rows.combine_chunks()}
        packed = pack({name: to_bytes(t) for name, t in sections.items()}, self._code)
        self._storage.write_bytes(self._name, packed)

    def _read(self) -> None:
        try:
            sections, code = unpack(self._storage.read_bytes(self._name))
            if code != self._code:
                return
            keys = from_bytes(sections["keys"], _KEYS)
            rows = from_bytes(sections["rows"], self._schema)
        except FileNotFoundError:
            return
        except (pa.ArrowException, ValueError, KeyError, OSError) as error:
            logger.warning("%s is damaged (%s): what it held is made again", self._name, error)
            return
        self.keys, self.rows = set(keys["key"].to_pylist()), rows


def to_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def from_bytes(data: bytes, schema: pa.Schema) -> pa.Table:
    """The table again."""
    return pq.read_table(io.BytesIO(data)).cast(schema)


def pack(sections: dict[str, bytes], code: str = "") -> bytes:
    """Sections one behind the other, each as one value of a small Parquet file."""
    names = pa.array(list(sections), pa.string())
    content = pa.array(list(sections.values()), pa.large_binary())
    table = pa.table({"section": names, "content": content})
    return to_bytes(table.replace_schema_metadata({"code": code}))


def unpack(data: bytes) -> tuple[dict[str, bytes], str]:
    """Sections, and the code that they were packed with."""
    table = pq.read_table(io.BytesIO(data))
    code = (table.schema.metadata or {}).get(b"code", b"").decode()
    names, content = table["section"].to_pylist(), table["content"].to_pylist()
    return dict(zip(names, content, strict=True)), code
