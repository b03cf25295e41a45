r"""Results of Dune queries.

In: CSV as downloaded, or the API's answer saved as JSON, of Dune's tables: ``evt_Transfer`` of any
decoded token, ``tokens.transfers`` (all chains, coins and tokens) and ``<chain>.transactions``; or
of a query that keeps their column names. Out: ``staged.transfers``, and ``staged.assets`` of tokens
that are named. Addresses are ``\x098b…`` or ``0x…``, times have an offset or say UTC.

``amount_raw`` and ``value`` hold base units and are exact. Where only ``amount`` was kept, a double
that the query divided by the token's decimals, every row has ``is_exact`` false; see
``readers/scaled_tokens.py`` for tokens whose decimals are not known.

The column ``blockchain`` names the chain of each row, else the option ``chain`` does, else it is
Ethereum, with a warning. Rows without ``evt_index`` are numbered within their transaction, in the
file's order. Dune's documentation was read for names and types; no download was at hand.
"""

from typing import Final

from transforms.errors import InputRefused
from transforms.readers.dune import FORMS, Results, with_assets, with_status
from transforms.readers.evm_export import Export, chain_option
from transforms.readers.evm_sides import TRANSFERS
from transforms.readers.ordinals import Ordinals, with_positions
from transforms.readers.records import Records
from transforms.readers.sieve import Sifted, deliver
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="dune",
    family=Family.TRANSFERS,
    publisher="Dune Analytics, by whoever wrote the query",
    page="https://docs.dune.com/data-catalog/overview",
    format="csv, json",
    licence="Dune's terms of use",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.CONTENT,
    suffixes=(".csv", ".json"),
    options=("chain",),
    headers=(
        ("evt_tx_hash", "evt_block_time", "from", "to", "value", "contract_address"),
        ("tx_hash", "block_time", "from", "to", "contract_address"),
        ("tx_hash", "block_time", "from", "to", "amount"),
        ("hash", "block_time", "block_number", "from", "to", "value", "index", "success"),
    ),
)

_LISTS: Final = ("result", "rows")


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per record, and one more per fee."""
    export = Export(raw, batch, FORMS, chain=chain_option(raw), lists=_LISTS)
    export.sides.close()
    if not export.parts:
        raise InputRefused(f"{raw.source} {raw.files[0].name}: 0 bytes; expected a query's result")
    names_chain = all("chain" in p.form.columns(p.header) for p in export.parts)
    if "chain" not in raw.options and not names_chain:
        batch.warn("neither option nor file says the chain: taken for ethereum")
    results = Results(export.sides.chain)
    ordinals, said = Ordinals(), set[str]()

    def transactions(records: Records) -> Sifted:
        return export.rows.transactions(with_status(records))

    export.stage("transactions", transactions)
    for form in ("transfers", "amounts"):
        for found in export.sifted(form, results.transfers):
            has_rows = TRANSFERS in found.tables
            placed = with_positions(found, ordinals) if has_rows else found
            deliver(with_assets(placed, said) if has_rows else placed, batch)
