"""Real servers on loopback that stand for a gateway, or for something that must never be reached."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP

OK = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass
class Heard:
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    """Remembers each connection and each request, and answers with `answers`, one after the other; then with OK.

    An answer may be bytes, or a function that is given the connection.
    """

    port: int
    answers: list[bytes | Callable[[socket.socket], None]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0

    def url(self, host: str = "127.0.0.1", scheme: str = "http", path: str = "/sms") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def answer(status: str, **headers: str) -> bytes:
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{fields}Content-Length: 0\r\n\r\n".encode()


@contextmanager
def running_gateway(tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """A server until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = Gateway(listener.getsockname()[1])
        threading.Thread(target=_serve, args=(listener, gateway, tls), daemon=True).start()
        yield gateway
        with socket.socket() as waker:  # closing alone does not wake who accepts
            listener.shutdown(socket.SHUT_RDWR)
            waker.settimeout(0.1)


def _serve(listener: socket.socket, gateway: Gateway, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        gateway.connections += 1
        threading.Thread(target=_talk, args=(connection, gateway, tls), daemon=True).start()


def _talk(connection: socket.socket, gateway: Gateway, tls: ssl.SSLContext | None) -> None:
    connection.settimeout(10)
    try:
        with connection:
            line = tls.wrap_socket(connection, server_side=True) if tls else connection
            with line:
                gateway.heard.append(_read(line))
                said = gateway.answers.pop(0) if gateway.answers else OK
                if isinstance(said, bytes):
                    line.sendall(said)
                else:
                    said(line)
    except OSError:
        pass


def _read(connection: socket.socket) -> Heard:
    said = b""
    while b"\r\n\r\n" not in said:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError
        said += more
    head, _, body = said.partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    headers = {name.lower(): value for name, value in BytesParser(policy=HTTP).parsebytes(fields).items()}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Heard(line.decode(), headers, body)
