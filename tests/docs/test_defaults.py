"""The defaults that the pages and .env.example show are those of the code."""

import re
from pathlib import Path
from typing import Any

import pytest

from chatterkeep.settings import Settings
from tests.docs.texts import ROOT, name_of, rows
from tests.rules.test_settings_documented import variable

FIELDS = {variable(field): field for field in Settings.model_fields}
_SHOWN = re.compile(r"`(.+)`|(empty)")


def default_of(name: str) -> Any:
    return Settings.model_fields[FIELDS[name]].default


def meant(name: str, text: str) -> Any:
    """What a setting becomes from this text, as the application reads it."""
    return getattr(Settings(**{FIELDS[name]: text}), FIELDS[name])


def shown(page: Path) -> dict[str, str]:
    """The settings of a page's tables, each with its default as a text."""
    found = {}
    for first, second, *_ in (row for row in rows(page) if len(row) > 2):
        if (name := first.strip("`")) in FIELDS:
            match = _SHOWN.fullmatch(second)
            assert match, f"{name} has the default {second}: set it as code, or say empty"
            found[name] = match[1] or ""
    return found


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "settings.md"], ids=name_of)
def test_the_tables_show_the_defaults_of_the_code(page: Path) -> None:
    wrong = {name: text for name, text in shown(page).items() if meant(name, text) != default_of(name)}
    assert wrong == {}


def test_the_page_of_settings_shows_them_all() -> None:
    assert set(shown(ROOT / "docs" / "settings.md")) == set(FIELDS)


def test_the_example_shows_the_defaults_of_the_code() -> None:
    lines = re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    texts = {name: text.strip('"') for name, text in lines if name in FIELDS}
    assert {name: text for name, text in texts.items() if meant(name, text) != default_of(name)} == {}
