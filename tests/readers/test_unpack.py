"""Compressed files: whole or refused, bounded, never extracted."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from transforms.errors import InputRefused
from transforms.readers.unpack import contents, members

TEXT = b"hash,value\n" + b"".join(b"0x%064x,%d\n" % (i * i, i) for i in range(5_000))


def read(path: Path) -> list[tuple[str, bytes]]:
    return [(name, stream.read()) for name, stream in contents(path)]


def tar(*given: tuple[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in given:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(*given: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in given:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]) + b"\0" * 700,
        bz2.compress(TEXT),
        lzma.compress(TEXT),
    ],
    ids=["plain", "gzip", "two gzip streams and padding", "bzip2", "xz"],
)
def test_a_file_gives_its_plain_bytes_whatever_its_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    assert read(path) == [("export.csv", TEXT)]


@pytest.mark.parametrize(
    "data",
    [
        zipped(("a/x.csv", TEXT), ("y.csv.gz", gzip.compress(TEXT))),
        tar(("a/x.csv", TEXT), ("y.csv.gz", gzip.compress(TEXT))),
        tar(("a/x.csv", TEXT), ("y.csv.gz", gzip.compress(TEXT)), mode="w:gz"),
        tar(("a/x.csv", TEXT), ("y.csv.gz", gzip.compress(TEXT)), mode="w:xz"),
    ],
    ids=["zip", "tar", "tar.gz", "tar.xz"],
)
def test_an_archive_gives_the_plain_bytes_of_its_members(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    assert read(path) == [("a/x.csv", TEXT), ("y.csv.gz", TEXT)]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_cut_file_is_refused(tmp_path: Path, pack, share: float) -> None:
    data = pack(TEXT)
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputRefused, match=r"cut\.csv\.gz: expected whole"):
        read(path)


def test_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    path = tmp_path / "wrong.csv.gz"
    path.write_bytes(data)
    with pytest.raises(InputRefused, match="incorrect data check"):
        read(path)


def test_bytes_behind_the_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "more.csv.gz"
    path.write_bytes(gzip.compress(TEXT) + b"and more")
    with pytest.raises(InputRefused, match=r"more\.csv\.gz"):
        read(path)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_cut_archive_is_refused(tmp_path: Path, share: float) -> None:
    for data in (zipped(("x.csv", TEXT)), tar(("x.csv", TEXT)), tar(("x", TEXT), mode="w:gz")):
        path = tmp_path / "cut"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputRefused):
            read(path)


def test_a_tar_that_ends_between_members_is_refused(tmp_path: Path) -> None:
    whole = tar(("x.csv", TEXT), ("y.csv", TEXT))
    path = tmp_path / "cut.tar"
    path.write_bytes(whole[: 512 + (len(TEXT) + 511) // 512 * 512])
    with pytest.raises(InputRefused, match="members may be missing"):
        read(path)


def test_bombs_stop_early(tmp_path: Path) -> None:
    zeros = b"\0" * 20_000_000
    path = tmp_path / "bomb"
    for data in (
        gzip.compress(zeros),
        zipped(("x", zeros)),
        tar(("x", zeros), mode="w:gz"),
        lzma.compress(zeros * 7, preset=0),
    ):
        path.write_bytes(data)
        produced = 0
        with pytest.raises(InputRefused, match="bomb"):
            for _, stream in contents(path):
                while chunk := stream.read(1 << 20):
                    produced += len(chunk)
        assert produced < 140_000_000


def test_a_zip_whose_header_lies_about_the_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(("x.csv", TEXT)))
    at = data.rfind(b"PK\x01\x02") + 24
    data[at : at + 4] = (100).to_bytes(4, "little")
    path = tmp_path / "lie.zip"
    path.write_bytes(data)
    with pytest.raises(InputRefused, match="CRC"):
        read(path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with pytest.warns(UserWarning, match="Duplicate"):
        path.write_bytes(zipped(("x.csv", TEXT), ("x.csv", b"other")))
    with pytest.raises(InputRefused, match=r"two 'x\.csv'"):
        list(members(path))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(("x.csv", TEXT)))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "secret.zip"
    path.write_bytes(data)
    with pytest.raises(InputRefused, match="encrypted"):
        list(members(path))


def test_links_are_skipped_and_names_lead_nowhere(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("../../up\x1b[31m.csv")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    path = tmp_path / "x.tar"
    path.write_bytes(out.getvalue())
    assert read(path) == [("up?[31m.csv", b"abc")]


def test_a_tar_header_may_not_fill_the_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1 << 32
    path = tmp_path / "x.tar"
    path.write_bytes(info.tobuf() + b"\0" * 10_240)
    with pytest.raises(InputRefused, match="header of"):
        read(path)
