"""What a check found, and how bad it is."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `fix` is what to do about it, empty where there is nothing to do."""

    check: str
    verdict: Verdict
    found: str
    fix: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.OK, found)


def warn(check: str, found: str, fix: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(check, Verdict.WARN, found, fix)


def fail(check: str, found: str, fix: str) -> Finding:
    """It does not work, or will not for long."""
    return Finding(check, Verdict.FAIL, found, fix)
