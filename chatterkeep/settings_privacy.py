"""The settings of identity, privacy and safety: how numbers are proved, how long things live, who is believed."""

import re
from datetime import timedelta
from typing import Literal, Self

import phonenumbers
from pydantic import Field, field_validator, model_validator

from chatterkeep.domain.signatures import PREFIX, read_secret
from chatterkeep.settings_answers import Duration
from chatterkeep.settings_knowledge import KnowledgeSettings

_TARGET = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|\w[\w.-]*)(:\d{1,5})?(/[!-~]*)?", re.ASCII | re.IGNORECASE)


class PrivacySettings(KnowledgeSettings):
    """What concerns people's numbers, their links, what is kept of them, and the network around."""

    channel: Literal["auto", "none", "console", "webhook"] = Field(
        "auto",
        description=(
            "What carries codes to phones: a gateway that is posted to, the server's log (for development), or nothing;"
            " `auto`: `webhook` if `CHATTERKEEP_CHANNEL_URL` is set, else `console` in development, else `none`."
        ),
    )
    channel_url: str = Field("", description="Where the `webhook` channel posts each message, as signed JSON.")
    channel_secrets: str = Field(
        "",
        repr=False,
        description=(
            "Secrets shared with the gateway, `whsec_` and base64, separated by spaces: the first signs what goes out, "
            "each opens what comes in at `POST /webhooks/sms`."
        ),
    )
    channel_number: str = Field("", description="The number that people text to, as the page shows it.")
    proof_countries: str = Field(
        "", description="Countries (ISO 3166 alpha-2, separated by spaces) whose numbers get codes; empty: all."
    )
    proof_codes_daily: int = Field(500, ge=0, description="Codes sent to all numbers together in a day; 0: no limit.")
    proof_lifetime: Duration = Field(
        timedelta(days=90),
        gt=timedelta(0),
        description="After so long without a sign from its owner, a number may be somebody else's and starts fresh.",
    )
    limit_proof: str = Field(
        "20/hour", description="Codes asked for from one network (IPv4 /24, IPv6 /64), in the notation of the limits."
    )
    link_idle: Duration = Field(
        timedelta(days=30), gt=timedelta(0), description="A private link or session token that long unused ends."
    )
    link_lifetime: Duration = Field(
        timedelta(days=180), gt=timedelta(0), description="A private link or session token ends after this in any case."
    )
    retention: Duration = Field(
        timedelta(0),
        ge=timedelta(0),
        description="How long a conversation is kept after its last message; `0`: until somebody erases it.",
    )
    search: Literal["on", "off"] = Field(
        "on", description="Whether staff can search messages for words, by an index of keyed hashes."
    )
    private_targets: Literal["refused", "allowed"] = Field(
        "refused",
        description="Whether requests that go out, such as the `webhook` channel's, may reach private addresses.",
    )
    staff_totp: Literal["optional", "required"] = Field(
        "optional", description="Whether every member of staff must use a second factor (TOTP)."
    )

    @field_validator("channel_url")
    @classmethod
    def _is_a_target(cls, value: str) -> str:
        if value and (not _TARGET.fullmatch(value) or "#" in value):
            raise ValueError("must be https:// (or http://), a host, and a path; no user, no letters beyond ASCII")
        return value

    @field_validator("channel_secrets")
    @classmethod
    def _are_secrets(cls, value: str) -> str:
        if not all(_is_secret(secret) for secret in value.split()):
            raise ValueError("must be `whsec_` and 24 to 64 random bytes in base64 each: flask keys secret makes one")
        return value

    @model_validator(mode="after")
    def _has_what_its_channel_needs(self) -> Self:
        if self.carried_by == "webhook" and not (self.channel_url and self.channel_secrets.split()):
            raise ValueError(
                "The webhook channel needs CHATTERKEEP_CHANNEL_URL, and CHATTERKEEP_CHANNEL_SECRETS to sign with "
                "(flask keys secret makes one)"
            )
        return self

    @field_validator("proof_countries")
    @classmethod
    def _known_countries(cls, value: str) -> str:
        unknown = sorted(set(value.upper().split()) - set(phonenumbers.SUPPORTED_REGIONS))
        if unknown:
            raise ValueError(f"names what is no country code: {' '.join(unknown)}")
        return value.upper()

    @property
    def carried_by(self) -> Literal["none", "console", "webhook"]:
        """What carries text to phones."""
        if self.channel != "auto":
            return self.channel
        if self.channel_url:
            return "webhook"
        return "console" if getattr(self, "env", "") == "development" else "none"


def _is_secret(written: str) -> bool:
    try:
        return written.startswith(PREFIX) and 24 <= len(read_secret(written)) <= 64
    except ValueError:
        return False
