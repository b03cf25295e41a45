"""Where a download may lead, and what a server's answer means.

In: a URL to follow, or an answer and what was asked. Out: whether it may be followed; where the
answer's body begins in the file. What may pass with time is ``Broken``, all else is refused.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import requests
import urllib3

from transforms.errors import InputRefused, LakeError, NothingNew

# These pass with time; 403 does too, when a gateway counts requests, but repeating makes it worse.
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
# What broke, without the library's text: that quotes URLs, which may carry tokens.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "no trusted TLS connection"),
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.Timeout, "no answer in time"),
    (urllib3.exceptions.TimeoutError, "no more bytes in time"),
    (requests.exceptions.ConnectionError, "no connection, or it broke off"),
    (urllib3.exceptions.HTTPError, "it broke off before its end"),
)


class Broken(LakeError):
    """The transfer failed in a way that may pass; the server may say when."""

    def __init__(self, text: str, wait: float = 0) -> None:
        super().__init__(text)
        self.wait = wait


class OtherBytes(Broken):
    """Not the rest of what we have: the next attempt asks for all of it, from the start."""


def check_url(url: str, first: str, hosts: Sequence[str], name: str) -> None:
    """Refuse what a source did not declare: other schemes and other hosts.

    ``first`` is the URL that the source gives; redirects lead on from there.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise InputRefused(f"{name}: expected a URL, found none that can be read") from None
    # A source that is published over http only says so in its URL; nobody leads down to it.
    schemes = ("http", "https") if first.lower().startswith("http:") else ("https",)
    if parts.scheme not in schemes:
        raise InputRefused(f"{name}: expected {schemes[-1]}, found {parts.scheme!r}")
    if not host or not any(host == h or (h[:1] == "." and host.endswith(h)) for h in hosts):
        raise InputRefused(
            f"{name}: host {host!r} is none of those the source declares: {', '.join(hosts)}"
        )


def begins_at(
    answer: requests.Response, have: int, same_file: str | None, *, is_conditional: bool, name: str
) -> int:
    """Offset of the body in the file, where the answer is the file or its rest.

    ``have`` bytes came before, of the file that ``same_file`` proves.
    """
    status, codes = answer.status_code, requests.codes
    if status == codes.not_modified and is_conditional:
        raise NothingNew(f"{name}: not modified since the last reception")
    if status in _TRANSIENT:
        wait = answer.headers.get("Retry-After", "")
        raise Broken(f"HTTP {status}", float(wait) if wait.isdecimal() else 0)
    if status == codes.ok:
        return 0
    if have and status in (codes.partial_content, codes.requested_range_not_satisfiable):
        found = CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
        # Some caches give a range of whatever they hold, whatever was asked.
        is_same = proof(answer.headers) in (None, same_file)
        if status == codes.partial_content and found and int(found[1]) == have and is_same:
            return have
        raise OtherBytes(f"HTTP {status}, but not the bytes from {have} on")
    raise InputRefused(
        f"{name}: expected HTTP 200, found {status}"
        + (" (often the User-Agent: see FLOWLAKE_USER_AGENT)" if status == 403 else "")
    )


def proof(headers: Mapping[str, str]) -> str | None:
    """Validator that a later request for the rest may rely on; weak ones may not (RFC 9110)."""
    etag = headers.get("ETag")
    if etag is not None:
        return None if etag.startswith("W/") else etag
    return headers.get("Last-Modified")


def said(e: Exception) -> str:
    """What broke, in words that quote no URL."""
    if isinstance(e, LakeError):
        return str(e)
    return next((text for kind, text in _WORDS if isinstance(e, kind)), type(e).__name__)
