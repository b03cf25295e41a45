"""What a refusal leaves: the reason and the bytes; what is served stays, and nothing is used up."""

import gzip
import hashlib
import io
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from tests.conftest import ROOT
from tests.flowlake.conftest import served
from tests.flowlake.good_files import GOOD, HTML, OPTIONS, given
from transforms.lake.tables import read


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake that serves one list."""
    settings = Settings.from_env(str(tmp_path_factory.mktemp("lake")))
    done = ingest(settings, "ofac_sdn", [str(GOOD["ofac_sdn"].parent)])
    assert done.exit_status == 0
    return settings


@pytest.mark.parametrize("source", GOOD)
def test_a_refusal_changes_nothing_that_is_served(
    published: Settings, tmp_path: Path, source: str
) -> None:
    before = served(Path(published.lake))
    body = b"" if source == "articles" else HTML
    path = given(tmp_path, GOOD[source].name, body)
    done = ingest(published, source, [str(path)], options=OPTIONS.get(source, {}))
    assert done.exit_status == 3
    ((status, is_published),) = {(s["status"], s["published"]) for s in done.snapshots}
    assert (status, is_published) == ("refused", False)
    assert served(Path(published.lake)) == before
    # Its reason is in the ledger, its bytes and the reason are kept, the run has left no trace.
    (reason,) = done.problems
    newest = read(published.storage, "meta.ingests").to_pylist()
    assert [r["reason"] for r in newest if r["source"] == source and not r["published"]] == [reason]
    digest = hashlib.sha256(body).hexdigest()
    lake = Path(published.lake)
    assert (lake / "raw" / source / digest[:2] / digest / "data").read_bytes() == body
    assert len(list((lake / "quarantine" / source).rglob("reason.json"))) == 1
    assert list((lake / "_candidates").glob(f"{source}*")) == []


def test_one_refused_file_costs_no_other(tmp_path: Path) -> None:
    settings = Settings.from_env(str(tmp_path / "lake"))
    folder = tmp_path / "in"
    given(folder, "prices_a.csv", GOOD["prices_csv"].read_bytes())
    given(folder, "prices_b.csv", HTML)
    done = ingest(settings, "prices_csv", [str(folder)])
    assert by_status(done) == {"published": ["prices_a"], "refused": ["in/prices_b.csv"]}
    assert done.exit_status == 3
    assert len(done.problems) == 1
    # The same again: the good one is there already, the other one is refused again.
    again = ingest(settings, "prices_csv", [str(folder)])
    assert [len(found) for found in by_status(again).values()] == [1, 1]
    assert "published" not in by_status(again)
    assert again.exit_status == 3


def by_status(done: Ingested) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for s in done.snapshots:
        found.setdefault(s["status"], []).append(s["batch"])
    return found


def zipped(body: bytes, name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return packed.getvalue()


MEASURED = """
import sys
from pathlib import Path
from flowlake.cli import main
status = main(sys.argv[1:])
peak = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
print(peak.split()[1])
sys.exit(status)
"""


@pytest.mark.parametrize(
    ("source", "name", "body"),
    [
        ("ofac_sdn", "sdn_2025-09-01.xml.gz", gzip.compress(bytes(300_000_000), 9)),
        ("ofac_sdn", "lists.zip", zipped(bytes(300_000_000), "sdn_2025-09-01.csv")),
    ],
)
def test_a_bomb_takes_neither_time_nor_memory_nor_disk(
    tmp_path: Path, source: str, name: str, body: bytes
) -> None:
    path, lake = given(tmp_path, name, body), tmp_path / "lake"
    command = [sys.executable, "-c", MEASURED, "ingest", source, str(path), "--lake", str(lake)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    child = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert child.returncode == 3, child.stderr
    assert name in child.stderr
    assert "Traceback" not in child.stderr
    # Arrow and DuckDB alone take 150 MB and a second.
    assert int(child.stdout) < 300 * 1024
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 4
    left = sum(p.stat().st_size for p in lake.rglob("*") if p.is_file())
    assert left < len(body) + 100_000
