"""Checks a built site without a browser: links, anchors, and what pages load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["problems"]

_OF_STYLE = re.compile(r"url\(['\"]?(https?://[^)'\"]+)")
_LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class _Page(HTMLParser):
    """The links, the ids and the loaded addresses of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        address = given.get(_LOADED.get(tag, ""), "")
        if address and not (tag == "link" and given.get("rel") in ("canonical", "alternate")):
            self.loaded.append(address)


def problems(site: Path) -> Iterator[str]:
    """What is wrong with a site, each with the file; nothing for a right one."""
    for file in sorted(site.rglob("*.html")):
        name = file.relative_to(site)
        page = _read(file)
        for link in page.links:
            if reason := _broken(link, file, site):
                yield f"{name}: the link {link!r} leads to {reason}"
        for address in page.loaded:
            if urlsplit(address).netloc:
                yield f"{name} loads {address}, from another host"
            elif reason := _broken(address, file, site):
                yield f"{name} loads {address}, which is {reason}"
    for file in sorted(site.rglob("*.css")):
        for address in _OF_STYLE.findall(file.read_text()):
            yield f"{file.relative_to(site)} loads {address}, from another host"


def _broken(link: str, file: Path, site: Path) -> str:
    """Why a link leads to nothing; empty for a right one and for one to another host."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    base = site if parts.path.startswith("/") else file.parent
    there = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else file
    if there.is_dir():
        there /= "index.html"
    if not there.is_file():
        return "no file"
    if parts.fragment and there.suffix == ".html":
        anchor = unquote(parts.fragment)
        if anchor not in _read(there).ids and anchor not in ("__skip",):
            return f"no place {anchor!r}"
    return ""


@cache
def _read(file: Path) -> _Page:
    return _Page(file.read_text())
