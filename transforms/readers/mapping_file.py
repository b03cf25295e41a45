"""A mapping says what a vendor's CSV means: one TOML per form of file.

Columns are mapped by name and by one of a few types; there are no expressions. Every mapped column
must be in the file, and every other column of the file must be named in ``ignore`` or used by
``labels``: an unknown column is news. Keys that mean nothing here are refused, so that a typing
error never changes what is read in silence.

    name    = "vendor"
    family  = "transfers"
    format  = { delimiter = ",", header = true, encoding = "utf-8-sig" }
    ignore  = ["Comment"]
    [constants]            # chain, kind and asset, for all rows
    [asset]                # symbol, decimals, is_stablecoin; rounding = "truncate" or "exact"
    [columns]              # our column = { from = "Theirs", type = "…" }
    [order]                # keys and position: "file_row", or a column as in [columns];
                           # parts = true where files are parts of one: alike rows add up
    [labels]               # any name = { address = "Theirs", label = "Theirs" }
"""

import re
import tomllib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from transforms.errors import InputRefused
from transforms.readers.mapping import KINDS, Asset, Column, Label, Mapping

FILE_ROW: Final = "file_row"
# Our columns, and the types each may be read as.
_TYPES: Dict[str, tuple[str, ...]] = {
    "chain": ("text",),
    "kind": ("text",),
    "asset": ("text",),
    "contract": ("address", "text"),
    "block_number": ("int",),
    "block_timestamp": ("timestamp",),
    "block_hash": ("hex32", "text"),
    "transaction_hash": ("hex32", "text"),
    "transaction_index": ("int",),
    "position": ("int",),
    "from_address": ("address", "text"),
    "to_address": ("address", "text"),
    "value": ("decimal_amount", "base_units"),
}
_CONSTANTS: Final = ("chain", "kind", "asset")
_ORDER_KEYS: Final = (
    "block_number",
    "block_timestamp",
    "transaction_index",
    "position",
    FILE_ROW,
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}").fullmatch
_ASSET = re.compile(r"\S{1,120}").fullmatch
_MAX_BYTES = 1 << 20
_KINDS_OF_VALUE: Dict[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping; every refusal names its key."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputRefused("mapping: expected a TOML file of at most 1 MiB")
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as e:
        raise InputRefused(f"mapping: expected a TOML file, found {e}") from e
    return _Checked(data).mapping()


class _Checked:
    """Takes keys out of the parsed TOML; what is left over is refused."""

    def __init__(self, data: dict[str, Any]) -> None:
        # Its own name: the lake keeps the file's bytes, under a name that says nothing.
        self._mapping = f"mapping {str(data.get('name', ''))[:60]}".rstrip()
        self._data = data

    def mapping(self) -> Mapping:
        data = self._data
        name = self._take(data, "name", str)
        if not _NAME(name):
            raise self._refused("name", "lower-case letters, digits, - and _", name)
        family = self._take(data, "family", str)
        if family != "transfers":
            raise self._refused("family", "transfers", family)
        form = self._take(data, "format", dict, {})
        if self._take(form, "header", bool, True, where="format") is not True:
            raise self._refused("format.header", "true: columns are mapped by name", False)
        columns = {
            key: self._column(key, spec) for key, spec in self._take(data, "columns", dict).items()
        }
        order = self._take(data, "order", dict, {})
        columns |= self._columns_of_order(columns, order)
        is_part = self._take(order, "parts", bool, False, where="order")
        position = self._order(columns, order)
        if is_part and position != FILE_ROW:
            raise self._refused("order.parts", f"position {FILE_ROW}", position)
        found = Mapping(
            name=name,
            delimiter=self._take(form, "delimiter", str, ",", where="format"),
            encoding=self._take(form, "encoding", str, "utf-8", where="format"),
            ignore=frozenset(self._texts(data, "ignore", ())),
            constants=self._constants(self._take(data, "constants", dict, {})),
            asset=self._asset(self._take(data, "asset", dict, None)),
            columns=columns,
            labels=tuple(
                self._label(key, spec) for key, spec in self._take(data, "labels", dict, {}).items()
            ),
            is_position_file_row=position == FILE_ROW,
            is_part=is_part,
        )
        self._nothing_left("format", form)
        self._nothing_left("", data)
        self._check_whole(found)
        return found

    def _constants(self, data: dict[str, Any]) -> dict[str, str]:
        found = {
            k: self._take(data, k, str, where="constants") for k in list(data) if k in _CONSTANTS
        }
        self._nothing_left("constants", data)
        if found.get("kind", KINDS[0]) not in KINDS:
            raise self._refused("constants.kind", ", ".join(KINDS), found["kind"])
        if not _NAME(found.get("chain", "ethereum")):
            raise self._refused("constants.chain", "a word such as ethereum", found["chain"])
        if not _ASSET(found.get("asset", "x")):
            raise self._refused("constants.asset", "a word without blanks", found["asset"])
        return found

    def _asset(self, data: dict[str, Any] | None) -> Asset | None:
        if data is None:
            return None
        rounding = self._take(data, "rounding", str, "exact", where="asset")
        if rounding not in ("exact", "truncate"):
            raise self._refused("asset.rounding", "exact or truncate", rounding)
        decimals = self._take(data, "decimals", int, where="asset")
        if not 0 <= decimals <= 77:
            raise self._refused("asset.decimals", "0 to 77", decimals)
        found = Asset(
            symbol=self._take(data, "symbol", str, None, where="asset"),
            decimals=decimals,
            is_stablecoin=self._take(data, "is_stablecoin", bool, None, where="asset"),
            may_truncate=rounding == "truncate",
        )
        self._nothing_left("asset", data)
        return found

    def _column(self, key: str, spec: Any) -> Column:
        where = f"columns.{key}"
        if key not in _TYPES:
            raise self._refused(where, ", ".join(_TYPES), key)
        if not isinstance(spec, dict):
            raise self._refused(where, '{ from = "…", type = "…" }', spec)
        found = Column(
            source=self._take(spec, "from", str, where=where),
            type=self._take(spec, "type", str, where=where),
            formats=tuple(self._texts(spec, "formats", ())),
            tz=self._take(spec, "tz", str, "UTC", where=where),
        )
        self._nothing_left(where, spec)
        if found.type not in _TYPES[key]:
            raise self._refused(f"{where}.type", " or ".join(_TYPES[key]), found.type)
        if (found.type == "timestamp") != bool(found.formats):
            raise self._refused(f"{where}.formats", "given for a timestamp, only there", spec)
        try:
            ZoneInfo(found.tz)
        except (ZoneInfoNotFoundError, ValueError, OSError) as e:
            raise self._refused(f"{where}.tz", "a time zone such as UTC", found.tz) from e
        return found

    def _columns_of_order(
        self, columns: Dict[str, Column], data: dict[str, Any]
    ) -> dict[str, Column]:
        """Columns said beside the order they give: only the order uses most of them."""
        found = {}
        for key in [k for k in data if k in _ORDER_KEYS and isinstance(data[k], dict)]:
            if key in columns:
                raise self._refused(f"order.{key}", "a column mapped once", "columns, too")
            found[key] = self._column(key, data.pop(key))
        return found

    def _label(self, key: str, spec: Any) -> Label:
        where = f"labels.{key}"
        if not isinstance(spec, dict):
            raise self._refused(where, '{ address = "…", label = "…" }', spec)
        found = Label(
            self._take(spec, "address", str, where=where),
            self._take(spec, "label", str, where=where),
        )
        self._nothing_left(where, spec)
        return found

    def _order(self, columns: Dict[str, Column], data: dict[str, Any]) -> str:
        """What position is; core orders by block or time, then by it, as the keys must say."""
        keys = self._texts(data, "keys", ())
        possible = {*columns, FILE_ROW}
        position: str = self._take(
            data,
            "position",
            str,
            "position" if "position" in columns else FILE_ROW,
            where="order",
        )
        self._nothing_left("order", data)
        for key in keys:
            if key not in _ORDER_KEYS or key not in possible:
                expected = ", ".join(k for k in _ORDER_KEYS if k in possible)
                raise self._refused("order.keys", expected, key)
        if position not in {"position", FILE_ROW} & possible:
            raise self._refused("order.position", f"{FILE_ROW} or a mapped position", position)
        return position

    def _check_whole(self, mapping: Mapping) -> None:
        has = {*mapping.columns, *mapping.constants}
        if "contract" in mapping.columns:
            has.add("asset")
        for column in ("chain", "kind", "asset", "from_address", "to_address", "value"):
            if column not in has:
                raise self._refused(f"columns.{column}", "a column or a constant", None)
        twice = sorted(set(mapping.columns) & set(mapping.constants))
        if twice:
            raise self._refused(f"constants.{twice[0]}", "a column or a constant", "both")
        if mapping.columns["value"].type == "decimal_amount" and mapping.asset is None:
            raise self._refused("asset.decimals", "decimals, to count in base units", None)
        if not has & {"block_number", "block_timestamp"}:
            raise self._refused("columns", "block_number or block_timestamp", None)

    def _take(
        self,
        data: dict[str, Any],
        key: str,
        kind: type,
        *default: Any,
        where: str = "",
    ) -> Any:
        if key not in data:
            if default:
                return default[0]
            raise self._refused(f"{where}.{key}".lstrip("."), _KINDS_OF_VALUE[kind], None)
        value = data.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._refused(f"{where}.{key}".lstrip("."), _KINDS_OF_VALUE[kind], value)
        return value

    def _texts(self, data: dict[str, Any], key: str, default: Sequence[str]) -> list[str]:
        found: list[Any] = self._take(data, key, list, list(default))
        if not all(isinstance(f, str) for f in found):
            raise self._refused(key, "a list of texts", found)
        return found

    def _nothing_left(self, where: str, data: dict[str, Any]) -> None:
        if data:
            key = f"{where}.{min(data)}".lstrip(".")
            raise InputRefused(f"{self._mapping}: unknown key {key}")

    def _refused(self, key: str, expected: str, found: Any) -> InputRefused:
        said = "nothing" if found is None else repr(found)[:120]
        return InputRefused(f"{self._mapping}: {key}: expected {expected}, found {said}")
