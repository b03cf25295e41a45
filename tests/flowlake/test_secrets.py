"""A secret in the environment, a URL or a header is in nothing that flowlake writes or says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from flowlake import cli
from tests.conftest import ROOT
from tests.flowlake.servers import Server, redirect, whole

PRICES = (ROOT / "samples/prices/prices_csv/prices_2025.csv").read_bytes()
CANARY = "canary-7f3a9c"


@pytest.fixture
def secretive(monkeypatch: pytest.MonkeyPatch, server: Server) -> Callable[[bytes, int], str]:
    """URL with secrets in every place, whose server adds some of its own."""
    for name in ("AWS_SECRET_ACCESS_KEY", "FLOWLAKE_TOKEN", "AIRFLOW__CORE__FERNET_KEY"):
        monkeypatch.setenv(name, f"{CANARY}-env")

    def offer(body: bytes, status: int) -> str:
        header = {"Set_Cookie": f"session={CANARY}-cookie", "X_Token": f"{CANARY}-header"}
        server.says("/signed/prices_2025.csv", whole(body, status, **header))
        server.says("/prices", redirect(f"/signed/prices_2025.csv?X-Sig={CANARY}-signature"))
        url = server.url(f"/prices?token={CANARY}-query#{CANARY}-fragment")
        return url.replace("//", f"//user:{CANARY}-password@")

    return offer


@pytest.fixture
def told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[[str], tuple[int, str, str]]]:
    """Ingest a URL as loudly as possible: status, JSON, and all that was said and written."""

    def ingest(url: str) -> tuple[int, str, str]:
        lake = tmp_path / "lake"
        status = cli.main(["ingest", "prices_csv", url, "--lake", str(lake), "--json", "-v"])
        said = capsys.readouterr()
        return status, said.out, "\n".join([*said, caplog.text, everything_in(lake)])

    yield ingest
    cli.logging.basicConfig(force=True)


def everything_in(lake: Path) -> str:
    """All files as they are, and what is packed in Parquet, read."""
    files = [p.read_bytes().decode("latin-1") for p in lake.rglob("*") if p.is_file()]
    packed = map(str, lake.rglob("*.parquet"))
    rows = [str(duckdb.read_parquet(p).to_arrow_table().to_pylist()) for p in packed]
    return "\n".join([*files, *rows, *map(str, lake.rglob("*"))])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param((PRICES, 200), 0, id="taken"),
        pytest.param((b"<!DOCTYPE html><html></html>", 200), 3, id="refused by its parser"),
        pytest.param((b"", 403), 3, id="refused by its server"),
        pytest.param((b"", 404), 3, id="not there"),
    ],
)
def test_a_secret_is_in_nothing_that_is_written_or_said(
    told: Callable[[str], tuple[int, str, str]],
    secretive: Callable[[bytes, int], str],
    server: Server,
    answer: tuple[bytes, int],
    status: int,
) -> None:
    found, out, everything = told(secretive(*answer))
    assert found == status
    assert json.loads(out)["source"] == "prices_csv"
    assert "prices" in everything
    assert CANARY not in everything
    # They were needed, and used.
    assert f"{CANARY}-query" in server.requests[0][0]
    assert "Authorization" in server.headers(0)


def test_what_is_kept_still_says_where_it_came_from(
    tmp_path: Path,
    told: Callable[[str], tuple[int, str, str]],
    secretive: Callable[[bytes, int], str],
    server: Server,
) -> None:
    assert told(secretive(PRICES, 200))[0] == 0
    (manifest,) = (tmp_path / "lake").rglob("manifest.json")
    assert json.loads(manifest.read_text())["origin"] == server.url("/prices")
