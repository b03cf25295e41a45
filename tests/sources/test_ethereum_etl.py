"""What holds for every ethereum-etl export, whatever its size and faults."""

import gzip
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.clean.amounts import MAX_UINT256
from transforms.readers import records
from transforms.readers.evm_forms import FORMS
from transforms.readers.forms import Form
from transforms.sources.candidate import rows_of

HEADER = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number"
TOKEN = "0xdac17f958d2ee523a2206206994597c13d831ec7"


def line(number: int, value: int | str = 1) -> str:
    payer, payee = f"0x{number * 7919:040x}", f"0x{number * 104729:040x}"
    return f"{TOKEN},{payer},{payee},{value},0x{number // 3:064x},{number},{17_000_000 + number}"


def write(path: Path, lines: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a few lines, so that a small file has many."""
    monkeypatch.setattr(records, "SLICE_BYTES", 2_000)


def test_every_uint256_leaves_as_it_came(tmp_path: Path, stage: Callable[..., Any]) -> None:
    rng = random.Random(8)
    values = [rng.randrange(2 ** rng.randrange(1, 257)) for _ in range(3_000)]
    values += [0, MAX_UINT256, 10**38 - 1, 10**38]
    path = write(tmp_path / "token_transfers.csv", [line(n, v) for n, v in enumerate(values)])
    rows = stage("ethereum_etl", path).rows("staged.transfers")
    assert [int(r["value"]) for r in rows] == values
    assert [r["value_d38"] for r in rows] == [v if v < 10**38 else None for v in values]
    assert [r["has_wide_value"] for r in rows] == [v >= 10**38 for v in values]
    assert sum(int(r["value"]) for r in rows) == sum(values)


def test_rows_keep_their_lines_across_slices(
    tmp_path: Path, stage: Callable[..., Any], small_slices: None
) -> None:
    lines = [line(n) if n % 50 else line(n, "bad") for n in range(1, 1_001)]
    staged = stage("ethereum_etl", write(tmp_path / "t.csv", lines))
    assert [r["record_id"] for r in staged.rows("staged.transfers")] == [
        f"t.csv:{n + 1}" for n in range(1, 1_001) if n % 50
    ]
    assert [r["line"] for r in staged.rows("staged.rejects")] == list(range(51, 1_002, 50))


def test_the_same_file_gives_the_same_bytes(
    tmp_path: Path, stage: Callable[..., Any], small_slices: None
) -> None:
    path = write(tmp_path / "t.csv", [line(n) for n in range(1, 3_001)])
    shas = set()
    for _ in range(3):
        candidate = stage("ethereum_etl", path).candidate
        shas |= {t.sha256 for t in rows_of(candidate, "staged.transfers")}
    assert len(shas) == 1


def test_plain_packed_and_archived_files_give_the_same_rows(
    tmp_path: Path, stage: Callable[..., Any]
) -> None:
    plain = write(tmp_path / "t.csv", [line(n) for n in range(1, 301)])
    packed = tmp_path / "p" / "t.csv.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    archive = tmp_path / "a" / "export.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(plain, "2023/t.csv")
        out.write(plain, "2024/t.csv")
    found = []
    for path in (plain, packed, archive):
        rows = stage("ethereum_etl", path).rows("staged.transfers")
        found.append([(r["transaction_hash"], r["position"], r["value"]) for r in rows])
    assert found[0] == found[1]
    assert found[0] * 2 == found[2]


def test_a_range_that_its_blocks_call_empty_is_taken(
    tmp_path: Path, stage: Callable[..., Any]
) -> None:
    blocks = "number,hash,timestamp,transaction_count\n"
    (tmp_path / "blocks.csv").write_text(f"{blocks}0,0x{0:064x},0,0\n")
    (tmp_path / "transactions.csv").touch()
    candidate = stage("ethereum_etl", tmp_path).candidate
    assert candidate.rows_read == 0
    assert [t.table for t in candidate.tables] == ["staged.blocks"]
    assert candidate.warnings == {"file of 0 bytes": 1}


def test_a_header_without_rows_is_an_empty_export(
    tmp_path: Path, stage: Callable[..., Any]
) -> None:
    candidate = stage("ethereum_etl", write(tmp_path / "t.csv", [])).candidate
    assert (candidate.rows_read, candidate.rows_staged) == (0, 0)


def test_files_of_one_form_are_read_together(tmp_path: Path, stage: Callable[..., Any]) -> None:
    for part in range(3):
        lines = [line(n) for n in range(part * 10, part * 10 + 10)]
        write(tmp_path / "export" / f"part_{part}.csv", lines)
    staged = stage("ethereum_etl", tmp_path / "export")
    assert staged.candidate.rows_staged == 30
    assert {r["record_id"] for r in staged.rows("staged.transfers")} >= {
        "part_0.csv:2",
        "part_2.csv:11",
    }


BREAK = st.sampled_from(
    ["ok", "ok", "ok", "-1", "1e5", "quote", "short", "long", "nul", "latin", "blank", "crlf"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(breaks=st.lists(BREAK, max_size=40), size=st.sampled_from([300, 1_000, 100_000]))
def test_rows_read_are_staged_or_rejected(
    tmp_path_factory: pytest.TempPathFactory,
    stage: Callable[..., Any],
    breaks: list[str],
    size: int,
) -> None:
    broken = {
        "-1": lambda n: line(n, "-1"),
        "1e5": lambda n: line(n, "1e5"),
        "quote": lambda n: '"' + line(n),
        "short": "{},b".format,
        "long": lambda n: line(n) + ",more",
        "nul": lambda n: line(n) + "\0",
        "latin": lambda n: line(n, "\udce9"),
        "blank": "".format,
        "crlf": lambda n: line(n) + "\r",
        "ok": line,
    }
    text = "\n".join([HEADER, *(broken[b](n) for n, b in enumerate(breaks, 1))])
    path = tmp_path_factory.mktemp("broken") / "t.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    kept = records.SLICE_BYTES
    records.SLICE_BYTES = size
    try:
        staged = stage("ethereum_etl", path)
    finally:
        records.SLICE_BYTES = kept
    good = [n for n, b in enumerate(breaks, 1) if b in ("ok", "crlf")]
    assert [r["position"] for r in staged.rows("staged.transfers")] == good
    assert staged.candidate.rows_read == len(breaks) - breaks.count("blank")
    assert staged.candidate.rows_rejected == staged.candidate.rows_read - len(good)


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.name)
def test_a_header_and_nothing_else_is_an_export_without_rows(
    tmp_path: Path, stage: Callable[..., Any], form: Form
) -> None:
    transfers = write(tmp_path / "in" / "token_transfers.csv", [])
    other = tmp_path / "in" / f"{form.name}.csv"
    other.write_text(",".join([*form.required, *form.optional]) + "\n", "utf-8")
    staged = stage("ethereum_etl", transfers.parent)
    assert (staged.candidate.rows_read, staged.candidate.tables) == (0, ())
