"""Whole or not at all, from servers that misbehave as the real ones did."""

import gzip
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import requests

from flowlake.connections import _Adapter
from flowlake.download import Download, Limits, download
from tests.flowlake.servers import (
    Server,
    chunked,
    dripping,
    from_offset,
    redirect,
    serving,
    unused_port,
    whole,
)
from transforms.errors import InputRefused, NothingNew

AGENT = "Mozilla/5.0 (compatible; flowlake tests; nobody@example.org)"
BODY = b"".join(b"%06d,party\r\n" % n for n in range(20_000))
LOCAL = Limits(private_hosts=("127.0.0.1", "localhost"))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class Fetch:
    """Downloads into a folder and remembers how long it would have slept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slept: list[float] = []

    def __call__(self, url: str, limits: Limits = LOCAL, **options: Any) -> Download:
        return download(
            url,
            self.folder / "body",
            **{"hosts": ("127.0.0.1",), "user_agent": AGENT, **options},
            limits=limits,
            sleep=self.slept.append,
        )

    def refused(self, url: str, limits: Limits = LOCAL, **options: Any) -> str:
        """Message of a refusal that leaves nothing behind."""
        with pytest.raises(InputRefused) as e:
            self(url, limits, **options)
        assert list(self.folder.iterdir()) == []
        return str(e.value)


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    return Fetch(tmp_path)


def test_a_file_arrives_whole_with_what_its_server_says_of_it(server: Server, fetch: Fetch) -> None:
    says = {"ETag": '"v1"', "Last_Modified": "Wed, 27 Aug 2025 14:00:00 GMT"}
    url = server.says("/sdn.csv", whole(BODY, **says, Content_Type="text/csv"))
    got = fetch(url)
    assert got.path.read_bytes() == BODY
    assert (got.etag, got.last_modified) == ('"v1"', "Wed, 27 Aug 2025 14:00:00 GMT")
    assert got.media_type == "text/csv"
    asked = server.headers(0)
    assert asked["User-Agent"] == AGENT
    assert asked["Accept-Encoding"] == "identity"
    assert "If-None-Match" not in asked
    assert list(fetch.folder.iterdir()) == [got.path]


def test_a_wall_is_reported_at_once_and_not_hammered(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", whole(b"<html>Request blocked</html>", 403))
    reason = fetch.refused(url)
    assert "expected HTTP 200, found 403" in reason
    assert "FLOWLAKE_USER_AGENT" in reason
    assert len(server.requests) == 1


def test_a_failing_gateway_is_asked_again_with_growing_patience(
    server: Server, fetch: Fetch
) -> None:
    url = server.says("/eu.xml", whole(b"", 500), whole(b"", 503), whole(b"", 429), whole(BODY))
    assert fetch(url).path.read_bytes() == BODY
    assert fetch.slept == [1, 2, 4]


def test_a_gateway_that_names_a_wait_is_given_it_within_reason(
    server: Server, fetch: Fetch
) -> None:
    later, much_later = whole(b"", 503, Retry_After="7"), whole(b"", 503, Retry_After="86400")
    on_a_date = whole(b"", 503, Retry_After="Wed, 27 Aug 2025 14:00:00 GMT")
    url = server.says("/eu.xml", later, much_later, on_a_date, whole(BODY))
    assert fetch(url).path.read_bytes() == BODY
    assert fetch.slept == [7, 120, 4]


def test_a_gateway_that_never_recovers_ends_in_a_refusal(server: Server, fetch: Fetch) -> None:
    url = server.says("/eu.xml", whole(b"", 500))
    assert "HTTP 500; gave up after 5 attempts" in fetch.refused(url)
    assert len(server.requests) == 5
    assert fetch.slept == [1, 2, 4, 8]


def test_a_server_that_is_gone_ends_in_a_refusal(fetch: Fetch) -> None:
    reason = fetch.refused(f"http://127.0.0.1:{unused_port()}/sdn.csv")
    assert "no connection" in reason
    assert len(fetch.slept) == 4


@pytest.mark.parametrize("cut", [0, 1, 65_536, len(BODY) - 1])
def test_a_body_shorter_than_its_length_is_never_taken(
    server: Server, fetch: Fetch, cut: int
) -> None:
    url = server.says("/eu.xml", whole(BODY[:cut], length=len(BODY)))
    assert "it broke off before its end" in fetch.refused(url)


def test_chunks_without_the_last_one_are_never_taken(server: Server, fetch: Fetch) -> None:
    url = server.says("/eu.xml", chunked(BODY[:65_536], is_cut=True))
    assert "it broke off" in fetch.refused(url)


def test_whole_chunks_are_taken(server: Server, fetch: Fetch) -> None:
    assert fetch(server.says("/eu.xml", chunked(BODY))).path.read_bytes() == BODY


def test_a_body_longer_than_its_length_ends_there(server: Server, fetch: Fetch) -> None:
    url = server.says("/eu.xml", whole(BODY, length=100))
    assert fetch(url).path.read_bytes() == BODY[:100]


def test_a_body_without_a_length_is_left_to_its_parser(server: Server, fetch: Fetch) -> None:
    url = server.says("/eu.xml", whole(BODY[:65_536], length=None))
    assert fetch(url).path.stat().st_size == 65_536


@pytest.mark.parametrize("answer", [whole(BODY), whole(BODY, length=None), chunked(BODY)])
def test_a_file_beyond_the_limit_is_refused(server: Server, fetch: Fetch, answer: Any) -> None:
    limits = Limits(private_hosts=LOCAL.private_hosts, max_bytes=100_000)
    url = server.says("/big", answer)
    assert "100000" in fetch.refused(url, limits)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="in its body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", id="below its length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-", id="in its headers"),
    ],
)
def test_a_dripping_server_meets_the_time_limit(server: Server, fetch: Fetch, head: bytes) -> None:
    limits = Limits(private_hosts=LOCAL.private_hosts, max_seconds=0.5)
    url = server.says("/slow", dripping(server.closing, head=head))
    assert "not finished after 0.5 s" in fetch.refused(url, limits)
    assert len(server.requests) == 1


def test_a_silent_server_meets_the_read_limit(server: Server, fetch: Fetch) -> None:
    limits = Limits(private_hosts=LOCAL.private_hosts, timeout=(1, 0.2), attempts=2)
    url = server.says("/slow", lambda _: server.closing.wait(5))
    assert "no answer in time" in fetch.refused(url, limits)


# ── redirects ───────────────────────────────────────────────────────────────────────────────────


def test_a_redirect_within_the_hosts_is_followed(server: Server, fetch: Fetch) -> None:
    server.says("/signed", whole(BODY))
    url = server.says("/sdn.csv", redirect(server.url("/signed", "localhost") + "?X-Sig=abc"))
    got = fetch(url, hosts=("127.0.0.1", "localhost"))
    assert got.path.read_bytes() == BODY
    assert got.url == url  # what it is known by; the signed address is good for minutes


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://elsewhere.example/sdn.csv", "host 'elsewhere.example' is none of those"),
        ("http://127.0.0.1.elsewhere.example/", "is none of those the source declares"),
        ("http://127.0.0.1@elsewhere.example/", "host 'elsewhere.example' is none of those"),
        ("//elsewhere.example/sdn.csv", "host 'elsewhere.example' is none of those"),
        ("file:///etc/hostname", "expected https, found 'file'"),
        ("ftp://127.0.0.1/sdn.csv", "expected https, found 'ftp'"),
        ("data:text/csv,1", "expected https, found 'data'"),
        ("http://127.0.0.1:99999999/", "expected a URL"),
        ("http://[::1", "no URL"),
        ("https:///nohost", "host '' is none of those"),
    ],
)
def test_a_redirect_out_of_the_hosts_is_not_followed(
    server: Server, fetch: Fetch, location: str, reason: str
) -> None:
    assert reason in fetch.refused(server.says("/sdn.csv", redirect(location)))
    assert len(server.requests) == 1


def test_a_redirect_into_a_private_network_is_cut_before_a_word(
    server: Server, fetch: Fetch
) -> None:
    # A host of the source whose name suddenly resolves to an address inside.
    server.says("/inside", whole(b"keys"))
    url = server.says("/sdn.csv", redirect(server.url("/inside", "localhost")))
    limits = Limits(private_hosts=("127.0.0.1",))
    reason = fetch.refused(url, limits, hosts=("127.0.0.1", "localhost"))
    assert "localhost resolves to 127.0.0.1, which is not public" in reason
    assert [path for path, _ in server.requests] == ["/sdn.csv"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_private_address_is_not_spoken_to(server: Server, fetch: Fetch, host: str) -> None:
    reason = fetch.refused(server.url("/sdn.csv", host), Limits(), hosts=(host,))
    assert "is not public" in reason
    assert server.requests == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:10.0.0.1", "fe80::1%2"],
)
def test_every_kind_of_private_address_counts(address: str) -> None:
    connection = Mock(host="lists.example")
    connection.sock.getpeername.return_value = (address, 443)
    with pytest.raises(InputRefused, match="not public"):
        _Adapter((), list[Any]().append)._look(connection)
    connection.close.assert_called_once()


def test_a_redirect_is_followed_without_reading_its_body(server: Server, fetch: Fetch) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /sdn\r\n\r\n"
    server.says("/sdn", whole(BODY))
    limits = Limits(private_hosts=LOCAL.private_hosts, max_seconds=5)
    got = fetch(server.says("/sdn.csv", dripping(server.closing, head=head)), limits)
    assert got.path.read_bytes() == BODY


def test_redirects_come_to_an_end(server: Server, fetch: Fetch) -> None:
    url = server.says("/a", redirect("/a"))
    assert "more than 3 redirects" in fetch.refused(url)
    assert len(server.requests) == 4


def test_https_is_not_led_down_to_http(monkeypatch: pytest.MonkeyPatch, fetch: Fetch) -> None:
    assert "expected https" in fetch.refused("file:///etc/hostname")
    asked = []

    def get(_: object, url: str, **__: object) -> Any:
        asked.append(url)
        answer = requests.Response()
        answer.raw = io.BytesIO()
        answer.status_code = 302
        answer.headers["Location"] = "http://lists.example/sdn.csv"
        return answer

    monkeypatch.setattr(requests.Session, "get", get)
    reason = fetch.refused("https://lists.example/sdn.csv", hosts=("lists.example",))
    assert "expected https, found 'http'" in reason
    assert asked == ["https://lists.example/sdn.csv"]


def test_a_host_pattern_covers_names_below_it_and_no_others(fetch: Fetch) -> None:
    hosts = (".store.example",)
    for url in ("https://evilstore.example/", "https://store.example.evil/", "https://x.example/"):
        assert "is none of those" in fetch.refused(url, hosts=hosts)


# ── asking again ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("validators", "header", "value"),
    [
        ({"etag": '"v1"'}, "If-None-Match", '"v1"'),
        ({"etag": 'W/"v1"'}, "If-None-Match", 'W/"v1"'),
        (
            {"last_modified": "Wed, 27 Aug 2025 14:00:00 GMT"},
            "If-Modified-Since",
            "Wed, 27 Aug 2025 14:00:00 GMT",
        ),
    ],
)
def test_what_did_not_change_is_nothing_new(
    server: Server, fetch: Fetch, validators: dict[str, str], header: str, value: str
) -> None:
    url = server.says("/sdn.csv", whole(b"", 304, length=None))
    with pytest.raises(NothingNew, match="not modified"):
        fetch(url, validators=validators)
    assert server.headers(0)[header] == value
    assert list(fetch.folder.iterdir()) == []


def test_what_changed_is_taken(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", whole(BODY, ETag='"v2"'))
    assert fetch(url, validators={"etag": '"v1"'}).etag == '"v2"'


def test_an_unasked_not_modified_is_no_answer(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", whole(b"", 304, length=None))
    assert "expected HTTP 200, found 304" in fetch.refused(url)


def test_an_unasked_part_is_no_file(server: Server, fetch: Fetch) -> None:
    part = whole(BODY[:100], 206, Content_Range=f"bytes 0-99/{len(BODY)}")
    assert "expected HTTP 200, found 206" in fetch.refused(server.says("/sdn.csv", part))


# ── resuming ────────────────────────────────────────────────────────────────────────────────────

CUT = whole(BODY[:150_000], length=len(BODY), ETag='"v1"')


def test_a_cut_transfer_goes_on_where_it_ended(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", CUT, from_offset(BODY, etag='"v1"'))
    assert fetch(url).path.read_bytes() == BODY
    assert server.headers(1)["Range"] == "bytes=150000-"
    assert server.headers(1)["If-Range"] == '"v1"'


def test_a_file_that_changed_meanwhile_is_taken_from_its_start(
    server: Server, fetch: Fetch
) -> None:
    changed = BODY.replace(b"party", b"PARTY")
    url = server.says("/sdn.csv", CUT, from_offset(changed, etag='"v2"'))
    assert fetch(url).path.read_bytes() == changed


def test_a_server_without_ranges_sends_it_all_again(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", CUT, whole(BODY, ETag='"v1"'))
    assert fetch(url).path.read_bytes() == BODY


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(
            from_offset(BODY + b"more", etag='"v2"', ignores_if_range=True), id="another file"
        ),
        pytest.param(
            whole(BODY[9:], 206, Content_Range=f"bytes 9-{len(BODY) - 1}/{len(BODY)}"),
            id="another place",
        ),
        pytest.param(whole(BODY[150_000:], 206), id="no place"),
        pytest.param(whole(b"", 416, Content_Range="bytes */10"), id="no such range"),
    ],
)
def test_a_rest_that_does_not_fit_is_thrown_away(server: Server, fetch: Fetch, wrong: Any) -> None:
    url = server.says("/sdn.csv", CUT, wrong, from_offset(BODY, etag='"v1"'))
    assert fetch(url).path.read_bytes() == BODY
    assert "Range" not in server.headers(2)


def test_a_rest_shorter_than_promised_goes_on_once_more(server: Server, fetch: Fetch) -> None:
    place = f"bytes 150000-{len(BODY) - 1}/{len(BODY)}"
    short = whole(BODY[150_000:200_000], 206, Content_Range=place, ETag='"v1"')
    url = server.says("/sdn.csv", CUT, short, from_offset(BODY, etag='"v1"'))
    assert fetch(url).path.read_bytes() == BODY
    assert server.headers(2)["Range"] == "bytes=200000-"


@pytest.mark.parametrize("proof", [{}, {"ETag": 'W/"v1"'}])
def test_without_proof_of_the_same_file_nothing_is_resumed(
    server: Server, fetch: Fetch, proof: dict[str, str]
) -> None:
    cut = whole(BODY[:150_000], length=len(BODY), **proof)
    url = server.says("/sdn.csv", cut, whole(BODY, **proof))
    assert fetch(url).path.read_bytes() == BODY
    assert "Range" not in server.headers(1)


# ── packed for the way ──────────────────────────────────────────────────────────────────────────


def test_an_unasked_content_encoding_is_undone(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", whole(gzip.compress(BODY), Content_Encoding="gzip"))
    assert fetch(url).path.read_bytes() == BODY
    assert len(list(fetch.folder.iterdir())) == 1


def test_a_cut_content_encoding_without_a_length_is_never_taken(
    server: Server, fetch: Fetch
) -> None:
    packed = gzip.compress(BODY)
    cut = whole(packed[: len(packed) // 2], length=None, Content_Encoding="gzip")
    assert "whole compressed bytes" in fetch.refused(server.says("/sdn.csv", cut))


@pytest.mark.parametrize("max_bytes", [10**6, 10**10])
def test_a_content_encoding_is_no_way_around_the_limits(
    server: Server, fetch: Fetch, max_bytes: int
) -> None:
    limits = Limits(private_hosts=LOCAL.private_hosts, max_bytes=max_bytes, attempts=1)
    bomb = gzip.compress(bytes(50_000_000))
    url = server.says("/sdn.csv", whole(bomb, Content_Encoding="gzip"))
    assert "unpacks to more than" in fetch.refused(url, limits)


def test_an_unknown_content_encoding_is_refused(server: Server, fetch: Fetch) -> None:
    url = server.says("/sdn.csv", whole(b"...", Content_Encoding="br"))
    assert "found 'br'" in fetch.refused(url)


# ── what must not be said ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [200, 403, 500])
def test_secrets_of_a_url_stay_out_of_results_messages_and_logs(
    server: Server, fetch: Fetch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    server.says("/eu.xml", redirect("/signed?X-Sig=canary-sig"))
    server.says("/signed", whole(BODY, status))
    url = server.url("/eu.xml?token=canary-token").replace("//", "//user:canary-password@")
    said = str(fetch(url)) if status == 200 else fetch.refused(url)
    assert "canary" not in said
    assert "canary" not in caplog.text
    assert len(server.requests) in (2, 10)
    assert "canary-token" in server.requests[0][0]  # the server itself was told


def test_credentials_are_not_taken_to_another_host(server: Server, fetch: Fetch) -> None:
    server.says("/elsewhere", whole(BODY))
    server.says("/eu.xml", redirect(server.url("/elsewhere", "localhost")))
    url = server.url("/eu.xml").replace("//", "//user:canary@")
    fetch(url, hosts=("127.0.0.1", "localhost"))
    assert "Authorization" in server.headers(0)
    assert "Authorization" not in server.headers(1)
    assert "Referer" not in server.headers(1)
