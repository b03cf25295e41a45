"""The raw store: the bytes as received, once, under a name of our own."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from transforms.errors import InputRefused, LakeError
from transforms.lake import durable, raw
from transforms.lake.raw import Received, open_raw, public_origin, read_manifest, receive
from transforms.lake.storage import Storage
from transforms.lake.verify import verify

WHEN = datetime(2023, 1, 5, 6, 7, 8, tzinfo=UTC)


def received(path: Path, **said: object) -> Received:
    arguments = {"name": path.name, "origin": str(path), "fetched_at": WHEN} | said
    return Received(path, **arguments)


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    path = tmp_path / "sdn.csv"
    path.write_bytes(b"36,AEROCARIBBEAN AIRLINES\n" * 1000)
    return path


def test_bytes_are_kept_as_received_with_what_is_known_of_them(
    any_lake: Storage, dropped: Path
) -> None:
    file = received(
        dropped,
        origin="https://user:canary@example.org/a/sdn.csv?key=canary#canary",
        etag='"x"',
        last_modified="Thu, 05 Jan 2023 06:00:00 GMT",
        media_type="text/csv",
        licence="US public domain",
        publisher_date=date(2023, 1, 5),
    )
    (kept,) = receive(any_lake, "ofac_sdn", [file]).objects
    assert kept.is_new
    assert kept.sha256 == hashlib.sha256(dropped.read_bytes()).hexdigest()
    assert open_raw(any_lake, "ofac_sdn", kept.sha256).read_bytes() == dropped.read_bytes()
    manifest = read_manifest(any_lake, "ofac_sdn", kept.sha256)
    assert manifest == {
        "name": "sdn.csv",
        "origin": "https://example.org/a/sdn.csv",
        "source": "ofac_sdn",
        "sha256": kept.sha256,
        "size": dropped.stat().st_size,
        "fetched_at": "2023-01-05T06:07:08+00:00",
        "etag": '"x"',
        "last_modified": "Thu, 05 Jan 2023 06:00:00 GMT",
        "media_type": "text/csv",
        "licence": "US public domain",
        "publisher_date": "2023-01-05",
    }
    assert not any("canary" in e.rel for e in any_lake.list())
    assert verify(any_lake) == []


def test_the_same_bytes_again_only_add_a_reception(any_lake: Storage, dropped: Path) -> None:
    first = receive(any_lake, "ofac_sdn", [received(dropped)])
    later = datetime(2023, 1, 6, tzinfo=UTC)
    again = receive(any_lake, "ofac_sdn", [received(dropped, fetched_at=later, name="other.csv")])
    receive(any_lake, "ofac_sdn", [received(dropped, fetched_at=later, name="other.csv")])
    assert [o.is_new for o in first.objects + again.objects] == [True, False]
    names = [e.rel.rsplit("/", 1)[1] for e in any_lake.list("raw")]
    assert len([n for n in names if n.startswith("2023")]) == 2  # a repeated task adds none
    manifest = read_manifest(any_lake, "ofac_sdn", first.objects[0].sha256)
    assert manifest["name"] == "sdn.csv", "what was known first is never rewritten"
    assert names.count("data") == 1


def test_equal_files_of_one_reception_are_kept_once(lake: Storage, dropped: Path) -> None:
    twin = dropped.with_name("twin.csv")
    twin.write_bytes(dropped.read_bytes())
    kept = receive(lake, "ofac_sdn", [received(dropped), received(twin)]).objects
    assert [k.is_new for k in kept] == [True, False]
    assert [k.name for k in kept] == ["sdn.csv", "twin.csv"]
    names = [e.rel.rsplit("/", 1)[1] for e in lake.list("raw")]
    assert names.count("data") == 1
    assert len(names) == 4  # with one manifest and two receptions
    assert not list(lake.scratch().iterdir())


def test_the_store_is_private_from_the_file_it_came_from(lake: Storage, dropped: Path) -> None:
    (kept,) = receive(lake, "ofac_sdn", [received(dropped)]).objects
    before = dropped.read_bytes()
    with dropped.open("r+b") as f:
        f.write(b"edited in place")
    path = open_raw(lake, "ofac_sdn", kept.sha256)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o222 == 0
    (edited,) = receive(lake, "ofac_sdn", [received(dropped)]).objects
    assert edited.is_new
    assert edited.sha256 != kept.sha256


def test_half_received_bytes_are_never_visible(
    lake: Storage, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    write = durable.start_writeback
    monkeypatch.setattr(raw, "_WRITEBACK", 1)
    monkeypatch.setattr(raw, "_CHUNK", 1000)

    def looked(*arguments: int) -> None:
        seen.append([e.rel for e in lake.list("raw")])
        write(*arguments)

    monkeypatch.setattr(durable, "start_writeback", looked)
    receive(lake, "ofac_sdn", [received(dropped)])
    assert len(seen) > 10
    assert not any(seen)


def test_a_file_that_changes_while_it_is_read_is_refused(
    lake: Storage, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(lake, "ofac_sdn", [received(dropped)])
    hashing: Callable[[Path], str] = raw._hash

    def growing(path: Path) -> str:
        dropped.write_bytes(os.urandom(dropped.stat().st_size))
        digest = hashing(path)
        dropped.write_bytes(os.urandom(dropped.stat().st_size))
        return digest

    monkeypatch.setattr(raw, "_hash", growing)
    monkeypatch.setattr(raw, "_LARGE", 0)  # also by its size alone it looks like a known file
    with pytest.raises(InputRefused, match="changed while it was read"):
        receive(lake, "ofac_sdn", [received(dropped)])
    assert verify(lake) == []


def test_a_reception_that_was_cut_off_is_completed_by_the_next(
    lake: Storage, dropped: Path
) -> None:
    (kept,) = receive(lake, "ofac_sdn", [received(dropped)]).objects
    folder = f"raw/ofac_sdn/{kept.sha256[:2]}/{kept.sha256}"
    lake.delete(f"{folder}/manifest.json")
    assert [p.file for p in verify(lake)] == [f"{folder}/data"]
    receive(lake, "ofac_sdn", [received(dropped)])
    assert verify(lake) == []


def test_what_is_not_there_is_said(lake: Storage, dropped: Path) -> None:
    with pytest.raises(LakeError, match="the raw store holds no"):
        open_raw(lake, "ofac_sdn", "0" * 64)
    with pytest.raises(InputRefused, match="is no file"):
        receive(lake, "ofac_sdn", [received(dropped.with_name("absent.csv"))])
    with pytest.raises(InputRefused, match="is no file"):
        receive(lake, "ofac_sdn", [received(dropped.parent)])


@pytest.mark.parametrize(
    ("source", "digest"), [("../x", "0" * 64), ("ofac_sdn", "../../x"), ("", "0" * 64)]
)
def test_names_are_never_paths(lake: Storage, dropped: Path, source: str, digest: str) -> None:
    with pytest.raises(LakeError):
        open_raw(lake, source, digest)
    if source != "ofac_sdn":
        with pytest.raises(LakeError):
            receive(lake, source, [received(dropped)])


def test_the_publishers_name_is_only_written_down(lake: Storage, dropped: Path) -> None:
    (kept,) = receive(lake, "ofac_sdn", [received(dropped, name="../../etc/passwd")]).objects
    names = sorted(e.rel for e in lake.list("raw"))
    assert all("passwd" not in n for n in names)
    name = f"raw/ofac_sdn/{kept.sha256[:2]}/{kept.sha256}/manifest.json"
    assert json.loads(lake.read_bytes(name))["name"] == "../../etc/passwd"


@pytest.mark.parametrize(
    ("origin", "public"),
    [
        ("https://u:p@host:8443/a/b.csv?token=x#y", "https://host:8443/a/b.csv"),
        ("s3://key:secret@bucket/a", "s3://bucket/a"),
        ("/home/me/sdn.csv", "/home/me/sdn.csv"),
        ("C:\\lists\\sdn.csv", "C:\\lists\\sdn.csv"),
        ("https://[broken/?token=x", "https://"),
    ],
)
def test_origins_lose_what_may_be_secret(origin: str, public: str) -> None:
    assert public_origin(origin) == public
