"""The settings of Twilio, which delivers messages and is known by its signature."""

import re

from pydantic import Field, field_validator

from chatterkeep.settings_answers import AnswerSettings

_TOKEN = re.compile(r"[!-~]{16,128}")


class TwilioSettings(AnswerSettings):
    """What concerns Twilio."""

    twilio_tokens: str = Field(
        "",
        repr=False,
        description=(
            "Auth tokens of the Twilio account, separated by spaces: each opens `POST /webhooks/twilio`. Needs "
            "`CHATTERKEEP_PUBLIC_URL`, since the address is signed."
        ),
    )

    @field_validator("twilio_tokens")
    @classmethod
    def _are_tokens(cls, value: str) -> str:
        if not all(_TOKEN.fullmatch(token) for token in value.split()):
            raise ValueError("must be auth tokens as Twilio's console shows them, 16 or more visible characters each")
        return value
