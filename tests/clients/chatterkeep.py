"""A program of somebody who uses ChatterKeep's `/chat`: HTTP by hand over a socket, and nothing else."""

import json
import socket
from typing import Any
from urllib.parse import urlencode


class ChatterKeep:
    """One phone. `names` are the fields that it sends and reads: the phone, the message, the reply."""

    def __init__(self, port: int, phone: str, names: tuple[str, str, str], form: bool = False, key: str = "") -> None:
        self._port = port
        self._phone = phone
        self._names = names
        self._form = form
        self._key = key

    def say(self, text: str, **more: str) -> str:
        """Send a message, return the reply. Raises RuntimeError with the status line."""
        status, answer = self.post({self._names[0]: self._phone, self._names[1]: text, **more})
        if " 200 " not in status:
            raise RuntimeError(f"{status}: {answer}")
        return str(answer[self._names[2]])

    def post(self, fields: dict[str, Any]) -> tuple[str, Any]:
        body = (urlencode(fields) if self._form else json.dumps(fields)).encode()
        media = "application/x-www-form-urlencoded" if self._form else "application/json"
        head = f"POST /chat HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: {media}\r\n"
        if self._key:
            head += f"Authorization: Bearer {self._key}\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
            connection.sendall(head.encode() + body)
            answer = b""
            while piece := connection.recv(4096):
                answer += piece
        told, _, content = answer.partition(b"\r\n\r\n")
        return told.split(b"\r\n")[0].decode(), json.loads(content)
