"""The field guide's figures on real exports, where the shared data is at hand."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
ETL = SHARED / "transfers" / "ethereum_etl"
FIXTURES = ETL / "tests_resources" / "resources"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")

LAUNDERNET = """
name = "laundernet"
family = "transfers"
ignore = ["From_label", "To_label"]
format = { encoding = "utf-8-sig" }
[constants]
chain = "ethereum"
kind = "token"
asset = "usd"
[asset]
symbol = "USD"
decimals = 6
rounding = "truncate"
[columns]
block_timestamp = { from = "Timestamp", type = "timestamp", formats = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"] }
block_number = { from = "Block", type = "int" }
transaction_hash = { from = "Tx_hash", type = "hex32" }
from_address = { from = "From", type = "address" }
to_address = { from = "To", type = "address" }
value = { from = "Value_in_USD", type = "decimal_amount" }
[order]
keys = ["block_number", "file_row"]
"""  # noqa: E501 one line of TOML


def total(rows: list[dict[str, Any]]) -> int:
    return sum(int(r["value"]) for r in rows)


def test_the_real_transactions_add_up(stage: Callable[..., Any]) -> None:
    staged = stage("ethereum_etl", ETL / "transactions_03300000_03399999_small.csv.gz")
    rows = staged.rows("staged.transfers")
    assert (staged.candidate.rows_read, staged.candidate.rows_rejected) == (19_999, 0)
    assert total(rows) == 4_444_745_723_742_655_536_222_408
    assert max(int(r["value"]) for r in rows) == 50_000 * 10**18
    assert len({r["transaction_hash"] for r in rows}) == 19_999
    assert len({(r["block_number"], r["transaction_index"]) for r in rows}) == 19_999
    assert len({r["from_address"] for r in rows}) == 5_986
    assert sum(r["value"] == "0" for r in rows) == 2_054
    assert sum(r["from_address"] == r["to_address"] for r in rows) == 35
    assert sum(int(r["value"]) > 2**63 - 1 for r in rows) == 2_414
    assert all(r["to_address"] for r in rows)  # 31 creations have their contract's address
    times = sorted(r["block_timestamp"] for r in rows)
    assert times[0] == datetime.fromtimestamp(1488769200, UTC)
    assert times[-1] == datetime.fromtimestamp(1488800865, UTC)


def test_a_streamed_block_pays_fees_and_moves_nothing_that_failed(
    stage: Callable[..., Any],
) -> None:
    folder = FIXTURES / "test_stream" / "blocks_17173049_17173050"
    names = ("transactions", "token_transfers", "logs", "blocks")
    rows = stage("ethereum_etl", *(folder / f"expected_{n}.json" for n in names)).rows(
        "staged.transfers"
    )
    native = [r for r in rows if r["kind"] == "native"]
    failed = [r for r in native if not r["is_effective"]]
    assert (len(native), total(native)) == (298, 82_692_008_376_751_083_333)
    assert (len(failed), total(failed)) == (9, 445_753_333_389_270_321)
    assert total([r for r in rows if r["kind"] == "fee"]) == 2_362_878_739_684_767_282
    tokens = [r for r in rows if r["contract"]]
    assert Counter(r["kind"] for r in tokens) == {"token": 276, "mint": 12, "burn": 3}
    assert sum(r["is_fungible"] is False for r in tokens) == 9
    assert len({(r["transaction_hash"], r["position"]) for r in tokens}) == 291


@pytest.mark.parametrize(
    ("job", "case", "expected"),
    [
        ("test_export_traces_job", "block_with_create", 3),
        ("test_export_traces_job", "block_with_error", 3),
        ("test_export_traces_job", "block_with_subtraces", 4),
        ("test_export_traces_job", "block_with_suicide", 3),
        ("test_extract_geth_traces_job", "block_with_create", 2),
        ("test_extract_geth_traces_job", "block_with_error", 2),
        ("test_extract_geth_traces_job", "block_with_subtraces", 3),
        ("test_extract_geth_traces_job", "block_with_suicide", 2),
    ],
)
def test_every_real_trace_is_read(
    stage: Callable[..., Any], job: str, case: str, expected: int
) -> None:
    staged = stage("ethereum_etl", FIXTURES / job / case / "expected_traces.csv")
    assert staged.candidate.rows_read == expected
    moved = {r["value"] for r in staged.rows("staged.transfers") if r["is_effective"]}
    if case == "block_with_subtraces":  # the callcode of 10^20 moves nothing, its root does
        rows = staged.rows("staged.transfers")
        assert [r["kind"] for r in rows if r["value"] == "1" + "0" * 20] == ["native", "internal"]
        assert sum(r["is_effective"] for r in rows if r["value"] == "1" + "0" * 20) == 1
    if case == "block_with_error":
        assert "1" + "0" * 18 not in moved
    if case == "block_with_suicide" and job == "test_export_traces_job":
        assert "50000000000000000" in moved


def test_created_contracts_have_the_address_their_traces_show(stage: Callable[..., Any]) -> None:
    rows = stage(
        "ethereum_etl",
        FIXTURES / "test_export_receipts_job" / "receipts_with_logs" / "expected_receipts.csv",
        FIXTURES / "test_export_blocks_job" / "block_with_logs" / "expected_transactions.csv",
    ).rows("staged.transfers")
    assert Counter(r["kind"] for r in rows) == {"native": 4, "fee": 4}
    assert total([r for r in rows if r["kind"] == "fee"]) == (2 * 50_853 + 2 * 21_000) * 50 * 10**9


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("laundernet_harmony", (3_887, 704_384_877_830_000, 3_348, 469)),
        ("laundernet_lifi", (135, 22_215_924_080_000, 133, 93)),
    ],
)
def test_the_laundering_flows_survive_whole(
    stage: Callable[..., Any], tmp_path: Path, name: str, expected: tuple[int, ...]
) -> None:
    mapping = tmp_path / "laundernet.toml"
    mapping.write_text(LAUNDERNET)
    path = SHARED / "transfers" / name / "flow_records.csv"
    staged = stage("mapped_csv", path, mapping=str(mapping))
    found = staged.rows("staged.transfers")
    hashes = {r["transaction_hash"] for r in found}
    named = {r["from_address"] for r in found} | {r["to_address"] for r in found}
    assert (len(found), total(found), len(hashes), len(named)) == expected
    assert staged.candidate.rows_rejected == 0
    assert all(r["is_exact"] for r in found)


@pytest.mark.parametrize(
    ("pack", "tags"),
    [
        ("etherscan-label-word-cloud", 8_453),
        ("ransomwhere", 7_457),
        ("usdt_blacklist", 774),
        ("etherscan-wordcloud-exchange", 646),
        ("hacks", 608),
        ("ofac", 572),
        ("walletexplorer", 386),
    ],
)
def test_every_tag_of_the_real_packs_is_read(
    stage: Callable[..., Any], pack: str, tags: int
) -> None:
    path = SHARED / "labels" / "graphsense_tagpacks" / f"{pack}.yaml"
    staged = stage("tagpack", path).candidate
    # Three Monero addresses of the sanctions pack are cut.
    assert (staged.rows_read, staged.rows_rejected) == (tags, 3 if pack == "ofac" else 0)
    assert not [w for w in staged.warnings if "unknown" in w]


def moves(staged: Any) -> list[tuple[Any, ...]]:
    columns = (
        "transaction_hash",
        "position",
        "asset",
        "kind",
        "from_address",
        "to_address",
        "value",
    )
    return sorted(
        (tuple(str(r[c]) for c in columns) for r in staged.rows("staged.transfers")), key=str
    )


@pytest.mark.parametrize(
    ("logs", "transfers", "ids"),
    [
        (
            "test_stream/blocks_17173049_17173050/expected_logs.json",
            "test_stream/blocks_17173049_17173050/expected_token_transfers.json",
            9,
        ),
        (
            "test_extract_token_transfers_job/logs/logs.csv",
            "test_extract_token_transfers_job/logs/expected_token_transfers.csv",
            0,
        ),
    ],
)
def test_decoded_logs_are_the_token_transfers_of_the_export(
    stage: Callable[..., Any], tmp_path: Path, logs: str, transfers: str, ids: int
) -> None:
    decoded = stage("ethereum_etl", FIXTURES / logs)
    assert sum(r["is_fungible"] is False for r in decoded.rows("staged.transfers")) == ids
    found = moves(decoded)
    assert found == moves(stage("ethereum_etl", FIXTURES / transfers))


@pytest.mark.parametrize(
    "name",
    [
        "test_export_blocks_job/blocks_with_transactions_and_withdrawals/expected_blocks.csv",
        "test_export_blocks_job/blocks_with_transactions_and_withdrawals/expected_blocks.json",
        "test_stream/blocks_17173049_17173050/expected_blocks.json",
    ],
)
def test_blocks_pay_out_their_withdrawals(stage: Callable[..., Any], name: str) -> None:
    rows = stage("ethereum_etl", FIXTURES / name).rows("staged.transfers")
    assert Counter(r["kind"] for r in rows) == {"reward": 32}
    assert total(rows) == 430_048_384 * 10**9
    assert len({r["position"] for r in rows}) == 32


@pytest.mark.parametrize(
    ("files", "read", "staged"),
    [
        (("test_export_blocks_job/block_with_logs/expected_transactions.csv",), 4, 4),
        (("test_export_blocks_job/blocks_with_transactions/expected_transactions.csv",), 4, 4),
        (
            (
                "test_export_blocks_job/block_without_transactions/expected_blocks.csv",
                "test_export_blocks_job/block_without_transactions/expected_transactions.csv",
            ),
            0,
            0,
        ),
        (("test_export_receipts_job/receipts_with_logs/expected_logs.csv",), 2, 2),
        (("test_export_receipts_job/receipts_with_logs/expected_logs.json",), 2, 2),
        (
            ("test_export_token_transfers_job/block_with_transfers/expected_token_transfers.csv",),
            2,
            2,
        ),
    ],
)
def test_every_other_real_file_is_read(
    stage: Callable[..., Any], files: tuple[str, ...], read: int, staged: int
) -> None:
    candidate = stage("ethereum_etl", *(FIXTURES / f for f in files)).candidate
    assert (candidate.rows_read, candidate.rows_staged) == (read, staged)


@pytest.mark.parametrize("token", ["token_with_alternative_return_type", "token_with_invalid_data"])
def test_every_real_token_is_described(stage: Callable[..., Any], token: str) -> None:
    path = FIXTURES / "test_export_tokens_job" / token / "expected_tokens.csv"
    assert len(stage("ethereum_etl", path).rows("staged.assets")) == 1


@pytest.mark.parametrize("job", ["test_export_traces_job", "test_extract_geth_traces_job"])
def test_an_empty_file_alone_is_refused(stage: Callable[..., Any], job: str) -> None:
    with pytest.raises(InputRefused, match="0 bytes"):
        stage("ethereum_etl", FIXTURES / job / "block_without_transactions" / "expected_traces.csv")
