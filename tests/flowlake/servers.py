"""A server on loopback that answers as it is told, also as badly as real ones did."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """``answers`` gives each path its answers in turn; the last one is given again and again."""

    port: int
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    closing: Event = field(default_factory=Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, *answers: Answer) -> str:
        """Set the answers of a path; returns its URL."""
        self.answers[path] = list(answers)
        return self.url(path)

    def headers(self, number: int) -> dict[str, str]:
        return self.requests[number][1]


def whole(
    body: bytes = b"",
    status: int = 200,
    length: int | None = -1,
    **headers: str,
) -> Answer:
    """An answer with a body; ``length`` may lie, or be None where nothing is stated."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if length is not None:
            request.send_header("Content-Length", str(len(body) if length < 0 else length))
        request.end_headers()
        request.wfile.write(body)

    return answer


def chunked(body: bytes, *, is_cut: bool = False, **headers: str) -> Answer:
    """A body in chunks without a length, perhaps without the last one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        for start in range(0, len(body), 1000):
            part = body[start : start + 1000]
            request.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        request.wfile.write(b"" if is_cut else b"0\r\n\r\n")

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    return whole(b"moved", status, Location=location)


def dripping(closing: Event, *, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Answer:
    """One byte in a tenth of a second, for ever: no read ever times out."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(head)
            while not closing.is_set():
                request.wfile.write(b"a")
                time.sleep(0.1)
        except OSError:
            pass  # the other side has had enough

    return answer


def from_offset(body: bytes, *, etag: str, ignores_if_range: bool = False) -> Answer:
    """A server that can send the rest: for the same file only, as it must."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range", "")
        is_same = ignores_if_range or request.headers.get("If-Range") == etag
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and is_same else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        request.send_header("ETag", etag)
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        request.wfile.write(body[start:])

    return answer


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            path, _, _ = self.path.partition("?")
            server.requests.append((self.path, dict(self.headers)))
            answers = server.answers[path]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 16

        def handle_error(self, *_: object) -> None:
            pass  # clients that hang up are what these tests are about

    with Quiet(("127.0.0.1", 0), Handler) as http:
        server = Server(http.server_port)
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            http.shutdown()
            thread.join()


def unused_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
