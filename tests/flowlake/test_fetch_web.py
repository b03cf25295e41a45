"""URLs, named or declared, become raw bytes; a server leads nowhere and learns nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flowlake.fetch import fetch
from flowlake.ingest import ingest
from flowlake.settings import Settings
from flowlake.stage import stage
from tests.conftest import ROOT
from tests.flowlake.conftest import LOCAL, candidates, refusals
from tests.flowlake.fetching import ALT, PRICES, SDN, content, names, planned, written, zipped
from tests.flowlake.servers import Server, redirect, whole
from transforms.errors import InputRefused, LakeError, NothingNew
from transforms.lake import raw
from transforms.sources.base import Source


def test_a_url_named_by_the_caller_may_lie_in_a_private_network(
    settings: Settings, server: Server
) -> None:
    url = server.says("/x/sdn_2023-05-23.csv", whole(SDN, ETag='"v1"', Content_Type="text/csv"))
    run = fetch(settings, "ofac_sdn", [url + "?token=canary"], run_id="run")
    assert names(run) == [["ofac_sdn/sdn_2023-05-23.csv"]]
    (stored,) = (f for b in run.batches() for f in b.files)
    manifest = raw.read_manifest(settings.storage, "ofac_sdn", stored.sha256)
    assert manifest["origin"] == url
    assert (manifest["etag"], manifest["media_type"]) == ('"v1"', "text/csv")


def test_a_url_of_a_source_may_not(
    settings: Settings, server: Server, offered: Callable[..., Source]
) -> None:
    offered("ofac_sdn", server.says("/sdn.csv", whole(SDN)))
    with pytest.raises(InputRefused, match=r"^ofac_sdn 127.0.0.1 resolves to .* not public"):
        fetch(settings, "ofac_sdn", [], run_id="run")
    assert server.requests == []


def test_files_of_one_name_from_several_servers_are_kept_apart(
    settings: Settings, server: Server
) -> None:
    urls = [server.says(f"/{n}/sdn_2023-05-2{n}.csv", whole(b"%d" % n)) for n in range(3)]
    urls += [server.says(f"/{n}/same.csv", whole(b"same %d" % n)) for n in range(3)]
    run = planned(settings, "ofac_sdn", *urls)
    assert sorted(content(settings, run)) == [b"0", b"1", b"2", b"same 0", b"same 1", b"same 2"]


def test_a_set_named_by_its_urls_is_one_batch(settings: Settings, server: Server) -> None:
    urls = [
        server.says("/exports/SDN.CSV", whole(SDN)),
        server.says("/exports/ALT.CSV", whole(ALT)),
    ]
    assert names(planned(settings, "ofac_sdn", *urls)) == [["ofac_sdn/ALT.CSV", "ofac_sdn/SDN.CSV"]]


def test_an_archive_from_the_web_is_taken_apart(
    settings: Settings, server: Server, inbox: Path
) -> None:
    body = zipped(inbox / "a", ("sdn_2023-05-23.csv", SDN)).read_bytes()
    url = server.says("/SDN_XML.ZIP", whole(body, ETag='"v7"'))
    run = planned(settings, "ofac_sdn", url)
    assert names(run) == [["SDN_XML.ZIP/sdn_2023-05-23.csv"]]
    (stored,) = (f for b in run.batches() for f in b.files)
    manifest = raw.read_manifest(settings.storage, "ofac_sdn", stored.sha256)
    assert (manifest["origin"], manifest["etag"]) == (f"{url}!/sdn_2023-05-23.csv", '"v7"')


def test_a_list_of_new_files_is_followed(
    settings: Settings, server: Server, inbox: Path, offered: Callable[..., Source]
) -> None:
    slot = zipped(inbox / "slot", ("20250827160000.gkg.csv", b"x")).read_bytes()
    zip_url = server.says("/20250827160000.gkg.csv.zip", whole(slot))
    other = server.url("/20250827160000.export.CSV.zip")
    listed = f"1 a {other}\n2 b {zip_url}\n"
    offered("gdelt_gkg", server.says("/lastupdate.txt", whole(listed.encode())))
    run = planned(settings, "gdelt_gkg")
    assert names(run) == [["gdelt_gkg/20250827160000.gkg.csv.zip", "gdelt_gkg/lastupdate.txt"]]
    assert [path for path, _ in server.requests] == [
        "/lastupdate.txt",
        "/20250827160000.gkg.csv.zip",
    ]


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("nothing", "expected a list of 1 to 100 files"),
        ("\n".join(f"http://127.0.0.1/{n}.gkg.csv.zip" for n in range(101)), "found 101"),
        ("1 a http://elsewhere.example/1.gkg.csv.zip", "is none of those the source declares"),
        ("1 a file:///etc/1.gkg.csv.zip", "found 0"),
    ],
)
def test_a_list_leads_only_where_the_source_goes(
    settings: Settings, server: Server, offered: Callable[..., Source], listed: str, says: str
) -> None:
    offered("gdelt_gkg", server.says("/lastupdate.txt", whole(listed.encode())))
    with pytest.raises(InputRefused, match=says):
        planned(settings, "gdelt_gkg")
    assert len(server.requests) == 1


def test_a_wall_is_told_by_the_sources_name(
    settings: Settings, server: Server, offered: Callable[..., Source]
) -> None:
    offered("ofac_sdn", server.says("/SDN_ADVANCED.XML", whole(b"<html>blocked</html>", 403)))
    with pytest.raises(InputRefused, match=r"^ofac_sdn http://127.*: expected HTTP 200, found 403"):
        planned(settings, "ofac_sdn")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty file"),
        (b"<!DOCTYPE html><html><body>Request blocked</body></html>", "HTML page"),
        (
            b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>',
            r"error page of the publisher's store \(NoSuchKey\)",
        ),
        (b'<?xml version="1.0"?><Sanctions xmlns="http://www.un.org/sanctions/1.0"><DateOf', "XML"),
    ],
)
def test_an_answer_that_is_no_list_is_refused_by_its_parser(
    settings: Settings, server: Server, offered: Callable[..., Source], body: bytes, says: str
) -> None:
    offered("ofac_sdn", server.says("/SDN_ADVANCED.XML", whole(body)))
    run = planned(settings, "ofac_sdn")
    stage(settings, run)
    ((label, reason),) = refusals(run).items()
    assert label == "ofac_sdn/SDN_ADVANCED.XML"
    assert reason.startswith("ofac_sdn ofac_sdn/SDN_ADVANCED.XML")
    assert re.search(says, reason)
    assert candidates(run) == {}


def test_a_date_header_that_is_no_date_says_nothing(
    settings: Settings, server: Server, offered: Callable[..., Source]
) -> None:
    offered("ofac_sdn", server.says("/SDN.XML", whole(SDN, Last_Modified="yesterday, about noon")))
    (batch,) = planned(settings, "ofac_sdn").batches()
    assert batch.date_basis == "received"
    offered(
        "ofac_sdn",
        server.says("/SDN.XML", whole(SDN, Last_Modified="Wed, 27 Aug 2025 23:30:00 -0500")),
    )
    (batch,) = planned(settings, "ofac_sdn").batches()
    assert (batch.dated, batch.date_basis) == ("2025-08-28", "http")


def test_a_redirect_that_was_signed_is_not_what_a_file_is_known_by(
    settings: Settings, server: Server, offered: Callable[..., Source]
) -> None:
    server.says("/bucket/SDN.CSV", whole(SDN))
    url = server.says("/exports/SDN.CSV", redirect("/bucket/SDN.CSV?X-Amz-Signature=canary"))
    offered("ofac_sdn", url)
    run = planned(settings, "ofac_sdn")
    (stored,) = (f for b in run.batches() for f in b.files)
    assert raw.read_manifest(settings.storage, "ofac_sdn", stored.sha256)["origin"] == url
    every = b"".join(p.read_bytes() for p in Path(settings.lake).rglob("*") if p.is_file())
    assert b"canary" not in every


def test_a_server_is_asked_for_news_of_what_is_served_and_of_nothing_else(
    settings: Settings, server: Server, offered: Callable[..., Source], inbox: Path
) -> None:
    header = {"ETag": '"v1"', "Last_Modified": "Wed, 27 Aug 2025 14:00:00 GMT"}
    page, unchanged = whole(b"<html></html>", **header), whole(b"", 304, length=None)
    url = server.says("/prices.csv", page, page, whole(PRICES, **header), unchanged)
    offered("prices_csv", url)
    # Refused bytes must be offered again, whatever their server says of them.
    for status in (3, 3, 0):
        assert ingest(settings, "prices_csv", [], limits=LOCAL).exit_status == status
        assert "If-None-Match" not in server.headers(-1)
    with pytest.raises(NothingNew):
        ingest(settings, "prices_csv", [], limits=LOCAL)
    assert server.headers(-1)["If-None-Match"] == '"v1"'
    assert server.headers(-1)["If-Modified-Since"] == "Wed, 27 Aug 2025 14:00:00 GMT"
    assert list(settings.storage.scratch().glob("prices*")) == []
    # What came by hand since then is no answer of that server.
    newer = written(inbox / "prices.csv", PRICES.rpartition(b"\nethereum")[0] + b"\n")
    assert ingest(settings, "prices_csv", [str(newer)]).exit_status == 0
    server.says("/prices.csv", whole(PRICES, **header))
    assert ingest(settings, "prices_csv", [], limits=LOCAL).exit_status == 0
    assert "If-None-Match" not in server.headers(-1)


def test_a_list_that_came_as_a_set_of_files_can_be_fetched_live_again(
    settings: Settings, server: Server, offered: Callable[..., Source]
) -> None:
    folder = ROOT / "samples/sanctions/ofac_sdn/sdn_2023-05-23"
    assert ingest(settings, "ofac_sdn", [str(folder)]).exit_status == 0
    offered("ofac_sdn", server.says("/SDN.CSV", whole(SDN)))
    assert names(planned(settings, "ofac_sdn")) == [["ofac_sdn/SDN.CSV"]]


def test_a_publishers_token_is_asked_for_by_name_and_goes_into_the_url_only(
    settings: Settings,
    server: Server,
    offered: Callable[..., Source],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (path,) = (ROOT / "tests/fixtures/eu_fsf/whole/input").iterdir()
    # The server's list of paths is by what stands before the query.
    url = server.says("/content", whole(path.read_bytes()))
    offered("eu_fsf", f"{url}?token={{token}}")
    with pytest.raises(LakeError, match="set FLOWLAKE_TOKEN_EU_FSF"):
        planned(settings, "eu_fsf")
    caplog.set_level("DEBUG")
    run = planned(replace(settings, tokens={"eu_fsf": "canary 7/f3"}), "eu_fsf")
    assert server.requests[-1][0] == "/content?token=canary%207%2Ff3"
    (stored,) = (f for b in run.batches() for f in b.files)
    manifest = raw.read_manifest(settings.storage, "eu_fsf", stored.sha256)
    assert manifest["origin"] == url
    assert "canary" not in caplog.text
    assert "canary" not in str(list(run.batches()))


def test_a_source_whose_server_fails_for_long_is_refused_without_its_token(
    settings: Settings, server: Server, offered: Callable[..., Source]
) -> None:
    url = server.says("/content", whole(b"oops", 500))
    offered("eu_fsf", f"{url}?token={{token}}")
    with pytest.raises(InputRefused, match="HTTP 500") as refusal:
        planned(replace(settings, tokens={"eu_fsf": "canary"}), "eu_fsf")
    assert "canary" not in str(refusal.value)
