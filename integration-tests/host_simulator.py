"""A simulator of one host of OpenAI's wire: it does and refuses what the host's row says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from chat_conformance.http_answers import Answer, Frame
from chat_conformance.rulebooks import COMPATIBLE, Finding
from chat_conformance.script import Delivery, Reasoning, Reply, pieces
from chat_conformance.simulators import CompletionsSimulator, ScriptItem
from chat_conformance.simulators.completions import CompletionsWriter
from chat_conformance.wire_connection import Request
from chat_openai.hosts import Fact, Host

__all__ = ["HostSimulator"]


class HostSimulator(CompletionsSimulator):
    """Answers as ``host``."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._field = host.reasoning.value if host.reasoning else "reasoning_content"

    def writer(self, reply: Reply) -> CompletionsWriter:
        """See ``Simulator``; reasoning is in the field of the host."""
        return _Writer(reply, self._field)

    def answer(self, item: ScriptItem, request: Request) -> Answer:
        """See ``Simulator``; a stream has no usage where the host sends it to those who ask."""
        return super().answer(item if self._sends_usage(request) else _uncounted(item), request)

    def findings(self, request: Request, provider: str) -> list[Finding]:
        """The rules of the wire and of the host that the request breaks."""
        body = request.json if request.body else {}
        broken = [
            Finding("host_takes_it", name, repr(value)) for name, value in self._refused(body)
        ]
        return [*COMPATIBLE.check(body), *broken]

    def _sends_usage(self, request: Request) -> bool:
        asked = (request.json.get("stream_options") or {}).get("include_usage")
        unasked = _value(self.host.unasked_usage, False)
        return not self.wants_stream(request) or bool(asked) or unasked

    def _refused(self, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        host = self.host
        for name in _value(host.refused, ()):
            if name in body:
                yield name, body[name]
        form = (body.get("response_format") or {}).get("type")
        if form == "json_schema" and not _value(host.json_schema, True):
            yield "response_format", form
        if form == "json_object" and not _value(host.json_object, True):
            yield "response_format", form
        choices = _value(host.tool_choices, None)
        if choices is not None and "tools" in body:
            choice = body.get("tool_choice", "auto")
            if ("named" if isinstance(choice, dict) else choice) not in choices:
                yield "tool_choice", choice
        if not _value(host.developer, True):
            roles = [message["role"] for message in body["messages"]]
            if "developer" in roles:
                yield "messages", roles


class _Writer(CompletionsWriter):
    def __init__(self, reply: Reply, field: str) -> None:
        super().__init__(reply)
        self._field = field

    def reasoning(self, part: Reasoning) -> Iterator[Frame]:
        for piece in pieces(part.text, self.reply.piece):
            yield self.chunk({self._field: piece})

    def message(self) -> dict[str, Any]:
        message = super().message()
        if "reasoning_content" in message:
            message[self._field] = message.pop("reasoning_content")
        return message


def _value(fact: Fact[Any] | None, unknown: Any) -> Any:
    return unknown if fact is None else fact.value


def _uncounted(item: ScriptItem) -> ScriptItem:
    """``item`` without counts of tokens."""
    if isinstance(item, Delivery):
        reply = _uncounted(item.reply)
        assert isinstance(reply, Reply)
        return replace(item, reply=reply)
    if not isinstance(item, Reply):
        return item
    item = copy(item)
    object.__setattr__(item, "tokens", None)
    return item
