"""How gunicorn serves ChatterKeep: `gunicorn` alone, in this folder, is enough.

HOST, PORT and WEB_CONCURRENCY are the knobs. What is given on gunicorn's command line wins over
this file, so `--worker-class gthread` serves the same application with threads.
"""

import gc
import ipaddress
import json
import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any

from gunicorn.glogging import Logger

# Nothing of the application is imported in this file. The workers inherit what this first process
# has imported, and gevent must exchange locks and sockets before a worker's modules take hold of
# them.

DATA = Path(os.environ.get("CHATTERKEEP_DATA_DIR") or "data").absolute()
METRICS = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or DATA / "metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS)  # for the workers' prometheus_client


_SECRET_ATOMS = {"f", "q"}  # the Referer and the query
_SECRET_HEADERS = {
    *("authorization", "cookie", "set-cookie", "hx-current-url", "location", "query-string", "referer"),
    *("sec-websocket-protocol", "x-api-key", "hx-redirect"),
}


def _spelled(text: str) -> str:
    """A pattern of a text in an address, where any character may be written as %xx."""
    return "".join(f"(?:{re.escape(character)}|%{ord(character):02x})" for character in text)


_SECRET_PART = re.compile(
    rf"({_spelled('/c/')}|{_spelled('/erased/')}|\?)[^\s\"]*",
    re.IGNORECASE,  # private links, and all queries
)
_SECRET_RUN = re.compile(r"(?:[a-z0-9_-]|%[0-9a-f]{2}){40,}", re.IGNORECASE)  # what could be a token, anywhere


class JsonLines(logging.Formatter):
    """gunicorn's messages as the application writes its own: one JSON object a line.

    What a request said is left out, since gunicorn would quote addresses that hold a private
    token, and lines it could not read.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _without_secrets(_without_quotes(record)),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            is_about_a_start = line["event"] == "Exception in worker process"
            line["error"] = repr(error) if is_about_a_start else type(error).__name__
            line["where"] = " > ".join(
                f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in extract_tb(error.__traceback__)[-12:]
            )
        return json.dumps(line, ensure_ascii=False)


def _without_quotes(record: logging.LogRecord) -> str:
    template = str(record.msg)
    if template.startswith("Invalid request"):
        return "Invalid request"
    return template.partition(" %")[0] if record.exc_info else record.getMessage()


class JsonLogger(Logger):
    """A `logconfig_dict` would set the format too, but with one gunicorn gathers the fields of its
    access log for every request, though nobody writes them: the application logs its requests.

    Whoever turns that access log on finds no private link in it, no query, no Referer, no credential.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())

    def atoms(self, *request: Any) -> dict[str, Any]:
        """All that an access log's format can name."""
        found: dict[str, Any] = super().atoms(*request)
        return {name: _redacted(name, value) for name, value in found.items()}


def _redacted(name: str, value: Any) -> Any:
    header = name[1:-2].replace("_", "-").removeprefix("http-") if name.startswith("{") else ""
    if name in _SECRET_ATOMS or header in _SECRET_HEADERS:
        return "-"
    return _without_secrets(value) if isinstance(value, str) else value


def _without_secrets(text: str) -> str:
    return _SECRET_RUN.sub("…", _SECRET_PART.sub(r"\1…", text))


def on_starting(server: Any) -> None:
    """Refuse an open door to the network, and forget the counters of processes long gone."""
    _refuse_open_door([address for address in server.address if not _is_local(address)])
    _halt_once(server)
    METRICS.mkdir(parents=True, exist_ok=True)
    for left_over in METRICS.glob("*.db"):
        left_over.unlink(missing_ok=True)


def post_fork(server: Any, worker: Any) -> None:
    """Let Ctrl-C, which a terminal sends to every process, end a worker at once: gunicorn's own way
    exits a second time while gevent is being shut down, and tells of it in a traceback.
    """
    worker.handle_quit = lambda *_: os._exit(0)
    leave = worker.handle_exit

    def drain_and_leave(*signal: Any) -> None:
        if services := _services(worker):
            services.writers.retire()
            services.housekeeping.close()
            services.indexing.close()
            services.embeddings.close()
            services.feed.close()
        leave(*signal)

    worker.handle_exit = drain_and_leave


def post_worker_init(worker: Any) -> None:
    """Let each worker write replies, also those that a worker which is gone has left, and index words."""
    if services := _services(worker):
        services.settings.note(services.clock())
        services.writers.prepare()
        services.writers.start()
        services.housekeeping.start()
        services.indexing.start()
        services.embeddings.start()
        # What is loaded by now stays: looking it over again and again would stop all streams for 0.2 s at a time.
        gc.collect()
        gc.freeze()


def worker_exit(server: Any, worker: Any) -> None:
    """Give the replies back that this worker was writing, and hand over the texts that wait for phones."""
    if services := _services(worker):
        services.indexing.close()
        services.embeddings.close()
        services.writers.close()
        services.outgoing.close()


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the sums; what it has counted has happened, and stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def _services(worker: Any) -> Any:
    """The use cases of a worker's application; None where it failed to load, or is another one."""
    app = getattr(worker, "wsgi", None)
    return app.extensions.get("chatterkeep") if app else None


def _halt_once(server: Any) -> None:
    """Let one worker that cannot start end the server. gunicorn would raise again for the next one
    that dies while it stops, and so leave the others running behind a traceback.
    """
    stop = server.stop

    def stop_and_expect_deaths(graceful: bool = True) -> None:
        server.WORKER_BOOT_ERROR = server.APP_LOAD_ERROR = -1  # no exit code
        stop(graceful)

    server.stop = stop_and_expect_deaths


def _refuse_open_door(addresses: list[Any]) -> None:
    is_open = os.environ.get("CHATTERKEEP_API_AUTH", "").strip().lower() == "open"
    if is_open and addresses:
        raise RuntimeError(
            "CHATTERKEEP_API_AUTH=open lets everybody read and write, so it is for a loopback "
            f"address only, and this server was to listen on {_spoken(addresses[0])}. "
            "Set CHATTERKEEP_API_AUTH=required, or HOST=127.0.0.1."
        )


def _is_local(address: Any) -> bool:
    """Whether this machine alone can reach it: a loopback address, or a unix socket's path."""
    if not isinstance(address, tuple):
        return isinstance(address, str)
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return bool(address[0] == "localhost")


def _spoken(address: Any) -> str:
    return _joined(*address) if isinstance(address, tuple) else f"file descriptor {address}"


def _joined(host: str, port: object) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


wsgi_app = "wsgi:app"
bind = [_joined(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")]

workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gevent"
worker_connections = 2000  # for each worker: open pages and streams
threads = 600  # gthread only, which starts them as they are needed
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes its own private file in it
    worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat must not wait for a disk

timeout = 60  # a worker that has shown no life for so long is stuck, and is replaced
graceful_timeout = 20  # for the answers under way when the server is asked to stop
keepalive = 5

logger_class = JsonLogger
accesslog = None
control_socket_disable = True

# Which proxies are believed, and what they say, the application decides: CHATTERKEEP_TRUSTED_PROXIES.
forwarded_allow_ips = ""

limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
