"""What must still be there after a power cut: files, folders, and the order they are synced in.

A file is durable once its bytes, the folder that names it and every new folder above it were
synced. Neither deltalake nor DuckDB does that (reliability.md §0.1), so everything the lake
acknowledges passes through here. All calls go to ``os.fsync``; tests record them there.
"""

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from transforms.errors import NoSpace

# Everything the lake writes under a passing name ends so; the janitor knows its own by it.
TEMPORARY = ".flowlake-tmp"

# ext4 groups concurrent syncs into one journal commit; more threads than that gain nothing.
_SYNC_THREADS = 8

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# deltalake, DuckDB and Arrow report the same conditions as text.
_FULL_TEXTS = ("no space left", "disk quota", "file too large", "storage full", "disk full")


def temporary_beside(path: Path) -> Path:
    """Name of our own in the same folder, free of the final name's length and characters."""
    return path.with_name(f".{secrets.token_hex(8)}{TEMPORARY}")


def sync_file(path: Path) -> None:
    """Flush a file's bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Flush a folder's names to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems take no fsync of a folder; they keep names in order themselves.
        if error.errno not in {errno.EINVAL, errno.EBADF}:
            raise
    finally:
        os.close(descriptor)


def sync_all(files: Iterable[Path], folders: Iterable[Path]) -> None:
    """Flush many files, then the folders that name them, deepest first."""
    with ThreadPoolExecutor(_SYNC_THREADS) as pool:
        list(pool.map(sync_file, sorted(set(files))))
        deepest_first = sorted(set(folders), key=lambda f: (-len(f.parts), f))
        list(pool.map(sync_folder, deepest_first))


def make_folder(path: Path) -> set[Path]:
    """Create a folder; returns the folders whose entries changed and await a sync."""
    missing = []
    above = path
    while not above.exists():
        missing.append(above)
        above = above.parent
    path.mkdir(parents=True, exist_ok=True)
    # The folder itself counts: whoever asks is about to put a name into it.
    return {path, *(folder.parent for folder in missing)}


def ensure_folder(path: Path) -> Path:
    """Create a folder durably where it is missing; the folder."""
    if not path.is_dir():
        sync_all((), make_folder(path))
    return path


def write_durably(path: Path, data: bytes) -> None:
    """Replace a small file whole: readers and power cuts see the old bytes or the new ones."""
    changed = make_folder(path.parent)
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_all((), changed)


def place(source: Path, target: Path) -> None:
    """Give a finished file its name in the lake, without copying its bytes where possible.

    The name appears at once with all bytes behind it, replaces what a crash left there, and is
    read-only: lake files never change. Syncing is the caller's, once for many files.
    """
    temporary = temporary_beside(target)
    try:
        try:
            os.link(source, temporary)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}:
                raise
            shutil.copyfile(source, temporary)
        temporary.chmod(0o444)
        temporary.replace(target)
    finally:
        # Also when both names were links to one file: rename(2) then does nothing.
        temporary.unlink(missing_ok=True)


def start_writeback(descriptor: int, offset: int, length: int) -> None:
    """Ask the kernel to start writing a range, so that the final sync finds little to do.

    Halves the time of a copy (measured: 1 GiB in 0.7 s with, 1.5 s without). Not durable by
    itself, and nothing where the system has no sync_file_range.
    """
    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is not None:
        sync_file_range_write = 2
        call(
            ctypes.c_int(descriptor),
            ctypes.c_int64(offset),
            ctypes.c_int64(length),
            ctypes.c_uint(sync_file_range_write),
        )


def is_full(error: BaseException) -> bool:
    """Whether an error of any of the libraries means that the disk is full."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(text in str(error).lower() for text in _FULL_TEXTS)


@contextlib.contextmanager
def naming_full_disk(act: str, folder: Path | None) -> Iterator[None]:
    """Turn a full disk, whoever met it, into our own message with numbers."""
    try:
        yield
    except NoSpace:
        raise
    except Exception as error:
        if not is_full(error):
            raise
        free = f"{shutil.disk_usage(folder).free:,} bytes free" if folder else "no space left"
        raise NoSpace(
            f"{act}: the disk is full ({free}); nothing was published, what was there is still "
            "served. Free some space and run the same command again"
        ) from error


def reserve(folder: Path, size: int) -> None:
    """Raise where a folder's disk cannot take ``size`` more bytes.

    Met before deltalake meets it: at 0 KiB its object store prints a Rust panic to stderr.
    """
    fallocate = getattr(os, "posix_fallocate", None)
    if fallocate is None:  # macOS: met by the write itself, with an uglier stderr
        return
    temporary = temporary_beside(folder / "reserved")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}:
                raise
        finally:
            os.close(descriptor)
    finally:
        temporary.unlink(missing_ok=True)
