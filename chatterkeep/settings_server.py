"""The settings of the server: where it listens, who may call, its names; and what is unsafe together."""

import re
from base64 import b64decode
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, field_validator, model_validator

from chatterkeep.domain.hosts import is_loopback
from chatterkeep.domain.weakness import is_published, is_weak
from chatterkeep.settings_privacy import PrivacySettings

_HOST = re.compile(r"\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[?[0-9a-f:.]*:[0-9a-f:.]*\]?")


class ServerSettings(PrivacySettings):
    """Who reaches the server, and by which name. What would leave it open to strangers unknowingly is refused."""

    env: Literal["development", "production"] = Field(
        "development",
        description="`production` refuses to start without a key file and an address given on purpose.",
    )
    host: str = Field(
        "127.0.0.1",
        validation_alias=AliasChoices("HOST", "host"),
        description="Address to listen on.",
    )
    port: int = Field(
        8000,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("PORT", "port"),
        description="Port to listen on.",
    )
    workers: int = Field(
        2,
        ge=1,
        validation_alias=AliasChoices("WEB_CONCURRENCY", "workers"),
        description="Number of worker processes.",
    )
    api_auth: Literal["required", "open"] = Field(
        "required",
        description="`open` lets anybody call the API; only on a loopback address that nothing makes public.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="How many proxies in front add `X-Forwarded-*` headers that can be believed.",
    )
    public_url: str = Field(
        "",
        description="The address people use, such as `https://chat.example.org`; empty: as requested.",
    )
    trusted_hosts: str = Field(
        "",
        description=(
            "Host names this service answers to beside that of `CHATTERKEEP_PUBLIC_URL` and this machine's, separated "
            "by spaces, `.example.org` with all below it; with no name and a `HOST` that is not loopback: any."
        ),
    )

    @field_validator("public_url")
    @classmethod
    def _names_a_host(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("must begin with https:// (or http://) and name a host")
        return value

    @field_validator("trusted_hosts")
    @classmethod
    def _are_hosts(cls, value: str) -> str:
        wrong = [host for host in value.lower().split() if not _HOST.fullmatch(host)]
        if wrong:
            raise ValueError(f"holds what is no host name (without a scheme and a port): {' '.join(wrong)}")
        return value.lower()

    @model_validator(mode="after")
    def _safe_together(self) -> Self:
        mistake = _open_to_others(self) or (_unsafe_for_others(self) if self.env == "production" else None)
        if mistake:
            raise ValueError(mistake)
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names this service answers to, beside loopback addresses; none: any."""
        public = urlsplit(self.public_url).hostname
        named = [*self.trusted_hosts.split(), *([public] if public else [])]
        return (*named, self.host.strip("[]").lower()) if named or is_loopback(self.host) else ()


def _open_to_others(settings: ServerSettings) -> str | None:
    if settings.api_auth != "open" or not (public := _what_makes_public(settings)):
        return None
    return (
        f"CHATTERKEEP_API_AUTH=open is only for a loopback address that nobody else reaches, not for {public}: "
        "set CHATTERKEEP_API_AUTH=required"
    )


def _what_makes_public(settings: ServerSettings) -> str | None:
    """Return the setting by which others reach this machine. Behind a proxy, a loopback address is no wall."""
    if not is_loopback(settings.host):
        return f"HOST={settings.host}"
    if settings.env == "production":
        return "CHATTERKEEP_ENV=production"
    if settings.trusted_proxies:
        return f"CHATTERKEEP_TRUSTED_PROXIES={settings.trusted_proxies}"
    if not is_loopback(urlsplit(settings.public_url).hostname or "localhost"):
        return f"CHATTERKEEP_PUBLIC_URL={settings.public_url}"
    if not all(is_loopback(host) for host in settings.trusted_hosts.split()):
        return f"CHATTERKEEP_TRUSTED_HOSTS={settings.trusted_hosts}"
    return None


def _unsafe_for_others(settings: ServerSettings) -> str | None:
    address = urlsplit(settings.public_url)
    if not settings.public_url:
        return (
            "CHATTERKEEP_PUBLIC_URL: production needs the address that people use, such as https://chat.example.org: "
            "links lead there, it answers to no other name, and with https: the staff cookie is sent over TLS only"
        )
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        return f"CHATTERKEEP_PUBLIC_URL: {settings.public_url} sends logins and private links in the clear; use https:"
    if settings.carried_by == "console":
        return (
            "CHATTERKEEP_CHANNEL=console writes codes into the log, so it is not for production: "
            "set CHATTERKEEP_CHANNEL=none, or webhook"
        )
    for secret in settings.channel_secrets.split():
        key = b64decode(secret.removeprefix("whsec_") + "==")
        if is_weak(key, shortest=24) or is_published(key):
            return "CHATTERKEEP_CHANNEL_SECRETS holds one that is weak, or an example: flask keys secret makes one"
    return None
