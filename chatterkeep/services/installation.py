"""The installation as the commands see it: the values of the settings that they show and check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A model at a server that speaks OpenAI's API; an empty address is OpenAI's own."""

    model: str
    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where things are and how they are set. Addresses of databases may hold passwords, so its repr leaves them out."""

    root: Path
    env: str
    host: str
    port: int
    workers: int
    data_dir: Path
    audit_note: Path
    keys_file: Path
    database_url: str = field(repr=False)
    counters_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    api_open: bool
    public_url: str
    hosts: tuple[str, ...]
    carried_by: str
    channel_url: str
    shared_keys: int
    twilio_tokens: int
    channel_number: str
    private_targets: bool
    trusted_proxies: int
    flow: str
    flows_dir: Path | None
    search: bool
    files_folder: Path
    files_on: bool
    files_scan: tuple[str, ...]
    tools_file: Path | None
    environment: Mapping[str, str] = field(repr=False)
    answered_by: str
    language_model: ModelServer
    embeddings: ModelServer

    @property
    def migrations(self) -> Path:
        """The folder of migrations."""
        return self.root / "migrations"
