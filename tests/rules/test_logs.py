"""What code adds to a log line is written: the formatter passes over every field that it does not know."""

import ast

from chatterkeep.web.logs import FIELDS
from tests.source import modules, name_of


def added() -> list[tuple[str, str]]:
    """Every field that is added to a log line by name, and where."""
    return [
        (f"{name_of(path)}:{node.lineno}", key.value)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    ]


def test_every_field_that_is_added_to_a_log_line_is_allowed() -> None:
    assert len(added()) > 10
    assert [(where, field) for where, field in added() if field not in FIELDS] == []
