"""Fails every test in whose log something private turns up: a number, what a person wrote, a token or a key."""

import logging
import re
from collections.abc import Generator
from typing import Final

import pytest

from tests.make import NAME, PASSWORD, SONG

_PRIVATE: Final = {
    "a phone number": re.compile(r"\+\d{8,15}(?!\d)|(?<![0-9a-f])1?415555\d{4}(?![0-9a-f])"),
    "what a person wrote": re.compile("|".join(re.escape(word) for word in (NAME, SONG)), re.IGNORECASE),
    "a password": re.compile(re.escape(PASSWORD)),
    "an API key or session token": re.compile(r"ck_(?:s|live)_[\w-]{8,}"),
    "the address of somebody's page": re.compile(r"/c/[\w-]{20,}|/verify/[\w-]{20,}"),
    "the address of a receipt": re.compile(r"/erased/[0-9a-f]{8}-[0-9a-f-]{27}"),
    "a code that proves a number": re.compile(
        r"\bcode\b[^\n\d]{0,20}\d{6}\b|\b\d{6}\b[^\n\d]{0,30}\bcode\b", re.IGNORECASE
    ),
    "a secret shared with a gateway": re.compile(r"whsec_[\w+/]{8,}"),
    "a secret of a second factor": re.compile(r"(?<![A-Z2-7])[A-Z2-7]{32}(?![A-Z2-7])|otpauth://"),
    "a token or key": re.compile(r"(?<![\w/+-])(?=[\w/+-]*[A-Z])(?=[\w/+-]*[a-z])(?=[\w/+-]*\d)[\w+-]{43}(?![\w/+-])"),
}


def private_in(log: str) -> str | None:
    """Say what private thing a log shows, or None."""
    for what, pattern in _PRIVATE.items():
        if match := pattern.search(log):
            return f"{what}: {match[0]!r} in {_line_at(log, match.start())!r}"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Search all that the test and its fixtures wrote to stderr, which is where the application's log goes."""
    report = yield
    if report.when == "teardown" and report.passed:
        found = private_in(report.capstderr)
        if found or _is_silenced():
            report.outcome = "failed"
            report.longrepr = f"The log shows {found}" if found else "This test silenced the log of all that follow."
    return report


def _is_silenced() -> bool:
    """What nobody logs, nobody searches: some libraries switch off every logger when they set up their own."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("chatterkeep")]
    return any(logging.getLogger(name).disabled for name in names)


def _line_at(log: str, place: int) -> str:
    start = log.rfind("\n", 0, place) + 1
    return log[start : start + 300].split("\n", 1)[0]
