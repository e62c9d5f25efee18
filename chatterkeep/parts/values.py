"""What the framework, the use cases and the limits need to know of the settings, as values."""

import shlex
from pathlib import Path

from chatterkeep.domain.links import Terms
from chatterkeep.domain.proofs import Allowance
from chatterkeep.parts.place import AUDIT_NOTE, counters
from chatterkeep.services.choices import Choices, Filing, Proving
from chatterkeep.settings import Settings
from chatterkeep.storage.db import engine_options
from chatterkeep.storage.keyfile import KeyFile
from chatterkeep.storage.ring import SigningKeys
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
        audit_note=settings.data_dir / AUDIT_NOTE,
        files=Filing(
            settings.files_folder, shlex.split(settings.files_scan), settings.files_scan_timeout.total_seconds()
        ),
        settings=settings.by_variable,
        search=settings.search == "on",
        proving=_proving(settings),
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
