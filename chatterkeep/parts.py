"""What settings become: the values and parts that the composition root puts together. Nothing here opens anything."""

import shlex
from pathlib import Path

from chatterkeep.answerers.canned import Canned
from chatterkeep.answerers.documents import Documents
from chatterkeep.answerers.openai_chat import OpenAIChat
from chatterkeep.channels.choosing import carrier_of
from chatterkeep.domain.answers import Patience
from chatterkeep.domain.links import Terms
from chatterkeep.domain.proofs import Allowance
from chatterkeep.services.answer_cache import LocalCache
from chatterkeep.services.authors import Authors, Cache, Manner
from chatterkeep.services.breaker import Breaker, Counters
from chatterkeep.services.budget import Budget
from chatterkeep.services.choices import Choices, Filing, Proving
from chatterkeep.services.grounded import Grounded
from chatterkeep.services.installation import Installation
from chatterkeep.services.outbound import Outbound
from chatterkeep.services.passages import Passages
from chatterkeep.services.ports import Answerer
from chatterkeep.services.tooling import Tooling
from chatterkeep.services.twilio import Twilio
from chatterkeep.services.wiring import Clock, Outside
from chatterkeep.settings import Settings
from chatterkeep.storage.counters import SCHEMES
from chatterkeep.storage.crypto import Vault
from chatterkeep.storage.db import Database, engine_options
from chatterkeep.storage.keyfile import KeyFile
from chatterkeep.storage.ring import SigningKeys
from chatterkeep.toolbox.loader import load_tools
from chatterkeep.web.limits import Limits
from chatterkeep.web.requestbody import MAX_BODY, MAX_FIELDS


def config(settings: Settings, keys: KeyFile) -> dict[str, object]:
    """The configuration of Flask and its extensions."""
    is_https = settings.public_url.startswith("https:")
    return {
        "SECRET_KEY": keys.latest().signing[-1],
        "SIGNING_KEYS": SigningKeys(keys),
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database),
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "MAX_FORM_PARTS": MAX_FIELDS,
        "FILES_ON": settings.files == "on",
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


def choices(settings: Settings, root: Path) -> Choices:
    """What the use cases need to know of the settings; `root` is the folder of the project."""
    return Choices(
        flow=settings.flow,
        timeout=settings.session_timeout,
        terms=Terms(settings.link_idle, settings.link_lifetime),
        retention=settings.retention,
        region=settings.default_region,
        greeting=settings.greeting,
        migrations=root / "migrations",
        presence=settings.data_dir / "writers",
        files=Filing(
            settings.files_folder, shlex.split(settings.files_scan), settings.files_scan_timeout.total_seconds()
        ),
        settings=settings.by_variable,
        search=settings.search == "on",
        proving=_proving(settings),
    )


def outside(
    settings: Settings, database: Database, vault: Vault, store: Counters, budget: Budget, clock: Clock
) -> Outside:
    """Who else takes part: who writes generated replies, who carries text to phones, who delivers messages.

    Raises InvalidTools.
    """
    secrets = settings.channel_secrets.split()
    may_stay_inside = settings.private_targets == "allowed"
    tools = _tools(settings, store)
    passages = Passages(database, settings.knowledge_relevance)
    authors = _authors(settings, vault, store, budget, tools)
    return Outside(
        authors=authors and Grounded(authors, passages, settings.knowledge_tokens),
        quoting=None if settings.answered_by == "none" else Documents(passages, _patience(settings)),
        passages=passages,
        tools=tools,
        carrier=carrier_of(settings.carried_by, settings.channel_url, secrets, may_stay_inside, clock),
        secrets=secrets,
        twilio=Twilio(settings.twilio_tokens.split(), settings.public_url.rstrip("/")),
    )


def _proving(settings: Settings) -> Proving:
    return Proving(
        allowance=Allowance(everybody=settings.proof_codes_daily),
        countries=frozenset(settings.proof_countries.split()),
        lifetime=settings.proof_lifetime,
        number=settings.channel_number,
    )


def limits(settings: Settings) -> Limits:
    """The limits, and where they are counted."""
    return Limits(
        storage=counters(settings),
        phone=settings.limit_phone,
        address=settings.limit_address,
        total=settings.limit_total,
        login=settings.limit_login,
        proof=settings.limit_proof,
        llm=settings.limit_llm,
        llm_total=settings.limit_llm_total,
        files=settings.limit_files,
        files_daily=settings.files_daily,
    )


def _tools(settings: Settings, store: Counters) -> Tooling | None:
    """What a language model may look things up with, or None where nothing is declared."""
    if settings.tools is None:
        return None
    declared = load_tools(settings.tools, settings.environment)
    outbound = Outbound(private=settings.private_targets == "allowed")
    return Tooling(declared, outbound, lambda name: Breaker(store, f"tool/{name}/"))


def _authors(
    settings: Settings, vault: Vault, store: Counters, budget: Budget, tools: Tooling | None
) -> Authors | None:
    """Who writes generated replies, or None where nobody does."""
    answerer = _answerer(settings)
    if answerer is None:
        return None
    manner = Manner(
        settings.system_prompt,
        settings.history_tokens,
        _patience(settings),
        settings.default_region,
        tools,
        settings.files_tokens,
    )
    # live facts grow old, and what was looked up for one customer is no other's
    cache = None if tools else _cache(settings, vault)
    return Authors(answerer, manner, Breaker(store), cache, budget.spend)


def _patience(settings: Settings) -> Patience:
    return Patience(
        first=settings.first_token_timeout.total_seconds(),
        between=settings.token_timeout.total_seconds(),
        total=settings.reply_timeout.total_seconds(),
    )


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


def counters(settings: Settings) -> str:
    """Where the limits are counted."""
    return settings.redis_url or f"{SCHEMES[0]}://{settings.data_dir.resolve() / 'limits.counters'}"


def installation(settings: Settings, root: Path) -> Installation:
    """What commands look at and say of the settings."""
    return Installation(
        root=root,
        env=settings.env,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        data_dir=settings.data_dir,
        keys_file=settings.keys,
        database_url=settings.database,
        counters_url=counters(settings),
        redis_url=settings.redis_url,
        api_open=settings.api_auth == "open",
        public_url=settings.public_url.rstrip("/"),
        hosts=settings.hosts,
        carried_by=settings.carried_by,
        channel_url=settings.channel_url,
        shared_keys=len(settings.channel_secrets.split()),
        twilio_tokens=len(settings.twilio_tokens.split()),
        channel_number=settings.channel_number,
        private_targets=settings.private_targets == "allowed",
        trusted_proxies=settings.trusted_proxies,
        flow=settings.flow,
        flows_dir=settings.flows_dir,
        search=settings.search == "on",
        files_folder=settings.files_folder,
        files_on=settings.files == "on",
        files_scan=tuple(shlex.split(settings.files_scan)),
        tools_file=settings.tools,
        environment=settings.environment,
        answered_by=settings.answered_by,
        model=settings.model,
        openai_base_url=settings.openai_base_url,
        openai_api_key=settings.openai_api_key,
    )
