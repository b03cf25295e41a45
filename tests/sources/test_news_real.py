"""News as published: a whole GDELT slot, saved pages, one agency article. Only where the data is.

The figures were counted once with other tools; the article's table is that of the design.
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.matching.given import PARTIES, SNAPSHOTS, lists_of, names_of
from transforms.errors import InputRefused
from transforms.matching.mentions import mentions
from transforms.schemas import table

NEWS = Path(__file__).parents[2].parent / "shared" / "data" / "news"
LISTS = NEWS.parent / "sanctions"
SLOT = NEWS / "gdelt" / "20230702153000.gkg.csv.zip"
ARTICLE = NEWS / "treasury_dprk_it_workers_2025-08-27.txt"

pytestmark = pytest.mark.skipif(not NEWS.exists(), reason="needs the shared data")

Stage = Callable[..., Any]


def test_the_slot_has_its_figures(stage: Stage) -> None:
    staged = stage("gdelt_gkg", SLOT, md5="8be81a4633473180a781d8ec1de154a3")
    candidate = staged.candidate
    assert (candidate.rows_read, candidate.rows_staged, candidate.rows_rejected) == (951, 951, 0)
    assert (candidate.batch, candidate.date, candidate.warnings) == (
        "20230702153000",
        "2023-07-02",
        {},
    )
    articles = staged.rows("staged.articles")
    assert len({a["url"] for a in articles}) == len({a["article_id"] for a in articles}) == 951
    assert len({a["publisher"] for a in articles}) == 311
    assert len({a["title"] for a in articles}) == 816
    published = [a["published_at"] for a in articles if a["published_at"]]
    assert len(published) == 460
    assert min(published) == datetime(2019, 1, 6, 5, 56, tzinfo=UTC)
    assert max(published) == datetime(2023, 7, 3, tzinfo=UTC)
    assert sum(a["published_at"] > a["seen_at"] for a in articles if a["published_at"]) == 21
    kinds = Counter(n["name_kind"] for n in staged.rows("staged.article_names"))
    assert kinds == {"any": 10_023, "person": 3_279, "organization": 2_139}


def test_a_flipped_byte_is_refused_with_and_without_an_md5(stage: Stage, tmp_path: Path) -> None:
    data = bytearray(SLOT.read_bytes())
    data[len(data) // 2] ^= 1
    broken = tmp_path / "in" / SLOT.name
    broken.parent.mkdir()
    broken.write_bytes(data)
    with pytest.raises(InputRefused, match="md5_mismatch"):
        stage("gdelt_gkg", broken, md5="8be81a4633473180a781d8ec1de154a3")
    with pytest.raises(InputRefused, match=SLOT.name):
        stage("gdelt_gkg", broken)


STATUSES = {
    "2025-08-27": ["designated"] * 4 + ["delisted"],
    "2024-06-01": ["not_yet"] * 3 + ["designated"] * 2,
    "none": ["unknown"] * 5,
}


def test_the_article_names_whom_its_table_says(stage: Stage) -> None:
    articles = []
    for day in STATUSES:
        on = None if day == "none" else date.fromisoformat(day)
        (row,) = stage("articles", ARTICLE, date=on).rows("staged.articles")
        assert hashlib.sha256(row["body"].encode()).hexdigest() == row["text_sha256"]
        assert len(row["body"]) == 3_306
        articles.append(row | {"article_id": day})
    lists = lists_of([*PARTIES, *_sdn()], SNAPSHOTS)
    found = mentions(_table(articles), names_of(), lists).table.to_pylist()
    for day, statuses in STATUSES.items():
        rows = [r for r in found if r["article_id"] == day]
        assert [(r["span_start"], r["span_end"], r["surface"], r["tier"]) for r in rows] == [
            (1171, 1187, "Vitaliy Andreyev", "A"),
            (1227, 1238, "Kim Ung Sun", "A"),
            (1383, 1391, "Andreyev", "D"),
            (2328, 2336, "Chinyong", "D"),
            (2907, 2919, "Tornado Cash", "A"),
        ]
        assert [r["status_at_publication"] for r in rows] == statuses
        assert all(
            articles[0]["body"][r["span_start"] : r["span_end"]] == r["surface"] for r in rows
        )


@pytest.mark.slow
def test_pages_give_their_text_date_and_no_false_names(stage: Stage) -> None:
    pages = sorted(NEWS.glob("articles_html/*/*.html.gz"))
    staged = stage("articles", *pages)
    articles = staged.rows("staged.articles")
    assert (len(articles), staged.candidate.rows_rejected) == (57, 1)
    right = [(_has_body(a), _has_date(a)) for a in articles]
    assert sum(body for body, _ in right) >= 55
    assert sum(day for _, day in right) >= 53
    assert {a["language"] for a in articles} >= {"en", "ko", "ru"}
    rows = mentions(_table(articles), names_of(), lists_of(_sdn(), SNAPSHOTS)).table.to_pylist()
    # The one page that does name a listed party in full; no page is confirmed that does not.
    assert {r["surface"] for r in rows if r["band"] == "confirmed"} == {"Donetsk People’s Republic"}
    bodies = {a["article_id"]: a["body"] for a in articles}
    for r in rows:
        assert bodies[r["article_id"]][r["span_start"] : r["span_end"]] == r["surface"]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=table("staged.articles").arrow)


def _sdn() -> list[dict[str, Any]]:
    """Every name of a real list, as noise around the parties a test is about."""
    parties: dict[str, dict[str, Any]] = {}
    kinds = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
    for uid, name, kind, programs, *_ in _csv("sdn.csv"):
        parties[uid] = {
            "id": f"sdn-{uid}",
            "type": kinds.get(kind.strip(), "organization"),
            "names": [name],
            "programs": programs.replace("] [", "; "),
            "periods": [["2021-07-01", None, "snapshot"]],
        }
    for uid, _, kind, name, *_ in _csv("alt.csv"):
        parties[uid]["names"].append([name, kind])
    return list(parties.values())


def _csv(name: str) -> list[list[str]]:
    with (LISTS / "ofac_sdn_csv_2021-07" / name).open(encoding="latin-1", newline="") as f:
        return [row for row in csv.reader(f) if len(row) > 4]


def _expected(article: dict[str, Any]) -> list[dict[str, Any]]:
    publisher = article["record_id"].split("_")[0]
    (file,) = NEWS.glob(f"articles_html/*/{publisher}.json")
    versions: list[dict[str, Any]] = list(json.loads(file.read_text("utf-8")).values())
    return versions


def _has_body(article: dict[str, Any]) -> bool:
    """Whether the stored body holds most paragraphs of the page's expected text."""
    body = re.sub(r"\s+", " ", article["body"])
    for version in _expected(article):
        paragraphs = [
            re.sub(r"\s+", " ", p)[:60]
            for s in version["body"]["sections"]
            for p in s["paragraphs"]
        ]
        if paragraphs and sum(p in body for p in paragraphs) > 0.8 * len(paragraphs):
            return True
    return False


def _has_date(article: dict[str, Any]) -> bool:
    day = article["published_at"].date().isoformat() if article["published_at"] else "none"
    return any(str(v.get("publishing_date")).startswith(day) for v in _expected(article))
