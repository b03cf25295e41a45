"""One file of several that cannot be taken: the others are published, it is named, status 3."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowlake.accepted import rows
from flowlake.ingest import Ingested, ingest
from flowlake.runs import Run
from flowlake.settings import Settings
from tests.conftest import ROOT
from tests.flowlake.conftest import candidates
from tests.flowlake.good_files import GOOD, HTML, OPTIONS, given
from transforms.errors import InputRefused
from transforms.lake.tables import read
from transforms.sources import registry
from transforms.sources.base import Grouping

TRANSACTIONS = ROOT / "tests/fixtures/ethereum_etl/transactions_alone/input/transactions.csv"
PRICES = b"asset,price_date,price_usd\nethereum:eth,2025-08-27,4500.5\n"


def cut(data: bytes) -> bytes:
    """Compressed, and the last bytes lost on the way."""
    return gzip.compress(data, mtime=0)[:-12]


# Many slices long: where it is cut, rows of it are staged already.
LONG = TRANSACTIONS.read_bytes().splitlines(keepends=True)
LONG_EXPORT = LONG[0] + b"".join(LONG[1:]) * 20_000

CASES = {
    # case: source, files, files left out, rows read / staged / rejected
    "a page where an export should be": (
        "ethereum_etl",
        {"a.csv": TRANSACTIONS.read_bytes(), "b.csv": HTML},
        ["b.csv"],
        (6, 6, 0),
    ),
    "a header nobody knows": (
        "ethereum_etl",
        {"a.csv": TRANSACTIONS.read_bytes(), "b.csv": b"a,b,c\n1,2,3\n", "c.csv": b"x\n1\n"},
        ["b.csv", "c.csv"],
        (6, 6, 0),
    ),
    "two files cut where rows of them are staged": (
        "ethereum_etl",
        {
            "a.csv": TRANSACTIONS.read_bytes(),
            "b.csv.gz": cut(LONG_EXPORT),
            "c.csv.gz": cut(LONG_EXPORT)[:-9],
            "d.json": b"[]",
        },
        ["b.csv.gz", "c.csv.gz", "d.json"],
        (6, 6, 0),
    ),
    "articles that cannot be read count as records": (
        "articles",
        {"a.txt": b"A readable text.", "b.txt": b"", "c.txt": b"caf\xe9", "d.txt.gz": cut(b"Text")},
        ["b.txt", "c.txt", "d.txt.gz"],
        (4, 1, 3),
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    """A folder with these files."""

    def made(files: dict[str, bytes]) -> Path:
        path = tmp_path / "in"
        path.mkdir()
        for name, data in files.items():
            (path / name).write_bytes(data)
        return path

    return made


def books(done: Ingested) -> tuple[int, int, int]:
    (snapshot,) = done.snapshots
    return (snapshot["rows_read"], snapshot["rows_staged"], snapshot["rows_rejected"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_others_are_published_and_it_is_named(
    settings: Settings, folder: Callable[..., Path], case: tuple[Any, ...]
) -> None:
    source, files, left_out, counts = case
    done = ingest(settings, source, [str(folder(files))])
    assert done.exit_status == 3
    assert books(done) == counts
    (snapshot,) = done.snapshots
    assert (snapshot["status"], snapshot["published"]) == ("published", True)
    assert snapshot["refused"] == [f"in/{name}" for name in left_out]
    assert len(done.problems) == len(left_out)
    for name, problem in zip(left_out, done.problems, strict=True):
        assert problem.startswith(f"{source} in/{name}")
        assert problem in done.lines()
    # Nothing of a file that was left out is served, but a reject that says why.
    main = "staged.articles" if source == "articles" else "staged.transfers"
    served = read(settings.storage, main).to_pylist()
    assert len(served) == counts[1]
    assert all("a." in row["record_id"] for row in served)
    rejects = {row["file"] for row in read(settings.storage, "staged.rejects").to_pylist()}
    assert rejects == {f"in/{name}" for name in left_out}
    # The ledger and the quarantine keep the file and the reason.
    ledger = {r["batch"]: r for r in rows(settings.storage)}
    for name in left_out:
        row = ledger[f"in/{name}"]
        assert (row["status"], row["published"]) == ("refused", False)
        note = Path(settings.lake) / "quarantine" / source / row["raw_sha256"] / "reason.json"
        assert json.loads(note.read_text())["reason"] == row["reason"]


def test_the_same_bytes_again_are_nothing_new_and_it_is_named_again(
    settings: Settings, folder: Callable[..., Path]
) -> None:
    given = str(folder({"a.csv": TRANSACTIONS.read_bytes(), "b.csv": HTML}))
    first = ingest(settings, "ethereum_etl", [given])
    again = ingest(settings, "ethereum_etl", [given])
    assert [s["status"] for s in again.snapshots] == ["nothing_new"]
    assert (again.exit_status, again.problems) == (3, first.problems)


def test_a_rejected_twin_is_no_refused_file_and_keeps_its_text(
    settings: Settings, folder: Callable[..., Path]
) -> None:
    given = folder({"a.txt": b"The same text.", "b.txt": b"The same text.", "c.txt": b"Another."})
    done = ingest(settings, "articles", [str(given)])
    assert (done.exit_status, done.problems, books(done)) == (0, [], (3, 2, 1))
    (reject,) = read(settings.storage, "staged.rejects").to_pylist()
    assert (reject["file"], reject["raw"]) == ("in/b.txt", "The same text.")


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("ethereum_etl", {"a.csv": HTML, "b.csv.gz": cut(LONG_EXPORT)}),
        ("ethereum_etl", {"a.csv.gz": cut(LONG_EXPORT), "b.csv.gz": cut(LONG_EXPORT)}),
        ("articles", {"a.txt": b"", "b.txt": b"\0"}),
    ],
)
def test_where_nothing_is_left_the_batch_is_refused_and_every_file_named(
    settings: Settings, folder: Callable[..., Path], source: str, files: dict[str, bytes]
) -> None:
    done = ingest(settings, source, [str(folder(files))])
    assert done.exit_status == 3
    (problem,) = done.problems
    assert all(f"in/{name}" in problem for name in files)
    assert [s["status"] for s in done.snapshots] == ["refused"]


# ── paths that lead nowhere ─────────────────────────────────────────────────────────────────────


def test_a_path_that_leads_nowhere_is_named_and_the_others_are_taken(
    settings: Settings, folder: Callable[..., Path]
) -> None:
    given = folder({"prices_2025.csv": PRICES})
    done = ingest(settings, "prices_csv", ["absent.csv", str(given), str(given / "gone")])
    assert done.exit_status == 3
    statuses = [(s["batch"], s["status"]) for s in done.snapshots]
    assert sorted(s for _, s in statuses) == ["published", "refused", "refused"]
    assert any("prices_csv absent.csv: no such file or folder" in p for p in done.problems)
    assert any("gone: no such file or folder" in p for p in done.problems)
    assert not (Path(settings.lake) / "quarantine").exists()


def test_where_every_path_leads_nowhere_nothing_is_recorded(settings: Settings) -> None:
    with pytest.raises(InputRefused, match=r"a\.csv: no such file.*; prices_csv b\.csv: no such"):
        ingest(settings, "prices_csv", ["a.csv", "b.csv"])
    assert rows(settings.storage) == []


@pytest.mark.parametrize(
    "case",
    [("prices_csv", "prices_2025.csv", PRICES), ("articles", "a.txt", b"A readable text.")],
)
def test_a_file_of_a_folder_that_may_not_be_read_is_left_out(
    settings: Settings,
    folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, str, bytes],
) -> None:
    source, name, data = case
    given = folder({name: data, f"secret{Path(name).suffix}": data})
    monkeypatch.setattr("os.access", lambda path, _: "secret" not in str(path))
    done = ingest(settings, source, [str(given)])
    assert done.exit_status == 3
    assert sorted(s["status"] for s in done.snapshots) == ["published", "refused"]
    (problem,) = done.problems
    assert "secret" in problem
    assert "permission denied" in problem


@pytest.mark.parametrize(
    "name", [n for n in GOOD if registry.source(n).grouping is Grouping.FOLDER]
)
@pytest.mark.parametrize("fault", ["a page", "cut"])
def test_no_source_of_folders_refuses_a_folder_for_one_file(
    settings: Settings, take: Callable[..., Run], tmp_path: Path, name: str, fault: str
) -> None:
    good = GOOD[name]
    folder = tmp_path / "in"
    given(folder, good.name, good.read_bytes())
    # Beside the good one and behind it.
    bad = f"zz{good.suffix}" if fault == "a page" else f"zz{good.suffix}.gz"
    if good.suffix == ".gz":
        bad = "zz" + "".join(good.suffixes[-2:])
    given(folder, bad, HTML if fault == "a page" else cut(good.read_bytes()))
    run = take(name, folder, **OPTIONS.get(name, {}))
    (candidate,) = candidates(run).values()
    assert [*candidate["refused"]] == [f"in/{bad}"]
    assert candidate["rows_staged"] > 0
