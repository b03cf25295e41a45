"""Files behind paths and URLs, brought into a run's folder.

Folders are walked, archives are taken apart member by member, URLs are downloaded. Out: files with
names, places and what their server said of them; what leads nowhere is named, and others go on.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

from flowlake.accepted import accepted
from flowlake.download import Download, Limits, download
from flowlake.planning import (
    Given,
    Group,
    files_in,
    is_archive,
    is_hidden,
    is_sidecar,
    readable_name,
    wanted,
)
from flowlake.runs import Run
from flowlake.settings import Settings
from transforms.errors import InputRefused, LakeError, NothingNew
from transforms.lake import durable, raw
from transforms.readers.unpack import members
from transforms.sources.base import Source

# An archive in an archive is a habit of some mailers; deeper ones are somebody's joke.
_DEEPEST = 3
# Between an archive's origin and the name of its member.
_IN = "!/"
# A list of what is new names a handful; a list of everything is no order to fetch it.
_MOST_LISTED = 100
# Where a declared URL has its user's token.
_PLACEHOLDER = "{token}"
_URL = re.compile(r"https?://\S+", re.IGNORECASE)


class Gatherer:
    """Gathers the files of one run."""

    def __init__(self, settings: Settings, source: Source, run: Run, limits: Limits) -> None:
        self.settings = settings
        self.source = source
        self.storage = settings.storage
        self.run = run
        self.limits = limits
        # Paths that lead nowhere and archives that cannot be taken; other files go on.
        self.refused: list[Group] = []
        self.unchanged: list[str] = []
        self._downloads: dict[str, Download] = {}
        self._files = 0

    def all_of(self, paths: Sequence[str]) -> Iterator[Given]:
        """Files behind paths and URLs; archives are taken apart into the run's folder."""
        if not paths and not self.source.urls:
            raise LakeError(f"{self.source.name} is not fetched live; name the files to ingest")
        for path in paths or self._declared():
            for f in self._received(path, is_named=bool(paths)):
                if f.fault or not is_archive(self.source, f.name):
                    yield f
                    continue
                try:
                    yield from list(self._apart(f, 1))
                except InputRefused as e:
                    refusal = f"{self.source.name} {e}"
                    self.refused.append(Group((f,), None, "none", refusal=refusal))

    def _declared(self) -> list[str]:
        """The source's own URLs, with the token that some publishers want in them."""
        token = self.settings.tokens.get(self.source.name)
        if token is None and any(_PLACEHOLDER in url for url in self.source.urls):
            raise LakeError(
                f"{self.source.name}: the publisher wants a token in the URL; register at "
                f"{self.source.page} and set FLOWLAKE_TOKEN_{self.source.name.upper()}"
            )
        return [url.replace(_PLACEHOLDER, quote(token or "", safe="")) for url in self.source.urls]

    def _received(self, path: str, *, is_named: bool) -> list[Given]:
        """Files behind one path or URL; one of several that a person named may lead nowhere."""
        try:
            return list(self._behind(path, is_named=is_named))
        except InputRefused as e:
            if not is_named:
                raise  # what a source declares is one batch, whole or not at all
            name = raw.public_origin(path) if "://" in path else readable_name(path)
            self.refused.append(Group((), None, "none", refusal=str(e), name=name))
        except NothingNew as e:
            self.unchanged.append(str(e))
        return []

    def _behind(self, path: str, *, is_named: bool) -> Iterator[Given]:
        if "://" not in path:
            yield from files_in(self.source, Path(path))
            return
        found = self._from_web(path, is_named=is_named)
        yield found
        if is_sidecar(self.source, found.name):
            # A list of what is offered: the newest files of this source's kind in it.
            listed = _URL.findall(found.path.read_text("utf-8", errors="replace"))
            new = [u for u in listed if u.lower().endswith(tuple(self.source.suffixes))]
            if not 0 < len(new) <= _MOST_LISTED:
                raise InputRefused(
                    f"{self.source.name} {found.origin}: expected a list of 1 to {_MOST_LISTED} "
                    f"files of this source's kind, found {len(new)}"
                )
            for url in new:
                yield self._from_web(url, is_named=is_named)

    def _from_web(self, url: str, *, is_named: bool) -> Given:
        """Download a URL; one that the caller names may lie on any host, a declared one not."""
        origin = raw.public_origin(url)
        name = PurePosixPath(urlsplit(origin).path).name or "index"
        folder = self._new_path("downloads")
        folder.mkdir()
        hosts, limits = self.source.hosts, self.limits
        if is_named and (host := urlsplit(url).hostname):
            # The person who names it may reach it, in a private network and over http, too.
            hosts = (host, *hosts)
            limits = replace(limits, private_hosts=(host, *limits.private_hosts))
        try:
            found = download(
                url,
                folder / "body",
                hosts=hosts,
                user_agent=self.settings.user_agent,
                validators=self._validators(origin),
                limits=limits,
            )
        except InputRefused as e:
            raise InputRefused(f"{self.source.name} {e}") from e
        self._downloads[origin] = found
        # What a source declares is one batch, wherever its parts lie.
        place = str(PurePosixPath(origin).parent) if is_named else self.source.name
        return Given(f"{self.source.name}/{name}", found.path, origin, place)

    def _apart(self, archive: Given, depth: int) -> Iterator[Given]:
        """Members of an archive, streamed one by one under names of our own."""
        if depth > _DEEPEST:
            raise InputRefused(f"{archive.name}: archives in archives, more than {_DEEPEST} deep")
        names = 0
        for name, stream in members(archive.path, archive.name):
            names += 1
            if is_hidden(name) or not wanted(self.source, name):
                continue
            path = self._new_path("members")
            act = f"unpacking {archive.name}"
            with durable.naming_full_disk(act, self.storage.root), path.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
            inner = PurePosixPath(name)
            member = Given(
                f"{archive.base}/{name}",
                path,
                f"{archive.origin}{_IN}{name}",
                f"{archive.origin}{_IN}{inner.parent}",
            )
            if is_archive(self.source, name):
                yield from self._apart(member, depth + 1)
            else:
                yield member

    def _new_path(self, folder: str) -> Path:
        """Unused name in a folder of the run; never one from outside."""
        (self.run.folder / folder).mkdir(exist_ok=True)
        self._files += 1
        return self.run.folder / folder / str(self._files)

    def offered(self, f: Given) -> Download | None:
        """What a server said of a file, or of the archive that it lay in."""
        return self._downloads.get(f.origin.partition(_IN)[0])

    def _validators(self, url: str) -> dict[str, str]:
        """What the server said of the bytes that are served now, where they came from this URL.

        Of bytes that were received but refused nothing is said: they must be offered again.
        """
        served = accepted(self.storage, self.source).batches.values()
        newest = max(served, key=lambda r: r["recorded_at"], default=None)
        if newest is None or len(self.source.urls) != 1:
            return {}
        try:
            manifest = raw.read_manifest(self.storage, self.source.name, newest["raw_sha256"])
        except FileNotFoundError:  # a set of files: no server ever sent them as one
            return {}
        if str(manifest.get("origin")).partition(_IN)[0] != url:
            return {}
        return {k: v for k in ("etag", "last_modified") if (v := manifest.get(k))}
