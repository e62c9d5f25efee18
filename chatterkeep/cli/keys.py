"""`flask keys`: API keys of server-side clients, and the file of encryption keys."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from chatterkeep.cli.group import Group, installation, services
from chatterkeep.cli.output import confirm, dry_run_option, json_option, print_rows, say, yes_option
from chatterkeep.cli.rotation import clean, retire, rotate, status
from chatterkeep.cli.spans import Span
from chatterkeep.domain.api_keys import SCOPES, ApiKey
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.services.api_keys import PREFIX
from chatterkeep.services.keyring import generate_key_file
from chatterkeep.services.signatures import generate_secret

_TRIES: Final = {
    "chat": """{base}/chat -H 'Content-Type: application/json' -d '{{"phone": "+14155550123", "message": "hello"}}'""",
    "sessions:write": "-X POST {base}/sessions",
    "sessions:read": "{base}/sessions",
}

group = Group(
    "keys",
    help="API keys, for programs that call this application; and the encryption keys.",
    examples=(
        "flask keys create --name shop --scope chat",
        "flask keys rotate wrapping",
    ),
)
for command in (rotate, retire, status, clean):
    group.add_command(command)


@group.command(
    "create",
    examples=(
        "flask keys create --name shop --scope chat",
        "flask keys create --name support --scope sessions:read --scope agent --expires 90d",
    ),
)
@click.option("--name", required=True, help="Whose key it is, to recognise it in the list.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it may do.")
@click.option(
    "--expires", type=Span(), metavar="90d", help="How long it is good for; without this, until it is revoked."
)
def create_key(name: str, scopes: tuple[str, ...], expires: timedelta | None) -> None:
    """Make a key and print it, this once: only its hash is kept.

    KEY=$(flask keys create …) holds the key alone, since all else goes to stderr.
    """
    now = services().clock()
    expires_at = now + expires if expires else None
    try:
        key = services().api_keys.create(name, scopes, expires_at, now)
    except InvalidInput as error:
        raise click.UsageError(f"{error} For example: {error.hint}") from error
    say("Here is the key. Keep it now: it is shown this once, and nobody can read it again.")
    click.echo(key)
    say(f"Try it:\n  {_try(key, scopes)}\nEnd it:\n  flask keys revoke {key[:PREFIX]}")


@group.command("list", examples=("flask keys list", "flask keys list --json"))
@json_option
def list_keys(as_json: bool) -> None:
    """List the keys by their first characters, the expired and revoked ones too."""
    now = services().clock()
    print_rows([_row(key, now) for key in services().api_keys.list()], as_json, "There are no keys yet.")


@group.command("revoke", examples=("flask keys revoke ck_live_a1B2c3D4", "flask keys revoke ck_live_a1B2c3D4 --yes"))
@click.argument("prefix")
@yes_option
@dry_run_option
def revoke_key(prefix: str, yes: bool, dry_run: bool) -> None:
    """End a key, known by its first 16 characters, for ever. It stays in the list."""
    key = next((key for key in services().api_keys.list() if key.prefix == prefix[:PREFIX]), None)
    if key is None:
        raise click.ClickException(f"There is no key {prefix[:PREFIX]}…; 'flask keys list' shows those there are.")
    if key.revoked_at is not None:
        say(f"The key {key.prefix}… of {key.name} is revoked already.")
        return
    what = f"1 key: {key.prefix}… of {key.name}"
    if dry_run:
        say(f"Would revoke {what}.")
        return
    confirm(f"Revoke {what}? Whoever uses it is locked out at once.", yes)
    services().api_keys.revoke(key.prefix, services().clock())
    say(f"Revoked {what}.")


@group.command(
    "generate",
    stored=False,
    examples=("flask keys generate data/keys.json", "flask keys generate /run/secrets/chatterkeep-keys.json"),
)
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def generate_keys(path: Path) -> None:
    """Write new encryption keys to a file (mode 0600). A file that is there is never replaced.

    Keep a copy apart from the backups of the database: without the keys those cannot be read.
    """
    try:
        generate_key_file(path)
    except FileExistsError as error:
        raise click.ClickException(f"{path} exists, and replacing it would make the database unreadable.") from error
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
    say(f"Wrote new encryption keys to {path}. To use them: CHATTERKEEP_KEYS_FILE={path}")


@group.command("secret", stored=False, examples=("flask keys secret", "SECRET=$(flask keys secret)"))
def make_secret() -> None:
    """Print a new secret to share with the gateway that carries messages. It is kept nowhere.

    Write it into CHATTERKEEP_CHANNEL_SECRETS, before one that is in use, and into the settings of the gateway; take the
    old one out once nothing is signed with it any more.
    """
    click.echo(generate_secret())


def _row(key: ApiKey, now: datetime) -> dict[str, object]:
    return {
        "prefix": key.prefix,
        "name": key.name,
        "scopes": key.scopes,
        "state": key.state(now),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }


def _try(key: str, scopes: tuple[str, ...]) -> str:
    """A line that works when it is pasted: a request this key may make."""
    base = installation().public_url or f"http://{installation().host}:{installation().port}"
    wanted = _TRIES.keys() if "admin" in scopes else scopes
    request = next((line for scope, line in _TRIES.items() if scope in wanted), "{base}/health")
    return f"curl -H 'Authorization: Bearer {key}' {request.format(base=base)}"
