"""Function calls of one answer, whole or with arguments that stream path by path.

Rules (Gemini API reference ``FunctionCall``, and recorded traffic):

- A whole call is ``{"name", "args", "id"?}``.
- A streamed call (Vertex AI, ``streamFunctionCallArguments``) starts with its name and
  ``willContinue``. Objects without a name follow; each ``partialArgs`` entry adds to one JSON path.
  The call ends with an object that does not continue, with the next name, or with the answer (the
  final ``{}`` may be missing, as recorded).
- An object without a name belongs to the latest call, also if that one did not announce more:
  some servers send the name and the arguments in two objects. So does one with the name and the id
  of a latest call without arguments. Arguments that follow complete ones make the call invalid.
- The arguments are given on as JSON text; no text means no arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core import ToolCall, ToolCallChunk

from .argument_text import ArgumentText, json_text, plain_numbers
from .names import MADE_ID, SIGNATURE
from .spellings import entries

__all__ = ["CallReader"]


class CallReader:
    """The calls of one answer, in order. ``seen`` counts those that have begun.

    ``names`` maps names of tools on the wire to the given ones, where they differ.
    """

    __slots__ = (
        "_answer_id",
        "_has_arguments",
        "_id",
        "_id_is_made",
        "_index",
        "_is_signed",
        "_name",
        "_names",
        "_text",
        "_whole",
        "seen",
    )

    def __init__(self, names: Mapping[str, str]) -> None:
        self.seen = 0
        self._names = names
        self._answer_id = ""
        self._index: int | None = None
        self._name: str | None = None
        self._id = ""
        self._id_is_made = False
        self._is_signed = False
        self._has_arguments = False
        self._text: ArgumentText | None = None
        self._whole: set[tuple[str, str, str]] = set()

    def name_answer(self, response_id: str) -> None:
        """Set the answer's id, from which missing call ids are made; the first one counts."""
        self._answer_id = self._answer_id or response_id

    def read(self, wire: dict[str, Any], index: int, extras: dict[str, Any]) -> list[ToolCallChunk]:
        """Return the deltas of one ``functionCall``.

        ``index`` is the position of its part, used for a new call. ``extras`` that no delta
        returns belong to no call.
        """
        if self._belongs_to_latest(wire):
            return self._continue(wire, extras)
        chunks = self.close()
        if not (wire.get("name") or wire.get("args") or wire.get("partialArgs")):
            return chunks
        if self._is_repeated(wire):
            return chunks
        self._start(wire, index)
        self._is_signed = SIGNATURE in extras
        args = self._arguments(wire)
        name = wire.get("name")
        given = self._names.get(name, name) if name else name
        return [*chunks, ToolCallChunk(given, args, self._id, index, extras=extras)]

    def _is_repeated(self, wire: dict[str, Any]) -> bool:
        """Whether a call with this id, name and arguments has come before; notes it."""
        if not (wire.get("id") and wire.get("name") and wire.get("args")):
            return False
        facts = str(wire["id"]), str(wire["name"]), json_text(wire["args"])
        if facts in self._whole:
            return True
        self._whole.add(facts)
        return False

    def whole(self, wire: dict[str, Any], extras: dict[str, Any]) -> ToolCall:
        """Return a call that the finish reason proves whole, whatever else it says."""
        self._start(wire, None)
        args = plain_numbers(wire.get("args") or {})
        name = self._names.get(wire["name"], wire["name"])
        return ToolCall(name, args, self._id, extras=extras)

    def close(self) -> list[ToolCallChunk]:
        """End the open call, if there is one."""
        if self._text is None:
            return []
        return [ToolCallChunk(args=self._end(), index=self._index)]

    def _start(self, wire: dict[str, Any], index: int | None) -> None:
        self.seen += 1
        self._index = index
        self._name = wire.get("name")
        self._id_is_made = not wire.get("id")
        self._id = wire.get("id") or self._make_id()
        self._has_arguments = False

    def _belongs_to_latest(self, wire: dict[str, Any]) -> bool:
        call_id = wire.get("id")
        if self._text is not None:
            return not wire.get("name") or bool(call_id and call_id == self._id)
        if self._index is None:
            return False
        if wire.get("name"):
            # The same call again, now with its arguments; a made id is not on the wire.
            is_same = call_id == self._id and wire["name"] == self._name
            has_arguments = bool(wire.get("args") or wire.get("partialArgs"))
            return is_same and has_arguments and not self._has_arguments
        return not call_id or self._id_is_made or call_id == self._id

    def _continue(self, wire: dict[str, Any], extras: dict[str, Any]) -> list[ToolCallChunk]:
        args = self._arguments(wire)
        if self._is_signed:
            extras = {}  # the call keeps its own signature
        self._is_signed = self._is_signed or SIGNATURE in extras
        if not args and not extras:
            return []
        return [ToolCallChunk(args=args, index=self._index, extras=extras)]

    def _arguments(self, wire: dict[str, Any]) -> str:
        """The JSON text that this object adds to the latest call."""
        if self._text is None and not (wire.get("willContinue") or wire.get("partialArgs")):
            args = wire.get("args")
            if not args:
                return ""
            self._has_arguments = True
            return args if isinstance(args, str) else json_text(plain_numbers(args))
        self._text = self._text or ArgumentText()
        text = self._write(self._text, wire)
        self._has_arguments = self._has_arguments or bool(text)
        return text if wire.get("willContinue") else text + self._end()

    def _write(self, writer: ArgumentText, wire: dict[str, Any]) -> str:
        args = wire.get("args")
        given = args.items() if isinstance(args, dict) else ()
        text = [writer.put((key,), value) for key, value in given]
        text += [writer.add(delta) for delta in entries(wire.get("partialArgs"))]
        return "".join(text)

    def _end(self) -> str:
        assert self._text is not None
        end = self._text.end() if self._has_arguments else ""
        self._text = None
        return end

    def _make_id(self) -> str:
        # From the answer's id and the call's number: unique in a conversation, and reproducible.
        middle = f"{self._answer_id}-" if self._answer_id else ""
        return f"{MADE_ID}{middle}{self.seen}"
