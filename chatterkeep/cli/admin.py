"""`flask admin`: the accounts of those who read conversations."""

import sys

import click

from chatterkeep.cli.group import Group, services
from chatterkeep.cli.output import json_option, print_rows, say
from chatterkeep.domain.errors import InvalidInput
from chatterkeep.domain.staff import SHORTEST_PASSWORD, Account, Role, check_password, clean_username

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)

group = Group(
    "admin",
    help="Accounts of staff.",
    examples=("flask admin create ada", "flask admin list"),
)


@group.command(
    "create",
    examples=("flask admin create ada", "flask admin create kim --role viewer --password-stdin < password.txt"),
)
@click.argument("username")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.ADMIN.value,
    show_default=True,
    help="viewer: read; agent: also answer; admin: all.",
)
@password_option
def create_account(username: str, role: str, password_stdin: bool) -> None:
    """Make an account and ask for its password."""
    name = clean_username(username)
    if _find(name):
        raise click.ClickException(f"There is an account named {name} already.")
    services().staff.create(name, _new_password(name, password_stdin), Role(role), services().clock())
    say(f"Made the account {name} with the role {role}. It can log in at /admin/login.")


@group.command("passwd", examples=("flask admin passwd ada", "flask admin passwd ada --password-stdin < password.txt"))
@click.argument("username")
@password_option
def change_password(username: str, password_stdin: bool) -> None:
    """Set an account's new password. Whoever is logged in with it is logged out."""
    name = _get(username).username
    services().staff.change_password(name, _new_password(name, password_stdin), services().clock())
    say(f"Changed the password of {name}, and ended all its logins.")


@group.command("list", examples=("flask admin list", "flask admin list --json"))
@json_option
def list_accounts(as_json: bool) -> None:
    """List the accounts, the disabled ones too."""
    nothing = "There are no accounts yet. Make one: flask admin create USERNAME"
    print_rows([_account_row(account) for account in services().staff.accounts()], as_json, nothing)


@group.command("disable", examples=("flask admin disable ada", "flask admin enable ada"))
@click.argument("username")
def disable_account(username: str) -> None:
    """Let an account log in no more, and end its logins. Nothing is lost: 'flask admin enable' takes it back."""
    name = _get(username).username
    services().staff.disable(name, services().clock())
    say(f"Disabled {name}, and ended all its logins. To take it back: flask admin enable {name}")


@group.command("enable", examples=("flask admin enable ada", "flask admin list"))
@click.argument("username")
def enable_account(username: str) -> None:
    """Let a disabled account log in again, with its old password."""
    name = _get(username).username
    services().staff.enable(name, services().clock())
    say(f"{name} can log in again.")


@group.command("unlock", examples=("flask admin unlock ada", "flask admin list"))
@click.argument("username")
def unlock_account(username: str) -> None:
    """Let an account that failed logins have locked log in again at once."""
    name = _get(username).username
    services().staff.unlock(name, services().clock())
    say(f"Forgot the failed logins of {name}.")


@group.command("role", examples=("flask admin role kim viewer", "flask admin list"))
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(username: str, role: str) -> None:
    """Give an account another role (viewer: read; agent: also answer; admin: all), and end its logins."""
    name = _get(username).username
    services().staff.set_role(name, Role(role), services().clock())
    say(f"{name} has the role {role} now. All its logins have ended.")


@group.command("second-factor", examples=("flask admin second-factor ada --off", "flask admin list"))
@click.argument("username")
@click.option("--off", is_flag=True, required=True, help="Ask for no code any more. Its owner can set up a new one.")
def drop_second_factor(username: str, off: bool) -> None:
    """Take the second factor off an account whose device was lost, and end its logins.

    Make sure first that it is its owner who asks: the password alone will do from then on.
    """
    account = _get(username)
    if not account.second_factor:
        say(f"{account.username} has no second factor.")
        return
    services().staff.drop_second_factor(account.username, services().clock())
    say(f"{account.username} logs in with the password alone now. All its logins have ended.")


def _find(name: str) -> Account | None:
    return next((account for account in services().staff.accounts() if account.username == name), None)


def _get(username: str) -> Account:
    account = _find(clean_username(username))
    if account is None:
        raise click.ClickException("There is no such account; 'flask admin list' shows those there are.")
    return account


def _new_password(name: str, from_stdin: bool) -> str:
    """Ask for a password, twice, until it is good; or take the one that is piped in, good or not."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not _is_terminal():
        raise click.UsageError("There is nobody to ask for the password here, so pipe it in with --password-stdin.")

    def checked(password: str) -> str:
        try:
            check_password(password, name)
        except InvalidInput as error:
            raise click.UsageError(str(error)) from error
        return password

    say(f"A password has at least {SHORTEST_PASSWORD} characters; several words make a good one.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, value_proc=checked, err=True)
    return password


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _account_row(account: Account) -> dict[str, object]:
    return {
        "username": account.username,
        "role": account.role,
        "created_at": account.created_at,
        "second_factor": account.second_factor,
        "locked_until": account.locked_until,
        "disabled_at": account.disabled_at,
    }
