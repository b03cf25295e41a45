"""Connections to servers that are not trusted: where they lead, and how long they last.

A session for one attempt of a download. Each connection is looked at once it is made and before a
word is said on it, by its own peer address: a name may resolve differently twice, and a check made
before connecting would not hold. A timer ends whatever is still open when the time is over; the
timeouts of ``requests`` count from byte to byte, so a server that drips would never meet them.
"""

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from transforms.errors import InputRefused


@contextlib.contextmanager
def watched_session(deadline: float, private_hosts: tuple[str, ...]) -> Iterator[requests.Session]:
    """Session without proxies, cookies of earlier runs or ``.netrc``, cut off at ``deadline``.

    ``deadline`` is by ``time.monotonic``. A cut looks like an end of the body: who reads must look
    at the clock. ``private_hosts`` are the only names that may lead into a private network.
    """
    sockets: list[socket.socket] = []

    def cut() -> None:
        for s in sockets:
            with contextlib.suppress(OSError):  # it may be closed already
                s.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(deadline - time.monotonic(), 0), cut)
    watch.daemon = True
    with _Session() as session:
        session.trust_env = False
        adapter = _Adapter(private_hosts, sockets.append)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        watch.start()
        try:
            yield session
        finally:
            watch.cancel()


class _Session(requests.Session):
    """Leaves redirects to its user."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even unfollowed, the target would be parsed and the whole body read into memory."""


class _Adapter(HTTPAdapter):
    """Makes connections that are looked at."""

    def __init__(
        self, private_hosts: tuple[str, ...], opened: Callable[[socket.socket], None]
    ) -> None:
        self._private_hosts = private_hosts
        self._opened = opened
        super().__init__()

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        """Give the manager pools of our own connections."""
        super().init_poolmanager(connections, maxsize, block, **options)
        look = self._look

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                look(self)

        class Tls(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                look(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

    def _look(self, connection: HTTPConnection) -> None:
        address = connection.sock.getpeername()[0]
        self._opened(connection.sock)
        if connection.host in self._private_hosts or ipaddress.ip_address(address).is_global:
            return
        connection.close()
        raise InputRefused(f"{connection.host} resolves to {address}, which is not public")
