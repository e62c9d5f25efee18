"""Every link inside the documentation leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.texts import PAGES, headings, links, name_of


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_picture_is_there_and_described(page: Path) -> None:
    text = page.read_text()
    pictures = re.findall(r'(?:src|srcset)="([^"]+)"', text)
    assert [name for name in pictures if not (page.parent / name).is_file()] == [], "Make them: make docs-screenshots"
    assert [tag for tag in re.findall(r"<img[^>]*>", text) if 'alt="' not in tag] == []


def test_every_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [page for page in PAGES if page.name == "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = (link.partition("#")[0] for link in links(page) if "://" not in link)
        todo += [path for target in targets if target and (path := (page.parent / target).resolve()).is_file()]
    assert [name_of(page) for page in PAGES if page not in seen] == []
