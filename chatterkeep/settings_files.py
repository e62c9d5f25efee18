"""The settings of files that people send: whether, where to, how many, and who looks at them first."""

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from limits import parse_many
from pydantic import Field, field_validator

from chatterkeep.settings_answers import Duration
from chatterkeep.settings_tools import ToolSettings


class FilesSettings(ToolSettings):
    """What concerns files alone."""

    files: Literal["on", "off"] = Field("on", description="Whether files can be sent with messages.")
    files_dir: Path | None = Field(
        None,
        description="Folder of the files, which several machines share; empty: `files` in the data folder.",
    )
    files_scan: str = Field(
        "",
        description=(
            "A command that looks for viruses, such as `clamdscan --no-summary -`: it gets each file on its input and "
            "ends with 0 (clean) or 1 (infected); anything else refuses the file; empty: nothing looks."
        ),
    )
    files_scan_timeout: Duration = Field(
        timedelta(seconds=30), gt=timedelta(0), description="Longest time for a look at one file."
    )
    files_tokens: int = Field(
        4000,
        ge=0,
        le=100_000,
        description="How much of the files of a conversation the model is shown, in tokens; 0: nothing.",
    )
    limit_files: str = Field("20/hour;100/day", description="Files of one session, in the notation of the limits.")
    files_daily: int = Field(100, ge=0, description="MiB of files that one session may send in a day; 0: no limit.")

    @field_validator("files_dir", mode="before")
    @classmethod
    def _empty_folder_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("limit_files")
    @classmethod
    def _is_a_limit(cls, value: str) -> str:
        if value.strip():
            try:
                parse_many(value)
            except ValueError as error:
                raise ValueError("is not a limit such as 20/hour;100/day") from error
        return value.strip()

    @field_validator("files_scan")
    @classmethod
    def _is_a_command(cls, value: str) -> str:
        try:
            shlex.split(value)
        except ValueError as error:
            raise ValueError("is no command: a quotation mark is not closed") from error
        return value.strip()

    @property
    def files_folder(self) -> Path:
        """The folder in use."""
        data_dir: Path = getattr(self, "data_dir", Path("data"))
        return (self.files_dir or data_dir / "files").resolve()
