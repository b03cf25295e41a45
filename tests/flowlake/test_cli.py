"""The command line: statuses, one JSON object on stdout, people's text on stderr, no tracebacks."""

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowlake import ingest
from flowlake.ingest import Ingested
from flowlake.query import Answer
from tests.conftest import ROOT
from tests.flowlake.commands import HTML, PRICES, Said
from tests.flowlake.servers import Server, whole
from transforms.errors import Conflict, GateFailed, InputRefused, LakeError, NoSpace, NothingNew

# ── help ────────────────────────────────────────────────────────────────────────────────────────


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = """
import sys
from flowlake.cli import main
try:
    main(["ingest", "--help"])
except SystemExit:
    pass
heavy = {"airflow", "duckdb", "great_expectations", "lxml", "numpy", "pandas", "pyarrow"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The processor's time, a tenth of a second on an idle machine; others may be busy on it.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1
    assert done.stderr == "[]\n"
    assert "ofac_sdn" in done.stdout
    assert "FILE.toml" in done.stdout


@pytest.mark.parametrize(
    "command", ["ingest", "build", "trace", "status", "sql", "rollback", "verify"]
)
def test_every_command_explains_itself(run: Callable[..., Said], command: str) -> None:
    said = run(command, "--help")
    assert said.status == 0
    assert "--json" in said.out
    assert "--lake DIR" in said.out


# ── wrong usage: 2 ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["sanction"], "invalid choice"),
        (["ingest"], "required: SOURCE"),
        (["ingest", "ofac_dns"], "unknown source 'ofac_dns'; known: articles"),
        (["ingest", "../ofac_sdn"], "unknown source"),
        (["ingest", "base"], "unknown source 'base'"),
        (["ingest", "\x1b[31mred\u202e"], r"unknown source '\x1b[31mred\u202e'"),
        (["ingest", "ofac_sdn", "--\x1b[31m"], "unrecognized arguments"),
        (["ingest", "ofac_sdn", "x", "--date", "27.08.2025"], "expected a day such as 2025-08-27"),
        (["ingest", "ofac_sdn", "x", "--date", "2025-02-30"], "expected a day"),
        (["ingest", "ofac_sdn", "x", "--date", "20250827"], "expected a day"),
        (["ingest", "ofac_sdn", "x", "--date", "2025-W35-3"], "expected a day"),
        (["ingest", "ethereum_etl"], "ethereum_etl is not fetched live: name the files"),
        (["ingest", "mapped_csv", str(PRICES)], "mapped_csv needs --mapping FILE.toml"),
        (["ingest", "mapped_csv", str(PRICES), "--mapping", "absent.toml"], "no such file"),
        (["ingest", "ofac_sdn", "x", "--mapping", str(PRICES)], "ofac_sdn takes no --mapping"),
        (["ingest", "prices_csv", "x", "--chain", "tron"], "prices_csv takes no --chain"),
        (["build", "--engine", "flink"], "invalid choice"),
        (["trace"], "required: --seeds"),
        (["trace", "--seeds", "absent.txt"], "no such file: absent.txt"),
        (["trace", "--seeds", str(PRICES), "--policy", "lottery"], "expected some of fifo"),
        (["trace", "--seeds", str(PRICES), "--policy", ","], "expected some of fifo"),
        (["sql"], "required: SELECT"),
        (["sql", "select 1", "--rows", "-1"], "expected"),
        (["sql", "select 1", "--rows", "many"], "expected a number from 0 up"),
        (["sql", "select 1", "--seconds", "nan"], "expected seconds"),
        (["sql", "select 1", "--seconds", "0"], "expected seconds"),
        (["sql", "select 1", "--seconds", "1e9"], "expected seconds"),
        (["sql", "select 1", "--csv", "-", "--json"], "both write to stdout"),
        (["rollback", "staged.transfers"], "required: --to"),
        (["rollback", "staged.nothing", "--to", "1"], "unknown table 'staged.nothing'"),
        (["rollback", "staged.transfers; drop", "--to", "1"], "unknown table"),
        (["rollback", "staged.transfers", "--to", "-1"], "expected"),
    ],
)
def test_wrong_usage_is_two_and_touches_nothing(
    run: Callable[..., Said], tmp_path: Path, argv: list[str], says: str
) -> None:
    said = run(*argv)
    assert said.status == 2
    assert says in said.err
    assert said.out == ""
    assert not (tmp_path / "lake").exists()


# ── refused: 3 ──────────────────────────────────────────────────────────────────────────────────


def test_options_may_stand_between_the_words(run: Callable[..., Said]) -> None:
    for argv in (
        ["match", "--json", "OOO Gazprom", "Gazprom LLC"],
        ["match", "OOO Gazprom", "--json", "Gazprom LLC"],
        ["match", "OOO Gazprom", "Gazprom LLC", "--json"],
    ):
        assert run(*argv).json["decision"] is True, argv
    for argv in (
        ["ingest", "ofac_sdn", "--date", "2025-08-27", "absent.csv"],
        ["ingest", "--date", "2025-08-27", "ofac_sdn", "absent.csv"],
    ):
        said = run(*argv)
        assert (said.status, "absent.csv" in said.err) == (3, True), argv


def test_a_missing_file_is_refused(run: Callable[..., Said]) -> None:
    said = run("ingest", "prices_csv", "absent.csv", "--json")
    assert said.status == 3
    assert "prices_csv absent.csv: no such file or folder" in said.err
    assert said.json["source"] == "prices_csv"
    assert said.json["snapshots"] == []
    assert "absent.csv" in said.json["error"]


def test_a_refused_file_is_named_on_stderr_and_in_the_json(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    (tmp_path / "prices_2025.csv").write_bytes(HTML)
    said = run("ingest", "prices_csv", tmp_path / "prices_2025.csv", "--json")
    assert said.status == 3
    assert "prices_2025.csv" in said.err
    (snapshot,) = said.json["snapshots"]
    assert snapshot["status"] == "refused"
    assert snapshot["published"] is False
    assert snapshot["rows_read"] == snapshot["rows_staged"] == snapshot["rows_rejected"] == 0
    assert len(snapshot["sha256"]) == 64
    (problem,) = said.json["problems"]
    assert problem in said.err


@pytest.mark.parametrize(
    "name", ["\x1b[2J\x1b[31m", "\u202efdp.", "a\nprices_csv x: 9 published", "\udcff\udcfe"]
)
def test_a_hostile_name_is_inert_on_the_terminal(
    run: Callable[..., Said], tmp_path: Path, name: str
) -> None:
    hostile = tmp_path / f"{name}.csv"
    hostile.write_bytes(HTML)
    said = run("ingest", "prices_csv", tmp_path, "--json", "-v")
    assert said.status == 3
    assert said.json["snapshots"][0]["status"] == "refused"
    assert not re.search("(?m)^prices_csv x: 9 published", said.err)


def test_a_name_that_ends_a_line_cannot_begin_another(run: Callable[..., Said]) -> None:
    said = run("ingest", "prices_csv", "absent\nprices_csv 2025: 9 read, 9 staged: published")
    assert said.status == 3
    assert not re.search("(?m)^prices_csv 2025", said.err)


def test_a_live_fetch_that_meets_a_wall_is_refused(
    run: Callable[..., Said], server: Server, offered: Callable[..., Any]
) -> None:
    offered("ofac_sdn", server.says("/SDN_ADVANCED.XML", whole(HTML, 403)))
    said = run("ingest", "ofac_sdn", "--json")
    assert said.status == 3  # its address is private besides
    assert said.json["snapshots"] == []


# ── statuses by what was raised ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("raised", "status", "key"),
    [
        (NothingNew("not modified since"), 0, "nothing_new"),
        (InputRefused("ofac_sdn sdn.csv record 1: no"), 3, "error"),
        (GateFailed("ofac_sdn: too few rows"), 4, "error"),
        (NoSpace("the disk is full"), 1, "error"),
        (Conflict("run it again"), 1, "error"),
        (LakeError("damaged"), 1, "error"),
        (PermissionError(13, "Permission denied", "/lake"), 1, "error"),
        (OSError(), 1, "error"),
    ],
)
def test_what_is_raised_decides_the_status(
    run: Callable[..., Said],
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    status: int,
    key: str,
) -> None:
    def fail(*_: object) -> Answer:
        raise raised

    monkeypatch.setattr("flowlake.status.status", fail)
    said = run("status", "--json")
    assert said.status == status
    assert list(said.json) == [key]
    assert said.json[key] == (str(raised) or type(raised).__name__)
    assert said.err.strip()


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["published"], 0),
        (["nothing_new", "superseded"], 0),
        (["published", "refused"], 3),
        (["published", "failed_gate"], 4),
        (["failed_gate", "refused"], 3),
        ([], 0),
    ],
)
def test_snapshots_decide_the_status_of_an_ingest(
    run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, statuses: list[str], status: int
) -> None:
    rows = dict.fromkeys(("rows_read", "rows_staged", "rows_rejected"), 0)
    empty = {"batch": "b", **rows, "warnings": {}, "refused": []}
    done = Ingested("ofac_sdn", [empty | {"status": s} for s in statuses], [])
    monkeypatch.setattr(ingest, "ingest", lambda *_, **__: done)
    assert run("ingest", "ofac_sdn", "--json").status == status


def test_nothing_new_on_a_server_is_done_with_the_json(
    run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchanged(*_: object, **__: object) -> Ingested:
        raise NothingNew("not modified")

    monkeypatch.setattr(ingest, "ingest", unchanged)
    said = run("ingest", "ofac_sdn", "--json")
    assert said.status == 0
    assert said.json == {"source": "ofac_sdn", "snapshots": [], "nothing_new": "not modified"}


def test_an_interrupt_says_that_nothing_changed(
    run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr("flowlake.status.status", interrupted)
    said = run("status")
    assert said.status == 130
    assert "what was published before is unchanged" in said.err


def test_what_libraries_print_stays_off_stdout(
    run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    def chatty(_: object) -> dict[str, Any]:
        sys.stdout.write("progress: 100 %\n")
        return {"sources": []}

    monkeypatch.setattr("flowlake.status.status", chatty)
    assert run("status", "--json").json == {"sources": []}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FLOWLAKE_THREADS", "many", "FLOWLAKE_THREADS: expected something like 2, found 'many'"),
        ("FLOWLAKE_MEMORY_LIMIT", "all", "FLOWLAKE_MEMORY_LIMIT: expected something like 1GB"),
        ("FLOWLAKE_LAKE", "ftp://u:canary@x", "ftp://…: a lake is a local path or s3://"),
    ],
)
def test_a_wrong_setting_is_told(
    run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    said = run("status", "--lake", "") if name == "FLOWLAKE_LAKE" else run("status")
    assert said.status == 1
    assert says in said.err
    assert "canary" not in said.err
