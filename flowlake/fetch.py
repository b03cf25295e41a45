"""Fetch: what is given or offered → raw bytes, and a plan of batches.

Paths, folders, archives and URLs become files in the raw store, byte by byte as received; nothing
is parsed here. The plan says which of them make one batch and where its date comes from.
"""

import logging
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from flowlake.accepted import accepted
from flowlake.download import Download, Limits, download, public_url
from flowlake.planning import Given, Group, files_in, group, is_archive, wanted
from flowlake.runs import PlannedBatch, PlannedFile, Run
from flowlake.settings import Settings
from transforms.errors import InputRefused, LakeError, NothingNew
from transforms.lake import raw
from transforms.lake.space import need_space
from transforms.lake.storage import Storage
from transforms.readers.unpack import members
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
    storage = settings.storage
    fetcher = _Fetcher(settings, source, storage, run, limits)
    given = list(fetcher.all_of(paths))
    groups = group(source, given, day)
    planned = [fetcher.plan(i, g, given_options) for i, g in enumerate(groups)]
    run.write("plan.json", {"source": source.name, "batches": [_as_json(b) for b in planned]})
    logger.info("fetched %s: %d files in %d batches", source.name, len(given), len(planned))
    return run


def _as_json(batch: PlannedBatch) -> dict[str, object]:
    return {**asdict(batch), "options": dict(batch.options)}


class _Fetcher:
    """Receives files of one run."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        storage: Storage,
        run: Run,
        limits: Limits | None,
    ) -> None:
        self.settings = settings
        self.source = source
        self.storage = storage
        self.run = run
        self.limits = limits
        self.offered: dict[str, Download] = {}

    def all_of(self, paths: Sequence[str]) -> Iterator[Given]:
        """Files behind paths and URLs; archives are taken apart into the run's folder."""
        if not paths and not self.source.urls:
            raise LakeError(f"{self.source.name} is not fetched live; name the files to ingest")
        for path in paths or self.source.urls:
            if "://" in path:
                yield self._from_web(path, is_named=bool(paths))
                continue
            for f in files_in(self.source, Path(path)):
                if is_archive(self.source, f.name):
                    yield from self._apart(f)
                else:
                    yield f

    def _from_web(self, url: str, *, is_named: bool) -> Given:
        """Download a URL; one that the caller names may lie on any host, a declared one not."""
        name = Path(urlsplit(url).path).name or "index"
        folder = self.run.folder / "downloads" / str(len(self.offered))
        folder.mkdir(parents=True)
        hosts = (urlsplit(url).hostname or "",) if is_named else self.source.hosts
        found = download(
            url,
            folder / name,
            hosts=(*hosts, *self.source.hosts),
            user_agent=self.settings.user_agent,
            validators=self._validators(public_url(url)),
            limits=self.limits,
        )
        given = Given(f"{self.source.name}/{name}", found.path)
        self.offered[given.name] = found
        return given

    def _apart(self, archive: Given) -> Iterator[Given]:
        """Members of an archive, streamed one by one under names of our own."""
        folder = self.run.folder / "members"
        folder.mkdir(exist_ok=True)
        try:
            for number, (name, stream) in enumerate(members(archive.path)):
                if not wanted(self.source, name):
                    continue
                path = folder / f"{len(self.offered)}_{number}"
                with path.open("wb") as out:
                    while chunk := stream.read(1 << 20):
                        out.write(chunk)
                yield Given(f"{archive.base}/{name}", path)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as e:
            raise InputRefused(
                f"{self.source.name} {archive.name}: expected a whole archive, found {e}"
            ) from e

    def plan(self, number: int, files: Group, options: Mapping[str, str]) -> PlannedBatch:
        """Put a group's files (and files named by options) into the raw store."""
        need_space(self.storage, sum(f.path.stat().st_size for f in files.files))
        received = self._receive(files.files)
        extra = {k: Path(v) for k, v in sorted(options.items()) if Path(v).is_file()}
        added = self._receive([Given(p.name, p) for p in extra.values()])
        kept = dict(options) | {k: f"sha256:{f.sha256}" for k, f in zip(extra, added, strict=True)}
        day, basis = files.date, files.date_basis
        if day is None and self.source.batch_name is BatchName.DATE:
            day, basis = self._date_of_reception(files)
        return PlannedBatch(
            number=number,
            label=files.label,
            files=tuple(received),
            sha256=set_sha256(received, kept),
            dated=day.isoformat() if day else None,
            date_basis=basis,
            options=kept,
        )

    def _receive(self, files: Sequence[Given]) -> list[PlannedFile]:
        """Put files into the raw store under what their transport said of them."""
        now = datetime.now(UTC)
        received = []
        for f in files:
            web = self.offered.get(f.name)
            received.append(
                raw.Received(
                    path=f.path,
                    name=f.name,
                    origin=web.url if web else str(f.path),
                    fetched_at=now,
                    media_type=web.media_type if web else None,
                    etag=web.etag if web else None,
                    last_modified=web.last_modified if web else None,
                    licence=self.source.licence,
                )
            )
        stored = raw.receive(self.storage, self.source.name, received).objects
        return [PlannedFile(o.name, o.sha256, o.size) for o in stored]

    def _validators(self, url: str) -> dict[str, str]:
        """What the server said of the bytes that are served now, where they came from this URL.

        Of bytes that were received but refused nothing is said: they must be offered again.
        """
        served = accepted(self.storage, self.source.name).batches.values()
        newest = max(served, key=lambda r: r["recorded_at"], default=None)
        if newest is None or len(self.source.urls) != 1:
            return {}
        manifest = raw.read_manifest(self.storage, self.source.name, newest["raw_sha256"])
        if manifest.get("origin") != url:
            return {}
        return {k: v for k in ("etag", "last_modified") if (v := manifest.get(k))}

    def _date_of_reception(self, files: Group) -> tuple[date, str]:
        """Last-Modified where a server sent one, else today: the day we know the bytes since."""
        for f in files.files:
            web = self.offered.get(f.name)
            if web and web.last_modified:
                return parsedate_to_datetime(web.last_modified).astimezone(UTC).date(), "http"
        return datetime.now(UTC).date(), "received"


def set_sha256(files: Sequence[PlannedFile], options: Mapping[str, str]) -> str:
    """Identity of a batch's bytes: the file's own for a lone file, else of its sorted lines."""
    if len(files) == 1 and not options:
        return files[0].sha256
    lines = [f"{Path(f.name).name} {f.sha256}" for f in files]
    lines += [f"{k}={v}" for k, v in options.items()]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


__all__ = ["NothingNew", "fetch", "set_sha256"]
