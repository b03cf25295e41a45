"""Labels and prices: the vocabulary of categories, warnings, and compressed files."""

import csv
import gzip
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.clean.categories import category_of
from transforms.errors import InputRefused

Stage = Callable[..., Any]
VOCABULARY = """
exchange mixer bridge dex otc payment_service gambling marketplace wallet_service defi ransomware
scam hack sanctioned miner token_contract donation user other
"""
# Every id of INTERPOL's entity and abuse taxonomies and of the concepts GraphSense derived.
TAXONOMY = """
abuse atm behaviour child_sexual_abuse coinjoin cold_wallet collectible concept dark_web defi
defi_bridge defi_derivative defi_derivatives defi_dex defi_lending donation entity escrow_wallet
exchange extortion extremism faucet filesharing financial_crime forum_mention gambling gray_usage
hosting hot_wallet ico_wallet index investment_fraud item market mention messaging_service miner
mining_service mixing mixing_service money_laundering organization payment_card_fraud
payment_processor perpetrator phishing ponzi_scheme pyramid_scheme ransomware sanction scam
search_engine service service_hack sextortion sexual_abuse shop source terrorism torture user victim
violence vpn wallet_service warm_wallet website_mention white_usage
"""


def rows() -> list[dict[str, str]]:
    text = files("transforms").joinpath("seeds/categories.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_word_stands_once_and_maps_into_the_vocabulary() -> None:
    words = [row["word"] for row in rows()]
    assert len(set(words)) == len(words)
    assert {row["category"] for row in rows()} == set(VOCABULARY.split())


def test_the_vocabulary_holds_every_category_that_ends_a_trace() -> None:
    sql = files("transforms").joinpath("models/core/services.sql").read_text("utf-8")
    ending = set(re.findall(r"'(\w+)'(?: as category)?,\s+\d+", sql))
    assert len(ending) == 10
    assert ending <= set(VOCABULARY.split())


@pytest.mark.parametrize("word", VOCABULARY.split())
def test_a_word_of_the_vocabulary_means_itself(word: str) -> None:
    assert category_of([word]) == (word, [])


@pytest.mark.parametrize("word", TAXONOMY.split())
def test_every_word_of_the_public_taxonomies_is_known(word: str) -> None:
    assert category_of([word])[1] == []


@pytest.mark.parametrize(
    ("words", "category", "unknown"),
    [
        ([], None, []),
        ([" ", ""], None, []),
        (["astrologer"], "other", ["astrologer"]),
        (["astrologer", "exchange"], "exchange", ["astrologer"]),
        (["Mixing Service"], "mixer", []),
        (["exchange", "service_hack"], "hack", []),
        (["sanction", "exchange"], "exchange", []),
        (["user", "sanction"], "sanctioned", []),
        (["organization", "user"], "user", []),
        (["hot_wallet", "exchange"], "exchange", []),
        (["terrorism", "exchange"], "exchange", []),
        (["none", "exchange"], "exchange", []),
        (["None"], None, []),
        (["mixingService"], "mixer", []),
        (["DeFi DEX"], "dex", []),
        (["https://example.org/taxonomies/entities#mixing_service"], "mixer", []),
    ],
)
def test_of_several_words_the_most_telling_decides(
    words: list[str], category: str | None, unknown: list[str]
) -> None:
    assert category_of(words) == (category, unknown)


def pack(*tags: str) -> str:
    head = "title: T\ncreator: C\ncurrency: ETH\nlabel: L\nmotto: M\ntags:\n"
    return head + "".join(f"- {{{tag}}}\n" for tag in tags)


def test_what_is_odd_about_labels_is_kept_and_counted(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    evm = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
    path.write_text(
        pack(
            f"address: {evm}, category: astrologer",
            f"address: {evm}, category: astrologer, colour: red",
            f"address: {evm.replace('dA6B', 'Da6B')}",
            f"address: {evm}, currency: btc",
            f"address: {evm}, lastmod: last week",
            "address: DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L",
        ),
        "utf-8",
    )
    staged = stage("tagpack", path)
    assert dict(staged.candidate.warnings) == {
        "unknown header field motto": 1,
        "unknown category astrologer": 2,
        "unknown tag field colour": 1,
        "address whose letter case is no checksum": 1,
        "currency BTC on an address of ethereum": 1,
        "lastmod is no date": 1,
        "address fits chains that its currency does not choose from": 1,
    }
    labels = staged.rows("staged.address_labels")
    assert [x["chain"] for x in labels] == ["ethereum"] * 5 + [None]


def test_a_pack_of_made_up_words_has_a_short_list_of_warnings(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    evm = "0xd8da6bf26964af9d7eed9e03e53415d37aa96045"
    path.write_text(pack(*(f"address: {evm}, category: w{n}" for n in range(500))), "utf-8")
    warnings = stage("tagpack", path).candidate.warnings
    assert len(warnings) == 101
    assert warnings["unknown category, beyond the 100 kinds named"] == 401


def test_a_compressed_pack_and_price_file_keep_their_names(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "a.pack.yaml.gz"
    path.write_bytes(gzip.compress(pack("address: TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t").encode()))
    staged = stage("tagpack", path)
    assert (staged.candidate.batch, staged.candidate.rows_staged) == ("a.pack", 1)
    path = tmp_path / "eth.2025.csv.gz"
    path.write_bytes(gzip.compress(b"asset,price_date,price_usd\nethereum:eth,2025-02-01,1\n"))
    staged = stage("prices_csv", path)
    assert staged.candidate.batch == "eth.2025"
    assert staged.rows("staged.asset_prices")[0]["price_usd"] == Decimal(1)


def test_the_packs_own_date_is_the_batchs(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "dated.yaml"
    path.write_text("title: T\nlastmod: '2023-02-17'\ntags: []\n", "utf-8")
    candidate = stage("tagpack", path).candidate
    assert (candidate.date, candidate.date_basis) == ("2023-02-17", "publisher")


def test_every_label_name_means_a_category_of_the_vocabulary() -> None:
    text = files("transforms").joinpath("seeds/label_files.csv").read_text("utf-8")
    names = list(csv.DictReader(text.splitlines()))
    assert len({r["name"] for r in names}) == len(names)
    assert {r["category"] for r in names} <= set(VOCABULARY.split())


def test_a_label_page_without_entries_is_no_fault(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_bytes(b'""\n')
    candidate = stage("label_csv", path).candidate
    assert (candidate.batch, candidate.rows_read, candidate.tables) == ("index", 0, ())
    assert candidate.warnings == {"label page without entries": 1}


DAYS = [date(2025, 2, 1), date(2025, 2, 2), date(2025, 2, 3)]
MIDNIGHTS = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in DAYS]


@pytest.mark.parametrize(
    ("days", "prices"),
    [
        (pa.array(DAYS), pa.array([2345.67, 1e-05, 3000.0])),
        (pa.array(MIDNIGHTS, pa.timestamp("us", "UTC")), pa.array([2345.67, 1e-05, 3000.0])),
        (pa.array(map(str, DAYS)), pa.array(["2345.67", "1e-05", "3000"])),
        (
            pa.array(DAYS),
            pa.array([Decimal("2345.67"), Decimal("0.00001"), Decimal(3000)], pa.decimal128(38, 5)),
        ),
    ],
    ids=["doubles", "instants", "texts", "decimals"],
)
def test_prices_in_parquet_are_those_of_the_csv(
    days: pa.Array, prices: pa.Array, stage: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "closes.parquet"
    assets = pa.array(["ethereum:eth"] * 3)
    pq.write_table(pa.table({"Asset": assets, "price_date": days, "price_usd": prices}), path)
    staged = stage("prices_csv", path)
    found = {r["price_date"]: r["price_usd"] for r in staged.rows("staged.asset_prices")}
    expected = [Decimal("2345.67"), Decimal("0.00001"), Decimal(3000)]
    assert found == dict(zip(DAYS, expected, strict=True))
    assert staged.candidate.batch == "closes"


def test_a_double_with_more_digits_than_a_price_has_is_rounded(
    stage: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "closes.parquet"
    prices = pa.array([1.2345678901234567e-09, -1.5, 1e-30])
    table = {"asset": ["a", "b", "c"], "price_date": ["2025-02-01"] * 3, "price_usd": prices}
    pq.write_table(pa.table(table), path)
    staged = stage("prices_csv", path)
    (row,) = staged.rows("staged.asset_prices")
    assert row["price_usd"] == Decimal("0.000000001234567890")
    assert staged.candidate.rows_rejected == 2


@pytest.mark.parametrize("content", [b'{"asset": "x"}', b"PAR1 cut"])
def test_other_files_are_no_prices(content: bytes, stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "closes.parquet"
    path.write_bytes(content)
    with pytest.raises(InputRefused):
        stage("prices_csv", path)


def test_a_symbol_that_is_no_assets_id_is_told(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "closes.csv"
    assets = ("ethereum:eth", "usd", "ETH", "USDT", "eth:0x1", "marbles")
    path.write_text("asset,price_date,price_usd\n" + "".join(f"{a},2024-01-01,1\n" for a in assets))
    told = stage("prices_csv", path).candidate.warnings
    named = [w.split()[1] for w in told]
    assert named == ["ETH", "USDT", "eth:0x1"]
