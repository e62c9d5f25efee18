"""The settings and their page say the same."""

import re

from chatterkeep.settings import PREFIX, Settings
from tests.source import ROOT

PAGE = ROOT / "docs" / "settings.md"
OF_THE_TESTS = {"CHATTERKEEP_BENCH_POSTGRES_URL", "CHATTERKEEP_TEST_POSTGRES_URL", "CHATTERKEEP_REQUIRE_SERVICES"}
TEXTS = [
    path
    for path in (*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), ROOT / ".env.example", ROOT / "compose.yaml")
    if path.is_file()
]


def variable(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    choices = getattr(alias, "choices", [])
    return str(choices[0]) if choices else f"{PREFIX}{field}".upper()


KNOWN = {variable(field) for field in Settings.model_fields} | {f"{PREFIX}CONFIG"}


def test_every_setting_stands_on_the_page() -> None:
    page = PAGE.read_text()
    assert [name for name in sorted(KNOWN) if f"`{name}`" not in page] == []


def test_the_page_uses_the_words_of_the_code() -> None:
    page = PAGE.read_text()
    assert [name for name, field in Settings.model_fields.items() if str(field.description) not in page] == []


def test_no_page_names_a_setting_that_is_none() -> None:
    named = {name for path in TEXTS for name in re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", path.read_text())}
    assert named - KNOWN - OF_THE_TESTS == set()


def test_every_setting_stands_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    assert [name for name in sorted(KNOWN) if not re.search(rf"^#?{name}=", example, re.MULTILINE)] == []
