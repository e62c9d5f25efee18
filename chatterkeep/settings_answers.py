"""The settings of generated replies: which language model is asked, how, and what that may cost."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CHATTERKEEP_"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: Any) -> Any:
    """Read `90s`, `30m`, `24h`, `7d` or plain seconds."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+)\s*([smhd]?)", value.strip())):
        return timedelta(**{_UNITS[match[2] or "s"]: int(match[1])})
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def on_the_web(value: str) -> str:
    """Return an address of a server, or nothing. Raises ValueError for anything else."""
    if value and not re.match(r"https?://[^/]", value):
        raise ValueError("must begin with http:// or https://")
    return value


class AnswerSettings(BaseSettings):
    """What concerns the answerer alone."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=False,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
    )

    answerer: Literal["auto", "openai", "documents", "canned", "none"] = Field(
        "auto",
        description=(
            "Who generates replies: a language model, the documents that were added, a stand-in with fixed words, or "
            "nobody; `auto`: a language model if `OPENAI_API_KEY` or `OPENAI_BASE_URL` is set, else the documents."
        ),
    )
    openai_api_key: str = Field(
        "",
        validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key"),
        repr=False,
        description="The key of the provider of the language model.",
    )
    openai_base_url: str = Field(
        "",
        validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url"),
        description="The address of any server that speaks OpenAI's API, ending in `/v1`; empty: OpenAI's own.",
    )
    model: str = Field("gpt-4.1-mini", min_length=1, description="The language model.")
    system_prompt: str = Field(
        "You are a friendly assistant in a chat by text message. Answer briefly and plainly, in the language of the "
        "question. If you do not know something, say so.",
        min_length=1,
        description="What the language model is told before each conversation.",
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        0.3,
        description=(
            "How freely the model chooses its words, 0 to 2; empty: as it does by itself, since some models refuse to "
            "be told (those of OpenAI that reason)."
        ),
    )
    max_tokens: int = Field(
        600, ge=1, le=8000, description="Longest answer in tokens; with a model that reasons, its thoughts count too."
    )
    history_tokens: int = Field(
        3000, ge=500, le=100_000, description="How much of the conversation the model is shown, in tokens."
    )
    first_token_timeout: Duration = Field(
        timedelta(seconds=10), gt=timedelta(0), description="Longest wait for the first word of an answer."
    )
    token_timeout: Duration = Field(
        timedelta(seconds=5), gt=timedelta(0), description="Longest silence within an answer."
    )
    reply_timeout: Duration = Field(
        timedelta(seconds=60), gt=timedelta(0), description="Longest time for a whole reply, all tries together."
    )
    limit_llm: str = Field("30/minute;500/day", description="Messages of one session that ask the language model.")
    limit_llm_total: str = Field("", description="The same, of all sessions together.")
    tokens_session: int = Field(
        200_000, ge=0, description="Tokens that the answers to one session may cost in a day; 0: no limit."
    )
    tokens_total: int = Field(
        20_000_000, ge=0, description="Tokens that all answers together may cost in a day; 0: no limit."
    )
    answer_cache: Duration = Field(
        timedelta(hours=1),
        ge=timedelta(0),
        description="How long the answer to a first question is given to others who ask the same; `0`: never.",
    )

    @field_validator("temperature", mode="before")
    @classmethod
    def _may_be_empty(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("openai_base_url")
    @classmethod
    def _is_on_the_web(cls, value: str) -> str:
        return on_the_web(value)

    @property
    def answered_by(self) -> Literal["openai", "documents", "canned", "none"]:
        """Who generates replies."""
        if self.answerer == "auto":
            return "openai" if self.openai_api_key or self.openai_base_url else "documents"
        return self.answerer

    @property
    def by_variable(self) -> dict[str, str]:
        """Every value as text, the secret ones too, by the name of its environment variable."""
        return {self._variable(name): str(getattr(self, name)) for name in type(self).model_fields}

    @classmethod
    def _variable(cls, name: str) -> str:
        alias = cls.model_fields[name].validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else ()
        return str(choices[0]) if choices else f"{PREFIX}{name}".upper()
