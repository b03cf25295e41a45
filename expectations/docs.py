"""Data Docs of the gate, under the lake: Great Expectations' own pages, made to work offline.

The pages Great Expectations writes load jQuery, Bootstrap, bootstrap-table, Font Awesome and Vega
from five content delivery networks, and its logo from a bucket; their index is empty without them.
Here each page passes through ``OfflinePage``: no script, one inlined style sheet, tables of the
index as plain HTML, and a content security policy that forbids the browser to load anything.
"""

import logging
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from expectations.gate import great_expectations
from expectations.judgement import Judgement, example_rows

logger = logging.getLogger(__name__)

SITE = "local_site"
# Pages of the newest results; meta.judgements keeps all. Great Expectations reads every listed
# result again for the index, about 10 ms each. A run of many batches (a list's history) gets pages
# for the failed ones and the newest, 20 in all: nine tables each fill the index.
_PAGES, _JUDGEMENTS = 200, 20
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_LOADED = re.compile(r"<(link|img)\b[^>]*>", re.IGNORECASE)
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE)
_FOOTER = re.compile(r"<footer\b.*?</footer>", re.DOTALL | re.IGNORECASE)
_INDEX_TABLE = re.compile(r'(<table\s+id="[^"]*-body-table"[^>]*>)\s*</table>')


def write_docs(docs: Path, judgements: Sequence[Judgement]) -> Path | None:
    """Add pages for judgements to the site under ``docs``; its index page, None where it failed.

    One writer at a time: callers hold a lock of the lake, since the index is one file. Great
    Expectations keeps its project as files that it writes in place, and trips over those that a
    dead process left half written. The site only repeats ``meta.judgements``: it begins anew then,
    and never keeps a batch from being published.
    """
    for is_second in (False, True):
        try:
            return _write(docs, judgements)
        except OSError as error:  # a full disk, a folder that may not be written
            logger.warning("Data Docs were not written: %s", error)
            return None
        except Exception as error:  # noqa: BLE001  (whatever its parsers make of half a file)
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            if is_second:
                logger.warning("Data Docs were not written: %s", reason)
            else:
                logger.warning("Data Docs are damaged (%s) and begin anew", reason)
                shutil.rmtree(docs / "gx", ignore_errors=True)
    return None


def _write(docs: Path, judgements: Sequence[Judgement]) -> Path:
    gx = great_expectations()
    from great_expectations.core import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    docs.mkdir(parents=True, exist_ok=True)
    context = gx.get_context(mode="file", project_root_dir=str(docs))
    _configure(context)
    pages: list[Any] = []
    newest_first = reversed(judgements)
    for judgement in sorted(newest_first, key=lambda j: j.verdict != "failed")[:_JUDGEMENTS]:
        run = RunIdentifier(run_name=_safe(judgement.run_id), run_time=judgement.recorded_at)
        for suite, result in judgement.validations:
            table, batch = suite.name.split(".", 1)[1], judgement.batch or "build"
            result.meta.update(run_id=run, batch_spec={"data_asset_name": table, "batch": batch})
            for r in result.results:
                r.expectation_config.description = _description(r)
            name = ExpectationSuiteIdentifier(name=suite.name)
            # Not suites.add_or_update: to keep random ids it compares each expectation of the
            # stored suite with each of this one, most of what the pages of a build cost.
            context.expectations_store.set(name, suite)
            page = ValidationResultIdentifier(name, run, f"{table}-{_safe(batch)}")
            context.validation_results_store.set(page, result)
            pages += [name, page]
    context.build_data_docs(site_names=[SITE], resource_identifiers=pages)
    return docs / "gx" / "uncommitted" / "data_docs" / SITE / "index.html"


