"""The report: one HTML file that a person opens, reads, prints and checks.

In: a connection to a warehouse. Out: one self-contained file without scripts or remote parts; the
same warehouse gives the same bytes. Whatever a list, a token or an article calls itself is text
here: it passes ``shown`` when it is read and Jinja2's escaping when it is written.

=============  ====================================================================
``sql/``       every question the report asks, as it stands in its last section
``questions``  asks them
``content``    answers → what the templates show
``entities``   the block of one entity
``drawing``    flows of an entity → nodes and ribbons
``timeline``   transfers around a listing → bars
``wording``    numbers, dates and long texts as people read them
``templates``  the page
=============  ====================================================================
"""

import logging
import os
from pathlib import Path

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from flowlake.report import wording
from flowlake.report.content import gather

logger = logging.getLogger(__name__)


def write_report(con: duckdb.DuckDBPyConnection, path: Path, *, generated_from: str) -> None:
    """Write the report on a warehouse; what stood at ``path`` is replaced whole or not at all."""
    page = _environment().get_template("report.html.j2").render(gather(con, generated_from))
    data = page.encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    logger.info("wrote report %s: %d bytes", path, len(data))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flowlake.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wording.FILTERS)
    return environment
