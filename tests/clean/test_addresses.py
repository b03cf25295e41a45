"""Canonical addresses: every spelling of an account gives one, and nothing else passes for one."""

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.chains import CHAINS
from transforms.clean.addresses import (
    Wallet,
    canonical,
    canonical_address,
    canonical_wallet,
    chain_of_wallet,
    eip55,
)
from transforms.clean.polymod import encode_bech32, encode_cashaddr, to_groups

USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
TRON_USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
MONERO = (
    "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7Sq"
    "SsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
)
HASH = bytes(range(20))


def base58check(version: bytes, alphabet: bytes = base58.BITCOIN_ALPHABET) -> str:
    return base58.b58encode_check(version + HASH, alphabet=alphabet).decode()


@pytest.mark.parametrize(
    ("text", "chain", "expected"),
    [
        (USDT, "ethereum", USDT),
        ("0xdAC17F958D2ee523a2206206994597C13D831ec7", "ethereum", USDT),
        ("0XDAC17F958D2EE523A2206206994597C13D831EC7", None, USDT),
        ("dac17f958d2ee523a2206206994597c13d831ec7", "bsc", USDT),
        ("\\xdac17f958d2ee523a2206206994597c13d831ec7", "ethereum", USDT),
        ("0x" + "0" * 24 + USDT[2:], "ethereum", USDT),
        (" \ufeff" + USDT + "\n", "ethereum", USDT),
        ("0x" + "0" * 40, "ethereum", "0x" + "0" * 40),
        (TRON_USDT, "tron", TRON_USDT),
        ("41a614f803b6fd780986a42c78ec9c7f77e6ded13c", "tron", TRON_USDT),
        ("\\x41a614f803b6fd780986a42c78ec9c7f77e6ded13c", "tron", TRON_USDT),
        ("41A614F803B6FD780986A42C78EC9C7F77E6DED13C", None, TRON_USDT),
        ("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "tron", TRON_USDT),
        (GENESIS, "bitcoin", GENESIS),
        (GENESIS, None, GENESIS),
        (
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bitcoin",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            None,
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        (
            "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
            "bitcoin_cash",
            "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        ),
        (
            "QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A",
            None,
            "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        ),
        ("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "ripple", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
        (MONERO, None, MONERO),
        (
            "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
            "solana",
            "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
        ),
        # A mapping's own chain: nothing is known of its addresses but the look of 0x.
        ("Account 7", "ledger_of_tomorrow", "Account 7"),
        (USDT.upper().replace("0X", "0x"), "ledger_of_tomorrow", USDT),
    ],
)
def test_every_spelling_of_an_account_gives_one_address(
    text: str, chain: str | None, expected: str
) -> None:
    assert canonical_address(text, chain) == expected


@pytest.mark.parametrize("text", [None, "", "  ", "null", "NaN", "None", "0x", "0X", "\\N", "<NA>"])
@pytest.mark.parametrize("chain", ["ethereum", "tron", "bitcoin", None, "ledger_of_tomorrow"])
def test_what_exports_write_for_nothing_is_null(text: str | None, chain: str | None) -> None:
    assert canonical_address(text, chain) is None


@pytest.mark.parametrize(
    ("text", "chain", "reason"),
    [
        ("0xabc", "ethereum", "not 40 hex digits"),
        (USDT + "0", "ethereum", "not 40 hex digits"),
        (GENESIS, "ethereum", "not 40 hex digits"),
        (USDT, "bitcoin", "is no bitcoin address"),
        (GENESIS[:-1] + "b", "bitcoin", "checksum"),
        (GENESIS.lower(), "bitcoin", "checksum"),
        ("3F6bbvS1krsc1qR8FsbTDfYQyvkMm", "bitcoin", "checksum"),
        (TRON_USDT, "bitcoin", "an address of tron"),
        (GENESIS, "tron", "an address of bitcoin"),
        ("bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bitcoin", "case mixed"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bitcoin", "checksum"),
        # A version-1 program with the bech32 checksum of version 0, from BIP 350.
        (
            "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
            "bitcoin",
            "base-32 alphabet",
        ),
        ("ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "bitcoin", "an address of litecoin"),
        ("qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b", "bitcoin_cash", "alphabet"),
        (MONERO[:-1] + "B", "monero", "checksum"),
        (MONERO[:-1], "monero", "95 or 106"),
        ("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi", "ripple", "checksum"),
        ("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5D", "solana", "32 bytes"),
        ("nonsense", None, "fits no known format"),
    ],
)
def test_an_impossible_address_is_refused_with_its_reason(
    text: str, chain: str | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        canonical_address(text, chain)


@pytest.mark.parametrize(
    ("address", "ticker", "expected"),
    [
        (USDT, "USDT", Wallet(USDT, "ethereum", None)),
        (eip55(USDT), "ETH", Wallet(USDT, "ethereum", True)),
        (eip55(USDT).replace("C1", "c1"), "ETH", Wallet(USDT, "ethereum", False)),
        (USDT, "ARB", Wallet(USDT, "arbitrum", None)),
        (USDT, "BSC", Wallet(USDT, "bsc", None)),
        (USDT, "ETC", Wallet(USDT, "ethereum_classic", None)),
        # The ticker names another chain's coin: what the address shows counts.
        (USDT, "XBT", Wallet(USDT, "ethereum", None)),
        (GENESIS, "XBT", Wallet(GENESIS, "bitcoin", True)),
        (GENESIS, "USDT", Wallet(GENESIS, "bitcoin", True)),
        (GENESIS, "BSV", Wallet(GENESIS, "bitcoin_sv", True)),
        (
            "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
            "BCH",
            Wallet("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoin_cash", True),
        ),
        (
            "zpm2qsznhks23z7629mms6s4cwef74vcwvrqekrq9w",
            "BCH",
            Wallet("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoin_cash", True),
        ),
        (TRON_USDT, "USDT", Wallet(TRON_USDT, "tron", True)),
        ("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "TRX", Wallet(TRON_USDT, "tron", None)),
        ("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "tron", Wallet(TRON_USDT, "tron", None)),
        (f"0x{7:040x}", "polygon", Wallet(f"0x{7:040x}", "polygon", None)),
        (base58check(b"\x05"), "LTC", Wallet(base58check(b"\x05"), "litecoin", True)),
        (base58check(b"\x30"), "LTC", Wallet(base58check(b"\x30"), "litecoin", True)),
        (base58check(b"\x4c"), "DASH", Wallet(base58check(b"\x4c"), "dash", True)),
        (base58check(b"\x1c\xb8"), "ZEC", Wallet(base58check(b"\x1c\xb8"), "zcash", True)),
        (base58check(b"\x26"), "BTG", Wallet(base58check(b"\x26"), "bitcoin_gold", True)),
        # Dogecoin and Verge share a version byte: without the ticker nobody can tell.
        (base58check(b"\x1e"), "DOGE", Wallet(base58check(b"\x1e"), "dogecoin", True)),
        (base58check(b"\x1e"), "XVG", Wallet(base58check(b"\x1e"), "verge", True)),
        (base58check(b"\x1e"), "QQQ", Wallet(base58check(b"\x1e"), None, True)),
        (MONERO, "XMR", Wallet(MONERO, "monero", True)),
        ("ab" * 32, "XMR", Wallet("ab" * 32, None, False)),
        # Solana's format has no checksum, so the ticker must not contradict it.
        (
            "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
            "USDC",
            Wallet("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "solana", None),
        ),
        (
            "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
            "XBT",
            Wallet("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", None, None),
        ),
        ("1Gq", "XBT", Wallet("1Gq", None, False)),
        ("0xa7e5d5a720f06526557c513402f2e6b5fa20b00", "ETH",
         Wallet("0xa7e5d5a720f06526557c513402f2e6b5fa20b00", None, False)),
    ],
)  # fmt: skip
def test_a_wallets_chain_follows_from_its_checked_address(
    address: str, ticker: str, expected: Wallet
) -> None:
    assert canonical_wallet(address, ticker) == expected
    assert chain_of_wallet(address, ticker) == expected.chain


def test_the_published_eip55_examples_keep_their_letter_case() -> None:
    for address in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ):
        assert eip55(address.lower()) == address


@given(st.binary(min_size=20, max_size=20))
def test_an_account_survives_every_way_it_is_written(account: bytes) -> None:
    lower = "0x" + account.hex()
    for spelling in (lower, eip55(lower), lower.upper(), account.hex(), "\\x" + account.hex()):
        assert canonical_address(spelling, "ethereum") == lower
    assert canonical(eip55(lower)).is_checksum_valid in (True, None)

    tron = base58.b58encode_check(b"\x41" + account).decode()
    for spelling in (tron, "41" + account.hex(), lower):
        assert canonical_address(spelling, "tron") == tron

    legacy = base58.b58encode_check(b"\x00" + account).decode()
    cash = encode_cashaddr(b"\x00" + account, "bitcoincash")
    for spelling in (legacy, cash, cash.upper(), cash.partition(":")[2]):
        assert canonical_address(spelling, "bitcoin_cash") == cash

    segwit = encode_bech32("bc", [0, *to_groups(account)], 1)
    assert canonical_address(segwit.upper(), "bitcoin") == segwit


@given(st.binary(min_size=20, max_size=20), st.integers(0, 33), st.sampled_from("123456789ABC"))
def test_one_wrong_letter_never_passes_for_a_bitcoin_address(
    account: bytes, at: int, letter: str
) -> None:
    sound = base58.b58encode_check(b"\x00" + account).decode()
    at = min(at, len(sound) - 1)
    mutant = sound[:at] + letter + sound[at + 1 :]
    if mutant != sound:
        with pytest.raises(ValueError, match="bitcoin"):
            canonical_address(mutant, "bitcoin")


@given(st.text(max_size=120), st.sampled_from([None, *CHAINS]))
def test_any_text_gives_an_address_or_a_reason(text: str, chain: str | None) -> None:
    try:
        found = canonical_address(text, chain)
    except ValueError as e:
        assert str(e)
        return
    if found is not None:
        assert canonical_address(found, chain) == found
    assert isinstance(canonical_wallet(text, "XBT"), Wallet)
