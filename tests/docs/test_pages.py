"""What single pages list is complete: routes, errors, tables, files, decisions."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from chatterkeep.domain.api_keys import SCOPES
from chatterkeep.storage.models import Base
from chatterkeep.web.errorcodes import MEANINGS
from tests.docs.texts import ROOT, name_of, rows, spans

API = ROOT / "docs" / "api.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PLACES = sorted({span for span in spans(ARCHITECTURE) if re.fullmatch(r"[\w/]+\.py(:[\w.]+)?", span) and "/" in span})
_PRIVATE = ("/admin", "/static")


def named_in(path: Path) -> set[str]:
    """The names of a module: functions, classes, their methods, and what is assigned."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_every_route_for_programs_and_people_stands_on_the_page_of_the_api(app: Flask) -> None:
    text = API.read_text()
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(_PRIVATE)
    }
    assert {route for route in routes if f"`{route}`" not in text} == set()


def test_no_route_stands_there_that_is_none(app: Flask) -> None:
    routes = {f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    named = {span for span in spans(API) if re.match(r"(GET|POST|PATCH|PUT|DELETE) /", span)}
    assert named - routes == set()


def test_every_error_stands_there_with_its_status() -> None:
    found = {}
    for first, second, *_ in (row for row in rows(API) if len(row) > 2):
        found |= dict.fromkeys(re.findall(r"`([A-Z_]+)`", first), second)
    assert {code: found.get(code) for code in MEANINGS} == {code: m.statuses for code, m in MEANINGS.items()}


def test_every_scope_stands_there() -> None:
    assert {row[0].strip("`") for row in rows(API)} >= set(SCOPES)


def test_every_table_stands_on_the_page_of_the_architecture() -> None:
    assert {row[0].strip("`") for row in rows(ARCHITECTURE)} >= set(Base.metadata.tables)


def test_the_architecture_names_places() -> None:
    assert len(PLACES) > 20


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_the_architecture_names_exists(place: str) -> None:
    file, _, name = place.partition(":")
    assert (ROOT / file).is_file()
    assert not name or name in named_in(ROOT / file)


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_says_why_what_and_the_price_on_one_screen(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Price"]
    assert text.startswith(f"# {page.name[:4]} ")
    assert len(text.split()) < 250
