"""What a source's declaration means to its DAG: schedule, the form of a run, documentation.

Read while DAG files are parsed, so nothing here does any work. The form's fields are JSON Schema
as Airflow's ``Param`` takes it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flowlake.settings import Settings
from transforms.chains import CHAINS
from transforms.errors import LakeError
from transforms.sources.base import Source
from transforms.sources.registry import sources_of

# A network or a disk may be away for a while; tasks can be repeated, so they are.
TASK: Mapping[str, Any] = {
    "owner": "flowlake",
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "execution_timeout": timedelta(hours=2),
}
# A name that people give a file. Where it leads is looked at when the run starts.
NAME = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]{1,300}$"}


def schedule(source: Source, settings: Settings) -> str | None:
    """Cron line of a source that this deployment fetches by itself, else None.

    Nobody's network is used unasked, and a DAG that is paused instead would leave a run with
    dropped files waiting without a word. So a source goes live where ``FLOWLAKE_LIVE`` names it;
    ``all`` names those that everybody may use.
    """
    offered = {s.name for s in sources_of() if s.cadence}
    if unknown := settings.live - offered - {"all"}:
        raise LakeError(
            f"FLOWLAKE_LIVE: {', '.join(sorted(unknown))} cannot be fetched live; expected all or "
            f"some of {', '.join(sorted(offered))}"
        )
    names = {source.name} if source.is_noncommercial else {source.name, "all"}
    return source.cadence if settings.live & names else None


def fields(source: Source) -> dict[str, dict[str, Any]]:
    """The form of a run: which files, of which day, and what else the source wants to know."""
    return {
        "paths": _paths(source),
        "date": {
            "default": None,
            "type": ["null", "string"],
            "format": "date",
            "title": "Day",
            "description": "The day the files are of. Only where neither their names nor "
            "they themselves say it.",
        },
        **OVERRIDE,
        # What a source has an option for and cannot do without.
        **{k: v | _REQUIRED.get(k, {}) for k, v in OPTIONS.items() if k in source.options},
    }


def _paths(source: Source) -> dict[str, Any]:
    what = "One per line, by their names inside the drop folder."
    field = {"default": [], "title": "Files and folders", "items": NAME}
    if not source.urls:
        return field | {"type": "array", "minItems": 1, "description": what}
    live = "Leave empty to fetch what the publisher offers now."
    return field | {"type": ["null", "array"], "description": f"{what} {live}"}


_SAID = {"default": None, "type": ["null", "string"], "pattern": r"^[^\x00-\x1f\x7f]{1,1000}$"}
OVERRIDE: Mapping[str, dict[str, Any]] = {
    "accept": _SAID
    | {
        "title": "Accept because",
        "description": "Publish a batch that differs too much from the one before, and why that is "
        "right (a real mass delisting). Kept in meta.ingests.",
    },
    "accepted_by": _SAID | {"title": "Accepted by", "description": "Who says so."},
}
OPTIONS: Mapping[str, dict[str, Any]] = {
    "mapping": {
        "default": None,
        "type": ["null", "string"],
        "pattern": r"\.toml$",
        "title": "Mapping",
        "description": "TOML file inside the drop folder that says what the columns of a CSV are.",
    },
    "chain": {
        "default": None,
        "type": ["null", "string"],
        "enum": [None, *sorted(c.name for c in CHAINS.values() if c.family == "evm")],
        "values_display": {"null": "ethereum, or as the export says"},
        "title": "Chain",
        "description": "The chain an export is of.",
    },
    "part": {
        "default": None,
        "type": ["null", "string"],
        "enum": [None, "yes"],
        "values_display": {"null": "whole lists, or as the files say", "yes": "parts of a list"},
        "title": "Part of a list",
        "description": "The files hold a part of the list (a slice, a selection): who is not in "
        "them may be listed all the same, and nobody counts as delisted.",
    },
}
_REQUIRED = {"mapping": {"type": "string"}}


def documentation(source: Source) -> str:
    """What the UI shows of a source, in Markdown; a list, since its window is narrow."""
    names = ", ".join(f"`{s}`" for s in source.suffixes) or "any"
    live = "not fetched live, drop files"
    if source.cadence:
        urls = ", ".join(f"`{u}`" for u in source.urls)
        live = f"{urls}, at `{source.cadence}` (cron, UTC) where `FLOWLAKE_LIVE` names the source"
        if source.is_noncommercial:
            live += " itself (`all` leaves it out)"
    return (
        f"**{source.publisher}**, [{source.page}]({source.page})\n\n"
        f"* Brings: {source.family.name.lower()} ({', '.join(source.family.tables)})\n"
        f"* Format: {source.format}\n"
        f"* Files taken from a folder: {names}\n"
        f"* Batches: {source.grouping.value}, named by {source.batch_name.value}; "
        "a later one of the same name replaces it\n"
        f"* Live: {live}\n"
        f"* Licence: {source.licence}\n"
    )
