"""A lake of one's own, a server that misbehaves, and a look at everything a lake shows."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flowlake import cli
from flowlake import fetch as fetching
from flowlake.download import Limits
from flowlake.ingest import Ingested
from flowlake.runs import Run
from flowlake.settings import Settings
from flowlake.stage import stage
from tests.conftest import no_docs
from tests.flowlake import dated_lists
from tests.flowlake.commands import Said
from tests.flowlake.downloads import Fetch
from tests.flowlake.servers import Server, serving
from tests.flowlake.trials import Trial
from tests.lake.forks import ForkServer
from transforms.sources import registry
from transforms.sources.base import Source


@pytest.fixture(autouse=True)
def without_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    no_docs(monkeypatch)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(str(tmp_path / "lake"))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """``fetch(url)``: downloaded, or ``fetch.refused(url)``."""
    return Fetch(tmp_path)


@pytest.fixture
def take_lists(settings: Settings, tmp_path: Path) -> Callable[..., Ingested]:
    """``take_lists({day: parties})``: snapshots of a list, ingested in one run."""
    return partial(dated_lists.take, settings, tmp_path)


@pytest.fixture
def take(settings: Settings) -> Callable[..., Run]:
    """``take("ofac_sdn", path, …, option="…")``: fetched and staged, as a run."""

    def run(source: str, *paths: Path | str, **options: str) -> Run:
        given = [str(p) for p in paths]
        taken = fetching.fetch(settings, source, given, run_id="run", options=options)
        stage(settings, taken)
        return taken

    return run


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Source]:
    """Let a source offer other URLs: ``offered("ofac_sdn", url)``."""

    def change(name: str, *urls: str) -> Source:
        declared = registry.source(name)
        changed = replace(declared, urls=urls, hosts=("127.0.0.1",))
        known = registry.source
        monkeypatch.setattr(registry, "source", lambda n: changed if n == name else known(n))
        return changed

    return change


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


LOCAL = Limits(private_hosts=("127.0.0.1",), attempts=1)


def refusals(run: Run) -> dict[str, str]:
    """Reasons by batch."""
    found = ((b.label, run.read(f"{b.number}/refused.json")) for b in run.batches())
    return {label: refused["reason"] for label, refused in found if refused}


def candidates(run: Run) -> dict[str, Mapping[str, Any]]:
    """Candidates by batch."""
    found = ((b.label, run.read(f"{b.number}/candidate.json")) for b in run.batches())
    return {label: c for label, c in found if c}


def served(lake: Path) -> dict[str, str]:
    """Every file of what readers are served, with its checksum."""
    return {
        str(p.relative_to(lake)): hashlib.sha256(p.read_bytes()).hexdigest()
        for part in ("staged", "core", "marts", "report", "docs", "warehouse.duckdb")
        for p in sorted((lake / part, *(lake / part).rglob("*")))
        if p.is_file()
    }


# ── the command line ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Said]]:
    """``run("ingest", "ofac_sdn", path)`` in this process, on a lake of its own."""

    def command(*argv: object, lake: Path | None = None) -> Said:
        arguments = [str(a) for a in argv]
        if lake is not None or "--lake" not in arguments:
            arguments += ["--lake", str(lake or tmp_path / "lake")]
        try:
            status = cli.main(arguments)
        except SystemExit as e:  # argparse
            status = int(e.code or 0)
        said = Said(status, *capsys.readouterr())
        assert "Traceback" not in said.err
        # Nothing steers the terminal, whatever was quoted.
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said.err)
        return said

    yield command
    cli.logging.basicConfig(force=True)


# ── verbs in processes that die ─────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def verbs() -> Iterator[ForkServer]:
    """Children that know the verbs and can be killed."""
    server = ForkServer("tests.flowlake.verbs")
    yield server
    server.close()


@pytest.fixture
def trial(verbs: ForkServer, tmp_path: Path) -> Trial:
    """An empty lake."""
    return Trial(verbs, tmp_path)


@pytest.fixture(scope="session")
def first_build(verbs: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A lake whose first generation is ingested and built; copied for each test."""
    trial = Trial(verbs, tmp_path_factory.mktemp("first"))
    trial.run("nothing")  # how long a verb takes is counted from here on
    trial.ingest(1)
    trial.build()
    return trial


@pytest.fixture
def built(first_build: Trial, tmp_path: Path) -> Trial:
    """A lake whose first generation is ingested and built."""
    return first_build.copied(tmp_path)
