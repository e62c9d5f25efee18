"""The settings of the tools that a language model may call."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from chatterkeep.settings_privacy import PrivacySettings


class ToolSettings(PrivacySettings):
    """Where the tools are declared, and where their secrets are."""

    tools: Path | None = Field(
        None, description="The file that declares the tools a language model may call (TOML); empty: there are none."
    )

    @field_validator("tools", mode="before")
    @classmethod
    def _empty_is_no_file(cls, value: Any) -> Any:
        return None if value == "" else value

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment, in which the file of tools names variables that hold secrets."""
        return os.environ
