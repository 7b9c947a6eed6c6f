"""Function calls of one answer: whole ones, and ones whose arguments stream path by path.

A whole call is ``{"name", "args", "id"?}``. A streamed one (Vertex,
``streamFunctionCallArguments``) opens with its name and ``willContinue``, goes on in calls without
a name whose ``partialArgs`` each add to one JSON path, and ends with a call that does not continue,
with the next call's name, or with the answer (recorded: the terminal ``{}`` may be missing). Here
it becomes JSON text, piece by piece.
"""

from __future__ import annotations

from typing import Any

from chat_core import ToolCall, ToolCallChunk

from .argument_text import ArgumentText, json_text, plain_numbers
from .names import MADE_ID

__all__ = ["CallReader"]


class CallReader:
    """The calls of one answer, in order. ``seen`` counts those that have begun."""

    __slots__ = ("_answer_id", "_id", "_index", "_text", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self._answer_id = ""
        self._text: ArgumentText | None = None
        self._id: str | None = None
        self._index = 0

    def name_answer(self, response_id: str) -> None:
        """The answer's id, from which missing call ids are made; the first one counts."""
        self._answer_id = self._answer_id or response_id

    def read(self, wire: dict[str, Any], index: int, extras: dict[str, Any]) -> list[ToolCallChunk]:
        """One ``functionCall``; ``index`` is the position of its part, used if it is a new call."""
        call_id = wire.get("id")
        named = bool(wire.get("name")) and not (call_id and call_id == self._id)
        if self._text is not None and not named:
            return self._continue(wire, extras)
        chunks = self.close()
        if not wire.get("name") and not wire.get("args"):
            return chunks  # an end with nothing open
        self.seen += 1
        self._index = index
        self._id = call_id or self._make_id()
        if wire.get("willContinue") or wire.get("partialArgs"):
            self._text = ArgumentText()
            args = self._write(wire)
            if not wire.get("willContinue"):
                args += self._end()
        else:
            args = json_text(plain_numbers(wire.get("args") or {}))
        return [*chunks, ToolCallChunk(wire.get("name"), args, self._id, index, extras=extras)]

    def whole(self, wire: dict[str, Any], extras: dict[str, Any]) -> ToolCall:
        """A call that the vendor's finish reason proves whole, whatever else it says."""
        self.seen += 1
        call_id = wire.get("id") or self._make_id()
        args = plain_numbers(wire.get("args") or {})
        return ToolCall(wire["name"], args, call_id, extras=extras)

    def close(self) -> list[ToolCallChunk]:
        """The end of the open call, if there is one."""
        if self._text is None:
            return []
        return [ToolCallChunk(args=self._end(), index=self._index)]

    def _continue(self, wire: dict[str, Any], extras: dict[str, Any]) -> list[ToolCallChunk]:
        args = self._write(wire)
        if not wire.get("willContinue"):
            args += self._end()
        if not args and not extras:
            return []
        return [ToolCallChunk(args=args, index=self._index, extras=extras)]

    def _write(self, wire: dict[str, Any]) -> str:
        assert self._text is not None
        text = [self._text.put((key,), value) for key, value in (wire.get("args") or {}).items()]
        text += [self._text.add(delta) for delta in wire.get("partialArgs") or ()]
        return "".join(text)

    def _end(self) -> str:
        assert self._text is not None
        end = self._text.end()
        self._text = None
        return end

    def _make_id(self) -> str:
        # From the answer's id and the position: unique in the talk, and the same when replayed.
        middle = f"{self._answer_id}-" if self._answer_id else ""
        return f"{MADE_ID}{middle}{self.seen}"
