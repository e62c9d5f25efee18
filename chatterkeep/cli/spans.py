"""Lengths of time as options: `30m`, `12h`, `90d`."""

import re
from datetime import timedelta
from typing import Any, Final

import click

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=3650)


class Span(click.ParamType[timedelta]):
    """A length of time such as `30m`, `12h` or `90d`."""

    name = "90d"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it; fail for anything else."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([1-9][0-9]{0,6})([mhd])", value)
        span = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
        if span is None or span > _LONGEST:
            self.fail(f"{value!r} is no length of time such as 30m, 12h or 90d, up to ten years.", param, ctx)
        return span
