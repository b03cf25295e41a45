"""Writing the file: the same bytes, whole or not at all, small, and from any warehouse."""

import os
from pathlib import Path
from typing import Any

import duckdb
import lxml.html
import pytest

from flowlake.report import write_report
from tests.report import cases, given


def written(con: duckdb.DuckDBPyConnection, folder: Path) -> bytes:
    path = folder / "new" / "report.html"
    write_report(con, path, generated_from="the <b>tests</b>")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    return path.read_bytes()


def test_the_same_warehouse_gives_the_same_bytes(text: str, tmp_path: Path) -> None:
    rows = {table: found[::-1] for table, found in cases.hostile().items()}
    con = given.warehouse(rows)
    con.execute("set threads = 1")
    assert written(con, tmp_path).decode() == text


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    hostile: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(hostile, path, generated_from="tests")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text() == "old"


def test_an_empty_warehouse_gives_a_page_that_says_what_to_do(tmp_path: Path) -> None:
    page = lxml.html.document_fromstring(written(given.warehouse({}), tmp_path).decode())
    assert len(page.xpath("//section")) == 7
    said = " ".join(page.text_content().split())
    for expected in ("No sanctions list has been taken in yet", "flowlake ingest SOURCE",
                     "Nothing has been judged yet", "No article names a listed party"):  # fmt: skip
        assert expected in said
    assert page.xpath("//dl[@class='figures']//data/@value") == ["0"] * 8
    assert page.xpath("//svg") == []


def test_a_warehouse_away_from_its_lake_names_articles_by_id(tmp_path: Path) -> None:
    con = given.warehouse(cases.hostile())
    con.execute("drop table staged.articles")
    page = lxml.html.document_fromstring(written(con, tmp_path).decode())
    mentions = " ".join(page.get_element_by_id("mentions").text_content().split())
    assert "cannot be reached from this copy of the warehouse" in mentions
    assert "Article a1" in mentions
    assert "not at hand" in page.text_content()


def test_a_thousand_entities_fit_a_megabyte_and_what_is_left_out_is_counted(
    tmp_path: Path,
) -> None:
    data = written(given.warehouse(cases.crowd(1_000)), tmp_path)
    assert len(data) < 1_000_000
    said: Any = lxml.html.document_fromstring(data.decode())
    more = [" ".join(p.text_content().split()) for p in said.find_class("more")]
    assert "960 more entities with transfers not shown here." in more
    assert "41 more addresses not shown here." in more
    assert "36 more names not shown here." in more
    assert "150 more flows not shown here." in more
