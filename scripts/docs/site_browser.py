"""Looks at the built site in headless Chromium: `make docs-check`.

Every page is opened: no error on the console, no request to another host, nothing wider than the
window. Then the search is used, from a server and from disk, and the colours are changed. Pictures
of some pages at two widths go to `build/screenshots/`, for people to look at.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from workspace import ROOT

__all__ = ["browser_problems"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
WIDTHS = (1280, 390)
PICTURES = ROOT / "build" / "screenshots"
SHOWN = (
    "index.html",
    "how-to/stream.html",
    "reference/providers/groq.html",
    "reference/models.html",
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the site on loopback; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


@contextmanager
def opened(width: int) -> Iterator[Any]:
    """A browser with a new, empty profile. Ends the program if this machine has none."""
    # By name: make docs-check installs it, and types are checked where it is not.
    sync_playwright = import_module("playwright.sync_api").sync_playwright
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sys.exit(f"no browser here: one of {', '.join(NAMES)} is needed")
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            headless=True,
            args=FLAGS,
            viewport={"width": width, "height": 900},
            color_scheme="light",
        )
        try:
            yield context
        finally:
            context.close()


class Visit:
    """One page of the browser, and what went wrong in it."""

    def __init__(self, context: Any, base: str) -> None:
        self.page = context.new_page()
        self.base = base
        self.found: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.report(f"raised {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def open(self, place: str) -> None:
        """Open a page of the site."""
        self.page.goto(f"{self.base}/{place}", wait_until="load")

    def report(self, what: str) -> None:
        """Keep a problem of the page that is open."""
        self.found.append(f"{self.page.url.removeprefix(self.base)}: {what}")

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.report(f"console: {message.text}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.report(f"got status {response.status} for {response.url}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:", "file:")):
            self.report(f"asked another host: {request.url}")


def browser_problems(site: Path) -> list[str]:
    """What is wrong with the site in a browser; empty for a right one."""
    found: list[str] = []
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    places = [str(each.relative_to(site)) for each in sorted(site.rglob("*.html"))]
    with served(site) as base:
        for width in WIDTHS:
            with opened(width) as context:
                visit = Visit(context, base)
                for place in places:
                    visit.open(place)
                    _width(visit, width)
                _pictures(visit, width)
                found += visit.found
        with opened(WIDTHS[0]) as context:
            for start in (base, site.as_uri()):
                visit = Visit(context, start)
                _search(visit)
                _colours(visit)
                found += visit.found
    return found


def _width(visit: Visit, width: int) -> None:
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        visit.report(f"is {wide} pixels wide in a window of {width}")


def _pictures(visit: Visit, width: int) -> None:
    for place in SHOWN:
        visit.open(place)
        name = place.removesuffix(".html").replace("/", "-")
        visit.page.screenshot(path=PICTURES / f"{name}-{width}.png")


def _search(visit: Visit) -> None:
    """Search for a name of the reference and follow the first result."""
    visit.open("index.html")
    visit.page.locator("[data-md-component=search] button, button.md-search__button").first.click()
    visit.page.keyboard.type("merge_chunks")
    try:
        visit.page.get_by_text("merge_chunks").first.wait_for(timeout=10_000)
    except Exception as error:  # noqa: BLE001 - it is reported
        visit.report(f"the search found nothing: {error}")
    visit.page.screenshot(path=PICTURES / f"search-{visit.base.partition(':')[0]}.png")


def _colours(visit: Visit) -> None:
    """Change to the dark colours; they stay on the next page."""
    visit.open("index.html")
    visit.page.locator("form[data-md-component=palette] label:visible").first.click()
    for place in ("index.html", "how-to/stream.html"):
        visit.open(place)
        scheme = visit.page.evaluate("document.body.getAttribute('data-md-color-scheme')")
        if scheme != "slate":
            visit.report(f"the dark colours do not stay, {scheme!r} is on")
    visit.page.screenshot(path=PICTURES / "dark.png")
