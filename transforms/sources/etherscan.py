"""Etherscan and the explorers of other chains that are built like it.

In: one file per batch, told apart by its columns: the website's CSV of transactions, internal
transactions, ERC-20 and NFT transfers, with headers of 2020 to 2025; or an answer of the API
(https://docs.etherscan.io/api-endpoints/accounts): txlist, txlistinternal, tokentx, tokennfttx,
saved as JSON. Out: ``staged.transfers``, fees included, and ``staged.assets`` of its tokens.

The chain is what the option ``chain`` says, else what the file's name says (bscscan, arbiscan,
polygon), else what the coin in the columns' names says (BNB, POL, AVAX), else Ethereum, with a
warning. What contradicts is refused, as is a file whose tokens are known on another chain only.

Lists downloaded from a page itself (since 2024: columns Amount, Txn Fee) are rounded: their rows
have ``is_exact`` false. They call tokens by their names only; such a list is refused.

The website gives whole units. Of tokens outside the registry the decimals are not known: see
``readers/scaled_tokens.py``. Numbers of 15 to 17 digits that stop before the last unit were
probably rounded by a double and are marked so. Token and internal rows have no index: their
position is their number within the transaction, in the file's order. A failed transaction
(``Error(0)``) moves nothing and pays its fee. The website gives at most 5,000 rows, the API 10,000:
an export of exactly as many is reported, because it probably ends too early.

Headers and the values of ``Status`` were seen in public repositories, not in an export of ours; on
rollups the API's gas does not hold the base chain's share of a fee unless it names ``L1FeesPaid``.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from transforms.chains import CHAINS
from transforms.errors import InputRefused
from transforms.readers.documents import JsonDocuments
from transforms.readers.evm_export import Export, chain_option
from transforms.readers.evm_lookup import registered
from transforms.readers.evm_sides import TRANSFERS
from transforms.readers.explorer import Explorer, with_assets
from transforms.readers.explorer_forms import COINS, FORMS
from transforms.readers.forms import sheet
from transforms.readers.ordinals import Ordinals, with_positions
from transforms.readers.records import Records
from transforms.readers.sieve import Sifted, deliver
from transforms.readers.unpack import contents
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="etherscan",
    family=Family.TRANSFERS,
    publisher="Etherscan, and the explorers of other chains built like it",
    page="https://etherscan.io/exportData",
    format="csv, json",
    licence="the explorer's terms of use",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.CONTENT,
    suffixes=(".csv", ".json"),
    options=("chain",),
    headers=(
        *(
            (hashed, "Blockno", "UnixTimestamp", "From", "Value_IN(*", "Value_OUT(*")
            for hashed in ("Txhash", "Transaction Hash")
        ),
        *(
            (hashed, "UnixTimestamp", "From", "To", "ContractAddress", "TokenName", "TokenSymbol*")
            for hashed in ("Txhash", "Transaction Hash")
        ),
        *(
            (hashed, "Status", "Blockno", "DateTime*", "From_Nametag", "To_Nametag")
            for hashed in ("Transaction Hash", "Parent Transaction Hash")
        ),
        ("blockNumber", "timeStamp", "hash", "from", "to", "isError"),
        ("blockNumber", "timeStamp", "hash", "from", "to", "contractAddress", "tokenSymbol"),
    ),
)

_LISTS: Final = ("result",)
_CAPS: Final = (5_000, 10_000)
# What explorers call themselves, as it stands in the names of files they offer or people give.
_EXPLORERS: Final = {
    "bscscan": "bsc",
    "polygonscan": "polygon",
    "arbiscan": "arbitrum",
    "optimistic": "optimism",
    "optimismscan": "optimism",
    "basescan": "base",
    "snowtrace": "avalanche",
    "snowscan": "avalanche",
    "etherscan": "ethereum",
}
# "base" is a word of its own in many names of files.
_NAMED: Final = ("ethereum", "bsc", "polygon", "arbitrum", "optimism", "avalanche")
_COIN = re.compile(r"value_in\((\w+)\)", re.IGNORECASE).fullmatch
_ANSWER: Final = {"status", "message", "result"}


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per record, and one more per fee."""
    header = _header(raw)
    if header is None:
        batch.warn("an answer without records")
        return
    chain, is_stated = _chain(raw, header)
    export = Export(raw, batch, FORMS, chain=chain, lists=_LISTS)
    export.sides.close()
    if not export.parts:
        raise InputRefused(f"{raw.source} {raw.files[0].name}: 0 bytes; expected an export")
    if export.has("token_list"):
        raise InputRefused(
            f"{raw.source} {raw.files[0].name}: the page's list calls tokens by name only, and "
            "anybody may name a token; export them under CSV Export, which gives their contracts"
        )
    if not is_stated:
        batch.warn(f"neither option nor file says the chain: taken for {chain}")
    explorer = Explorer(export.sides)
    numbered = _Numbered(chain, batch, is_stated=is_stated)
    rows = 0
    for form, work, is_token in (
        ("normal", explorer.normal, False),
        ("transactions", _with_status(export.rows.transactions), False),
        ("internal", explorer.internal, False),
        ("list", explorer.listed, False),
        ("internal_list", explorer.internal_listed, False),
        ("api_internal", explorer.api_internal, False),
        ("tokens", explorer.tokens, True),
        ("api_tokens", explorer.api_tokens, True),
        ("nfts", explorer.nfts, True),
        ("api_nfts", explorer.nfts, True),
    ):
        for found in export.sifted(form, work):
            rows += found.count
            numbered.deliver(found, is_token=is_token)
    if rows in _CAPS:
        batch.warn(f"exactly {rows} rows, the most an explorer gives: the export may be truncated")


