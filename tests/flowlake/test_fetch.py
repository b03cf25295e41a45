"""Files, archives and URLs become raw bytes and batches; hostile ones harm nothing."""

import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flowlake.fetch import fetch
from flowlake.ingest import ingest
from flowlake.runs import Run
from flowlake.settings import Settings
from flowlake.stage import stage
from flowlake.tasks import dropped
from tests.conftest import ROOT
from tests.flowlake.conftest import LOCAL, candidates, refusals
from tests.flowlake.servers import Server, redirect, whole
from transforms.errors import InputRefused, LakeError, NothingNew
from transforms.lake import raw
from transforms.sources.base import Source

SDN = b'36216,"TORNADO CASH",-0- ,"CYBER2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"remark"\r\n\x1a'
PRICES = (ROOT / "samples/prices/prices_csv/prices_2025.csv").read_bytes()
ALT = b'36216,1,"aka","TORNADO",-0- \r\n\x1a'


def planned(settings: Settings, source: str, *paths: Path | str, **options: str) -> Run:
    return fetch(
        settings,
        source,
        [str(p) for p in paths],
        run_id="run",
        options=options,
        limits=LOCAL,
    )


def names(run: Run) -> list[list[str]]:
    return [[f.name for f in b.files] for b in run.batches()]


def content(settings: Settings, run: Run) -> list[bytes]:
    return [
        raw.open_raw(settings.storage, run.source, f.sha256).read_bytes()
        for b in run.batches()
        for f in b.files
    ]


def tar(path: Path, mode: str, *members: tuple[str, bytes]) -> Path:
    with tarfile.open(path, mode) as archive:
        for name, body in members:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return path


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return path


def unescaped(root: Path) -> list[Path]:
    """Files outside the lake and the folder that was given."""
    return [
        p for p in root.rglob("*") if p.is_file() and p.parts[len(root.parts)] not in ("lake", "in")
    ]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


# ── archives ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.tar", "w"), ("a.tgz", "w:gz"), ("a.tar.xz", "w:xz"), ("a.TAR.BZ2", "w:bz2")],
)
def test_a_tar_is_a_folder_of_files(settings: Settings, inbox: Path, name: str, mode: str) -> None:
    days = ("001_2021-08-18T0939_f2dad11.csv", SDN), ("002_2021-08-20T0138_be.csv", SDN + b"\n")
    run = planned(settings, "ofac_sdn", tar(inbox / name, mode, *days))
    assert names(run) == [[f"{name}/{n}"] for n, _ in days]
    assert [b.dated for b in run.batches()] == ["2021-08-18", "2021-08-20"]
    assert content(settings, run) == [body for _, body in days]


def test_a_zip_of_sets_is_a_batch_a_folder(settings: Settings, inbox: Path) -> None:
    archive = zipped(
        inbox / "lists.zip",
        ("sdn_2023-05-23/sdn.csv", SDN),
        ("sdn_2023-05-23/alt.csv", ALT),
        ("sdn_2021-01-02/sdn.csv", SDN),
        ("__MACOSX/sdn_2021-01-02/._sdn.csv", b"litter"),
        ("sdn_2021-01-02/.hidden.csv", b"litter"),
        ("readme.md", b"no list"),
    )
    run = planned(settings, "ofac_sdn", archive)
    assert names(run) == [
        ["lists.zip/sdn_2021-01-02/sdn.csv"],
        ["lists.zip/sdn_2023-05-23/alt.csv", "lists.zip/sdn_2023-05-23/sdn.csv"],
    ]


def test_two_archives_do_not_mix(settings: Settings, inbox: Path) -> None:
    a = zipped(inbox / "a.zip", ("sdn_2021-01-01.csv", b"first"), ("x_2021-01-02.csv", b"second"))
    b = zipped(inbox / "b.zip", ("sdn_2021-01-03.csv", b"third"))
    run = planned(settings, "ofac_sdn", a, b)
    assert content(settings, run) == [b"first", b"second", b"third"]
    assert len(names(run)) == 3


