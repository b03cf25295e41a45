"""A download asked for again, gone on with, and packed for its way; and what it must not say."""

import gzip
import logging
from typing import Any

import pytest

from flowlake.download import Limits
from tests.flowlake.downloads import BODY, LOCAL, Fetch
from tests.flowlake.servers import (
    Server,
    from_offset,
    redirect,
    whole,
)
from transforms.errors import NothingNew

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