def _configure(context: Any) -> None:
    """Set the site up, once per lake."""
    view = {"module_name": __name__, "class_name": "OfflinePage"}
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": f"uncommitted/data_docs/{SITE}/",
        },
        "site_index_builder": {
            "class_name": "DefaultSiteIndexBuilder",
            "validation_results_limit": _PAGES,
            "view": {**view, "class_name": "OfflineIndex"},
        },
        "site_section_builders": {
            "expectations": {"view": view},
            "validations": {"view": view},
            "profiling": "None",  # how a YAML file says so
        },
    }
    if context.config.data_docs_sites.get(SITE) != site:
        context.variables.progress_bars = {"globally": False}
        context.config.analytics_enabled = False
        context.update_data_docs_site(SITE, site)
        context.variables.save()


def _description(result: Any) -> str:
    """What a page says of an expectation: severity, arguments, reason, and which rows broke it.

    Great Expectations writes it into the page as it is, so it is escaped here.
    """
    configuration = result.expectation_config
    severity = getattr(configuration.severity, "value", configuration.severity)
    arguments = ", ".join(f"{k} = {v}" for k, v in configuration.kwargs.items() if k != "batch_id")
    text = f"{severity}: {configuration.type} ({arguments})\n{configuration.notes}"
    examples = [" ".join(row.values()) for row in example_rows(result.result or {})]
    if examples and not result.success:
        text += f"\nSuch as: {', '.join(examples)}"
    return escape(text)


def _safe(name: str) -> str:
    """A name from outside as a file name."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:120]


class OfflinePage:
    """A page view that loads nothing: named in the site's configuration, made by the builder."""

    template = "DefaultJinjaPageView"

    def __init__(
        self,
        custom_styles_directory: str | None = None,
        custom_views_directory: str | None = None,
    ) -> None:
        from great_expectations.render import view

        self._view = getattr(view, self.template)(custom_styles_directory, custom_views_directory)

    def render(self, document: Any, **kwargs: Any) -> str:
        """The page as Great Expectations renders it, without what it would load."""
        return offline(self._view.render(document, **kwargs))


class OfflineIndex(OfflinePage):
    """The index, whose tables Great Expectations leaves to a script."""

    template = "DefaultJinjaIndexPageView"

    def render(self, document: Any, **kwargs: Any) -> str:
        """The index with its tables filled in."""
        tables = iter([_table(block) for block in _blocks(document.to_json_dict())])
        page = super().render(document, **kwargs)
        return _INDEX_TABLE.sub(lambda m: f"{m[1]}{next(tables, '')}</table>", page)


def offline(page: str) -> str:
    """A page without scripts, foreign styles, images and footers, in our own style."""
    for unwanted in (_SCRIPT, _STYLE, _LOADED, _FOOTER):
        page = unwanted.sub("", page)
    style = files("expectations").joinpath("docs.css").read_text("utf-8")
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<style>{style}</style>'
    )
    return page.replace("<head>", f"<head>\n{head}", 1)


def _blocks(node: Any) -> Iterable[Mapping[str, Any]]:
    """Tables of a document, in the order they are rendered."""
    if isinstance(node, Mapping):
        if node.get("content_block_type") == "bootstrap_table":
            yield node
        else:
            for child in node.values():
                yield from _blocks(child)
    elif isinstance(node, list):
        for child in node:
            yield from _blocks(child)


def _table(block: Mapping[str, Any]) -> str:
    rows = []
    for row in block["table_data"]:
        cells = [
            (row.get("_validation_success_text") or "").lower(),
            row.get("run_time") or "",
            row.get("run_name") or "",
            row.get("asset_name") or "",
            row.get("_batch_identifier_sort") or "",
        ]
        suite = row.get("_expectation_suite_name_sort") or row.get("expectation_suite_name")
        link = f'<a href="{escape(row["_table_row_link_path"])}">{escape(str(suite))}</a>'
        shown = "".join(f"<td>{escape(str(c))}</td>" for c in cells if any(cells))
        rows.append(f'<tr class="{escape(cells[0])}"><td>{link}</td>{shown}</tr>')
    head = ["Suite"]
    if any("run_name" in row for row in block["table_data"]):
        head += ["Verdict", "Time", "Run", "Table", "Batch"]
    titles = "".join(f"<th>{h}</th>" for h in head)
    return f"<thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody>"
