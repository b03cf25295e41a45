"""``flowlake match``: two names, or a file of pairs."""

import csv
import json
from pathlib import Path

import pytest

from flowlake import cli
from flowlake.match import match_pairs
from transforms.errors import InputRefused


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    try:
        status = cli.main([str(a) for a in argv])
    except SystemExit as e:
        status = int(e.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def test_two_names_give_score_decision_and_the_words_behind_them(capsys) -> None:
    status, out, _ = run(capsys, "match", "Norrland Skog AB", "Norrland Skog Aktiebolag", "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["score"], found["decision"], found["threshold"]) == (1.0, True, 0.7)
    assert found["components"]["words"]


def test_a_person_reads_why(capsys) -> None:
    status, out, _ = run(capsys, "match", "Harbour Fund 3", "Harbour Fund 4", "--schema", "Company")
    assert status == 0
    assert "no match" in out
    assert "3 ≠ 4" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["one name"],
        ["three", "names", "here"],
        ["--pairs", __file__],
        ["--out", "x.csv", "a", "b"],
        ["a", "b", "--pairs", __file__, "--out", "x.csv"],
        ["--pairs", "absent.csv", "--out", "x.csv"],
    ],
)
def test_anything_else_is_wrong_usage(capsys, arguments: list[str]) -> None:
    assert run(capsys, "match", *arguments)[0] == 2


def test_pairs_keep_their_columns_and_their_order(capsys, tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text(
        "\ufeffid,schema,name1,name2,note\n"
        '1,Company,"Harbour, Ltd",Harbour Limited,"two\nlines"\n'
        "\n"
        "2,Person,Anna Lindqvist,Karl Bergman,\n"
        '3,Company,ООО"Ветер",ООО Ветер,=1+1\n',
        "utf-8",
    )
    status, said, err = run(capsys, "match", "--pairs", pairs, "--out", out, "--json")
    assert (status, json.loads(said)["pairs"], json.loads(said)["matches"]) == (0, 3, 2)
    assert "3 pairs, 2 of them matches" in err
    rows = written(out)
    assert list(rows[0]) == ["id", "schema", "name1", "name2", "note", "score", "decision"]
    assert [(r["id"], r["decision"]) for r in rows] == [
        ("1", "true"),
        ("2", "false"),
        ("3", "true"),
    ]
    assert rows[0]["note"] == "two\nlines"
    assert rows[2]["note"] == "'=1+1"  # no spreadsheet runs it
    assert all(0 <= float(r["score"]) <= 1 for r in rows)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "schema is missing"),
        (b"schema,name1\nPerson,a\n", "name2 is missing"),
        (b"schema,name1,name2,name2\nPerson,a,b,c\n", "'name2' stands there twice"),
        (b"schema,name1,name2\nPerson,a\n", "record 1: expected 3 cells, found 2"),
        (b"schema,name1,name2\nPerson,a,b\nPerson,a,b,c\n", "record 2: expected 3 cells, found 4"),
        (b"schema,name1,name2\nPerson,\xff,b\n", "expected UTF-8 text, found the byte 0xff"),
        (b"schema,name1,name2\nPerson,a," + b"x" * 2_000_000 + b"\n", "field larger than"),
    ],
)
def test_a_file_of_another_form_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_bytes(content)
    with pytest.raises(InputRefused, match=reason):
        match_pairs(pairs, out)
    assert sorted(tmp_path.iterdir()) == [pairs]


def test_the_pairs_are_not_overwritten_by_their_answers(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("schema,name1,name2\nPerson,a,b\n")
    with pytest.raises(InputRefused, match="name another file"):
        match_pairs(pairs, pairs)
    with pytest.raises(InputRefused, match="no such folder"):
        match_pairs(pairs, tmp_path / "absent" / "out.csv")


def test_answers_given_before_are_replaced(tmp_path: Path) -> None:
    """A second run over its own output adds no second score."""
    pairs, out, again = (tmp_path / name for name in ("pairs.csv", "out.csv", "again.csv"))
    pairs.write_text("schema,name1,name2\nCompany,Harbour AB,Harbour AB\n")
    match_pairs(pairs, out)
    match_pairs(out, again)
    assert out.read_bytes() == again.read_bytes()
