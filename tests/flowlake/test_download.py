"""Whole or not at all, from servers that misbehave as the real ones did."""

import io
from typing import Any
from unittest.mock import Mock

import pytest
import requests

from flowlake.connections import _Adapter
from flowlake.download import Limits
from tests.flowlake.downloads import AGENT, BODY, LOCAL, Fetch
from tests.flowlake.servers import (
    Server,
    chunked,
    dripping,
    redirect,
    unused_port,
    whole,
)
from transforms.errors import InputRefused


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
