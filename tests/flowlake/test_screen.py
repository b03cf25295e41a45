"""``flowlake screen`` on a small warehouse: names, addresses, batches."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flowlake import cli
from flowlake.screen import is_address
from transforms.matching.screening import folded
from transforms.schemas import table

ADDRESS = "0x8576acc5c05d6ce88f4e49bf65bdf0c62f91353c"
SHARED = "1H939dom7i4WDLCKyGbXUp3fs9CSTNRzgL"

NAMES = (
    ("e-1", "person", "LINDQVIST, Anna Maria", "primary", False),
    ("e-1", "person", "THE RAVEN", "aka", True),
    ("e-2", "person", "BERGMAN, Karl", "primary", False),
    ("e-3", "organization", "=HARBOUR TRADING LLC", "primary", False),
)
PERIOD = {
    "source": "ofac_sdn",
    "period": 1,
    "programs": "DPRK2",
    "listed_from": "2022-02-01",
    "from_basis": "published",
    "first_seen": "2022-02-01",
    "last_seen": "2022-04-01",
    "from_seen": "2022-02-01",
}


def create(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = table(name).columns
    con.execute(f"create table {name} ({', '.join(f'{c.name} {c.kind.duckdb}' for c in columns)})")
    for row in rows:
        given = ", ".join(row)
        con.execute(
            f"insert into {name} ({given}) values ({', '.join('?' * len(row))})", list(row.values())
        )


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    folder.mkdir()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute("create schema core")
        keys = ("entity_id", "entity_type", "name", "name_type", "is_weak")
        forms = [dict(zip(keys, n, strict=True)) | {"folded_name": folded(n[2])} for n in NAMES]
        create(con, "core.name_forms", forms)
        create(
            con,
            "core.entities",
            [{k: n[k] for k in keys[:3]} for n in forms if n["name_type"] == "primary"],
        )
        create(
            con,
            "core.designations",
            [
                PERIOD | {"entity_id": f"e-{i}", "party_id": str(i)} | more
                for i, more in (
                    (1, {}),
                    (
                        2,
                        {
                            "listed_to": "2022-04-01",
                            "to_basis": "snapshot",
                            "last_seen": "2022-03-01",
                            "end_seen": "2022-04-01",
                        },
                    ),
                    (3, {}),
                )
            ],
        )
        wallet = PERIOD | {"ticker": "ETH", "address": ADDRESS, "address_as_published": ADDRESS}
        wallet = {k: v for k, v in wallet.items() if k not in ("period", "programs")}
        bitcoin = wallet | {"ticker": "XBT", "address": SHARED, "address_as_published": SHARED}
        create(
            con,
            "core.entity_wallets",
            [
                wallet | {"entity_id": "e-1", "party_id": "1", "chain": "ethereum"},
                bitcoin | {"entity_id": "e-1", "party_id": "1", "chain": "bitcoin"},
                bitcoin | {"entity_id": "e-2", "party_id": "2", "chain": "bitcoin"},
            ],
        )
        days = ("2022-01-01", "2022-02-01", "2022-03-01", "2022-04-01")
        create(
            con,
            "core.list_snapshots",
            [{"source": "ofac_sdn", "snapshot_date": d, "is_list_complete": True} for d in days],
        )
    return folder


@pytest.fixture
def run(lake: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def command(*argv: object) -> tuple[int, str, str]:
        try:
            status = cli.main(["screen", *map(str, argv), "--quick", "--lake", str(lake)])
        except SystemExit as e:
            status = int(e.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return command


def test_a_name_gives_candidates_with_their_standing(run: Any) -> None:
    status, out, _ = run("Anna Lindkvist", "--json")
    assert status == 0
    (found,) = json.loads(out)["candidates"]
    assert (found["entity_id"], found["decision"], found["status"]) == (
        "e-1",
        "match",
        "designated",
    )
    assert found["matched_name"] == "LINDQVIST, Anna Maria"
    assert found["listings"][0]["said"] == "designated since 2022-02-01"
    assert found["listings"][0]["programs"] == "DPRK2"
    assert found["components"]["words"]
    assert 0.7 <= found["score"] < 1


def test_a_person_reads_who_by_which_name_and_since_when(run: Any) -> None:
    _, out, _ = run("Karl Bergman")
    assert "1.00 match  delisted   BERGMAN, Karl (person, e-2)" in out
    assert "delisted on 2022-04-01" in out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--date", "2022-03-15"], "designated"),
        (["--date", "2022-01-15"], "not_yet"),
        (["--date", "2022-04-01", "--known", "2022-03-15"], "designated"),
        (["--date", "2022-04-01"], "delisted"),
    ],
)
def test_the_standing_is_that_of_the_day_as_known_then(
    run: Any, options: list[str], status: str
) -> None:
    _, out, _ = run("Karl Bergman", "--json", *options)
    assert json.loads(out)["candidates"][0]["status"] == status


def test_a_weak_name_is_for_review(run: Any) -> None:
    _, out, _ = run("The Raven", "--type", "person", "--json")
    (found,) = json.loads(out)["candidates"]
    assert (found["decision"], found["is_weak"], found["score"]) == ("review", True, 1)


def test_an_address_in_any_form_gives_its_owners(run: Any) -> None:
    for form in (ADDRESS, ADDRESS.upper().replace("0X", "0x"), f" {ADDRESS} "):
        _, out, _ = run(form, "--json")
        found = json.loads(out)
        assert (found["kind"], found["address"]) == ("address", ADDRESS)
        assert [o["entity_id"] for o in found["owners"]] == ["e-1"]
        assert found["owners"][0]["address_listings"][0]["status"] == "designated"
    _, out, _ = run(SHARED, "--json")
    assert [o["entity_name"] for o in json.loads(out)["owners"]] == [
        "LINDQVIST, Anna Maria",
        "BERGMAN, Karl",
    ]


def test_nobody_is_said_to_be_nobody(run: Any) -> None:
    for name in ("Nobody Atall", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"):
        status, out, err = run(name)
        assert (status, out) == (0, "")
        assert "no candidate" in err


def test_a_batch_has_a_row_per_candidate_and_one_for_nobody(run: Any, tmp_path: Path) -> None:
    names, out = tmp_path / "names.csv", tmp_path / "out.csv"
    names.write_text(
        f"id,name,type\n1,Anna Lindqvist,\n2,Nobody Atall,person\n3,{SHARED},\n"
        "4,Harbour Trading,organization\n5,The Raven,person\n",
        "utf-8",
    )
    status, said, err = run("--batch", names, "--out", out, "--json")
    found = json.loads(said)
    assert (status, found["names"], found["matches"], found["reviews"]) == (0, 5, 3, 1)
    assert "5 names, 3 with a match, 1 for review" in err
    with out.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert [(r["id"], r["rank"], r["decision"], r["entity_id"]) for r in rows] == [
        ("1", "1", "match", "e-1"),
        ("2", "", "none", ""),
        ("3", "1", "match", "e-1"),
        ("3", "2", "match", "e-2"),
        ("4", "1", "match", "e-3"),
        ("5", "1", "review", "e-1"),
    ]
    assert rows[0]["listings"] == "ofac_sdn 1: designated since 2022-02-01"
    assert rows[4]["matched_name"] == "'=HARBOUR TRADING LLC"  # no spreadsheet runs it


def test_a_batch_of_another_form_is_refused(run: Any, tmp_path: Path) -> None:
    names, out = tmp_path / "names.csv", tmp_path / "out.csv"
    for content, reason in (
        ("id\n1\n", "name is missing"),
        ("name,type\nAnna,ship\n", "expected a type of person"),
    ):
        names.write_text(content)
        status, _, err = run("--batch", names, "--out", out)
        assert (status, out.exists()) == (3, False)
        assert reason in err
    assert run("--batch", names, "--out", names)[0] == 3


@pytest.mark.parametrize(
    "arguments",
    [[], ["a", "--batch", __file__, "--out", "x"], ["--batch", __file__], ["a", "--out", "x"]],
)
def test_anything_else_is_wrong_usage(run: Any, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path, capsys: Any) -> None:
    assert cli.main(["screen", "Anna", "--lake", str(tmp_path)]) == 3
    assert "flowlake build" in capsys.readouterr().err


def test_a_name_is_no_address() -> None:
    assert is_address(SHARED)
    for name in (
        "Anna",
        "Donaudampfschifffahrtsgesellschaft",
        "THE VERY LONG NAME OF A COMPANY LLC",
    ):
        assert not is_address(name)
