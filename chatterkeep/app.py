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
from chatterkeep.answerers.canned import Canned
from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.channels.choosing import carrier_of
from chatterkeep.domain.answers import Patience
from chatterkeep.domain.errors import InvalidFlow
from chatterkeep.domain.links import Terms
from chatterkeep.domain.proofs import Allowance
from chatterkeep.flows.loader import load_flows
from chatterkeep.services.answer_cache import LocalCache
from chatterkeep.services.authors import Authors, Cache, Manner
from chatterkeep.services.breaker import Breaker, Counters
from chatterkeep.services.budget import Budget
from chatterkeep.services.choices import Choices, Proving
from chatterkeep.services.installation import Installation
from chatterkeep.services.ports import Answerer
from chatterkeep.services.wiring import Clock, Outside, build
from chatterkeep.settings import InvalidSettings, Settings, load_settings
from chatterkeep.storage.counters import SCHEMES
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database, db, engine_options
from chatterkeep.storage.keyfile import KeyFile, UnusableKeys, create_key_file
from chatterkeep.storage.ring import SigningKeys
from chatterkeep.storage.shares import Shares
from chatterkeep.web import logs
from chatterkeep.web.admin.cookie import StaffSessions
from chatterkeep.web.limits import Limits
from chatterkeep.web.requestbody import MAX_BODY, MAX_FIELDS

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
    except (InvalidSettings, UnusableKeys, InvalidFlow) as error:
        return cli.stand_in(error, _installation(settings) if settings else None)


def create_app(settings: Settings | None = None, *, clock: Clock = _now) -> Flask:
    """Build an application. Raises InvalidSettings, UnusableKeys or InvalidFlow, each with the fix in words."""
    settings = settings or load_settings()
    logs.configure(settings.log_level)
    keys = _keys(settings)
    app = Application(
        "chatterkeep",
        root_path=str(_ROOT / "chatterkeep"),
        template_folder=_ROOT / "templates",
        static_folder=None,
    )
    app.config.from_mapping(_config(settings, keys))
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
    counters = cast(Counters, storage_from_string(_counters(settings), wrap_exceptions=True))
    vault = Vault(keys, Shares(database))
    budget = Budget(counters, settings.tokens_session, settings.tokens_total)
    secrets = settings.channel_secrets.split()
    services = build(
        database=database,
        vault=vault,
        flows=flows,
        choices=Choices(
            flow=settings.flow,
            timeout=settings.session_timeout,
            terms=Terms(settings.link_idle, settings.link_lifetime),
            retention=settings.retention,
            region=settings.default_region,
            greeting=settings.greeting,
            migrations=_ROOT / "migrations",
            presence=settings.data_dir / "writers",
            settings=settings.by_variable,
            search=settings.search == "on",
            proving=_proving(settings),
        ),
        clock=clock,
        outside=Outside(
            authors=_authors(settings, vault, counters, budget),
            carrier=carrier_of(
                settings.carried_by, settings.channel_url, secrets, settings.private_targets == "allowed", clock
            ),
            secrets=secrets,
        ),
    )
    web.register(app, services, _limits(settings), budget)
    cli.register(app, services, _installation(settings))


def _config(settings: Settings, keys: KeyFile) -> dict[str, object]:
    is_https = settings.public_url.startswith("https:")
    return {
        "SECRET_KEY": keys.latest().signing[-1],
        "SIGNING_KEYS": SigningKeys(keys),
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database),
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "MAX_FORM_PARTS": MAX_FIELDS,
        "API_OPEN": settings.api_auth == "open",
        "PUBLIC_URL": settings.public_url.rstrip("/"),
        "STAFF_TOTP_REQUIRED": settings.staff_totp == "required",
        # Browsers take a name with this prefix over https only. (`__Host-` would ask for the path /.)
        "SESSION_COOKIE_NAME": "__Secure-chatterkeep_staff" if is_https else "chatterkeep_staff",
        "HOSTS": settings.hosts,
        "SESSION_COOKIE_HTTPONLY": True,
        # Not Strict: a link from elsewhere would come without the cookie, and its answer would replace the login.
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/admin",
        "SESSION_COOKIE_SECURE": is_https,
        "WTF_CSRF_SECRET_KEY": SigningKeys(keys),
        "WTF_CSRF_TIME_LIMIT": None,
    }


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


def _proving(settings: Settings) -> Proving:
    return Proving(
        allowance=Allowance(everybody=settings.proof_codes_daily),
        countries=frozenset(settings.proof_countries.split()),
        lifetime=settings.proof_lifetime,
        number=settings.channel_number,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        storage=_counters(settings),
        phone=settings.limit_phone,
        address=settings.limit_address,
        total=settings.limit_total,
        login=settings.limit_login,
        proof=settings.limit_proof,
        llm=settings.limit_llm,
        llm_total=settings.limit_llm_total,
    )


def _authors(settings: Settings, vault: Vault, counters: Counters, budget: Budget) -> Authors | None:
    """Who writes generated replies, or None where nobody does."""
    answerer = _answerer(settings)
    if answerer is None:
        return None
    patience = Patience(
        first=settings.first_token_timeout.total_seconds(),
        between=settings.token_timeout.total_seconds(),
        total=settings.reply_timeout.total_seconds(),
    )
    manner = Manner(settings.system_prompt, settings.history_tokens, patience, settings.default_region)
    return Authors(answerer, manner, Breaker(counters), _cache(settings, vault), budget.spend)


def _cache(settings: Settings, vault: Vault) -> Cache | None:
    if not settings.answer_cache:
        return None
    if settings.redis_url:
        from chatterkeep.storage.answer_cache import RedisCache  # noqa: PLC0415 - for those who use it: it is large

        return RedisCache(settings.redis_url, vault, settings.answer_cache)
    return LocalCache(settings.answer_cache)


def _answerer(settings: Settings) -> Answerer | None:
    match settings.answered_by:
        case "openai":
            return OpenAIChat(
                api_key=settings.openai_api_key,
                base_url=settings.openai_base_url,
                model=settings.model,
                temperature=settings.temperature,
                max_tokens=settings.max_tokens,
            )
        case "canned":
            return Canned()
    return None


def _counters(settings: Settings) -> str:
    """Where the limits are counted."""
    return settings.redis_url or f"{SCHEMES[0]}://{settings.data_dir.resolve() / 'limits.counters'}"


def _installation(settings: Settings) -> Installation:
    return Installation(
        root=_ROOT,
        env=settings.env,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        data_dir=settings.data_dir,
        keys_file=settings.keys,
        database_url=settings.database,
        counters_url=_counters(settings),
        redis_url=settings.redis_url,
        api_open=settings.api_auth == "open",
        public_url=settings.public_url.rstrip("/"),
        hosts=settings.hosts,
        carried_by=settings.carried_by,
        channel_url=settings.channel_url,
        shared_keys=len(settings.channel_secrets.split()),
        private_targets=settings.private_targets == "allowed",
        trusted_proxies=settings.trusted_proxies,
        flow=settings.flow,
        flows_dir=settings.flows_dir,
        search=settings.search == "on",
        answered_by=settings.answered_by,
        model=settings.model,
        openai_base_url=settings.openai_base_url,
        openai_api_key=settings.openai_api_key,
    )
