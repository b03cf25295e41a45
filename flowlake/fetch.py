"""Fetch: what is given or offered → raw bytes, and a plan of batches.

Paths, folders, archives and URLs become files in the raw store, byte by byte as received; nothing
is parsed here. The plan says which of them make one batch and where its date comes from.
"""

import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

from flowlake.download import Limits
from flowlake.gathering import Gatherer
from flowlake.planning import Given, Group, group
from flowlake.runs import PlannedBatch, PlannedFile, Run
from flowlake.settings import Settings
from transforms.errors import InputRefused, LakeError, NothingNew
from transforms.lake import raw
from transforms.lake.space import need_space
from transforms.sources import registry
from transforms.sources.base import BatchName, Source

logger = logging.getLogger(__name__)


def fetch(
    settings: Settings,
    source_name: str,
    paths: Sequence[str],
    *,
    run_id: str,
    day: date | None = None,
    options: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Run:
    """Receive files (or, without any, what the source's own URLs offer) and plan their batches.

    ``options`` are the source's own; a value that names a file is received with the batch, so
    that its bytes are part of what the batch is. Raises ``NothingNew`` where a server says so.
    """
    source = registry.source(source_name)
    given_options = dict(options or {})
    unknown = set(given_options) - set(source.options)
    if unknown:
        raise LakeError(f"{source.name} takes no option {', '.join(sorted(unknown))}")
    run = Run.of(settings.storage, run_id)
    run.start()
    try:
        gathered = Gatherer(settings, source, run, limits or Limits())
        planned = _Planner(settings, source, gathered).planned(paths, day, given_options)
        run.write("plan.json", {"source": source.name, "batches": [_as_json(b) for b in planned]})
    except BaseException:
        run.end()  # what it received so far would lie there until the janitor comes
        raise
    files = sum(len(b.files) for b in planned)
    logger.info("fetched %s: %d files in %d batches", source.name, files, len(planned))
    return run


def _as_json(batch: PlannedBatch) -> dict[str, object]:
    return {**asdict(batch), "options": dict(batch.options)}


class _Planner:
    """Says what the gathered files of one run are."""

    def __init__(self, settings: Settings, source: Source, gathered: Gatherer) -> None:
        self.source = source
        self.storage = settings.storage
        self.gathered = gathered

    def planned(
        self, paths: Sequence[str], day: date | None, options: Mapping[str, str]
    ) -> list[PlannedBatch]:
        """Receive everything and say what makes one batch."""
        given = list(self.gathered.all_of(paths))
        groups = self.gathered.refused + group(self.source, given, day)
        if not any(g.files for g in groups):
            if groups:
                raise InputRefused("; ".join(str(g.refusal) for g in groups))
            if self.gathered.unchanged:
                raise NothingNew("; ".join(self.gathered.unchanged))
            names = ", ".join(f.name for f in given) or ", ".join(paths)
            raise InputRefused(f"{self.source.name} {names}: nothing of this source's kind")
        return [self.plan(i, g, options) for i, g in enumerate(groups)]

    def plan(self, number: int, files: Group, options: Mapping[str, str]) -> PlannedBatch:
        """Put a group's files (and files named by options) into the raw store."""
        given = [f for f in (*files.files, *files.sidecars) if not f.fault]
        need_space(self.storage, sum(f.path.stat().st_size for f in given))
        received = self._receive(given)
        # A word such as a chain's name is itself, even where a file is called so.
        named = {
            k: Path(v) for k, v in sorted(options.items()) if {*"./"} & {*v} and Path(v).is_file()
        }
        added = self._receive([Given(p.name, p, str(p), str(p.parent)) for p in named.values()])
        kept = dict(options) | {k: f"sha256:{f.sha256}" for k, f in zip(named, added, strict=True)}
        day, basis = files.date, files.date_basis
        if day is None and self.source.batch_name is BatchName.DATE and not files.refusal:
            day, basis = self._date_of_reception(files)
        return PlannedBatch(
            number=number,
            label=files.label,
            files=tuple(received),
            sha256=set_sha256(received[: sum(not f.fault for f in files.files)], kept),
            dated=day.isoformat() if day else None,
            date_basis=basis,
            options=kept,
            refusal=files.refusal,
        )

    def _receive(self, files: Sequence[Given]) -> list[PlannedFile]:
        """Put files into the raw store under what their transport said of them."""
        now = datetime.now(UTC)
        received = []
        for f in files:
            web = self.gathered.offered(f)
            received.append(
                raw.Received(
                    path=f.path,
                    name=f.name,
                    origin=f.origin,
                    fetched_at=now,
                    media_type=web.media_type if web else None,
                    etag=web.etag if web else None,
                    last_modified=web.last_modified if web else None,
                    licence=self.source.licence,
                )
            )
        stored = raw.receive(self.storage, self.source.name, received).objects
        return [PlannedFile(o.name, o.sha256, o.size) for o in stored]

    def _date_of_reception(self, files: Group) -> tuple[date, str]:
        """Last-Modified where a server sent one, else today: the day we know the bytes since."""
        for f in files.files:
            web = self.gathered.offered(f)
            with contextlib.suppress(ValueError):  # a header that is no date says nothing
                if web and web.last_modified:
                    stated = parsedate_to_datetime(web.last_modified)
                    return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(
                        UTC
                    ).date(), "http"
        return datetime.now(UTC).date(), "received"


def set_sha256(files: Sequence[PlannedFile], options: Mapping[str, str]) -> str:
    """Identity of a batch's bytes: the file's own for a lone file, else of its sorted lines.

    What a lone file is called does not count, with options neither: renamed bytes are the same.
    """
    if len(files) == 1 and not options:
        return files[0].sha256
    lines = [f"{Path(f.name).name} {f.sha256}" if len(files) > 1 else f.sha256 for f in files]
    lines += [f"{k}={v}" for k, v in options.items()]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


__all__ = ["NothingNew", "fetch", "set_sha256"]
