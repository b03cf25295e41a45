"""Amounts keep every digit from the file to the answer, one by one and in sums."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.clean.amounts import MAX_UINT256
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.sources.candidate import rows_of

HEADER = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    """An engine with a build's own functions."""
    with connect(spill=tmp_path / "spill") as con:
        made = DuckDBEngine(con)
        made.prepare()
        yield made


def export(path: Path, values: list[int]) -> Path:
    lines = [
        f"0x{7:040x},0x{n + 1:040x},0x{n + 2:040x},{value},0x{n:064x},0,{17_000_000 + n}"
        for n, value in enumerate(values)
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def test_the_smallest_and_the_greatest_amount_go_from_csv_to_csv_unchanged(
    tmp_path: Path, stage: Callable[..., Any], engine: DuckDBEngine
) -> None:
    values = [0, MAX_UINT256, 1, 10**38 - 1, 10**38, 2**53 + 1, 2**64, MAX_UINT256 - 1]
    staged = stage("ethereum_etl", export(tmp_path / "token_transfers.csv", values))
    engine.attach(
        "staged.transfers", [f.path for f in rows_of(staged.candidate, "staged.transfers")]
    )
    engine.execute("create table kept as select block_number, value from staged.transfers")
    answer = tmp_path / "answer.csv"
    engine.execute(f"copy (select value from kept order by block_number) to '{answer}' (header)")
    assert answer.read_text().split() == ["value", *map(str, values)]


def test_a_sum_of_random_amounts_is_pythons(
    tmp_path: Path, stage: Callable[..., Any], engine: DuckDBEngine
) -> None:
    rng = random.Random(20)
    values = [rng.getrandbits(rng.choice((8, 64, 256, 256))) for _ in range(20_000)]
    staged = stage("ethereum_etl", export(tmp_path / "token_transfers.csv", values))
    engine.attach(
        "staged.transfers", [f.path for f in rows_of(staged.candidate, "staged.transfers")]
    )
    found = engine.fetch(
        "select block_number % 3 as part, exact_sum(value) as total from staged.transfers"
        " group by part order by part"
    ).to_pylist()
    parts = [sum(v for n, v in enumerate(values) if (17_000_000 + n) % 3 == p) for p in range(3)]
    assert [int(row["total"]) for row in found] == parts


def test_a_sum_of_nothing_is_not_known(engine: DuckDBEngine) -> None:
    sql = "select exact_sum(v) from (values (cast(null as varchar))) as t (v)"
    assert engine.execute(sql).fetchall() == [(None,)]


@pytest.mark.slow
def test_a_sum_of_ten_million_random_amounts_is_pythons(
    tmp_path: Path, engine: DuckDBEngine
) -> None:
    rng, total = random.Random(10), 0
    path = tmp_path / "values.parquet"
    with pq.ParquetWriter(path, pa.schema([("value", pa.string())]), compression="zstd") as out:
        for _ in range(100):
            values = [rng.getrandbits(256) for _ in range(100_000)]
            total += sum(values)
            out.write_table(pa.table({"value": [str(v) for v in values]}))
    sql = f"select count(*), exact_sum(value) from read_parquet('{path}')"
    assert engine.execute(sql).fetchall() == [(10_000_000, str(total))]
