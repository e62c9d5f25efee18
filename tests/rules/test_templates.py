"""Templates: they compile, escape everything, and hold no script or style of their own."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.source import TEMPLATES

PATHS = sorted(TEMPLATES.rglob("*.html"))
BANNED = {
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+false"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "an event handler": re.compile(r"\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE),
    "JavaScript in a value": re.compile(r"\b(?:js|javascript):", re.IGNORECASE),
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_compiles(still_app: Flask, path: Path) -> None:
    still_app.jinja_env.get_template(str(path.relative_to(TEMPLATES)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(TEMPLATES)))
@pytest.mark.parametrize("what", BANNED)
def test_a_template_holds_nothing_that_the_policy_forbids(path: Path, what: str) -> None:
    markup = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    assert not BANNED[what].search(markup), f"{path.name} holds {what}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (50 if path.name.startswith("_") else 100)


def test_everything_is_escaped_by_itself(still_app: Flask) -> None:
    assert still_app.jinja_env.from_string("{{ x }}", {}).render(x="<b>") in ("&lt;b&gt;", "<b>")
    assert still_app.jinja_env.autoescape is not False
    assert still_app.select_jinja_autoescape("any.html")
