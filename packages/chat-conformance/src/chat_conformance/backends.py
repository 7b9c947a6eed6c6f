"""What a model under test talks to: the offline server, llmock, a cassette, or the vendor itself.

A law enqueues its script at its backend. The offline server sends exactly that script
(``exact`` is true), llmock and cassettes send as much of it as they can, and a vendor ignores it.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from .script import Call, Delivery, Reply, Text

if TYPE_CHECKING:
    from .llmock_server import LlmockServer
    from .scripted_server import ScriptedServer
    from .simulators import ScriptItem

__all__ = ["KEY", "Backend", "Live", "Llmock", "Offline"]

KEY = "secret-key-of-the-tests"
"""The key that models under test are given, except live ones."""


class Backend(ABC):
    """Where requests go. ``exact`` is true if answers are exactly what is scripted."""

    name: ClassVar[str]
    exact: ClassVar[bool] = False

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The settings that point a model here."""

    @abstractmethod
    def enqueue(self, *items: ScriptItem) -> None:
        """Script the next answers."""

    def around(self) -> AbstractContextManager[object]:
        """What a law runs inside."""
        return nullcontext()


class Offline(Backend):
    """The scripted server of this kit."""

    name = "offline"
    exact = True

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server

    def settings(self) -> dict[str, Any]:
        return {"base_url": self.server.url, "api_key": KEY}

    def enqueue(self, *items: ScriptItem) -> None:
        self.server.enqueue(*items)


class Llmock(Backend):
    """llmock, at the base URL ``path``."""

    name = "llmock"

    def __init__(self, server: LlmockServer, path: str) -> None:
        self._server = server
        self._path = path
        server.script.reset()

    def settings(self) -> dict[str, Any]:
        return {"base_url": self._server.url + self._path, "api_key": KEY}

    def enqueue(self, *items: ScriptItem) -> None:
        for item in items:
            reply = item.reply if isinstance(item, Delivery) else item
            if not isinstance(reply, Reply):
                raise TypeError(f"llmock cannot send {item!r}")
            self._enqueue(reply)

    def _enqueue(self, reply: Reply) -> None:
        from llmock.scenarios import Reply as LlmockReply
        from llmock.scenarios import ToolCall

        calls = [part for part in reply.parts if isinstance(part, Call)]
        text = "".join(part.text for part in reply.parts if isinstance(part, Text))
        self._server.script.add(
            LlmockReply(
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

    def enqueue(self, *items: ScriptItem) -> None:
        pass


def _object(args: str) -> dict[str, Any]:
    import json

    found = json.loads(args or "{}")
    assert isinstance(found, dict), f"{args} is no object"
    return found