class _Numbered:
    """Gives rows without an index their number, and delivers them."""

    def __init__(self, chain: str, batch: Batch, *, is_stated: bool) -> None:
        self._chain = chain
        self._batch = batch
        self._is_stated = is_stated
        self._ordinals = Ordinals()
        self._said: set[str] = set()

    def deliver(self, found: Sifted, *, is_token: bool) -> None:
        """Hand a slice to the batch."""
        found = with_positions(found, self._ordinals)
        if is_token:
            if not self._is_stated:
                self._check_tokens(found.file, found.tables[TRANSFERS][0])
            found = with_assets(found, self._chain, self._said)
        deliver(found, self._batch)

    def _check_tokens(self, file: str, rows: pa.Table) -> None:
        """Nobody said the chain; tokens known on another one, and none known here, do."""
        contracts = set(pc.unique(rows["contract"]).to_pylist())
        if contracts & set(registered(self._chain)):
            return
        for other in sorted(set(_EXPLORERS.values())):
            if known := contracts & set(registered(other)):
                raise InputRefused(
                    f"etherscan {file}: neither option nor name says the chain, and "
                    f"{min(known)} is a token of {other}; give --chain {other}"
                )


def _with_status(work: Callable[[Records], Sifted]) -> Callable[[Records], Sifted]:
    """The API's isError as the receipt status it is the opposite of."""

    def adapted(records: Records) -> Sifted:
        place = records.columns.column_names.index("receipt_status")
        texts = records.columns["receipt_status"]
        status = pc.if_else(pc.equal(texts, "1"), "0", pc.if_else(pc.equal(texts, "0"), "1", texts))
        columns = records.columns.set_column(place, "receipt_status", status)
        return work(replace(records, columns=columns))

    return adapted


def _header(raw: RawSet) -> tuple[str, ...] | None:
    """Columns of the file, None of an empty list; what the API says instead is refused."""
    for file in raw.files:
        for name, stream in contents(file.path, file.name):
            found = sheet(stream, name, _LISTS)
            if isinstance(found, JsonDocuments) and not found.header:
                return None
            if isinstance(found, JsonDocuments) and set(found.header) == _ANSWER:
                said = found.records(next(found.slices()), ["message", "result"]).columns
                words = ", ".join(str(column[0])[:200] for column in said.columns)
                raise InputRefused(f"{raw.source} {name}: expected records, the API says {words}")
            return found.header
    return ()


def _chain(raw: RawSet, header: tuple[str, ...]) -> tuple[str, bool]:
    """The chain, and whether option, columns or name say it."""
    coins = {m[1].lower() for c in header if (m := _COIN(c))}
    unknown = coins - set(COINS)
    name = raw.files[0].name
    if unknown:
        raise InputRefused(
            f"{raw.source} {name} line 1: unknown coin {', '.join(sorted(unknown))}; known: "
            f"{', '.join(sorted(COINS))}"
        )
    tickers = {"pol" if coin == "matic" else coin for coin in coins}
    words = set(re.split(r"[^a-z0-9]+", name.rpartition("/")[2].lower()))
    named = {c for explorer, c in _EXPLORERS.items() if any(explorer in w for w in words)}
    named |= words.intersection(_NAMED)
    chosen = {chain_option(raw)} if "chain" in raw.options else named
    if len(chosen) > 1:
        raise InputRefused(
            f"{raw.source} {name}: the name fits {' and '.join(sorted(chosen))}; give --chain"
        )
    chain = next(iter(chosen), COINS[next(iter(coins))] if coins else "ethereum")
    if tickers and CHAINS[chain].ticker not in tickers:
        raise InputRefused(
            f"{raw.source} {name} line 1: the columns count in {', '.join(sorted(coins))}, which "
            f"is not the coin of {chain}; give --chain {COINS[min(coins)]} if it is"
        )
    return chain, bool(chosen or tickers - {"eth"})
