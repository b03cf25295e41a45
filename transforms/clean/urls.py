"""Addresses of web pages, so that one article has one address.

In: an address as received. Out: its canonical form, or None where it is no web address. courlan
does the scrubbing (stray markup, double addresses, default ports, international hosts); the short
list on top is ours, each case in ``tests/clean/test_urls.py``. Nothing is ever fetched to find a
canonical address, and the address as received is kept beside it.

courlan's own query cleaning is not used: it drops ``uid=``, ``cid=`` and ``source=``, which are
the article's number at many Korean and Russian papers, and two articles would become one.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Parameters that say where a reader came from, never which page it is.
_TRACKERS = re.compile(
    r"(utm|mtm|pk|itm|hsa|vero|mc|_hs|oly)_.*|__twitter_impression|_ga|_gl"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|yclid|ttclid|li_fat_id|igshid|igsh"
    r"|cmpid|ncid|ocid|smid|at_(medium|campaign)|ns_(mchannel|source|campaign|linkname)"
    r"|ref|ref_?(src|url)|guccounter|guce_referrer(_sig)?|outputtype|amp",
    re.IGNORECASE,
)
_MOBILE_HOST = re.compile(r"^(?:m|mobile|amp)\.(?=[^.]+\.)")
_AMP_PATH = re.compile(r"^/amp(?=/.)|(?:/amp|\.amp)/?$")
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$")

# Publishers of the lists themselves: their pages are notices, not news about the notice.
_OFFICIAL_HOSTS = (
    *("treasury.gov", "state.gov", "justice.gov", "fincen.gov", "commerce.gov"),
    *("federalregister.gov", "gov.uk", "europa.eu", "un.org", "seco.admin.ch"),
    *("international.gc.ca", "dfat.gov.au"),
)


@lru_cache(maxsize=4096)  # a feed repeats the addresses of a slot
def canonical(url: str) -> str | None:
    """Address without tracking parts, fragment, user and mobile host; None if not http(s)."""
    from courlan.clean import decode_punycode, normalize_part, scrub_url  # 0.2 s to import

    try:
        parts = urlsplit(scrub_url(url))
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in ("http", "https") or "." not in host:
        return None
    host = _MOBILE_HOST.sub("", decode_punycode(host))
    if port and port != {"http": 80, "https": 443}[scheme]:
        host = f"{host}:{port}"
    query = urlencode(
        sorted(
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not _TRACKERS.fullmatch(name)
        )
    )
    path = _AMP_PATH.sub("", re.sub("/+", "/", normalize_part(parts.path)))
    if not query:
        path = _INDEX_PAGE.sub("/", path)
    path = path.rstrip("/") or ("/" if query else "")
    # "#!" names a page of sites that load it by script; any other fragment is a place in the page.
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((scheme, host, path, query, fragment))


def is_official(url: str | None) -> bool:
    """Whether the page is a list publisher's own: an official notice and no news."""
    host = (urlsplit(url).hostname or "") if url else ""
    return any(host == h or host.endswith(f".{h}") for h in _OFFICIAL_HOSTS)
