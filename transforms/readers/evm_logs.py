"""Transfer events read out of raw logs.

The event has three arguments in four words: its topic, sender, receiver and value. Contracts differ
in how many of them they index: ERC-20 leaves the value in the data, ERC-721 indexes the token id,
early tokens index nothing. Topics and data one after the other are always the same four words.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.clean.uint256 import WORD, Words, amounts, words_of_hex
from transforms.errors import InputRefused
from transforms.readers.evm_lookup import TRANSFER_TOPIC
from transforms.readers.parquet import hex_text
from transforms.readers.records import Mask, Records
from transforms.readers.sieve import Sieve, one_chunk

_WORDS: Final = 4
_DIGITS: Final = 2 * WORD * _WORDS
_ADDRESS: Final = 20
_NO_WORDS: Final = "0" * _DIGITS


@dataclass(frozen=True, slots=True)
class TransferWords:
    """What a slice's Transfer events say; rows that were refused say zero."""

    sender: pa.Array
    receiver: pa.Array
    value: pa.Array


def transfers_among(records: Records) -> tuple[Records, pa.Array]:
    """The logs that are Transfer events, and the hex digits of their topics and data."""
    if "data" not in records.columns.column_names:
        raise InputRefused(f"{records.file} line 1: column data is missing; it holds the amounts")
    bare = _bare(one_chunk(records.columns["topics"]))
    is_transfer = pc.starts_with(bare, TRANSFER_TOPIC[2:])
    data = pc.replace_substring_regex(one_chunk(records.columns["data"]), "^0[xX]", "")
    digits = pc.binary_join_element_wise(
        pc.replace_substring(bare, ",", ""), pc.utf8_lower(data), ""
    )
    return records.where(np.asarray(is_transfer)), digits.filter(is_transfer)


def transfers_of(topics: pa.Array, data: pa.Array | None) -> tuple[pa.Array, pa.Array]:
    """Per log: whether it is a Transfer of a token id, and whether a whole Transfer at all.

    Without its data nobody knows of the second, unless it is no Transfer: exporters leave out
    those of any other size than four words.
    """
    bare = _bare(topics)
    is_event = pc.starts_with(bare, TRANSFER_TOPIC[2:])
    commas = pc.count_substring(bare, ",")
    is_id = pc.and_(is_event, pc.equal(commas, _WORDS - 1))
    if data is None:
        return is_id, pc.if_else(is_event, pa.scalar(None, pa.bool_()), False)
    has_prefix = pc.starts_with(data, "0x", ignore_case=True)
    digits = pc.add(pc.subtract(pc.binary_length(bare), commas), pc.binary_length(data))
    digits = pc.subtract(digits, pc.if_else(has_prefix, 2, 0))
    return is_id, pc.and_(is_event, pc.equal(digits, _DIGITS))


def _bare(topics: pa.Array) -> pa.Array:
    """Hex digits of topics in lower case, with commas between them."""
    return pc.utf8_lower(pc.replace_substring_regex(topics, r"0x|[\[\]\"' ]", ""))


def transfer_words(s: Sieve, digits: pa.Array) -> TransferWords:
    """Sender, receiver and value; events of any other size are refused."""
    is_whole = pc.match_substring_regex(digits, f"^[0-9a-f]{{{_DIGITS}}}$")
    is_whole = pc.and_(is_whole, pc.equal(pc.binary_length(digits), _DIGITS))
    s.refuse(~np.asarray(is_whole), "topics, data: expected the four words of a Transfer event")
    words = words_of_hex(pc.if_else(is_whole, digits, _NO_WORDS), _WORDS)
    padding = WORD - _ADDRESS
    for number, name in ((1, "sender"), (2, "receiver")):
        is_dirty: Mask = words[:, number * WORD : number * WORD + padding].sum(axis=1) > 0
        s.refuse(is_dirty, f"topics, data: the {name} of a Transfer event is no address")
    return TransferWords(
        _addresses(words[:, WORD + padding : 2 * WORD]),
        _addresses(words[:, 2 * WORD + padding : 3 * WORD]),
        amounts(words[:, 3 * WORD :]),
    )


def _addresses(rows: Words) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(rows).tobytes())
    return hex_text(pa.Array.from_buffers(pa.binary(_ADDRESS), len(rows), [None, data]))
