"""Opens kept-alive connections so that every worker process holds its share of them.

Workers race for each new connection, and a kept-alive one stays where it landed: left to chance,
all sixteen can fall to one of two workers, and the round measures the draw instead of the server.
"""

import socket
import time
from collections import Counter
from pathlib import Path

from benchmarks.load import SILENCE_SECONDS, connect
from benchmarks.servers import Server

MOST_TRIES = 2000


def connect_evenly(server: Server, count: int) -> list[socket.socket]:
    """That many open connections, the same number with each worker (or one more)."""
    share = -(-count // len(server.workers))
    held: Counter[int] = Counter()
    kept: list[socket.socket] = []
    for _ in range(MOST_TRIES):
        if len(kept) == count:
            return kept
        opened = connect(server.address)
        worker = _worker_of(opened, server)
        if held[worker] < share:
            held[worker] += 1
            kept.append(opened)
        else:
            opened.close()
    raise RuntimeError(f"{MOST_TRIES} connections did not spread over the workers: {dict(held)}")


def _worker_of(opened: socket.socket, server: Server) -> int:
    """The worker that has accepted this connection, by the kernel's tables."""
    deadline = time.monotonic() + SILENCE_SECONDS
    port = opened.getsockname()[1]
    while time.monotonic() < deadline:
        inode = _inode_of_other_end(port, server.address[1])
        for worker in server.workers:
            if inode and _holds(worker, f"socket:[{inode}]"):
                return worker
        time.sleep(0.0005)
    raise RuntimeError("no worker took a new connection")


def _inode_of_other_end(client_port: int, server_port: int) -> str | None:
    """The server's socket for the connection from that port; the kernel writes ports in hex."""
    ends = (f":{server_port:04X}", f":{client_port:04X}")
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
            return fields[9] if fields[9] != "0" else None
    return None


def _holds(process: int, link: str) -> bool:
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            if str(descriptor.readlink()) == link:
                return True
        except OSError:
            continue  # closed while we looked
    return False
