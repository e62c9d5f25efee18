"""A private link turns up nowhere but with whoever holds it: in no log, and in no metric."""

import threading
import urllib.request
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.canary import private_in
from tests.make import make_phone
from tests.servers import Server, running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TICKET = "InRpY2tldCI.aBcDeF0123456789aBcDeF0123456789aBcDeF01"
RECEIPT = "4e17f8df-9ba7-440c-92d6-ffd24436f8cc"
EVERYTHING = (
    "%(r)s %(U)s %(q)s %(f)s %(a)s %({referer}i)s %({authorization}i)s %({hx-current-url}i)s %({cookie}i)s "
    "%({location}o)s %({raw_uri}e)s %({path_info}e)s %({query_string}e)s %({http_referer}e)s %({http_authorization}e)s"
)


@pytest.mark.slow
def test_gunicorns_access_log_shows_no_link(data_dir: Path) -> None:
    """Nor does what it tells of each request while somebody debugs it, however an address is spelled.

    `running` searches the log for links at its end; here is seen that it was written.
    """
    arguments = f"--log-level debug --access-logfile - --access-logformat '{EVERYTHING}'"
    with running(data_dir, workers=1, GUNICORN_CMD_ARGS=arguments) as server:
        page = start(server)
        whole = f"http://127.0.0.1:{server.port}{page}"
        secrets = {"Referer": whole, "HX-Current-URL": whole, "Authorization": "Bearer ck_s_0123456789abcdefgh"}
        server.ask("GET", f"{page}?before=1.2", b"", secrets)
        token = page.removeprefix("/c/")
        spelled = [f"/%63/{token}", f"/c%2F{token}", f"/x/{token}", f"/c/%{ord(token[0]):02X}{token[1:]}"]
        for address in (*spelled, f"/%65rased/{RECEIPT}"):
            server.ask("GET", address)
        server.ask("GET", f"/ws/1/2?ticket={TICKET}", b"", secrets)
        server.ask("POST", f"{page}/verify", b"", FORM)
        metrics = server.get("/metrics").body.decode()
        log = server.log.read_text()
    assert '"event": "GET /c/…"' in log
    for part in ("GET /c/…", "GET /%63/…", "GET /c%2F…", "GET /x/…", "GET /%65rased/…"):
        assert part in log
    assert token not in log
    assert RECEIPT not in log
    assert "/ws/1/2?…" in log
    assert TICKET not in log
    assert private_in(metrics) is None
    assert "/c/<token>/verify" in metrics


def test_the_development_server_logs_no_address(app: Flask) -> None:
    """tests/canary.py searches the log of every test at its end."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    start = f"http://127.0.0.1:{server.server_port}/"
    with urllib.request.urlopen(start, f"phone=%2B{make_phone()[1:]}".encode()) as page:
        assert "/c/" in page.url
    server.shutdown()


def start(server: Server) -> str:
    return server.ask("POST", "/", f"phone=%2B{make_phone()[1:]}".encode(), FORM).headers["Location"]
