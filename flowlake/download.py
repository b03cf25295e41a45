"""Takes a file from the web, whole or not at all.

Streams to disk with limits on size and time, retries with backoff, asks conditionally
(ETag, Last-Modified), resumes where the server allows it, and talks only to the hosts a source
declares, redirects included. A short body is never accepted: its length must be stated or its
format must have an end (which the parser checks).
"""

import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests

from transforms.errors import InputRefused, LakeError, NothingNew

logger = logging.getLogger(__name__)

# SDN_ADVANCED.XML has 125 MB, a day of GKG 1 GB; 8 GiB is a backfill and no list.
MAX_BYTES = 8 * 1024**3
# OFAC serves 125 MB at about 190 KB/s: eleven minutes.
MAX_SECONDS = 45 * 60
CONNECT_READ_SECONDS = (15, 60)
MAX_REDIRECTS = 3
ATTEMPTS = 5
CHUNK = 1 << 20
# These pass with time; 403 does too, when a gateway counts requests, but repeating makes it worse.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


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
    """Bounds of one download; tests set small ones."""

    max_bytes: int = MAX_BYTES
    max_seconds: float = MAX_SECONDS
    attempts: int = ATTEMPTS
    timeout: tuple[float, float] = CONNECT_READ_SECONDS
    allow_local: bool = False  # loopback and http, for tests and for mirrors named by the caller


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    target: Path
    hosts: tuple[str, ...]
    user_agent: str
    validators: Mapping[str, str]
    bounds: Limits
    deadline: float

    @property
    def partial(self) -> Path:
        return self.target.with_name(self.target.name + ".part")


class _Broken(LakeError):
    """The transfer failed in a way that may pass."""


def public_url(url: str) -> str:
    """The URL without user, password, query and fragment: what may stand in a log or manifest."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))


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
    """Fetch ``url`` into ``target``.

    ``validators`` are the ``etag`` and ``last_modified`` of the last reception. Raises
    ``NothingNew`` where the server says so, ``InputRefused`` where the answer is not the file.
    """
    bounds = limits or Limits()
    request = _Request(
        url,
        target,
        hosts,
        user_agent,
        validators or {},
        bounds,
        time.monotonic() + bounds.max_seconds,
    )
    problem: LakeError | None = None
    for attempt in range(bounds.attempts):
        if attempt:
            # 1, 2, 4, 8 seconds: a gateway that counts requests forgets within that time.
            sleep(min(2.0 ** (attempt - 1), 60))
        try:
            return _attempt(request)
        except (_Broken, requests.RequestException) as e:
            problem = LakeError(f"{public_url(url)}: {_plain(e)}")
            logger.warning("%s (attempt %d of %d)", problem, attempt + 1, bounds.attempts)
        if time.monotonic() > request.deadline:
            break
    request.partial.unlink(missing_ok=True)
    raise InputRefused(
        f"{problem}; gave up after {bounds.attempts} attempts, what was published stays served"
    )


def _attempt(request: _Request) -> Download:
    partial, bounds = request.partial, request.bounds
    headers = {"User-Agent": request.user_agent, "Accept-Encoding": "identity"}
    have = partial.stat().st_size if partial.exists() else 0
    marker = partial.with_name(partial.name + ".etag")
    if have and marker.exists():
        # If-Range: the rest only if it is still the same file, else all of it.
        headers |= {"Range": f"bytes={have}-", "If-Range": marker.read_text("utf-8")}
    else:
        have = 0
        if etag := request.validators.get("etag"):
            headers["If-None-Match"] = etag
        if modified := request.validators.get("last_modified"):
            headers["If-Modified-Since"] = modified
    with requests.Session() as session:
        session.trust_env = False  # no proxy or .netrc credentials that nobody asked for
        answer = _follow(session, request, headers)
        with answer:
            if answer.status_code == requests.codes.not_modified:
                raise NothingNew(
                    f"{public_url(request.url)}: not modified since the last reception"
                )
            if answer.status_code in TRANSIENT:
                raise _Broken(f"HTTP {answer.status_code}")
            if answer.status_code not in (requests.codes.ok, requests.codes.partial_content):
                raise InputRefused(
                    f"{public_url(request.url)}: expected HTTP 200, found {answer.status_code}"
                    " (a 403 often means the User-Agent: see FLOWLAKE_USER_AGENT)"
                )
            if answer.status_code == requests.codes.ok:
                have = 0
            if etag := answer.headers.get("ETag"):
                marker.write_text(etag, "utf-8")
            _stream(answer, partial, have, bounds, request.deadline)
    partial.replace(request.target)
    marker.unlink(missing_ok=True)
    return Download(
        request.target,
        public_url(request.url),
        answer.headers.get("ETag"),
        answer.headers.get("Last-Modified"),
        answer.headers.get("Content-Type"),
    )


def _follow(
    session: requests.Session, request: _Request, headers: Mapping[str, str]
) -> requests.Response:
    """Answer after at most three redirects, each checked before it is followed."""
    url = request.url
    for _ in range(MAX_REDIRECTS + 1):
        _check(url, request.hosts, request.bounds)
        answer = session.get(
            url,
            headers=dict(headers),
            stream=True,
            timeout=request.bounds.timeout,
            allow_redirects=False,
        )
        if not answer.is_redirect:
            return answer
        url = urljoin(url, answer.headers["Location"])
        answer.close()
    raise InputRefused(f"{public_url(url)}: more than {MAX_REDIRECTS} redirects")


def _check(url: str, hosts: tuple[str, ...], bounds: Limits) -> None:
    """Refuse what a source did not declare: other schemes, other hosts, private addresses."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    schemes = ("https", "http") if bounds.allow_local else ("https",)
    if parts.scheme not in schemes:
        raise InputRefused(f"{public_url(url)}: expected https, found {parts.scheme!r}")
    if not any(host == h or (h.startswith(".") and host.endswith(h)) for h in hosts):
        raise InputRefused(
            f"{public_url(url)}: host {host!r} is none of those the source declares: "
            f"{', '.join(hosts)}"
        )
    if bounds.allow_local:
        return
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, parts.port or 443)}
    except OSError as e:
        raise _Broken(f"{host}: cannot be resolved ({e.strerror or e})") from e
    for address in found:
        if not ipaddress.ip_address(address).is_global:
            raise InputRefused(f"{public_url(url)}: {host} resolves to {address}, not public")


def _stream(
    answer: requests.Response, partial: Path, have: int, bounds: Limits, deadline: float
) -> None:
    stated = answer.headers.get("Content-Length")
    expected = have + int(stated) if stated and stated.isdigit() else None
    if expected is not None and expected > bounds.max_bytes:
        raise InputRefused(
            f"{public_url(answer.url)}: {expected} bytes, the limit is {bounds.max_bytes}"
        )
    size = have
    with partial.open("ab" if have else "wb") as out:
        for chunk in answer.iter_content(CHUNK):
            out.write(chunk)
            size += len(chunk)
            if size > bounds.max_bytes:
                raise InputRefused(
                    f"{public_url(answer.url)}: more than the limit of {bounds.max_bytes} bytes"
                )
            if time.monotonic() > deadline:
                raise _Broken(f"not finished after {bounds.max_seconds:.0f} s ({size} bytes)")
    if expected is not None and size != expected:
        raise _Broken(f"expected {expected} bytes, found {size}")


def _plain(e: Exception) -> str:
    """Reason of a failure without URLs, which may carry tokens."""
    return str(e) if isinstance(e, LakeError) else type(e).__name__
