"""What must hold of the blocks of an export that brings whole ones: nothing is missing.

A chain counts everything: transactions and logs of a block are numbered without a hole, each
transaction has a receipt, each Transfer event a row. Who exports only some transactions or logs
breaks most of this lawfully, which is why it warns. What an export's own files prove to be lost,
and what no block can hold, stops the batch.
"""

from expectations import vocabulary as say
from expectations.structure import structure
from expectations.vocabulary import Expectation

_BLOCKS = "staged.blocks"


def blocks() -> list[Expectation]:
    """Completeness of blocks, continuity of their range, and sums against receipts."""
    return [*structure(_BLOCKS), *_range(), *_transactions(), *_receipts(), *_logs()]


def _range() -> list[Expectation]:
    return [
        say.no_rows(
            _BLOCKS,
            "missing > spare",
            severity="warning",
            view="block_gaps",
            notes="Blocks between others, or that the file's name asks for, are not there. Without "
            "a blocks file they may be empty ones, hence a hundred in a row (25 minutes).",
        ),
        say.no_rows(
            _BLOCKS,
            "block_number < range_from or block_number > range_to",
            severity="warning",
            notes="The block is not one that the file's name asks for.",
        ),
        say.no_rows(
            _BLOCKS,
            "block_hashes > 1",
            severity="warning",
            notes="Two blocks of one number: one was replaced after it was exported. Export again, "
            "some dozen blocks behind the head.",
        ),
        say.no_rows(
            _BLOCKS,
            "is_described and block_timestamp is null and block_hashes = 1 and block_number > 0",
            severity="warning",
            notes="The block has one time, its transactions say another: the blocks file is of "
            "another chain or day, or a tool rewrote the times.",
        ),
    ]


def _transactions() -> list[Expectation]:
    return [
        say.no_rows(
            _BLOCKS,
            "transactions < transactions_stated",
            severity="warning",
            notes="Transactions that the block counts are missing: a cut file, or one of some "
            "accounts only.",
        ),
        say.no_rows(
            _BLOCKS,
            "transactions > transactions_stated and block_hashes = 1",
            notes="No block holds more than it counts: the blocks file is another chain's, or the "
            "transactions are.",
        ),
        say.no_rows(
            _BLOCKS,
            "transactions > last_transaction_index + 1 and block_hashes = 1",
            notes="Two transactions at one place of a block: no block holds that, an index or a "
            "block number was changed.",
        ),
        say.no_rows(
            _BLOCKS,
            "transactions <= last_transaction_index and is_whole",
            severity="warning",
            view="whole_blocks",
            notes="Places in a block are numbered without a hole. Most blocks of the batch are "
            "whole, so this one should be.",
        ),
    ]


def _receipts() -> list[Expectation]:
    return [
        say.no_rows(
            _BLOCKS,
            "transaction_receipts <> transactions or receipts_used <> transactions",
            severity="warning",
            notes="A transaction without its receipt: nobody knows whether it failed, its fee is "
            "missing. Or a receipt without its transaction.",
        ),
        say.no_rows(
            _BLOCKS,
            "receipts_used = transactions and transaction_receipts = transactions"
            " and fees <> fees_of_receipts",
            notes="Gas times price over all receipts of the block is what its fees sum up to, to "
            "the last unit.",
        ),
    ]


def _logs() -> list[Expectation]:
    return [
        say.no_rows(
            _BLOCKS,
            "logs <= last_log_index",
            severity="warning",
            notes="Log indices rise by one from 0: logs are missing, unless the export was asked "
            "for some events only.",
        ),
        say.no_rows(
            _BLOCKS,
            "transfer_logs_staged < transfer_logs",
            severity="warning",
            notes="A Transfer event of the logs has no row: it was rejected, or the token "
            "transfers are cut or of some tokens only.",
        ),
        say.no_rows(
            _BLOCKS,
            "token_transfers > transfer_logs_staged and logs > last_log_index"
            " and transfer_logs is not null",
            severity="warning",
            notes="The logs are numbered without a hole, and a token transfer is none of them: the "
            "logs are cut at their end, or the row is of another block, or was never emitted.",
        ),
        say.no_rows(
            _BLOCKS,
            "transfer_logs_staged < transfer_logs and is_covered and lost > rejected",
            view="lost_transfers",
            notes="The logs prove transfers that stand neither among the rows nor the rejects. "
            "Give the logs without the token transfers: they are read out of them.",
        ),
    ]
