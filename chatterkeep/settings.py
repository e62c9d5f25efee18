"""Every setting, read once from the environment and an optional TOML file.

Names start with `CHATTERKEEP_`, but for those that others know as well: `HOST`, `PORT`, `WEB_CONCURRENCY`,
`OPENAI_API_KEY` and `OPENAI_BASE_URL`. The environment wins over the file. A name that is no setting is an error,
since a typing mistake would otherwise pass unseen.
"""

import os
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import phonenumbers
from limits import parse_many
from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)

from chatterkeep.settings_answers import PREFIX, Duration
from chatterkeep.settings_files import FilesSettings
from chatterkeep.settings_server import ServerSettings
from chatterkeep.settings_twilio import TwilioSettings

_SCHEMES = {
    "database_url": ("postgresql", "postgresql+psycopg", "sqlite"),
    "redis_url": ("redis", "rediss", "redis+unix", "redis+sentinel"),
}


class InvalidSettings(Exception):
    """Settings that cannot be used: one sentence for each mistake."""


class Settings(ServerSettings, FilesSettings, TwilioSettings):
    """The settings, checked. Built once by the application factory, which hands out single values."""

    data_dir: Path = Field(Path("data"), description="Folder of the database, the keys and the counters.")
    database_url: str = Field(
        "", description="`postgresql://user:password@host/name`; empty: SQLite in the data folder."
    )
    redis_url: str = Field(
        "",
        description="`redis://host:6379/0` to share rate limits between machines; empty: not used.",
    )
    keys_file: Path | None = Field(
        None, description="The file of encryption keys; empty: `keys.json` in the data folder."
    )
    flow: str = Field("greeting", description="The dialogue that answers on pages and at `POST /chat`.")
    flows_dir: Path | None = Field(None, description="A folder with dialogues of your own (TOML files).")
    greeting: str = Field(
        "Hello, how may I help you?",
        min_length=1,
        max_length=1600,
        description="First message of a session made at `POST /sessions`.",
    )
    session_timeout: Duration = Field(
        timedelta(hours=24),
        gt=timedelta(0),
        description="Silence after which the next message starts a new conversation: `90s`, `30m`, `24h`, `7d`.",
    )
    default_region: str = Field(
        "US",
        description="Country of phone numbers written without a country code (ISO 3166 alpha-2).",
    )
    limit_phone: str = Field("5/10seconds;20/minute;100/hour", description="Messages of one phone, or of one page.")
    limit_address: str = Field(
        "60000/minute",
        description="Requests that send messages or start sessions, from one network address.",
    )
    limit_total: str = Field("600000/minute", description="The same, from everybody together.")
    limit_login: str = Field(
        "5/minute;30/hour",
        description="Failed or successful staff logins, of one account and from one address.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level of log lines.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the file named by CHATTERKEEP_CONFIG."""
        file = os.environ.get(f"{PREFIX}CONFIG")
        toml = [TomlConfigSettingsSource(settings_cls, Path(file))] if file else []
        return (init_settings, env_settings, *toml)

    @field_validator(
        "limit_phone", "limit_address", "limit_total", "limit_login", "limit_llm", "limit_llm_total", "limit_proof"
    )
    @classmethod
    def _readable_limit(cls, value: str) -> str:
        if value.strip():
            try:
                parse_many(value)
            except ValueError as error:
                raise ValueError("is not a limit such as 5/10seconds;20/minute;100/hour") from error
        return value.strip()

    @field_validator("keys_file", "flows_dir", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("database_url", "redis_url")
    @classmethod
    def _readable_address(cls, value: str, info: ValidationInfo) -> str:
        schemes = _SCHEMES[str(info.field_name)]
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        try:
            _ = urlsplit(value).port
        except ValueError as error:
            raise ValueError("names a port that is no number") from error
        return value

    @field_validator("default_region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("is not a country code such as US or GB")
        return value.upper()

    @property
    def database(self) -> str:
        """The database URL in use."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'chatterkeep.sqlite3').resolve()}"

    @property
    def keys(self) -> Path:
        """The key file in use."""
        return self.keys_file or self.data_dir / "keys.json"


def load_settings(**values: Any) -> Settings:
    """Read and check the settings; arguments win over the environment. Raises InvalidSettings."""
    ours = (name for name, field in Settings.model_fields.items() if field.validation_alias is None)
    known = {f"{PREFIX}{name}".upper() for name in ours} | {f"{PREFIX}CONFIG"}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise InvalidSettings(
            "\n".join(f"{name} is no setting. See docs/settings.md for the names." for name in unknown)
        )
    file = os.environ.get(f"{PREFIX}CONFIG")
    if file and not Path(file).is_file():
        raise InvalidSettings(f"{PREFIX}CONFIG: there is no file {file}.")
    try:
        return Settings(**values)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{PREFIX}CONFIG: {file} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise InvalidSettings("\n".join(_sentence(e) for e in error.errors())) from error


def _sentence(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return str(message)
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name} is no setting. See docs/settings.md for the names."
    label = name if name.isupper() else f"{PREFIX}{name.upper()}"
    return f"{label}: {message}"
