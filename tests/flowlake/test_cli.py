"""The command line: statuses, one JSON object on stdout, people's text on stderr, no tracebacks."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flowlake import cli, ingest
from flowlake.ingest import Ingested
from flowlake.query import Answer
from tests.conftest import ROOT
from tests.flowlake.servers import Server, whole
from transforms.errors import Conflict, GateFailed, InputRefused, LakeError, NoSpace, NothingNew

PRICES = ROOT / "samples/prices/prices_csv/prices_2025.csv"
HTML = b"<!DOCTYPE html><html><body>Request blocked</body></html>"


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object, which is all there is on stdout."""
        assert self.out.isascii()
        assert self.out.count("\n") == 1
        return json.loads(self.out, parse_constant=pytest.fail)


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


def shell(*argv: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "flowlake.cli", *map(str, argv)]
    return subprocess.run(command, cwd=ROOT, text=True, check=False, **options)


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


# ── done, and the shapes of JSON ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with prices, and a small warehouse with hostile names."""
    root = tmp_path_factory.mktemp("lake")
    assert cli.main(["ingest", "prices_csv", str(PRICES), "--lake", str(root)]) == 0
    with duckdb.connect(str(root / "warehouse.duckdb")) as con:
        con.execute("create schema core")
        con.execute("create table core.entities (name varchar, amount decimal(38, 18), n hugeint)")
        con.executemany(
            "insert into core.entities values (?, ?, ?)",
            [
                ["plain", "0.100000000000000000", 2**100],
                ["\x1b[31mred\x1b[0m\u202egpj\ttab\nline", "-5", None],
                ["=HYPERLINK(1)", None, -1],
            ],
        )
    return root


def test_an_ingest_says_what_became_of_each_snapshot(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    said = run("ingest", "prices_csv", PRICES, "--json")
    assert said.status == 0
    (snapshot,) = said.json["snapshots"]
    assert (
        snapshot.items()
        >= {
            "date": None,
            "rows_read": 971,
            "rows_staged": 971,
            "rows_rejected": 0,
            "published": True,
            "delta_version": 0,
        }.items()
    )
    assert said.json["source"] == "prices_csv"
    assert "971 read, 971 staged, 0 rejected: published" in said.err
    again = run("ingest", "prices_csv", PRICES, "--json")
    assert again.status == 0
    assert [s["status"] for s in again.json["snapshots"]] == ["nothing_new"]
    assert [s["published"] for s in again.json["snapshots"]] == [False]


def test_one_refused_file_of_several_is_three_with_the_json(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "prices_a.csv").write_bytes(PRICES.read_bytes())
    (folder / "prices_b.csv").write_bytes(HTML)
    said = run("ingest", "prices_csv", folder, "--json")
    assert said.status == 3
    assert {s["status"] for s in said.json["snapshots"]} == {"published", "refused"}
    assert "prices_b.csv" in said.err


def test_status_says_what_each_source_holds(run: Callable[..., Said], lake: Path) -> None:
    said = run("status", "--json", lake=lake)
    assert said.status == 0
    (source,) = said.json["sources"]
    assert (source["source"], source["snapshots"], source["rows_staged"]) == ("prices_csv", 1, 971)
    assert "prices_csv: 1 batches" in said.err
    assert run("status").err.endswith("nothing ingested yet\n")


def test_verify_says_that_a_lake_is_whole_and_what_is_not(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    assert run("ingest", "prices_csv", PRICES).status == 0
    said = run("verify", "--json")
    assert (said.status, said.json) == (0, {"problems": []})
    (file,) = (tmp_path / "lake" / "staged" / "asset_prices").rglob("*.parquet")
    body = bytearray(file.read_bytes())
    body[100] ^= 1
    file.chmod(0o644)
    file.write_bytes(body)
    said = run("verify", "--json")
    assert said.status == 1
    assert file.name in said.err
    assert file.name in said.json["problems"][0]["file"]


def test_a_rollback_says_the_new_version(run: Callable[..., Said], tmp_path: Path) -> None:
    other = tmp_path / PRICES.name
    other.write_text("\n".join(PRICES.read_text().splitlines()[:5]) + "\n")
    assert run("ingest", "prices_csv", PRICES).status == 0
    assert run("ingest", "prices_csv", other).status == 0
    said = run("rollback", "staged.asset_prices", "--to", "0", "--json")
    assert said.status == 0
    assert said.json == {"table": "staged.asset_prices", "version": 2, "content_of": 0}
    assert "now version 2, with the content of version 0" in said.err
    said = run("rollback", "staged.asset_prices", "--to", "7", "--json")
    assert said.status == 1
    assert said.json["error"]


def test_sql_answers_in_exact_json(run: Callable[..., Said], lake: Path) -> None:
    said = run(
        "sql", "select *, {'a': amount, 'b': [n]} as s from core.entities", "--json", lake=lake
    )
    assert said.status == 0
    assert said.json["columns"] == ["name", "amount", "n", "s"]
    assert said.json["types"][:3] == ["VARCHAR", "DECIMAL(38,18)", "HUGEINT"]
    assert said.json["rows"][0] == {
        "name": "plain",
        "amount": "0.100000000000000000",
        "n": 2**100,
        "s": {"a": "0.100000000000000000", "b": [2**100]},
    }
    assert said.json["rows"][1]["name"] == "\x1b[31mred\x1b[0m\u202egpj\ttab\nline"
    assert said.json["is_cut"] is False


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("0.1::double", 0.1),
        ("'nan'::double", "nan"),
        ("'-inf'::double", "-inf"),
        ("1e300::double", 1e300),
        ("1::decimal(9, 2)", "1.00"),
        ("1e-18::decimal(38, 18)", "0.000000000000000001"),
        ("9007199254740993", 9007199254740993),
        ("'115792089237316195423570985008687907853269984665640564039457584007913129639935'::bignum",
         "115792089237316195423570985008687907853269984665640564039457584007913129639935"),
        ("timestamp '2025-08-27 14:00:00'", "2025-08-27T14:00:00"),
        ("timestamptz '2025-08-27 16:00:00+02'", "2025-08-27T14:00:00+00:00"),
        ("date '2025-08-27'", "2025-08-27"),
        ("time '10:00'", "10:00:00"),
        ("from_hex('00ff')", "00ff"),
        ("map {1: 'a'}", {"1": "a"}),
        ("map {date '2025-08-27': 1.5}", {"2025-08-27": "1.5"}),
        ("[null, 1]", [None, 1]),
        ("true", True),
        ("null", None),
        ("uuid '00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"),
        ("'\U0001f600\ufffd'", "\U0001f600\ufffd"),
    ],
)  # fmt: skip
def test_a_value_keeps_its_digits_in_json(
    run: Callable[..., Said], lake: Path, sql: str, value: object
) -> None:
    said = run("sql", f"select {sql} as v", "--json", lake=lake)
    assert said.json["rows"] == [{"v": value}]


