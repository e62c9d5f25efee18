"""Modules and functions stay small. What may be larger stands here, with the reason."""

from pathlib import Path

import pytest

from tests.source import PACKAGE, ROOT, functions, length, modules, name_of

LARGEST_MODULE = 250
LARGEST_TEST_MODULE = 350
LARGEST_FUNCTION = 35
LARGEST_VIEW = 25
LARGER: dict[str, int] = {}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LARGER.get(name_of(path), LARGEST_MODULE)


@pytest.mark.parametrize("path", modules(ROOT / "tests"), ids=name_of)
def test_a_test_module_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LARGEST_TEST_MODULE


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_function_fits_the_eye(path: Path) -> None:
    views = path.name in ("pages.py", "views.py", "webhook.py")
    cap = LARGEST_VIEW if views and path.is_relative_to(PACKAGE / "web") else LARGEST_FUNCTION
    assert [f"{node.name}: {length(node)}" for node in functions(path) if length(node) > cap] == []


def test_the_fixtures_stay_few() -> None:
    assert len((ROOT / "tests" / "conftest.py").read_text().splitlines()) < 150


def test_no_exception_outlives_its_need() -> None:
    needed = [name for name in LARGER if len((ROOT / name).read_text().splitlines()) > LARGEST_MODULE]
    assert needed == list(LARGER)
