"""Recorded provider traffic: each file holds a request, its answer and the expected result.

The recordings lie outside the repository, in the folder that ``CHAT_RECORDINGS`` names or in
``../shared/recordings`` beside the repository. Their ``README.md`` defines each field;
``expectations.py`` compares decoded answers with them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .http_answers import Answer

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

__all__ = [
    "FOLDER_VARIABLE",
    "Recording",
    "conversations",
    "follow_ups",
    "load",
    "recording_params",
    "recordings_dir",
]

FOLDER_VARIABLE = "CHAT_RECORDINGS"
_DEFAULT_FOLDER = Path(__file__).parents[4].parent / "shared" / "recordings"


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """One exchange. ``wire`` is the file's JSON; everything else is read from it."""

    wire: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Recording({self.id!r})"

    @property
    def id(self) -> str:
        """The unique name, which is the file's name too."""
        return str(self.wire["id"])

    @property
    def provider(self) -> str:
        """The provider id that decodes it."""
        return str(self.wire["provider"])

    @property
    def vendor(self) -> str:
        """The real service, such as ``openrouter`` behind ``openai-compatible``."""
        return str(self.wire["vendor"])

    @property
    def api(self) -> str:
        """``chat-completions``, ``responses``, ``messages`` or ``generate-content``."""
        return str(self.wire["api"])

    @property
    def stream(self) -> bool:
        """Whether the body is SSE; for an HTTP error, whether the request asked for a stream."""
        return bool(self.wire["stream"])

    @property
    def features(self) -> Sequence[str]:
        """What it shows, such as ``tools`` or ``reasoning``."""
        return tuple(self.wire["features"])

    @property
    def path(self) -> str:
        """The path of the request, with its query."""
        return str(self.wire["request"]["path"])

    @property
    def request(self) -> dict[str, Any] | None:
        """The body of the request; ``None`` where the source kept none."""
        body: dict[str, Any] | None = self.wire["request"]["body"]
        return body

    @property
    def is_elided(self) -> bool:
        """Whether long strings of the request were replaced by ``<elided …>``."""
        return bool(self.wire["request"].get("elided"))

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return int(self.wire["response"]["status"])

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers kept of the response."""
        headers: Mapping[str, str] = self.wire["response"]["headers"]
        return headers

    @cached_property
    def body(self) -> bytes:
        """The body of the response, as it goes over the wire."""
        return str(self.wire["response"]["body"]).encode()

    @property
    def expected(self) -> Mapping[str, Any] | None:
        """What decoding it must give; ``None`` for an HTTP error."""
        return self.wire.get("expected")

    @property
    def expected_error(self) -> Mapping[str, Any] | None:
        """The error it must raise, by status or inside the body; ``None`` for a plain answer."""
        return self.wire.get("expected_error")

    @property
    def raises(self) -> bool:
        """Whether an error must come out: as the response, inside it, or as a blocked prompt."""
        blocked = bool(self.expected and self.expected.get("block_reason"))
        return self.expected_error is not None or blocked

    @property
    def conversation(self) -> str:
        """The source without its number: the same for all turns of one conversation."""
        return str(self.wire["source"]).rpartition("#")[0]

    @property
    def turn(self) -> int:
        """The number of this exchange within its conversation, from 0; numbers may be missing."""
        return int(str(self.wire["source"]).rpartition("#")[2])

    def answer(self, piece: int | None = None) -> Answer:
        """The response as a server's answer, streamed in chunks, cut into ``piece`` bytes each."""
        return Answer(
            status=self.status,
            headers=self.headers,
            body=self.body,
            framing="chunked" if self.stream and self.status < 400 else "content-length",
            piece=piece,
        )


def recordings_dir() -> Path | None:
    """The folder of the recordings; ``None`` if it is missing."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or _DEFAULT_FOLDER)
    return folder if folder.is_dir() else None


def load(
    provider: str | None = None, api: str | None = None, stream: bool | None = None
) -> list[Recording]:
    """The recordings of a provider id, an api and a way to answer, by id; ``None`` means any.

    The list is empty when the folder is missing.
    """
    folder = recordings_dir()
    if folder is None:
        return []
    paths = sorted(folder.glob(f"{provider or '*'}/{api or '*'}/*.json"))
    recordings = [_read(path) for path in paths]
    return [r for r in recordings if stream is None or r.stream == stream]


def conversations(
    provider: str | None = None, api: str | None = None
) -> dict[str, list[Recording]]:
    """The recordings by conversation, each in order; those with two turns or more."""
    grouped: dict[str, list[Recording]] = {}
    for recording in sorted(load(provider, api), key=lambda r: r.turn):
        grouped.setdefault(recording.conversation, []).append(recording)
    return {name: turns for name, turns in sorted(grouped.items()) if len(turns) > 1}


def follow_ups(
    provider: str | None = None, api: str | None = None
) -> list[tuple[Recording, Recording]]:
    """Pairs of a reply and the next exchange, whose request sends that reply back as history."""
    return [
        (reply, following)
        for turns in conversations(provider, api).values()
        for reply, following in pairwise(turns)
        if following.turn == reply.turn + 1 and _sends_back(reply, following)
    ]


def recording_params(
    provider: str | None = None, api: str | None = None, stream: bool | None = None
) -> list[ParameterSet]:
    """The recordings as pytest parameters; one skipped parameter if there is no folder.

    Raises:
        LookupError: the folder is there and holds none of this kind: a misspelt provider or api.
    """
    import pytest

    if recordings_dir() is None:
        looked_in = os.environ.get(FOLDER_VARIABLE) or "../shared/recordings"
        reason = f"no recordings in {looked_in}; set {FOLDER_VARIABLE} to their folder"
        return [pytest.param(None, id="no-recordings", marks=pytest.mark.skip(reason=reason))]
    recordings = load(provider, api, stream)
    if not recordings:
        raise LookupError(f"no recording of provider={provider}, api={api}, stream={stream}")
    return [pytest.param(recording, id=recording.id) for recording in recordings]


@cache
def _read(path: Path) -> Recording:
    return Recording(json.loads(path.read_bytes()))


def _sends_back(reply: Recording, following: Recording) -> bool:
    """Whether the text or every tool call of ``reply`` stands in the request of ``following``."""
    if reply.expected is None or following.request is None:
        return False
    sent = set(_strings(following.request))
    calls = reply.expected["tool_calls"]
    if calls:
        return all((call["id"] or call["name"]) in sent for call in calls)
    return bool(reply.expected["text"]) and reply.expected["text"] in sent


def _strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
