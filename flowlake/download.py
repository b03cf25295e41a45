"""Takes a file from the web, whole or not at all.

In: a URL, and what its server said the last time. Out: the file's bytes, complete, and what the
server says now. Streams to disk with limits on size and time, retries with backoff, asks
conditionally (ETag, Last-Modified), resumes a cut transfer where the server proves that it still
is the same file, and talks to none but the hosts it is given, redirects included. A body shorter
than its stated length is never accepted; one without a length must have an end in its format,
which the parser checks.

Oddities met: OFAC answers 403 to short user agents and 302 to a signed URL at its store; the EU
answers 500 for minutes and carries a token in the URL, therefore no query ever reaches a message.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import requests
import urllib3

from flowlake.answers import (
    CONTENT_RANGE,
    Broken,
    OtherBytes,
    begins_at,
    check_url,
    proof,
    said,
)
from flowlake.connections import watched_session
from transforms.errors import InputRefused
from transforms.lake.raw import public_origin
from transforms.readers.unpack import plain

logger = logging.getLogger(__name__)

# SDN_ADVANCED.XML has 125 MB, a day of GKG 1 GB; 8 GiB is a backfill and no list.
MAX_BYTES = 8 * 1024**3
# OFAC serves 125 MB at about 190 KB/s: eleven minutes.
MAX_SECONDS = 45 * 60
CONNECT_READ_SECONDS = (15, 60)
MAX_REDIRECTS = 3
ATTEMPTS = 5
# A server that names a longer wait is asked again by the next run.
_LONGEST_WAIT = 120
# Small enough that a cut loses little of what came, large enough to cost no time.
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded file and what the server said about it."""

    path: Path
    url: str
    etag: str | None
    last_modified: str | None
    media_type: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one download; ``private_hosts`` may lie in a private network: a named mirror."""

    max_bytes: int = MAX_BYTES
    max_seconds: float = MAX_SECONDS
    attempts: int = ATTEMPTS
    timeout: tuple[float, float] = CONNECT_READ_SECONDS
    private_hosts: tuple[str, ...] = ()


def download(
    url: str,
    target: Path,
    *,
    hosts: tuple[str, ...],
    user_agent: str,
    validators: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Download:
    """Fetch ``url`` into ``target``; nothing stays on disk where that fails.

    ``validators`` are the ``etag`` and ``last_modified`` of the last reception. Raises
    ``NothingNew`` where the server says so, ``InputRefused`` where the answer is not the file.
    """
    # Its debug lines and warnings quote whole URLs, tokens included.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    bounds = limits or Limits()
    transfer = _Transfer(
        url,
        target,
        hosts=hosts,
        user_agent=user_agent,
        validators=validators or {},
        bounds=bounds,
    )
    try:
        for attempt in range(1, bounds.attempts + 1):
            try:
                return transfer.attempt()
            except (Broken, requests.RequestException, urllib3.exceptions.HTTPError) as e:
                if transfer.is_late:
                    raise transfer.late() from None
                problem = f"{transfer.name}: {said(e)}"
                logger.warning("%s (attempt %d of %d)", problem, attempt, bounds.attempts)
                wait = min(max(2.0 ** (attempt - 1), getattr(e, "wait", 0)), _LONGEST_WAIT)
            if attempt < bounds.attempts:
                # 1, 2, 4, 8 seconds: a gateway that counts requests forgets within that time.
                sleep(wait)
        raise InputRefused(
            f"{problem}; gave up after {bounds.attempts} attempts, what was published stays served"
        )
    finally:
        transfer.partial.unlink(missing_ok=True)


class _Transfer:
    """One file on its way, over as many attempts as it takes."""

    def __init__(
        self,
        url: str,
        target: Path,
        *,
        hosts: tuple[str, ...],
        user_agent: str,
        validators: Mapping[str, str],
        bounds: Limits,
    ) -> None:
        self.url = url
        self.name = public_origin(url)
        self.target = target
        self.partial = target.with_name(target.name + ".part")
        self.hosts = hosts
        self.user_agent = user_agent
        self.validators = validators
        self.bounds = bounds
        self.deadline = time.monotonic() + bounds.max_seconds
        # What proves that the rest belongs to the bytes we have.
        self.same_file: str | None = None

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self.deadline

    def late(self) -> InputRefused:
        size = self.partial.stat().st_size if self.partial.exists() else 0
        return InputRefused(
            f"{self.name}: not finished after {self.bounds.max_seconds:g} s ({size} bytes came); "
            "what was published stays served"
        )

    def attempt(self) -> Download:
        headers = {"User-Agent": self.user_agent, "Accept-Encoding": "identity"}
        have = self.partial.stat().st_size if self.partial.exists() else 0
        asked = {}
        if have and self.same_file:
            headers |= {"Range": f"bytes={have}-", "If-Range": self.same_file}
        else:
            have = 0
            names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
            asked = {h: v for k, h in names.items() if (v := self.validators.get(k))}
        with (
            watched_session(self.deadline, self.bounds.private_hosts) as session,
            self._answer(session, headers | asked) as answer,
        ):
            try:
                have = begins_at(
                    answer, have, self.same_file, is_conditional=bool(asked), name=self.name
                )
            except OtherBytes:
                self.partial.unlink(missing_ok=True)
                raise
            self.same_file = proof(answer.headers)
            self._save(answer, have)
            self._finish(answer.headers.get("Content-Encoding", "identity").lower())
        return Download(
            self.target,
            self.name,
            answer.headers.get("ETag"),
            answer.headers.get("Last-Modified"),
            answer.headers.get("Content-Type"),
        )

    def _answer(self, session: requests.Session, headers: Mapping[str, str]) -> requests.Response:
        """Answer after at most three redirects, each checked before it is followed."""
        url = self.url
        for _ in range(MAX_REDIRECTS + 1):
            check_url(url, self.url, self.hosts, self.name)
            answer = session.get(
                url,
                headers=dict(headers),
                stream=True,
                timeout=self.bounds.timeout,
                allow_redirects=False,
            )
            if not answer.is_redirect:
                return answer
            try:
                url = urljoin(url, answer.headers["Location"])
            except ValueError:
                raise InputRefused(f"{self.name}: redirected to something that is no URL") from None
            finally:
                answer.close()
        raise InputRefused(f"{self.name}: more than {MAX_REDIRECTS} redirects")

    def _save(self, answer: requests.Response, have: int) -> None:
        stated = answer.headers.get("Content-Length", "")
        expected = have + int(stated) if stated.isdecimal() else None
        limit = self.bounds.max_bytes
        if expected is not None and expected > limit:
            raise InputRefused(f"{self.name}: {expected} bytes, the limit is {limit}")
        size = have
        with self.partial.open("ab" if have else "wb") as out:
            for chunk in answer.raw.stream(_CHUNK, decode_content=False):
                size += len(chunk)
                if size > limit:
                    raise InputRefused(f"{self.name}: more than the limit of {limit} bytes")
                out.write(chunk)
        if self.is_late:  # the watch may have ended it, and that looks like an end
            raise Broken("cut")
        total = CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
        if have and total and total[2] != "*":
            expected = int(total[2])
        if expected is not None and size != expected:
            raise Broken(f"expected {expected} bytes, found {size}")

    def _finish(self, encoding: str) -> None:
        """Give the file its name; what was packed only for the way is unpacked and proved whole."""
        if encoding in ("", "identity"):
            self.partial.replace(self.target)
        elif encoding in ("gzip", "x-gzip"):
            try:
                _unpack(self.partial, self.target, self.bounds.max_bytes)
            except InputRefused as e:
                self.target.unlink(missing_ok=True)
                raise Broken(str(e)) from e
        else:
            raise InputRefused(f"{self.name}: expected plain bytes or gzip, found {encoding!r}")


def _unpack(packed: Path, target: Path, limit: int) -> None:
    size = 0
    with packed.open("rb") as raw, target.open("wb") as out:
        unpacked = plain(raw, "the answer")
        while chunk := unpacked.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise InputRefused(f"the answer unpacks to more than {limit} bytes")
            out.write(chunk)
