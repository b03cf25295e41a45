"""Blockchair's database dumps: tab-separated files of a day.

In: ethereum_transactions and ethereum_erc-20_transactions of https://gz.blockchair.com/, and the
outputs, inputs and transactions of Bitcoin and the chains that work like it, plain or gz, told
apart by their columns. Addresses and hashes come without 0x, amounts in base units. Out:
``staged.transfers``, and ``staged.assets`` of the tokens named.

Transactions state the fee itself and whether they failed; rows ``synthetic_coinbase`` reward a
block or an uncle, and are numbered within their block. ERC-20 rows have no log index: their
position is their number within the transaction, in the file's order. The chain of an Ethereum dump
is the option ``chain``, else Ethereum; that of outputs and inputs is the file's name
(``blockchair_litecoin_outputs_…``) or the option.

Outputs and inputs follow the rule of ``readers/utxo.py``: value moves from the spent output's owner
to the transaction, and from the transaction to the owners of its outputs. The fee, which inputs
bring and outputs do not take, stands in the dump of transactions alone: ingest all three. What
Blockchair calls ``d-…`` is a script without an address, and stays so.

Columns are described at https://blockchair.com/api/docs; headers were seen in public repositories,
as were rows of transactions and outputs. Whether a reward holds the fees is not said. The dumps of
other Ethereum tables (calls, events) are not read.
"""

import re

from transforms.chains import CHAINS
from transforms.errors import InputRefused
from transforms.readers.blockchair import EthereumDump, UtxoDump, with_reward_positions
from transforms.readers.blockchair_forms import FORMS
from transforms.readers.evm_export import Export, chain_option
from transforms.readers.ordinals import Ordinals, with_positions
from transforms.readers.sieve import deliver
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="blockchair",
    family=Family.TRANSFERS,
    publisher="Blockchair",
    page="https://blockchair.com/dumps",
    format="tsv",
    licence="Blockchair's terms: free for personal and academic use",
    cadence=None,
    grouping=Grouping.FILE,
    batch_name=BatchName.CONTENT,
    suffixes=(".tsv", ".tsv.gz"),
    options=("chain",),
    headers=(
        ("block_id", "index", "hash", "time", "failed", "type", "sender", "recipient", "value"),
        ("block_id", "transaction_hash", "time", "token_address", "sender", "recipient", "value"),
        ("block_id", "transaction_hash", "index", "value", "recipient", "is_from_coinbase"),
        ("block_id", "hash", "time", "is_coinbase", "input_total", "output_total", "fee"),
    ),
)

# Families whose chains have no outputs and inputs.
_OTHERS = ("evm", "tron", "solana", "ripple", "monero")
_DUMP = re.compile(r"blockchair_([a-z-]+?)_(?:outputs|inputs|transactions|erc-20)").search


def parse(raw: RawSet, batch: Batch) -> None:
    """One row per record, and one more per fee."""
    chain = _chain(raw)
    export = Export(raw, batch, FORMS, chain=chain)
    export.sides.close()
    if not export.parts:
        raise InputRefused(f"{raw.source} {raw.files[0].name}: 0 bytes; expected a dump")
    is_evm = CHAINS[chain].family == "evm"
    forms = {p.form.name for p in export.parts}
    if not is_evm and forms & {"transactions", "token_transfers"}:
        raise InputRefused(
            f"{raw.source} {raw.files[0].name}: the columns are those of an Ethereum dump, the "
            f"chain is {chain}"
        )
    if is_evm and forms & {"outputs", "inputs", "fees"}:
        known = ", ".join(c for c in CHAINS if CHAINS[c].family not in _OTHERS)
        raise InputRefused(
            f"{raw.source} {raw.files[0].name}: {' and '.join(sorted(forms))} name no chain; give "
            f"--chain, one of {known}"
        )
    if is_evm:
        _stage_ethereum(export, batch)
        return
    dump = UtxoDump(chain)
    export.stage("outputs", dump.outputs)
    export.stage("inputs", dump.inputs)
    export.stage("fees", dump.fees)


def _stage_ethereum(export: Export, batch: Batch) -> None:
    dump = EthereumDump(export.sides)
    rewards = Ordinals()
    for found in export.sifted("transactions", dump.transactions):
        deliver(with_reward_positions(found, rewards), batch)
    ordinals, said = Ordinals(), set[str]()
    for found in export.sifted("token_transfers", dump.token_transfers):
        deliver(with_positions(found, ordinals), batch)
        for row in dump.described(found, said):
            batch.add("staged.assets", row)


def _chain(raw: RawSet) -> str:
    """The option, else the chain in the dump's name, else Ethereum."""
    if "chain" in raw.options:
        chain = raw.options["chain"]
        return (
            chain if chain in CHAINS and CHAINS[chain].family not in _OTHERS else chain_option(raw)
        )
    named = _DUMP(raw.files[0].name.lower())
    chain = named[1].replace("-", "_") if named else "ethereum"
    return chain if chain in CHAINS else "ethereum"
