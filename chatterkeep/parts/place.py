"""Where things are and how they are set, for commands to look at."""

import shlex
from pathlib import Path
from typing import Final

from chatterkeep.services.installation import Installation, ModelServer
from chatterkeep.settings import Settings
from chatterkeep.storage.counters import SCHEMES

AUDIT_NOTE: Final = "audit.newest"
"""Name of the file in the data folder where this machine notes the newest entry of the audit."""


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
        audit_note=settings.data_dir / AUDIT_NOTE,
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
        language_model=ModelServer(settings.model, settings.openai_base_url, settings.openai_api_key),
        embeddings=ModelServer(settings.embedding_model, *settings.embedding_server),
    )