def test_an_archive_in_an_archive_is_taken_apart(settings: Settings, inbox: Path) -> None:
    inner = zipped(inbox / "inner.zip", ("sdn_2023-05-23.csv", SDN)).read_bytes()
    outer = tar(inbox / "outer.tar.gz", "w:gz", ("mail/inner.zip", inner))
    run = planned(settings, "ofac_sdn", outer)
    assert names(run) == [["inner.zip/sdn_2023-05-23.csv"]]
    (stored,) = (f for b in run.batches() for f in b.files)
    manifest = raw.read_manifest(settings.storage, "ofac_sdn", stored.sha256)
    assert manifest["origin"] == f"{outer}!/mail/inner.zip!/sdn_2023-05-23.csv"


def test_archives_in_archives_come_to_an_end(inbox: Path, take: Callable[..., Run]) -> None:
    body = SDN
    for depth in range(5):
        member = "sdn.csv" if not depth else "deeper.zip"
        body = zipped(inbox / f"{depth}.zip", (member, body)).read_bytes()
    (reason,) = refusals(take("ofac_sdn", inbox / "4.zip")).values()
    assert "more than 3 deep" in reason


@pytest.mark.parametrize(
    "name",
    ["../../evil.csv", "/etc/evil.csv", "..\\..\\evil.csv", "C:/evil.csv", "a/../../../evil.csv",
     "evil\x1b[31m.csv", "evil\u202egpj.csv", "x" * 3_000 + ".csv"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_members_name_is_a_label_and_no_path(
    settings: Settings, inbox: Path, tmp_path: Path, name: str, kind: str
) -> None:
    archive = inbox / f"a.{kind}"
    zipped(archive, (name, SDN)) if kind == "zip" else tar(archive, "w", (name, SDN))
    run = planned(settings, "ofac_sdn", archive)
    ((label,),) = names(run)
    assert label.startswith(f"a.{kind}/")
    assert ".." not in label.split("/")
    assert label.isprintable()
    assert content(settings, run) == [SDN]
    assert unescaped(tmp_path) == []


def test_a_members_name_ends_at_a_nul(settings: Settings, inbox: Path) -> None:
    run = planned(settings, "ofac_sdn", zipped(inbox / "a.zip", ("sdn.csv\0.exe", SDN)))
    assert names(run) == [["a.zip/sdn.csv"]]


def test_links_and_devices_in_an_archive_are_no_files(settings: Settings, inbox: Path) -> None:
    with tarfile.open(inbox / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"{kind.decode()}.csv")
            info.type, info.linkname = kind, "/etc/hostname"
            archive.addfile(info)
        info = tarfile.TarInfo("sdn.csv")
        info.size = len(SDN)
        archive.addfile(info, io.BytesIO(SDN))
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(inbox / "b.zip", "w") as packed:
        packed.writestr(link, "/etc/hostname")
        packed.writestr("alt_2021-01-01.csv", ALT)
    run = planned(settings, "ofac_sdn", inbox / "a.tar", inbox / "b.zip")
    assert names(run) == [["a.tar/sdn.csv"], ["b.zip/alt_2021-01-01.csv"]]


def encrypted(path: Path) -> Path:
    body = bytearray(zipped(path, ("sdn.csv", SDN)).read_bytes())
    # The flag in the local header and in the directory.
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(body)
    return path


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "cut": (lambda p: cut(zipped(p / "x.zip", ("sdn.csv", SDN * 99)), 200), "whole archive"),
    "cut tar": (
        lambda p: cut(tar(p / "x.tar.gz", "w:gz", ("s.csv", SDN * 999)), 200),
        "ends before",
    ),
    "no archive": (lambda p: written(p / "x.zip", b"<html>404</html>"), "whole archive"),
    "empty file": (lambda p: written(p / "x.tar", b""), "whole archive"),
    "bomb": (lambda p: zipped(p / "x.zip", ("sdn.csv", bytes(40_000_000))), "decompression bomb"),
    "tar bomb": (
        lambda p: tar(p / "x.tgz", "w:gz", ("sdn.csv", bytes(40_000_000))),
        "decompression bomb",
    ),
    "two of a name": (
        lambda p: zipped(p / "x.zip", ("sdn.csv", SDN), ("sdn.csv", ALT)),
        "one member per name",
    ),
    "two of a name when read": (
        lambda p: zipped(p / "x.zip", ("a/x.csv", SDN), ("a\\x.csv", ALT)),
        "one file of this name",
    ),
    "encrypted": (lambda p: encrypted(p / "x.zip"), "is encrypted"),
}


def cut(path: Path, size: int) -> Path:
    return written(path, path.read_bytes()[:size])


def written(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_an_unusable_archive_is_kept_and_costs_no_other_file(
    settings: Settings, inbox: Path, take: Callable[..., Run], case: str
) -> None:
    make, says = BROKEN[case]
    broken = make(inbox)
    good = written(inbox / "sdn_2023-05-23.csv", SDN)
    run = take("ofac_sdn", broken, good)
    ((label, reason),) = refusals(run).items()
    assert says in reason
    assert reason.startswith("ofac_sdn ")
    assert broken.name in label
    assert list(candidates(run)) == ["in/sdn_2023-05-23.csv"]
    assert any(f.name.endswith(broken.name) for b in run.batches() for f in b.files) or (
        case == "two of a name when read"
    )


@pytest.mark.parametrize("members", [(), (("readme.md", b""),), ((".hidden.csv", SDN),)])
def test_an_archive_with_nothing_of_the_kind_is_refused(
    settings: Settings, inbox: Path, members: tuple[tuple[str, bytes], ...]
) -> None:
    with pytest.raises(InputRefused, match="nothing of this source's kind"):
        planned(settings, "ofac_sdn", zipped(inbox / "a.zip", *members))


# ── runs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_run_leaves_nothing_behind(settings: Settings, inbox: Path) -> None:
    with pytest.raises(InputRefused):
        planned(settings, "ofac_sdn", inbox / "absent.csv")
    assert list(settings.storage.scratch().iterdir()) == []


def test_a_full_disk_is_not_the_archives_fault(
    settings: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flowlake.gathering.shutil.copyfileobj", full)
    with pytest.raises(Exception, match=r"a\.zip: the disk is full"):
        planned(settings, "ofac_sdn", zipped(inbox / "a.zip", ("sdn.csv", SDN)))


def test_a_word_that_is_also_a_files_name_stays_a_word(
    settings: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(inbox)
    written(inbox / "5f4dcc3b5aa765d61d8327deb882cf99", b"")
    slot = zipped(inbox / "20250827160000.gkg.csv.zip", ("20250827160000.gkg.csv", b""))
    run = planned(settings, "gdelt_gkg", slot, md5="5f4dcc3b5aa765d61d8327deb882cf99")
    (batch,) = run.batches()
    assert batch.options["md5"] == "5f4dcc3b5aa765d61d8327deb882cf99"


def test_a_growing_list_of_checksums_makes_no_slot_new(settings: Settings, inbox: Path) -> None:
    slot = zipped(inbox / "20250827160000.gkg.csv.zip", ("20250827160000.gkg.csv", b"x"))
    identities = set()
    for text in ("", "9 a http://x/1.gkg.csv.zip\n", "9 b http://x/2.gkg.csv.zip\n"):
        written(inbox / "lastupdate.txt", text.encode())
        (batch,) = planned(settings, "gdelt_gkg", inbox).batches()
        assert len(batch.files) == 2
        identities.add(batch.sha256)
    assert identities == {batch.files[0].sha256}
    assert slot.exists()


# ── the web ─────────────────────────────────────────────────────────────────────────────────────


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


# ── the drop folder ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/hostname", "a/../../secret", "out", "out/x", "loop", "nul\0", "x" * 300,
     "absent", "~/x", "file:///etc/hostname", "http://127.0.0.1/"],
)  # fmt: skip
def test_a_name_in_a_form_leads_nowhere_but_into_the_drop_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("canary")
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "out").symlink_to(tmp_path / "secret")
    (drop / "loop").symlink_to("loop")
    with pytest.raises(InputRefused):
        dropped(drop, name)


@pytest.mark.parametrize("name", ["a", "a/b.csv", "./a/../a/b.csv", "link", "."])
def test_a_name_inside_the_drop_folder_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.csv").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert dropped(tmp_path, name).is_relative_to(tmp_path)


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
