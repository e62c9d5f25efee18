"""The composition root: the only module that knows every other. It reads the settings and hands out single values."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_migrate import Migrate
from jinja2 import StrictUndefined
from limits.storage import storage_from_string
from werkzeug.middleware.proxy_fix import ProxyFix

from chatterkeep import cli, web
from chatterkeep.domain.errors import InvalidFlow, InvalidTools
from chatterkeep.flows.loader import load_flows
from chatterkeep.parts import outside, place, values
from chatterkeep.services.breaker import Counters
from chatterkeep.services.budget import Budget
from chatterkeep.services.wiring import Clock, build
from chatterkeep.settings import InvalidSettings, Settings, load_settings
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database, db
from chatterkeep.storage.keyfile import KeyFile, UnusableKeys, create_key_file
from chatterkeep.storage.shares import Shares
from chatterkeep.web import logs
from chatterkeep.web.admin.cookie import StaffSessions

_ROOT = Path(__file__).parent.parent


class Application(Flask):
    """Flask, told that every view and hook here is a plain function: it would look each over at each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def _now() -> datetime:
    return datetime.now(UTC)


def load_app() -> Flask:
    """Build the application for `wsgi.py`. Where it cannot start, a command still says why, and can mend it.

    Raises what create_app raises when nobody asks for a command: a server must not run without its application.
    """
    settings: Settings | None = None
    try:
        settings = load_settings()
        return create_app(settings)
    except (InvalidSettings, UnusableKeys, InvalidFlow, InvalidTools) as error:
        return cli.stand_in(error, place.installation(settings, _ROOT) if settings else None)


def create_app(settings: Settings | None = None, *, clock: Clock = _now) -> Flask:
    """Build an application. Raises InvalidSettings, UnusableKeys, InvalidFlow or InvalidTools, each with the fix."""
    settings = settings or load_settings()
    logs.configure(settings.log_level)
    keys = _keys(settings)
    app = Application(
        "chatterkeep",
        root_path=str(_ROOT / "chatterkeep"),
        template_folder=_ROOT / "templates",
        static_folder=None,
    )
    app.config.from_mapping(values.config(settings, keys))
    app.session_interface = StaffSessions()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["product"] = "ChatterKeep"
    _compose(app, settings, keys, _database(app), clock)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _compose(app: Flask, settings: Settings, keys: KeyFile, database: Database, clock: Clock) -> None:
    flows = load_flows(settings.flows_dir)
    if settings.flow not in flows:
        raise InvalidSettings(f"CHATTERKEEP_FLOW: there is no flow {settings.flow!r}; known: {', '.join(flows)}.")
    counters = cast(Counters, storage_from_string(place.counters(settings), wrap_exceptions=True))
    vault = Vault(keys, Shares(database))
    budget = Budget(counters, settings.tokens_session, settings.tokens_total)
    services = build(
        database=database,
        vault=vault,
        flows=flows,
        choices=values.choices(settings, _ROOT),
        clock=clock,
        outside=outside.outside(settings, database, vault, counters, budget, clock),
    )
    web.register(app, services, values.limits(settings), budget)
    cli.register(app, services, place.installation(settings, _ROOT))


def _database(app: Flask) -> Database:
    db.init_app(app)
    Migrate(app, db, directory=str(_ROOT / "migrations"), compare_type=True)
    with app.app_context():
        return Database(db.engine)


def _keys(settings: Settings) -> KeyFile:
    """Read the key ring. Only development makes one by itself; whoever runs it for others does so on purpose."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.env == "development" and not settings.keys.exists():
            with suppress(FileExistsError):  # another process was first
                create_key_file(settings.keys)
    except OSError as error:
        raise InvalidSettings(
            f"{error.filename} cannot be made: {error.strerror}. See CHATTERKEEP_DATA_DIR."
        ) from error
    return KeyFile(settings.keys)
