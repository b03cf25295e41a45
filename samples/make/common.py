"""What all parts of the generator share: facts, draws, addresses, CSV files.

Nothing here asks for the clock or for a random number: a draw is a sha256 of its label, so that the
same facts give the same bytes on every machine and under every Python.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import base58
from Crypto.Hash import keccak

FACTS = Path(__file__).parent.parent / "facts"
SEED = "flowlake samples 1"
ZERO = "0x" + "0" * 40
SNAPSHOTS = ("2023-05-23", "2025-03-21", "2025-08-27")
DECIMALS = {"ETH": 18, "BTC": 8, "USDT": 6, "USDC": 6, "FAKE": 6, "NFT": 0, "usd": 6}


def digest(*label: object) -> bytes:
    """32 bytes that depend on the label alone."""
    return hashlib.sha256("/".join([SEED, *map(str, label)]).encode()).digest()


def draw(low: int, high: int, *label: object) -> int:
    """A number in [low, high] that depends on the label alone."""
    return low + int.from_bytes(digest("draw", *label), "big") % (high - low + 1)


def synthetic_hash(*label: object) -> str:
    return "0x" + digest("hash", *label).hex()


def evm_address(*label: object) -> str:
    """An address nobody has a key of: 20 bytes of a sha256."""
    return "0x" + digest("evm", *label)[:20].hex()


def tron_address(*label: object) -> str:
    return base58.b58encode_check(b"\x41" + digest("tron", *label)[:20]).decode()


def bitcoin_address(*label: object) -> str:
    return base58.b58encode_check(b"\0" + digest("bitcoin", *label)[:20]).decode()


def eip55(address: str) -> str:
    """The letter case that carries the checksum, as OFAC publishes most EVM addresses."""
    body = address[2:].lower()
    case = keccak.new(digest_bits=256, data=body.encode()).hexdigest()
    letters = (c.upper() if int(k, 16) > 7 else c for c, k in zip(body, case, strict=False))
    return "0x" + "".join(letters)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with an address in the planted story."""

    name: str
    chain: str
    address: str
    role: str
    party_id: str
    category: str
    actor: str
    note: str
    imitates: str = ""


def read_facts(*path: str) -> list[dict[str, str]]:
    with FACTS.joinpath(*path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def actors() -> dict[str, Actor]:
    """Everybody named in the story; companies are those of the payroll."""
    known = {}
    for row in read_facts("story", "actors.csv"):
        make = {"tron": tron_address, "bitcoin": bitcoin_address}.get(row["chain"], evm_address)
        address = row["address"].lower() or make(row["name"])
        known[row["name"]] = Actor(**{**row, "address": address})
    for row in read_facts("story", "payroll.csv"):
        name = row["company"]
        known[name] = Actor(name, "ethereum", evm_address(name), "company", "", "", "", "")
    for row in read_facts("story", "lookalikes.csv"):
        actor = lookalike(known[row["imitates"]], row["victim"])
        known[actor.name] = actor
    return known


def lookalike(imitated: Actor, victim: str) -> Actor:
    """Same first four and last four hex digits: what a wallet shows of a shortened address."""
    middle = digest("lookalike", imitated.name, victim).hex()[:32]
    address = imitated.address[:6] + middle + imitated.address[-4:]
    name = f"lookalike_of_{imitated.name}_for_{victim}"
    return Actor(name, "ethereum", address, "lookalike", "", "", "", "", imitated.name)


def address_of(name: str) -> str:
    return ZERO if name == "zero" else actors()[name].address


@cache
def tokens() -> dict[str, dict[str, str]]:
    return {
        row["symbol_here"]: {**row, "address": row["address"] or evm_address(row["symbol_here"])}
        for row in read_facts("story", "tokens.csv")
    }


def asset_id(asset: str) -> str:
    """The lake's word for an asset of the story."""
    if asset in tokens():
        return f"ethereum:{tokens()[asset]['address']}"
    return {"ETH": "ethereum:eth", "BTC": "bitcoin:btc"}.get(asset, asset)


def base_units(amount: str, asset: str) -> int:
    scaled = Decimal(amount).scaleb(DECIMALS[asset])
    if scaled != int(scaled):
        raise ValueError(f"{amount} {asset} is finer than its base unit")
    return int(scaled)


def unix(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(seconds: int) -> str:
    return iso(seconds)[:10]


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], end: str = "\n"
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator=end)
        writer.writerow(header)
        writer.writerows(rows)


def split(text: str) -> Iterator[str]:
    """The values of a cell that holds several."""
    return (part for part in text.split("|") if part)
