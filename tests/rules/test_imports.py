"""Who may import whom: the contracts in pyproject.toml."""

import subprocess
import sys

from tests.source import ROOT

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"


def test_imports_go_down_only() -> None:
    """In a process of its own: import-linter silences every logger of the one it runs in."""
    linted = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout
