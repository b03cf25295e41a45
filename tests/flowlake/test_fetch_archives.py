"""Archives become raw bytes and batches, member by member; hostile ones harm nothing."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from flowlake.runs import Run
from flowlake.settings import Settings
from tests.flowlake.conftest import candidates, refusals
from tests.flowlake.fetching import ALT, SDN, content, names, planned, tar, written, zipped
from transforms.errors import InputRefused
from transforms.lake import raw


def unescaped(root: Path) -> list[Path]:
    """Files outside the lake and the folder that was given."""
    return [
        p for p in root.rglob("*") if p.is_file() and p.parts[len(root.parts)] not in ("lake", "in")
    ]


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
