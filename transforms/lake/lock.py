"""One writer at a time: a file lock under ``<lake>/_locks``.

The kernel drops the lock when its holder dies, so nothing is ever stale. On S3 there is no lock:
every commit there is pinned to the version it was planned on and to its Delta app transaction
(see ``transforms.lake.delta``), so the second of two publishers is refused and starts over; two
at once may cost work, never rows.
"""

import contextlib
import fcntl
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from transforms.errors import Conflict, LakeError
from transforms.lake import durable
from transforms.lake.storage import Storage, checked

# Holder by (lock file, process): flock would let one thread wait for itself for ever.
_held: dict[tuple[Path, int], int] = {}


@contextlib.contextmanager
def lock(storage: Storage, name: str, timeout: float = 600.0) -> Iterator[None]:
    """Hold the lock ``name``; ``Conflict`` with its holder's name after ``timeout`` seconds."""
    if storage.root is None:
        yield
        return
    path = storage.root / "_locks" / f"{checked(name)}.lock"
    durable.ensure_folder(path.parent)
    key = (path, os.getpid())
    if _held.get(key) == threading.get_ident():
        raise LakeError(f"lock {name} is already held by this thread: it would wait for itself")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _acquire(descriptor, name, timeout)
        _held[key] = threading.get_ident()
        try:
            holder = f"process {os.getpid()} on {socket.gethostname()}\n"
            os.ftruncate(descriptor, 0)
            # A full disk must not keep anybody from locking.
            with contextlib.suppress(OSError):
                os.pwrite(descriptor, holder.encode(), 0)
            yield
        finally:
            _held.pop(key, None)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, name: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
                raise Conflict(
                    f"lock {name} is held by {holder or 'another process'} for more than "
                    f"{timeout:g} s; wait for it and run the same command again"
                ) from None
            # Waiters that woke in step would go on meeting each other.
            time.sleep(random.uniform(0.01, 0.05))  # noqa: S311  (not a secret)
        else:
            return
