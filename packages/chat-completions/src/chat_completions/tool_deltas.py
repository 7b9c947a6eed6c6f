"""Which tool call a streamed delta belongs to, whatever the server does with ids and indices.

Rules:

- A delta belongs to a call by its non-empty ``id``, else by its ``index``, else to the latest.
- A delta without a name opens no call unless both its id and its index are new: some servers change
  a call's id from delta to delta, others send the name at one index and the arguments at another.
- An index that comes with a new id is a new call, unless its call had no id so far.
- A name that differs from the call's is a new call, unless the id is that of the call. So is any
  name that comes without id and index once the latest call has one.
- Calls are numbered from 0 in order of appearance. These numbers, and not the server's, are the
  ``index`` of our chunks, so nothing that a server repeats or leaves out can join two calls.
- An object after the end of a call's arguments is a new call if a name comes with it, because some
  servers give all calls one index or one id. The same object again, with the call's id or without
  a name, repeats the call: some servers send the whole call at its end.
- Name and id go out once each.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from chat_core import AIMessageChunk, ToolCallChunk
from chat_core.provider import ArgumentPieces, arguments_delta, call_delta

__all__ = ["ToolDeltas"]

_CALL_FIELDS = frozenset({"id", "index", "type", "function", "name", "arguments"})
"""The fields of a call that are read; any other goes to ``extras``."""


class _Call:
    """What is known of one call."""

    __slots__ = ("arguments", "id", "name", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.arguments = ArgumentPieces()
        self.id: str | None = None
        self.name: str | None = None


class ToolDeltas:
    """Follows the tool calls of one answer."""

    __slots__ = ("_by_id", "_by_index", "_calls", "_latest", "_legacy", "_strays")

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._by_index: dict[int, _Call] = {}
        self._strays: dict[int, _Call] = {}
        """Indices at which only nameless deltas came, and the calls that these went to."""
        self._latest: _Call | None = None
        self._legacy: _Call | None = None

    @property
    def any(self) -> bool:
        """Whether the answer has made a call."""
        return bool(self._calls)

    def more(self, wire: dict[str, Any]) -> AIMessageChunk | None:
        """The chunk of an entry that brings more arguments of a known call and nothing else, which
        is the way of nearly every delta; ``None`` for any other, which is left for ``read``.
        """
        function = wire.get("function")
        if function.__class__ is not dict or len(function) != 1 or len(wire) != 2:
            return None
        arguments = function.get("arguments")
        call = self._by_index.get(wire.get("index"))  # type: ignore[arg-type]
        if call is None or arguments.__class__ is not str or not call.arguments.add(arguments):
            return None
        self._latest = call
        return arguments_delta(arguments, call.number)

    def read(self, wire: dict[str, Any], *, whole: bool = False) -> ToolCallChunk:
        """One entry of ``tool_calls`` as a chunk; ``whole`` if it is an entry of a whole answer.

        A field that is not part of a function call (Google's ``extra_content``, which holds a
        signature) goes to ``extras``.
        """
        function = wire.get("function") or wire  # flat, as Responses has it, at some gateways
        name, call_id, index = function.get("name"), wire.get("id"), wire.get("index")
        if index.__class__ is str and index.isdigit():
            index = int(index)
        arguments = _as_text(function.get("arguments"))
        call = None if whole else self._find(call_id, index, name, arguments)
        chunk = self._chunk(call, call_id, index, name, arguments, whole=whole)
        for field, value in wire.items():
            if field not in _CALL_FIELDS and value:
                chunk.extras[field] = value
        return chunk

    def read_again(self, wires: list[dict[str, Any]]) -> list[ToolCallChunk]:
        """What the calls of a whole message add to those of the deltas before it, by position:
        the end of arguments, and further calls.
        """
        chunks = []
        for number, wire in enumerate(wires):
            if number >= len(self._calls):
                chunks.append(self.read(wire, whole=True))
                continue
            call = self._calls[number]
            function = wire.get("function") or wire
            arguments = _as_text(function.get("arguments"))
            rest = call.arguments.missing(arguments) if arguments else ""
            if rest and function.get("name") == call.name:
                chunks.append(call_delta(rest, call.number))
        return chunks

    def read_legacy(self, function: dict[str, Any]) -> ToolCallChunk | None:
        """A ``function_call``, the form before ``tool_calls``: one call, no id, no index.

        ``None`` for an empty one, and for a mirror of a call that came in ``tool_calls``.
        """
        name = function.get("name")
        if self._legacy is None and (self._calls or not name):
            return None
        chunk = self._chunk(self._legacy, None, None, name, _as_text(function.get("arguments")))
        self._legacy = self._latest
        chunk.extras["legacy"] = True
        return chunk

    def rest(self, seed: str) -> list[ToolCallChunk]:
        """What only the end of the answer makes known: arguments that were held, and an id for each
        call that never got one; made from ``seed``, which names the answer.
        """
        chunks = []
        for call in self._calls:
            held = call.arguments.rest()
            if held:
                chunks.append(ToolCallChunk(args=held, index=call.number))
            if not call.id:
                # OpenAI takes ids of up to 40 characters.
                digest = sha256(f"{seed}#{call.number}".encode()).hexdigest()
                call.id = f"call_{digest[:24]}"
                chunks.append(ToolCallChunk(id=call.id, index=call.number))
        return chunks

    def _find(
        self, call_id: str | None, index: int | None, name: str | None, arguments: str | None
    ) -> _Call | None:
        if call_id and call_id in self._by_id:
            return self._find_by_id(call_id, index, name, arguments)
        if not name:
            return self._find_nameless(call_id, index)
        call = self._latest if index is None else self._by_index.get(index)
        if call is None or (call_id and call.id):
            return None
        if call.name and (index is None or name != call.name):
            return None
        return None if call.name and call.arguments.is_followed_by(arguments) else call

    def _find_by_id(
        self, call_id: str, index: int | None, name: str | None, arguments: str | None
    ) -> _Call | None:
        """The call with an id that was seen before; ``None`` for another one that has it too."""
        at_index = self._by_index.get(index) if index is not None else None
        if at_index is not None and at_index.id == call_id:
            return at_index
        call = self._by_id[call_id]
        if not name or not call.name or index is None or at_index is not None:
            return call
        if name == call.name and call.arguments.is_repeated_by(arguments):
            return call
        is_other = name != call.name or call.arguments.is_followed_by(arguments)
        return None if is_other else call

    def _find_nameless(self, call_id: str | None, index: int | None) -> _Call | None:
        if index is None:
            return self._latest
        call = self._by_index.get(index) or self._strays.get(index)
        if call is None and not call_id and self._latest is not None:
            call = self._strays[index] = self._latest
        return call

    def _chunk(
        self,
        call: _Call | None,
        call_id: str | None,
        index: int | None,
        name: str | None,
        arguments: str | None,
        *,
        whole: bool = False,
    ) -> ToolCallChunk:
        if call is None:
            call = _Call(len(self._calls))
            self._calls.append(call)
            self._strays.pop(index, None)  # type: ignore[arg-type]
        self._latest = call
        if index is not None and index not in self._strays:
            self._by_index[index] = call
        if arguments and not whole:
            arguments = call.arguments.take(arguments)
        chunk = call_delta(arguments, call.number)
        if name and not call.name:
            call.name = chunk.name = name
        if call_id and not call.id:
            call.id = chunk.id = call_id
            self._by_id[call_id] = call
        return chunk


def _as_text(arguments: Any) -> str | None:
    """Arguments as JSON text; some servers send the object itself."""
    if arguments is None or isinstance(arguments, str):
        return arguments
    return json.dumps(arguments, ensure_ascii=False)