def test_two_columns_of_one_name_are_both_there(run: Callable[..., Said], lake: Path) -> None:
    said = run("sql", "select 1 as a, 2 as a", "--json", lake=lake)
    assert said.json["rows"] == [{"a": 1, "a_2": 2}]


def test_sql_prints_a_line_a_row_that_no_name_can_break(
    run: Callable[..., Said], lake: Path
) -> None:
    said = run("sql", "from core.entities", lake=lake)
    assert said.status == 0
    assert said.out.splitlines() == [
        "name\tamount\tn",
        f"plain\t0.100000000000000000\t{2**100}",
        "\ufffd[31mred\ufffd[0m\ufffdgpj tab line\t-5.000000000000000000\t",
        "=HYPERLINK(1)\t\t-1",
    ]


def test_sql_says_when_rows_are_left_out(run: Callable[..., Said], lake: Path) -> None:
    said = run("sql", "from core.entities", "--rows", "1", "--json", lake=lake)
    assert (len(said.json["rows"]), said.json["is_cut"]) == (1, True)
    assert "only the first 1 rows" in said.err


@pytest.mark.parametrize(
    "sql",
    ["drop table core.entities", "select * from read_text('/etc/hostname')", "select nothing"],
)
def test_sql_that_is_no_question_is_refused(run: Callable[..., Said], lake: Path, sql: str) -> None:
    said = run("sql", sql, "--json", lake=lake)
    assert said.status == 3
    assert said.json["error"]


def test_sql_without_a_warehouse_is_refused(run: Callable[..., Said]) -> None:
    said = run("sql", "select 1")
    assert said.status == 3
    assert "run `flowlake build`" in said.err


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
    empty = {"batch": "b", "rows_read": 0, "rows_staged": 0, "rows_rejected": 0, "warnings": {}}
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


# ── pipes ───────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_that_has_seen_enough_causes_no_noise(lake: Path) -> None:
    command = (
        f"{sys.executable} -m flowlake.cli sql 'from range(200000)' --rows 200000 --lake '{lake}'"
        " | head -n 1; echo ${PIPESTATUS[0]}"
    )
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["range", "0"]
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["2>&-", ">&-"])
def test_a_closed_stream_moves_nothing_to_the_other(lake: Path, closed: str) -> None:
    command = f"{sys.executable} -m flowlake.cli status --json --lake '{lake}' {closed}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    if closed == "2>&-":
        assert json.loads(done.stdout)["sources"]
    else:
        assert "prices_csv" in done.stderr


def test_a_terminal_of_another_alphabet_gets_its_answer(lake: Path) -> None:
    done = shell(
        "sql", "select '日本 \U0001f600' as v", "--lake", lake,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "v\n\\u65e5\\u672c \\U0001f600\n"
