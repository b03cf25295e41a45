"""The hostile case as a warehouse, and its report as a parsed page."""

from collections.abc import Iterator

import duckdb
import lxml.html
import pytest

from flowlake.report import write_report
from tests.report import cases, given


@pytest.fixture(scope="session")
def hostile() -> Iterator[duckdb.DuckDBPyConnection]:
    con = given.warehouse(cases.hostile())
    yield con
    con.close()


@pytest.fixture(scope="session")
def text(hostile: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "index.html"
    write_report(hostile, path, generated_from="the <b>tests</b>")
    return path.read_text("utf-8")


@pytest.fixture(scope="session")
def page(text: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(text)
