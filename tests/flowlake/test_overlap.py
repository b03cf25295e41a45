"""Files without indices: parts of a file add up, and no file repeats what another brought."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from transforms.lake.cut import served

HEADER = "Row,Block,Tx,From,To,Value\n"
MAPPING = """
name = "vendor"
family = "transfers"
{ignore}
[constants]
chain = "ethereum"
kind = "token"
asset = "usd"
[asset]
symbol = "USD"
decimals = 0
[columns]
block_number = {{ from = "Block", type = "int" }}
transaction_hash = {{ from = "Tx", type = "hex32" }}
from_address = {{ from = "From", type = "address" }}
to_address = {{ from = "To", type = "address" }}
value = {{ from = "Value", type = "decimal_amount" }}
{position}
"""
BY_ROW = MAPPING.format(ignore='ignore = ["Row"]', position="")
BY_COLUMN = MAPPING.format(ignore="", position='position = { from = "Row", type = "int" }')

pytestmark = pytest.mark.xdist_group("pipeline")

Take = Callable[..., Ingested]


def line(row: int, block: int, tx: int, value: int = 5) -> str:
    return f"{row},{block},0x{tx:064x},0x{1:040x},0x{2:040x},{value}\n"


# A transaction that pays the same twice, and two others.
LINES = [line(1, 10, 1), line(2, 10, 1), line(3, 10, 2), line(4, 11, 3)]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Ingest files of lines into one lake, by a mapping."""

    def run(*files: Sequence[str], mapping: str = BY_ROW) -> Ingested:
        settings = Settings.from_env(str(tmp_path / "lake"))
        toml = tmp_path / "vendor.toml"
        toml.write_text(mapping, "utf-8")
        paths = []
        for lines in files:
            path = tmp_path / f"{len(list(tmp_path.glob('*.csv')))}.csv"
            path.write_text(HEADER + "".join(lines), "utf-8")
            paths.append(str(path))
        return ingest(settings, "mapped_csv", paths, options={"mapping": str(toml)})

    return run


def published(tmp_path: Path) -> int:
    files = served(Settings.from_env(str(tmp_path / "lake")).storage)["staged.transfers"]
    return sum(pq.read_metadata(f).num_rows for f in files)


def test_parts_of_a_file_add_up_and_its_repetition_is_refused(take: Take, tmp_path: Path) -> None:
    assert take(LINES[:2]).exit_status == 0
    assert take(LINES[2:]).exit_status == 0
    assert published(tmp_path) == 4
    overlapping = take([line(1, 9, 9), *LINES[1:3]])
    assert overlapping.exit_status == 3
    (problem,) = overlapping.problems
    for said in ("/2.csv:3: the same transfer", "2 of its file's 3 rows", "index"):
        assert said in problem
    assert published(tmp_path) == 4


def test_of_two_files_of_a_run_that_overlap_the_first_is_taken(take: Take, tmp_path: Path) -> None:
    done = take(LINES[:3], LINES[2:], [line(1, 12, 4)])
    assert [s["status"] for s in done.snapshots] == ["published", "refused", "published"]
    assert done.exit_status == 3
    assert published(tmp_path) == 4
    assert take([LINES[3]]).exit_status == 0


def test_declared_parts_may_share_rows_but_bring_some_of_their_own(
    take: Take, tmp_path: Path
) -> None:
    parts = BY_ROW + "[order]\nparts = true\n"
    assert take(LINES[:1], LINES[1:], mapping=parts).exit_status == 0
    assert published(tmp_path) == 4
    again = take(LINES[1:3], mapping=parts + "# the same once more\n")
    assert again.exit_status == 3
    assert "parts" in again.problems[0]


def test_files_with_an_index_may_overlap(take: Take, tmp_path: Path) -> None:
    assert take(LINES[:3], LINES[1:], mapping=BY_COLUMN).exit_status == 0
    assert published(tmp_path) == 6
    # The same rows without their index count once beside them, in core.
    assert take(LINES).exit_status == 0


def test_a_renamed_file_brings_nothing_new(take: Take, tmp_path: Path) -> None:
    assert take(LINES).exit_status == 0
    again = take(LINES)
    assert [s["status"] for s in again.snapshots] == ["nothing_new"]
    assert again.exit_status == 0
    assert published(tmp_path) == 4
