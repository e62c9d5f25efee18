"""Finds and starts the browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

# Parts of the browser around the page. The pop-ups of its address bar are pages too, two for every window; the others
# Playwright switches off by a list of its own, which this one replaces.
_UNUSED = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "Translate",
)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One site, so no walls between sites: fewer processes to start for each page.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
    "--disable-features=" + ",".join(_UNUSED),
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def launched(**environment: str) -> Iterator[Browser | str]:
    """Start Chromium for the length of the block; give the reason instead if it cannot be started."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        yield "no Chromium on this machine; install the package chromium"
        return
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=path, args=list(_QUIET), env={**os.environ, **environment}
            )
        except Error as error:
            yield f"{path} does not start: {error.message.splitlines()[0]}"
            return
        yield browser
        browser.close()
