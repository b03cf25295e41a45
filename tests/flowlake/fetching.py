"""What the tests of fetch give and look at."""

import io
import tarfile
import zipfile
from pathlib import Path

from flowlake.fetch import fetch
from flowlake.runs import Run
from flowlake.settings import Settings
from tests.conftest import ROOT
from tests.flowlake.conftest import LOCAL
from transforms.lake import raw

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


def written(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def made(root: Path, *names: str) -> Path:
    """A folder with these files."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root
