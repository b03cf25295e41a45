"""Invariants of the matcher: spans, components, order, version, counts."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transforms.matching
from tests.matching.given import CASES, PARTIES, SNAPSHOTS, articles_of, lists_of, names_of
from transforms.matching.mentions import Lists, matcher_version, mentions, prepare
from transforms.matching.status import statuses
from transforms.matching.vocabulary import load, vocabulary
from transforms.schemas import table

Match = Callable[..., list[dict[str, Any]]]

PIECES = [
    *("Vitaliy Andreyev", "vitaliy\nandreyev", "KIM Ung-Sun", "Kim, Ung Sun", "Tornado Cash’s"),
    *("ПРИГОЖИНА ", "Евгением Пригожиным", "김정수는", "새김정수", "والقاعدة في جزيرة العرب"),
    *("FARC", "Bank Melli Iran Investment Company", "Al-Haq", "Chinyong", "Andreyev"),
    *(" ", ". ", "\n\n", ", ", "—", "🙂", "e\u0301", "\u200b", "sanctions", "North Korea", "The "),
]


EXAMPLE = lists_of(PARTIES, SNAPSHOTS)
MATCHER = prepare(EXAMPLE, statuses(EXAMPLE.designations, EXAMPLE.snapshots), vocabulary())


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=25))
@settings(max_examples=150)
def test_every_span_slices_to_its_surface_in_every_script(pieces: list[str]) -> None:
    body = "".join(pieces)
    for c in MATCHER.mentions(body, Counter()):
        assert body[c.start : c.end] == c.surface != ""
        assert c.score >= 50
        assert all(
            0 <= said["offset"] < len(body) for said in c.evidence.values() if "offset" in said
        )


def all_cases() -> pa.Table:
    return articles_of(*({"body": (c / "article.txt").read_text("utf-8")} for c in CASES))


def test_tables_fit_the_schema_even_when_nothing_is_found(lists: Lists) -> None:
    none = mentions(articles_of(), names_of(), lists)
    some = mentions(articles_of({"body": "Vitaliy Andreyev"}), names_of(), lists)
    assert none.table.schema == some.table.schema == table("core.mentions").arrow
    assert (none.table.num_rows, none.articles, some.table.num_rows) == (0, 0, 1)


def test_the_order_of_the_input_changes_nothing(lists: Lists) -> None:
    texts = [
        p.read_text("utf-8") for p in sorted(Path(__file__).parent.glob("cases/*/article.txt"))
    ]
    articles = articles_of(*({"body": t} for t in texts))
    forward = mentions(articles, names_of(), lists)
    backward = mentions(
        articles.take(list(range(articles.num_rows))[::-1]),
        names_of(),
        lists_of(PARTIES[::-1], SNAPSHOTS[::-1]),
    )
    assert forward.table.num_rows > 10
    assert forward == backward


def test_halves_of_the_articles_give_the_rows_of_the_whole(lists: Lists) -> None:
    texts = [
        p.read_text("utf-8") for p in sorted(Path(__file__).parent.glob("cases/*/article.txt"))
    ]
    articles = articles_of(*({"body": t} for t in texts))
    whole = mentions(articles, names_of(), lists)
    halves = [mentions(articles.slice(i, 4), names_of(), lists).table for i in (0, 4, 8)]
    assert pa.concat_tables(halves) == whole.table


def test_an_article_in_two_batches_is_matched_once(lists: Lists) -> None:
    one = {"article_id": "a", "body": "Vitaliy Andreyev was named."}
    found = mentions(
        articles_of(one, {**one, "batch": "c"}, {**one, "batch": "a", "body": None}),
        names_of(("a", "Vitaliy Andreyev", "person")),
        lists,
    )
    assert found.articles == found.table.num_rows == 1
    assert found.table.column("span_start")[0].as_py() == 0


def test_a_changed_term_file_changes_the_matcher_version(lists: Lists, tmp_path: Path) -> None:
    folder = tmp_path / "terms"
    shutil.copytree(Path(transforms.matching.__path__[0]) / "terms", folder)
    before = matcher_version(lists, load(folder))
    assert before == matcher_version(lists, vocabulary())
    with (folder / "context.csv").open("a", encoding="utf-8") as f:
        f.write("asset recovery,en,act of sanctioning\n")
    assert matcher_version(lists, load(folder)) != before


@pytest.mark.parametrize("part", ["names", "designations", "snapshots"])
def test_a_changed_list_changes_the_matcher_version(lists: Lists, part: str) -> None:
    changed = lists_of(
        [{**p, "names": p["names"][:1]} if part == "names" else p for p in PARTIES]
        if part != "designations"
        else PARTIES[1:],
        ("2021-07-01", "2025-09-06") if part == "snapshots" else SNAPSHOTS,
    )
    assert matcher_version(lists, vocabulary()) != matcher_version(changed, vocabulary())


# ── components ──────────────────────────────────────────────────────────────────────────────


def components(match: Match, text: str) -> dict[str, int]:
    (row,) = match(text)
    found: dict[str, int] = row["score_components"]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He met Vitaliy Andreyev there.", {"base": 70, "variant": -8}),
        ("He met Vitaliy Sergeyevich Andreyev.", {"base": 80}),
        ("Yevgeny Prigozhin spoke.", {"base": 70, "variant": -8, "fuzzy": -6}),
        ("He met Hassan Karim Hassan.", {"base": 70, "ambiguity": -20}),
        ("They accused Vitaliy Andreyev of smuggling.", {"base": 70, "variant": -8, "context": 6}),
        ("Vitaliy Andreyev left Pyongyang.", {"base": 70, "variant": -8, "program": 8}),
        ("Kim Ung Sun University", {"base": 80, "boundaries": -20}),
        ("Was it Kim? Ung Sun knew.", {"base": 80, "boundaries": -30}),
        ("He asked Kim, Ung Sun and others.", {"base": 80}),
        ("a letter to kim ung sun himself", None),
        ("A LETTER TO KIM UNG SUN HIMSELF", {"base": 80}),
    ],
)
def test_each_component_has_its_points(
    match: Match, text: str, expected: dict[str, int] | None
) -> None:
    if expected is None:
        assert match(text) == []
    elif "Hassan" in text:
        rows = match("He met Karim Hassan.")
        assert [r["score_components"] for r in rows] == [expected]
    else:
        assert components(match, text) == expected


def test_the_evidence_names_the_term_and_where_it_stands(match: Match) -> None:
    text = (
        "Sanctions hit a trader. " + "Nothing else. " * 5 + "Vitaliy Andreyev lives in Pyongyang."
    )
    (row,) = match(text)
    for component, term in (("context", "sanctions"), ("program", "Pyongyang")):
        said = row["score_evidence"][component]
        assert said["term"] == term
        assert text[said["offset"] :].lower().startswith(term.lower())


def test_context_farther_than_300_code_points_does_not_count(match: Match) -> None:
    assert "context" not in components(match, "Sanctions. " + "x " * 160 + "Vitaliy Andreyev.")


def test_an_identifier_in_the_text_counts_most(match: Match) -> None:
    party = {
        "id": "p",
        "type": "person",
        "names": ["ANDREYEV, Vitaliy"],
        "identifiers": ["1HmqvgSX"],
    }
    (row,) = match("Vitaliy Andreyev used 1HmqvgSX for it.", parties=[party])
    assert row["score_components"]["identifier"] == 25
    address = "0x" + "ab" * 20
    (row,) = match(
        f"Vitaliy Andreyev used 0x{'aB' * 20}.", parties=[{**party, "identifiers": [address]}]
    )
    assert row["score_components"]["identifier"] == 25
    (row,) = match("Vitaliy Andreyev used 1HmqvgSXU for it.", parties=[party])
    assert "identifier" not in row["score_components"]


def test_linked_parties_support_each_other_wherever_they_stand(match: Match) -> None:
    one = {"id": "a", "type": "person", "names": ["ANDREYEV, Vitaliy"], "links": ["b"]}
    two = {"id": "b", "type": "organization", "names": ["Zentrumov Handel Gruppe"]}
    rows = match("Zentrumov Handel Gruppe paid. Later Vitaliy Andreyev left.", parties=[one, two])
    assert [r["score_components"].get("co_mention") for r in rows] == [10, 10]


def test_parties_of_a_lists_first_snapshot_are_no_action(match: Match) -> None:
    party = {"type": "person", "programs": "SDGT", "periods": [["2021-07-01", None, "snapshot"]]}
    one = {**party, "id": "a", "names": ["ANDREYEV, Vitaliy"]}
    two = {**party, "id": "b", "names": ["BORODINOV, Pyotr"]}
    rows = match("Vitaliy Andreyev met Pyotr Borodinov.", parties=[one, two])
    assert [r["score_components"] for r in rows] == [{"base": 70}, {"base": 70}]


def test_a_name_shared_by_several_parties_is_ambiguous(match: Match) -> None:
    shared = [{"id": i, "type": "person", "names": ["BORODINOV, Pyotr"]} for i in "abc"]
    rows = match("Pyotr Borodinov spoke.", parties=shared)
    assert [(r["entity_id"], r["score_components"]["ambiguity"]) for r in rows] == [
        (i, -10) for i in "abc"
    ]


def test_a_weak_alias_never_counts_alone(match: Match) -> None:
    weak = {
        "id": "a",
        "type": "person",
        "names": [["BORODINOV, Pyotr", "weak"]],
        "programs": "DPRK",
    }
    assert match("Sanctions on North Korea: Pyotr Borodinov, 1HmqvgSX.", parties=[weak]) == []


def test_two_listed_persons_of_one_family_name_leave_it_open(match: Match) -> None:
    text = "Vitaliy Andreyev met Anton Andreyev. Later Andreyev left."
    assert [r["surface"] for r in match(text)] == ["Vitaliy Andreyev", "Anton Andreyev"]


def test_a_family_name_of_somebody_else_is_no_coreference(match: Match) -> None:
    text = "Vitaliy Andreyev was named. Pyotr Andreyev was not, nor was Andreyev Street."
    assert [r["surface"] for r in match(text)] == ["Vitaliy Andreyev"]


def test_a_short_form_without_an_anchor_is_nothing(match: Match) -> None:
    assert match("Sanctions on North Korea. A firm called Chinyong was named.") == []


def test_suppressed_hits_are_counted_and_not_stored(lists: Lists) -> None:
    body = (
        "The bank told John. The FARC left. kim ung sun wrote. Bank Melli Iran Investment Company"
    )
    found = mentions(articles_of({"body": body}), names_of(), lists)
    assert [r["entity_id"] for r in found.table.to_pylist()] == ["melliinvest"]
    assert found.suppressed["B"] == found.suppressed["A"] == 1
    assert found.suppressed["inside a longer listed name"] == 1
    assert found.suppressed["C"] >= 3


def test_articles_in_scripts_the_lists_do_not_hold_are_counted() -> None:
    latin = lists_of([{"id": "a", "type": "person", "names": ["BORODINOV, Pyotr"]}], SNAPSHOTS)
    found = mentions(
        articles_of({"body": "Пётр Бородинов"}, {"body": "Pyotr"}, {"body": "123"}),
        names_of(),
        latin,
    )
    assert (found.articles_with_text, found.not_evaluable) == (3, 2)


@pytest.mark.parametrize(
    "body", ["a" * 200_000, "Kim " * 20_000, "\u0301" * 5_000, "\ud7a3" * 5_000]
)
def test_monotonous_texts_are_read_in_time(lists: Lists, body: str) -> None:
    assert mentions(articles_of({"body": body}), names_of(), lists).table.num_rows == 0


# ── names a feed extracted ──────────────────────────────────────────────────────────────────


def feed(lists: Lists, *names: tuple[str, str], **article: Any) -> list[dict[str, Any]]:
    found = mentions(
        articles_of({"article_id": "a", "source": "gdelt_gkg"} | article),
        names_of(*(("a", *n) for n in names)),
        lists,
    )
    rows: list[dict[str, Any]] = found.table.to_pylist()
    return rows


def test_a_feeds_name_is_at_most_review_and_has_no_span(lists: Lists) -> None:
    (row,) = feed(
        lists, ("kim ung sun", "person"), ("Kim Ung Sun", "any"), title="North Korea: sanctions"
    )
    assert (row["band"], row["score"], row["span_start"], row["span_end"]) == (
        "review",
        69,
        None,
        None,
    )
    assert json.loads(row["score_components"])["no_text"] < 0


def test_a_feeds_person_is_no_organisation(lists: Lists) -> None:
    (row,) = feed(
        lists, ("tornado cash", "person"), ("lazarus", "any"), title="Hackers in North Korea"
    )
    assert json.loads(row["score_components"])["type_conflict"] == -15


def test_a_machine_translated_name_is_compared_as_a_set_of_words(lists: Lists) -> None:
    name = ("Guard Revolutionary", "any")
    (row,) = feed(lists, name, ("Tehran", "any"), language="rus")
    assert (row["entity_id"], row["band"]) == ("guard", "review")
    assert feed(lists, name, ("Tehran", "any")) == []


def test_single_words_of_a_feed_name_nobody(lists: Lists) -> None:
    assert feed(lists, ("john", "person"), ("FARC", "any"), ("bank", "organization")) == []
