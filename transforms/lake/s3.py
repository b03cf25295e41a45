"""A lake in an S3 bucket, through Arrow's own client.

S3 shows an object when its upload is complete and keeps it through a power cut: no syncs here.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pyarrow import fs

from transforms.errors import LakeError
from transforms.lake.durable import temporary_beside
from transforms.lake.storage import Entry

# Parts of an upload or download; S3 wants at least 5 MiB.
_CHUNK = 8 << 20


def _client(options: Mapping[str, str]) -> fs.S3FileSystem:
    """Client for deltalake's options; what they leave out comes from AWS's own places."""
    given = {key.upper(): value for key, value in options.items()}
    endpoint = urlsplit(given.get("AWS_ENDPOINT_URL", ""))
    arguments = {
        "access_key": given.get("AWS_ACCESS_KEY_ID"),
        "secret_key": given.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": given.get("AWS_SESSION_TOKEN"),
        "region": given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION"),
        "endpoint_override": endpoint.netloc or None,
        "scheme": endpoint.scheme or None,
    }
    return fs.S3FileSystem(**{k: v for k, v in arguments.items() if v is not None})


class Bucket:
    """Objects below one prefix of a bucket."""

    def __init__(self, base: str, options: Mapping[str, str]) -> None:
        self._base = base
        self._options = options
        self._made: tuple[int, fs.S3FileSystem] | None = None

    @property
    def _fs(self) -> fs.S3FileSystem:
        # The client's threads do not live on in a forked child: each process makes its own.
        if self._made is None or self._made[0] != os.getpid():
            self._made = (os.getpid(), _client(self._options))
        return self._made[1]

    def read(self, rel: str) -> bytes:
        """Download a small object."""
        with self._fs.open_input_stream(f"{self._base}/{rel}") as stream:
            return bytes(stream.read())

    def write(self, rel: str, data: bytes) -> None:
        """Upload a small object."""
        with self._fs.open_output_stream(f"{self._base}/{rel}") as stream:
            stream.write(data)

    def put(self, items: list[tuple[Path, str]]) -> None:
        """Upload files, each checked to have arrived whole."""
        for local, rel in items:
            self._upload(local, rel)

    def _upload(self, local: Path, rel: str) -> None:
        try:
            with (
                local.open("rb") as source,
                self._fs.open_output_stream(f"{self._base}/{rel}") as stream,
            ):
                while chunk := source.read(_CHUNK):
                    stream.write(chunk)
        except BaseException:
            # Arrow completes an upload when its stream is closed, also by an error halfway.
            self.delete(rel)
            raise
        if self.size(rel) != local.stat().st_size:
            self.delete(rel)
            raise LakeError(f"{rel}: the upload did not arrive whole; run it again")

    def fetch(self, rel: str, path: Path) -> None:
        """Download an object; the path appears when all of it is there."""
        temporary = temporary_beside(path)
        try:
            with (
                self._fs.open_input_stream(f"{self._base}/{rel}") as source,
                temporary.open("xb") as target,
            ):
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def size(self, rel: str) -> int | None:
        """Size of an object; None where there is none."""
        info = self._fs.get_file_info(f"{self._base}/{rel}")
        return int(info.size) if info.type == fs.FileType.File else None

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Objects below a prefix, by name."""
        base = f"{self._base}/{prefix}" if prefix else self._base
        selector = fs.FileSelector(base, recursive=True, allow_not_found=True)
        found = [i for i in self._fs.get_file_info(selector) if i.type == fs.FileType.File]
        for info in sorted(found, key=lambda i: i.path):
            rel = info.path.removeprefix(f"{self._base}/")
            yield Entry(rel, int(info.size), info.mtime.timestamp())

    def delete(self, rel: str) -> None:
        """Remove an object where there is one."""
        if self.size(rel) is not None:
            self._fs.delete_file(f"{self._base}/{rel}")
