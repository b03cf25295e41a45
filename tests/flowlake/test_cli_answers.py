"""What commands answer: one JSON object, exact, or lines for people; and what pipes make of it."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flowlake import cli
from tests.conftest import ROOT
from tests.flowlake.commands import HTML, PRICES, Said, shell


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
            "rows_read": 1214,
            "rows_staged": 1214,
            "rows_rejected": 0,
            "published": True,
            "delta_version": 0,
        }.items()
    )
    assert said.json["source"] == "prices_csv"
    assert "1214 read, 1214 staged, 0 rejected: published" in said.err
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
    assert (source["source"], source["snapshots"], source["rows_staged"]) == ("prices_csv", 1, 1214)
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


def test_sql_writes_a_csv_that_is_no_formula_in_a_spreadsheet(
    run: Callable[..., Said], lake: Path, tmp_path: Path
) -> None:
    asked = ("sql", "select name, amount, n from core.entities order by n", "--csv")
    said = run(*asked, "-", lake=lake)
    expected = [
        ["name", "amount", "n"],
        ["'=HYPERLINK(1)", "", "-1"],
        ["plain", "0.100000000000000000", str(2**100)],
        ["\x1b[31mred\x1b[0m\u202egpj\ttab\nline", "-5.000000000000000000", ""],
    ]
    assert list(csv.reader(io.StringIO(said.out))) == expected
    out = tmp_path / "answer.csv"
    told = run(*asked, out, "--json", lake=lake)
    assert list(csv.reader(io.StringIO(out.read_text("utf-8")))) == expected
    assert (told.json["out"], told.json["columns"]) == (str(out), ["name", "amount", "n"])
    assert f"{out}: 3 rows" in told.err


def test_a_csv_that_cannot_be_written_is_refused(run: Callable[..., Said], lake: Path) -> None:
    said = run("sql", "select 1", "--csv", lake / "nowhere" / "a.csv", lake=lake)
    assert said.status == 3
    assert "cannot be written" in said.err


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
