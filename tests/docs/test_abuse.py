"""docs/abuse.md names tests that are there, and leaves no case out."""

import ast
import re

from tests.source import ROOT

PAGE = (ROOT / "docs" / "abuse.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_is_named_is_there() -> None:
    assert [f"{path}::{name}" for path, name in NAMED if name not in _tests_of(path)] == []


def test_every_case_has_a_test() -> None:
    rows = dict(re.findall(r"^\| (A\d\d) \|.*\| (.*) \|$", PAGE, re.MULTILINE))
    assert list(rows) == [f"A{n:02d}" for n in range(1, 22)]
    assert [case for case, tests in rows.items() if "::" not in tests] == []


def _tests_of(path: str) -> set[str]:
    file = ROOT / path
    tree = ast.walk(ast.parse(file.read_text())) if file.is_file() else ()
    return {node.name for node in tree if isinstance(node, ast.FunctionDef)}
