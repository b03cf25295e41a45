"""Every number on the page is the warehouse's."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flowlake.query import the_select
from flowlake.report import figures, questions, write_report
from tests.report import cases, given


def values(element: Any) -> list[Decimal]:
    return [Decimal(v) for v in element.xpath(".//data/@value")]


def figure(page: Any, label: str) -> Any:
    (name,) = [dt for dt in page.xpath("//dl[@class='figures']//dt") if dt.text == label]
    return name.getnext()


def one(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return con.execute(sql).fetchall()[0][0]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("designated entities", "3"),
        ("published addresses", "4"),
        ("transfers", "27"),
        # 50000 + 30000 + 63000.5 + 700 + 3000 + 1200, the last once though two parties own it.
        ("left designated addresses", "147900.5"),
        # 50000 + 25000.126543 + 3000 + 1200, and two receipts without a price.
        ("traced to services (FIFO)", "79200.126543"),
        ("cash-outs (FIFO)", "6"),
        ("articles", "4"),
        ("mentions", "4"),
    ],
)
def test_a_figure_on_top_is_right(page: Any, label: str, expected: str) -> None:
    assert values(figure(page, label)) == [Decimal(expected)]


def test_the_query_beside_a_figure_gives_it(page: Any, hostile: duckdb.DuckDBPyConnection) -> None:
    for name, query in zip(
        page.xpath("//dl[@class='queries']/dt"),
        page.xpath("//dl[@class='queries']/dd"),
        strict=True,
    ):
        command = query.text_content()
        sql = command.removeprefix('flowlake sql "').removesuffix('"')
        # A shell would read these within double quotes.
        assert not set(sql) & set('"$`\\!')
        the_select(hostile, sql)
        assert values(figure(page, name.text)) == [one(hostile, sql)]


def test_every_question_on_the_page_is_one_select(
    page: Any, hostile: duckdb.DuckDBPyConnection
) -> None:
    shown = page.xpath("//section[@id='check']//details//code")
    assert len(shown) > 10
    for code in shown:
        the_select(hostile, code.text)
    for code in page.xpath("//*[@id='entity-1']//details[@class='sql']//code"):
        assert "= 'e-1'" in code.text
        hostile.execute(code.text)


def test_the_table_of_entities_is_the_mart(page: Any, hostile: duckdb.DuckDBPyConnection) -> None:
    expected = hostile.execute(
        "select direction || ' ' || phase, amount, amount_usd from marts.entity_exposure"
        " where hop = 1 order by all"
    ).fetchall()
    cells = page.xpath("//table[@id='exposed']//td[not(contains(@class, 'nil'))]")
    found = []
    for cell in cells:
        units, dollars = (cell.xpath("./data/@value"), cell.xpath("./span/data/@value"))
        found.append(
            (
                cell.get("data-label"),
                Decimal(units[0]) if units else None,
                Decimal(dollars[0]) if dollars else None,
            )
        )
    assert sorted(found, key=repr) == sorted(expected, key=lambda r: repr(normal(r)))


def normal(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Like what the page says: digits without trailing zeros."""
    from flowlake.report.wording import exact

    return tuple(Decimal(exact(v)) if isinstance(v, Decimal) else v for v in row)


def test_policies_stand_side_by_side_and_are_not_added(
    page: Any, hostile: duckdb.DuckDBPyConnection
) -> None:
    foot = page.xpath("//table[@id='cash-outs']/tfoot//td")
    for cell, policy in zip(foot, ("fifo", "haircut"), strict=True):
        assert values(cell) == [
            one(
                hostile,
                "select sum(tainted_usd) from (select distinct origin_address, seq, tainted_usd"
                f" from core.cash_outs where policy = '{policy}')",
            )
        ]


def test_sources_show_rows_and_rejects(page: Any, hostile: duckdb.DuckDBPyConnection) -> None:
    rows = {tr.find("th").text: tr for tr in page.xpath("//table[@id='coverage']/tbody/tr")}
    assert set(rows) == {"articles", "ethereum_etl", "ofac_sdn"}
    assert values(rows["ethereum_etl"]) == [1, 0, 1_000_030, 1_000_028, 2]
    assert "1,000,030" in rows["ethereum_etl"].text_content()
    assert "warned" in rows["ofac_sdn"].text_content()
    assert values(rows["articles"])[:2] == [0, 1]


def test_mentions_of_delisted_parties_are_no_alerts(page: Any) -> None:
    said = " ".join(figure(page, "mentions").text_content().split())
    assert said.endswith("designated on that day: 1")


def test_a_status_is_never_read_together_with_a_band(page: Any) -> None:
    said = " ".join(page.get_element_by_id("mentions").text_content().split())
    assert "not yet listed name to review" in said
    assert "status unknown name to review" in said


def test_a_proof_path_shows_addresses_and_transactions_in_full(page: Any) -> None:
    (path,) = page.find_class("path")
    said = path.text_content()
    for expected in (
        cases.TREASURY, cases.PURE, cases.RUNNER, cases.ALDER,
        given.transaction(1), "transaction unknown", given.transaction(3),
    ):  # fmt: skip
        assert expected in said


def test_sums_beyond_the_range_of_the_column_are_exact(tmp_path: Path) -> None:
    story = given.Story()
    story.asset(given.FAKE, "FAKE", 18, "export")
    story.service(cases.POOL, "mixer", None)
    story.entity("e-1", "PARTY")
    story.wallet("e-1", cases.RICH)
    for _ in range(3):
        leg = given.Leg(
            given.at("2025-09-01"), given.FAKE, cases.RICH, cases.POOL, cases.HUGE, None
        )
        story.flow(cases.RICH, [leg])
    # The models of these marts are not what is tested here.
    for mart in ("entity_exposure", "cash_outs", "counterparties", "designation_reaction"):
        story.rows[f"marts.{mart}"] = []
    story.rows["marts.typology_alerts"] = []
    con = given.warehouse(story.rows)
    (row,) = questions.ask(con, "services")
    assert row["fifo_amount"] == Decimal("299999999999999999999.999999999999999997")
    (flow,) = questions.ask(con, "flows", entities=["e-1"])
    assert flow["amount"] == row["fifo_amount"]
    write_report(con, tmp_path / "report.html", generated_from="tests")


def test_figures_without_articles_say_so(hostile: duckdb.DuckDBPyConnection) -> None:
    (found,) = [f for f in figures.figures(hostile) if f.label == "articles"]
    assert found.said == "with the name of a listed party: 4"
