"""``flowlake decide``: a person's word on two parties, which every build follows."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flowlake import cli
from flowlake.decisions import COLUMNS, DECISIONS, decide, decision_bytes, read_decisions
from flowlake.settings import Settings
from tests.flowlake.trials import Trial
from transforms.errors import InputRefused

HEADER = ",".join(COLUMNS) + "\n"
LINE = "ofac_sdn:1,un_sc:U.1,same,A. Analyst,same passport,2024-02-01\n"


def test_decisions_are_written_one_below_the_other(settings: Settings, capsys) -> None:
    for judgement in ("same", "different"):
        status = cli.main(
            [
                "decide",
                "ofac_sdn:55065",
                "eu_fsf:EU.1",
                judgement,
                "--by",
                "A. Analyst",
                "--why",
                'seen, "twice"',
                "--date",
                "2024-02-01",
                "--lake",
                settings.lake,
                "--json",
            ]
        )
        assert status == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [s["decisions"] for s in said] == [1, 2]
    rows = read_decisions(decision_bytes(settings.storage)).to_pylist()
    assert [(r["decision_number"], r["judgement"]) for r in rows] == [(1, "same"), (2, "different")]
    assert rows[0]["left_party_id"] == "55065"
    assert rows[0]["decision_reason"] == 'seen, "twice"'
    assert rows[0]["decided_on"] == date(2024, 2, 1)


def test_a_file_edited_by_hand_is_read_and_written_on(settings: Settings) -> None:
    path = Path(settings.lake) / DECISIONS
    path.parent.mkdir(parents=True)
    path.write_text("\ufeff" + HEADER + "\n" + LINE.rstrip("\n"), "utf-8")
    decide(settings, "ofac_sdn:2", "un_sc:U.2", "same", by="B", why="x", on=date(2024, 3, 1))
    assert read_decisions(decision_bytes(settings.storage)).num_rows == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n", "line 1: expected left,right"),
        (HEADER.encode() + b"ofac_sdn:1,un_sc:U.1,same\n", "decision 1: expected 6 cells, found 3"),
        ((HEADER + LINE.replace("same,A", "maybe,A")).encode(), "expected same or different"),
        ((HEADER + LINE.replace("un_sc:U.1", "ofac_sdn:1")).encode(), "expected two parties"),
        ((HEADER + LINE.replace("un_sc:U.1", "U.1")).encode(), "a party's number such as"),
        ((HEADER + LINE.replace("un_sc:", "nowhere:")).encode(), "a party's number such as"),
        ((HEADER + LINE.replace("A. Analyst", " ")).encode(), "the author is missing"),
        ((HEADER + LINE.replace("2024-02-01", "soon")).encode(), "expected a day, found 'soon'"),
        (HEADER.encode() + b"\xff", "expected a CSV file in UTF-8"),
    ],
)
def test_a_line_that_cannot_be_read_stops_the_work(
    settings: Settings, content: bytes, reason: str
) -> None:
    with pytest.raises(InputRefused, match=reason):
        read_decisions(content)
    path = Path(settings.lake) / DECISIONS
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=reason):
        decide(settings, "ofac_sdn:2", "un_sc:U.2", "same", by="B", why="x", on=date(2024, 3, 1))
    assert path.read_bytes() == content


def test_a_decision_without_author_or_reason_is_none(settings: Settings) -> None:
    for by, why in (("", "x"), ("B", " ")):
        with pytest.raises(InputRefused, match="is missing"):
            decide(settings, "ofac_sdn:2", "un_sc:U.2", "same", by=by, why=why, on=date(2024, 3, 1))
    assert not settings.storage.exists(DECISIONS)


@pytest.mark.slow
def test_a_build_follows_a_decision_and_follows_it_again(built: Trial) -> None:
    """A person joins two parties of one list; the same build again is nothing new."""

    def entities() -> set[str]:
        with duckdb.connect(str(built.lake / "warehouse.duckdb"), read_only=True) as con:
            found = con.execute(
                "select entity_id from core.entity_parties where party_id in ('7000', '7001')"
            )
            return {row[0] for row in found.fetchall()}

    before = entities()
    assert len(before) == 2
    settings = Settings.from_env(str(built.lake))
    pair = ("ofac_sdn:7000", "ofac_sdn:7001")
    decide(settings, *pair, "same", by="A. Analyst", why="one company", on=date(2024, 2, 1))
    assert built.build()["status"] == "built"
    assert len(entities()) == 1
    assert entities() < before
    assert built.build()["status"] == "nothing new"
    decide(settings, *pair, "different", by="B. Analyst", why="two", on=date(2024, 2, 2))
    assert built.build()["status"] == "built"
    assert entities() == before
    assert built.problems() == []
