"""Data Docs under the lake: readable without a network, inert whatever the data say."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from expectations.docs import offline, write_docs
from expectations.gate import judge
from expectations.suites import suite_of

pytestmark = pytest.mark.xdist_group("gx")

LOADED = re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//[^"']*|url\(|<script|<img|<link""")


@pytest.fixture
def site(tmp_path: Path, valid_rows: Any, as_files: Any, con: Any) -> Path:
    rows = valid_rows("staged.asset_prices")
    rows[1] |= {"price_usd": -1, "record_id": "<img src=x onerror=alert(1)>.csv:1"}
    for day in (3, 4):
        judge(
            as_files({"staged.asset_prices": rows}),
            suite_of("prices_csv"),
            connection=con,
            run_id=f"manual__2024-01-0{day}T00:00:00+00:00",
            recorded_at=datetime(2024, 1, day, tzinfo=UTC),
            source="prices_csv",
            batch="<script>alert(2)</script>",
            docs=tmp_path / "docs",
        )
    return tmp_path / "docs" / "gx" / "uncommitted" / "data_docs" / "local_site"


def test_pages_name_table_column_counts_reason_and_rows_and_load_nothing(site: Path) -> None:
    pages = {p: p.read_text("utf-8") for p in site.rglob("*.html")}
    (page,) = [t for p, t in pages.items() if "2024-01-04" in str(p) and "asset_prices" in p.name]
    for words in (
        *("staged.asset_prices", "price_usd", "1 unexpected values found", "of 3 total rows"),
        *("critical: expect_column_values_to_be_between", "What the quantity can be."),
        "&lt;img src=x onerror=alert(1)&gt;.csv:1",
    ):
        assert words in page, words
    for path, text in pages.items():
        assert "default-src 'none'" in text, path
        inert = text.replace('href="https://greatexpectations.io"', "")
        assert LOADED.findall(inert) == [], path
        assert "<img" not in text, path


def test_the_index_lists_every_judged_table_with_its_verdict(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    assert index.count(">failed</td>") == 2
    for link in re.findall(r'<a href="(validations/[^"]*)"', index):
        assert (site / link).exists(), link
    assert "manual__2024-01-03T00_00_00_00_00" in index


def test_an_offline_page_keeps_its_text_and_loses_what_it_would_load() -> None:
    page = offline(
        "<html><head><script src='https://x.org/a.js'></script><link rel='a' href='//x.org'>"
        "</head><body><p>kept</p><img src='https://x.org/b.png'><footer>ad</footer></body></html>"
    )
    assert "<p>kept</p>" in page
    assert "x.org" not in page
    assert "ad</footer>" not in page


def test_writing_nothing_still_gives_an_index(tmp_path: Path) -> None:
    assert "Data Docs" in write_docs(tmp_path / "docs", []).read_text("utf-8")
