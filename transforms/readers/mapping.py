"""What a mapping says a vendor's CSV means, checked; ``mapping_file`` reads it from its TOML."""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transforms.errors import InputRefused

KINDS: Final = ("native", "token", "internal", "fee", "mint", "burn", "reward", "utxo")


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns: the file's column it comes from and how it is read."""

    source: str
    type: str
    formats: tuple[str, ...] = ()
    tz: str = "UTC"


@dataclass(frozen=True, slots=True)
class Asset:
    """What a mapping says of the asset its values are in."""

    symbol: str | None
    decimals: int
    is_stablecoin: bool | None
    may_truncate: bool


@dataclass(frozen=True, slots=True)
class Label:
    """Two columns of the file: an address and what the vendor calls it."""

    address: str
    label: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping."""

    name: str
    delimiter: str
    encoding: str
    ignore: frozenset[str]
    constants: Dict[str, str]
    asset: Asset | None
    columns: Dict[str, Column]
    labels: tuple[Label, ...]
    is_position_file_row: bool
    is_part: bool

    @property
    def sources(self) -> list[str]:
        """Columns of the file that are read."""
        used = [c.source for c in self.columns.values()]
        used += [c for label in self.labels for c in (label.address, label.label)]
        return list(dict.fromkeys(used))

    def check_header(self, header: Sequence[str], name: str) -> None:
        """Refuse a file whose columns are not those of the mapping."""
        missing = [c for c in self.sources if c not in header]
        if missing:
            raise InputRefused(
                f"{name} line 1: column {', '.join(missing)} of mapping {self.name} is missing; "
                f"found {', '.join(header)[:300]}"
            )
        unknown = [c for c in header if c not in self.sources and c not in self.ignore]
        if unknown:
            raise InputRefused(
                f"{name} line 1: unknown column {', '.join(map(repr, unknown))[:300]}; map it or "
                f"name it in ignore of mapping {self.name}"
            )
