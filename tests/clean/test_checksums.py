"""Checksums of columns: they prove what ``canonical_address`` keeps as it is, and nothing else."""

import base58
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.chains import CHAINS
from transforms.clean import columns
from transforms.clean.address_formats import canonical_forms
from transforms.clean.addresses import canonical_address
from transforms.clean.checksums import are_base58check, are_segwit
from transforms.clean.polymod import BECH32, BECH32M, encode_bech32, to_groups

NOT_EVM = [c.name for c in CHAINS.values() if c.family != "evm"]


def agree(text: str, chain: str) -> bool:
    """Whether the column's proof holds; where it does, the careful reader must say the same."""
    versions, prefix = canonical_forms(chain)
    is_proven = bool(are_base58check([text.encode()], versions)[0])
    is_proven |= prefix is not None and bool(are_segwit([text.encode()], prefix)[0])
    if is_proven:
        assert canonical_address(text, chain) == text
    return is_proven


@settings(max_examples=300)
@given(
    chain=st.sampled_from(NOT_EVM),
    data=st.binary(min_size=20, max_size=20),
    zeros=st.integers(0, 20),
)
def test_every_base58check_address_of_a_chain_is_proven(
    chain: str, data: bytes, zeros: int
) -> None:
    data = bytes(zeros) + data[zeros:]
    for version in canonical_forms(chain)[0]:
        text = base58.b58encode_check(version + data).decode()
        assert agree(text, chain)
        changed = text[:-1] + ("2" if text[-1] != "2" else "3")
        assert not agree(changed, chain)
        assert not agree("1" + text, chain)


@given(program=st.binary(min_size=20, max_size=32), version=st.integers(0, 16))
def test_a_segwit_address_is_proven_only_as_the_careful_reader_takes_it(
    program: bytes, version: int
) -> None:
    for constant in (BECH32, BECH32M):
        text = encode_bech32("bc", [version, *to_groups(program)], constant)
        if version == 0 and len(program) in (20, 32) and constant == BECH32:
            assert agree(text, "bitcoin")
        else:
            agree(text, "bitcoin")
        assert not agree(text[:-1] + ("q" if text[-1] != "q" else "p"), "bitcoin")
        assert not agree(text.upper(), "bitcoin")


@given(st.text(alphabet="13bcqTz0OlI+\u00e9\0 ", max_size=70))
def test_no_other_text_is_proven_unless_it_is_an_address(text: str) -> None:
    for chain in NOT_EVM:
        assert not agree(text, chain) or canonical_address(text, chain) == text


def test_a_column_gives_what_its_texts_give_one_by_one() -> None:
    texts = [
        *("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", ""),
        *("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", " 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        *("BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", "LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9"),
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    ]
    found = columns.addresses(pa.array(texts), "bitcoin")
    for n, text in enumerate(texts):
        try:
            expected = canonical_address(text, "bitcoin")
        except ValueError as e:
            assert found.faults[n] == str(e)
        else:
            assert (found.values[n].as_py(), n in found.faults) == (expected, False)
