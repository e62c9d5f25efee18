"""Takes the pictures of the README: `python -m tests.browser.screenshots`.

The people in them are made up, and their time stands still, so that a picture changes only if the page does.
Their letters are those of Liberation Sans (the package fonts-liberation), so install it first.
"""

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final, Literal

from playwright.sync_api import Browser, Locator, Page, ViewportSize
from werkzeug.serving import WSGIRequestHandler, make_server

from chatterkeep.app import create_app
from chatterkeep.domain.staff import Role
from chatterkeep.services.wiring import Services
from tests import databases
from tests.browser.chromium import launched
from tests.browser.examples import EXAMPLES, NOW, tell
from tests.browser.staff import log_in, rows
from tests.browser.world import STAFF_NAME
from tests.make import PASSWORD, Clock, make_settings
from tests.source import ROOT

IMAGES = ROOT / "docs" / "images"
LARGEST = 150_000
_DESK: Final[ViewportSize] = {"width": 840, "height": 726}
_PHONE: Final[ViewportSize] = {"width": 360, "height": 690}
_TABLE: Final[ViewportSize] = {"width": 1300, "height": 900}
_LIST: Final[ViewportSize] = {"width": 1180, "height": 832}
_ONE: Final[ViewportSize] = {"width": 1180, "height": 820}

# The look of most screens: a sans-serif face without serifs in the digits, not the wide default of a bare server.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match><test name="family" qual="all" compare="not_contains"><string>mono</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Liberation Sans</string></edit></match></fontconfig>"""

_SIDE_BY_SIDE = """<!doctype html><style>
  body {{ margin: 0; padding: 32px; background: {back}; display: flex; gap: 28px;
    align-items: center; width: max-content; }}
  img {{ display: block; border: 1px solid {edge}; border-radius: 14px; }}
  img:last-child {{ border-width: 7px; border-radius: 30px; border-color: {case}; }}
</style><img src="{desk}"><img src="{phone}">"""
_LIGHT = {"back": "#e9eef5", "edge": "#d0d7e1", "case": "#1a1f27"}
_DARK = {"back": "#05070a", "edge": "#333c48", "case": "#333c48"}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of what is asked for."""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the examples; give the address of the server and the path of the first example's page."""
    settings = make_settings(data_dir=folder, log_level="WARNING")
    databases.migrate(settings)
    app = create_app(settings, clock=Clock(NOW))
    use: Services = app.extensions["chatterkeep"]
    use.staff.create(STAFF_NAME, PASSWORD, Role.ADMIN, NOW)
    tokens = [tell(use, example) for example in reversed(EXAMPLES)]
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}", f"/c/{tokens[-1]}"
    server.shutdown()


def main() -> None:
    """Take all the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fonts = Path(folder, "fonts.conf")
        fonts.write_text(_FONTS)
        with serving(Path(folder, "data")) as (url, path), launched(FONTCONFIG_FILE=str(fonts)) as browser:
            if isinstance(browser, str):
                sys.exit(f"Cannot take pictures: {browser}")
            take_chat(browser, url + path, "light", "chat")
            take_chat(browser, url + path, "dark", "chat-dark")
            take_staff(browser, url)


def take_chat(browser: Browser, address: str, scheme: Literal["light", "dark"], name: str) -> None:
    """The same conversation on a computer and on a phone."""
    shots = {}
    for kind, size in (("desk", _DESK), ("phone", _PHONE)):
        page = browser.new_page(viewport=size, color_scheme=scheme, locale="en-GB", timezone_id="UTC")
        page.goto(address)
        page.get_by_label("Message", exact=True).fill("Yes please, at nine" if kind == "desk" else "")
        shots[kind] = "data:image/png;base64," + base64.b64encode(page.screenshot()).decode()
        page.close()
    page = browser.new_page(viewport=_TABLE)
    page.set_content(_SIDE_BY_SIDE.format(**shots, **(_LIGHT if scheme == "light" else _DARK)))
    save(page.locator("body"), name)
    page.close()


def take_staff(browser: Browser, url: str) -> None:
    """The list, and a conversation that a person took over."""
    page = browser.new_page(viewport=_LIST, base_url=url, color_scheme="light", locale="en-GB")
    log_in(page)
    save(page, "staff")
    page.set_viewport_size(_ONE)
    rows(page).first.get_by_role("link").click()
    page.get_by_role("list", name="Transcript").wait_for()
    save(page, "staff-conversation")
    page.close()


def save(shown: Page | Locator, name: str) -> None:
    """Write a picture."""
    path = IMAGES / f"{name}.png"
    size = len(shown.screenshot(path=path))
    print(f"{path.relative_to(ROOT)}: {size // 1000} KB")  # noqa: T201 - it is a command
    if size > LARGEST:
        sys.exit(f"{path.name} is too large: {size} of {LARGEST} bytes")


if __name__ == "__main__":
    main()
