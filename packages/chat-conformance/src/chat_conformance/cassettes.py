"""Cassettes: exchanges that vcrpy records to files and replays without a server.

A cassette holds the method and body of each request, and the status, content type and body of each
answer: no other header, no host and no key. A run fails if a key would be written to disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .backends import KEY, Backend

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .simulators import ScriptItem

__all__ = ["UNREACHABLE", "Recording", "Replay", "cassette_path"]

UNREACHABLE = "http://127.0.0.1:9"
"""An address without a server (the discard port): the ``base_url`` while a cassette replays."""

_KEPT_HEADERS = frozenset({"content-type"})


def cassette_path(folder: Path, subject: str, law: str) -> Path:
    """The file for one run of one law: a folder for each class, a file for each test."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in law)
    return folder / subject / f"{safe.strip('-')}.yaml"


class Recording(Backend):
    """Passes everything on to ``source`` and keeps what went over the wire."""

    name = "cassette"

    def __init__(self, source: Backend, path: Path, secrets: tuple[str, ...] = ()) -> None:
        self._source = source
        self._path = path
        self._secrets = tuple(secret for secret in (KEY, *secrets) if secret)

    def settings(self) -> dict[str, Any]:
        return self._source.settings()

    def enqueue(self, *items: ScriptItem) -> None:
        self._source.enqueue(*items)

    def around(self) -> AbstractContextManager[object]:
        self._path.unlink(missing_ok=True)
        return self._recording()

    @contextmanager
    def _recording(self) -> Iterator[None]:
        with _vcr("all").use_cassette(self._path):
            yield
        if not self._path.is_file():
            return  # a law that sends nothing
        kept = self._path.read_text()
        for secret in self._secrets:
            if secret in kept:
                self._path.unlink()
                raise AssertionError(
                    f"The key was about to be kept in {self._path}; the cassette is deleted."
                )


class Replay(Backend):
    """Answers from a cassette alone."""

    name = "cassette"

    def __init__(self, path: Path) -> None:
        self._path = path

    def settings(self) -> dict[str, Any]:
        return {"base_url": UNREACHABLE, "api_key": KEY}

    def enqueue(self, *items: ScriptItem) -> None:
        pass

    def around(self) -> AbstractContextManager[object]:
        cassette: AbstractContextManager[object] = _vcr("none").use_cassette(self._path)
        return cassette


def secrets_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The values of environment variables that must not be kept."""
    return tuple(os.environ.get(name, "") for name in names)


def _vcr(mode: str) -> Any:
    import vcr  # type: ignore[import-untyped]

    return vcr.VCR(
        record_mode=mode,
        # Requests with equal method and body are matched in order.
        match_on=("method", "raw_body"),
        before_record_request=_bare_request,
        before_record_response=_bare_response,
        decode_compressed_response=True,
    )


def _bare_request(request: Any) -> Any:
    request.uri = "http://vendor/"
    request.headers = {}
    return request


def _bare_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = response["headers"]
    kept = {name: headers[name] for name in headers if name.lower() in _KEPT_HEADERS}
    return {**response, "headers": kept}
