"""What a model under test talks to: a scripted server, llmock, a cassette, or the vendor itself.

A law says its script to whichever backend it is given. The offline server follows it to the
letter, llmock and cassettes as far as they can, a live vendor not at all; ``exact`` tells which.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from .script import Call, Delivery, Reply, Text

if TYPE_CHECKING:
    from .llmock_server import LlmockServer
    from .offline import OfflineServer
    from .simulators import ScriptItem

__all__ = ["KEY", "Backend", "Live", "Llmock", "Offline"]

KEY = "key-that-nobody-may-see"
"""The key that models under test are given, except live ones."""


class Backend(ABC):
    """Where requests go. ``exact`` is true where answers are what the script says, word by word."""

    name: ClassVar[str]
    exact: ClassVar[bool] = False

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The settings that point a model here."""

    @abstractmethod
    def says(self, *lines: ScriptItem) -> None:
        """Script the next answers."""

    def around(self) -> AbstractContextManager[object]:
        """What a law runs inside."""
        return nullcontext()


class Offline(Backend):
    """The scripted server of this kit."""

    name = "offline"
    exact = True

    def __init__(self, server: OfflineServer) -> None:
        self.server = server

    def settings(self) -> dict[str, Any]:
        return {"base_url": self.server.url, "api_key": KEY}

    def says(self, *lines: ScriptItem) -> None:
        self.server.says(*lines)


class Llmock(Backend):
    """llmock, at the base URL ``path``."""

    name = "llmock"

    def __init__(self, server: LlmockServer, path: str) -> None:
        self._server = server
        self._path = path
        server.script.reset()

    def settings(self) -> dict[str, Any]:
        return {"base_url": self._server.url + self._path, "api_key": KEY}

    def says(self, *lines: ScriptItem) -> None:
        for line in lines:
            reply = line.reply if isinstance(line, Delivery) else line
            if not isinstance(reply, Reply):
                raise TypeError(f"llmock is not told to say {line!r}")
            self._say(reply)

    def _say(self, reply: Reply) -> None:
        from llmock.scenarios import Reply, ToolCall

        calls = [part for part in reply.parts if isinstance(part, Call)]
        text = "".join(part.text for part in reply.parts if isinstance(part, Text))
        self._server.script.add(
            Reply(
                text=text or None,
                tool_calls=tuple(ToolCall(call.name, _object(call.args)) for call in calls),
                finish_reason=reply.finish,
            )
        )


class Live(Backend):
    """The vendor itself. ``key_names`` are the environment variables that may hold the key."""

    name = "live"

    def __init__(self, key_names: tuple[str, ...]) -> None:
        self.key_names = key_names

    @property
    def has_key(self) -> bool:
        """Whether the environment holds a key."""
        return any(os.environ.get(name) for name in self.key_names)

    def settings(self) -> dict[str, Any]:
        return {}

    def says(self, *lines: ScriptItem) -> None:
        pass


def _object(args: str) -> dict[str, Any]:
    import json

    found = json.loads(args or "{}")
    assert isinstance(found, dict), f"{args} is no object"
    return found
