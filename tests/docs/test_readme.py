"""The first page: short, and true."""

import re

from flask import Flask

from chatterkeep.flows.diagram import mermaid
from chatterkeep.services.wiring import Services
from tests.docs.texts import PAGES, ROOT, blocks, prose

README = ROOT / "README.md"


def section(title: str) -> str:
    """The words of a section, without its blocks."""
    _, _, rest = prose(README).partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def test_it_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 250


def test_it_can_be_tried_in_a_minute() -> None:
    assert 0 < len(section("Try it in 60 seconds").split()) <= 60


def test_it_says_in_ten_points_what_you_get() -> None:
    got, _, missing = section("What you get").partition("What it is **not**")
    assert len(re.findall(r"^- ", got, re.MULTILINE)) == 10
    assert len(re.findall(r"^- ", missing, re.MULTILINE)) >= 4


def test_its_picture_of_the_flow_is_the_one_that_is_drawn(app: Flask, services: Services) -> None:
    (drawn,) = [block.text for block in blocks(README) if block.language == "mermaid"]
    assert drawn.strip() == mermaid(services.flows["greeting"])


def test_no_page_tells_of_the_machine_it_was_written_on() -> None:
    told = re.compile(r"/(tmp|root|home)/")
    assert [page.name for page in PAGES if told.search(page.read_text())] == []
