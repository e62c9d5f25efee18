"""`flask serve`: the whole start of the server in one command, for `make run` and the container."""

import errno
import os
import socket
import sys
from pathlib import Path
from typing import Final

import click

from chatterkeep import __version__
from chatterkeep.cli.database import migrate
from chatterkeep.cli.group import Command, installation, services
from chatterkeep.cli.output import say
from chatterkeep.services.installation import Installation

_BODY: Final = '{"phone": "+14155550123", "message": "hello"}'
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - told apart, not bound


@click.command("serve", cls=Command, stored=False, examples=("flask serve", "PORT=8001 WEB_CONCURRENCY=4 flask serve"))
def serve() -> None:
    """Start the server: bring the database up to date, say where everything is, become gunicorn."""
    services()
    place = installation()
    _check_port(place.host, place.port)
    if migrate():
        say("The database is up to date.")
    click.echo(_banner(place))
    sys.stdout.flush()
    config = place.root / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "--pythonpath", str(place.root), "wsgi:app"]
    os.execve(sys.executable, command, _environment(place))  # noqa: S606 - signals then reach gunicorn itself


def _environment(place: Installation) -> dict[str, str]:
    """What gunicorn.conf.py reads, also where it came from a file of settings."""
    return os.environ | {  # noqa: TID251 - handed on, not read
        "HOST": place.host,
        "PORT": str(place.port),
        "WEB_CONCURRENCY": str(place.workers),
        "CHATTERKEEP_DATA_DIR": str(place.data_dir),
        "CHATTERKEEP_API_AUTH": "open" if place.api_open else "required",
    }


def _check_port(host: str, port: int) -> None:
    """Raises ClickException where the server could not listen."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise click.ClickException(_refusal(error, host, port)) from error


def _refusal(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            other = port + 1 if port < 65535 else port - 1
            return f"Port {port} is taken: another server is running there. Stop it, or choose another: PORT={other}"
        case errno.EACCES:
            return f"Port {port} is for the system's own servers. Choose one from 1024 on: PORT=8000"
    return f"HOST={host} is not an address of this machine ({error.strerror}). To try it here: HOST=127.0.0.1"


def _banner(place: Installation) -> str:
    address = _address(place)
    lines = [f"ChatterKeep {__version__}", "", f"  Page   {address}/", f"  Try    {_curl(place, address)}"]
    if not place.api_open:
        lines.append(f"         YOUR_KEY is made by: {_flask(place)} keys create --name try --scope chat")
    lines.append(f"  Staff  {address}/admin/")
    if not services().health.has_staff():
        lines.append(f"         Nobody can sign in yet: {_flask(place)} admin create ada --role admin")
    return "\n".join([*lines, "", "Ctrl-C stops it.", ""])


def _curl(place: Installation, address: str) -> str:
    key = "" if place.api_open else " -H 'Authorization: Bearer YOUR_KEY'"
    return f"curl {address}/chat{key} -H 'Content-Type: application/json' -d '{_BODY}'"


def _address(place: Installation) -> str:
    if place.public_url:
        return place.public_url
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"http://{_EVERYWHERE.get(place.host, host)}:{place.port}"


def _flask(place: Installation) -> str:
    """The `flask` command as it was called, on the same data."""
    called = sys.argv[0] if Path(sys.argv[0]).name == "flask" else "flask"
    data = "" if place.data_dir == Path("data") else f"CHATTERKEEP_DATA_DIR={place.data_dir} "
    return data + called
