"""What every test can rely on: no network but loopback, UTC, and nothing of the developer's set-up.

The guard sits in Python's sockets. DuckDB's and delta-rs's own HTTP clients do not pass through it:
a test that gives them an address gives them 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# Over ten seconds each, most of it the building of one lake for all their tests.
LONGEST = (
    "pipeline/test_samples.py",
    "dags/test_runs.py",
    "flowlake/test_kills.py",
    "flowlake/test_history.py",
    "parts/test_extend.py",
    "models/test_identity.py",
    "flowlake/test_twice.py",
    "models/test_cases.py",
)

FOREIGN_SETTINGS = ("AIRFLOW", "AWS_", "FLOWLAKE_")
# Airflow makes its home on import; one per process, so that xdist's workers do not share it.
AIRFLOW_HOME = tempfile.mkdtemp(prefix="flowlake-airflow-")
PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class NetworkRefused(RuntimeError):
    """A test reached for the network. Not an OSError: no retry may swallow it."""


def forget_the_developer() -> None:
    """Drop settings of this shell and point what would be read from a home folder elsewhere."""
    for name in list(os.environ):
        if name.startswith(FOREIGN_SETTINGS) or name.upper() in PROXIES:
            del os.environ[name]
    shared = (ROOT / "deploy" / "airflow.env").read_text().splitlines()
    os.environ.update(line.split("=", 1) for line in shared if line and not line.startswith("#"))
    os.environ |= {
        "AIRFLOW_HOME": AIRFLOW_HOME,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    time.tzset()


def stays_here(host: str | bytes | None) -> bool:
    """Whether a host is this machine's loopback."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def needs_no_resolver(host: str | bytes | None) -> bool:
    """Whether a host is known without asking anybody: an address, or this machine's own name."""
    name = host.decode() if isinstance(host, bytes) else host
    if stays_here(name) or name == socket.gethostname():
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    """The same method of a socket, for loopback and UNIX sockets only."""

    def connect_here(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not stays_here(address[0]):
            raise NetworkRefused(f"a test connects to {address[0]}:{address[1]}")
        return connect(self, address)

    return connect_here


def refuse_the_network() -> None:
    """Let Python's sockets connect and resolve on loopback only."""
    resolve = socket.getaddrinfo

    def resolve_here(host: Any, *arguments: Any, **options: Any) -> Any:
        if not needs_no_resolver(host):
            raise NetworkRefused(f"a test resolves {host}")
        return resolve(host, *arguments, **options)

    socket.socket.connect = guarded(socket.socket.connect)
    socket.socket.connect_ex = guarded(socket.socket.connect_ex)
    socket.getaddrinfo = resolve_here


def pytest_configure() -> None:
    """Before any test module is imported, in every xdist worker too."""
    forget_the_developer()
    refuse_the_network()
    # How long an example takes says more of what else the machine does than of the code.
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest first: at the end one worker would be alone with them."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONGEST))


def pytest_unconfigure() -> None:
    """Leave no Airflow home behind."""
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)


def no_docs(patched: pytest.MonkeyPatch) -> None:
    """Write no Data Docs: they cost more than the rest of a small ingest.

    Children of ``tests.flowlake.trials`` and the runs of DAGs write them, and
    ``tests/expectations/test_docs.py`` is about them.
    """
    for place in ("flowlake.judge.write_docs", "expectations.docs.write_docs"):
        patched.setattr(place, lambda _docs, _judgements: None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real published files beside the checkout; a test that wants them is an extra."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data of ../shared/data is not on this machine")
    return SHARED_DATA
