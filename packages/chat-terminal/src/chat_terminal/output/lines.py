"""Outputs for programs: the whole message as JSON, or its events, one JSON object a line."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, TextIO

from .base import Output

if TYPE_CHECKING:
    from chat_core import AIMessage, ChatModel, Message, Runnable, Tool, ToolCall, ToolMessage

__all__ = ["EventsOutput", "JSONOutput", "message_json", "write_value"]


def message_json(message: Message) -> str:
    """``message`` as one line of JSON, as ``pydantic.TypeAdapter(Message)`` reads it back."""
    from chat_core import Message as AnyOfFour
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(AnyOfFour)
    return adapter.dump_json(message).decode()


def write_value(value: object) -> None:
    """Write a value of a schema to standard output as JSON."""
    from pydantic_core import to_jsonable_python

    text = json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False)
    sys.stdout.write(f"{text}\n")


class JSONOutput(Output):
    """Writes each message of the answer as one line of JSON: answers, and results of tools."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def answer(self, model: ChatModel, messages: list[Message]) -> AIMessage:
        """See ``Output``."""
        with model.stream(messages) as stream:
            for _ in stream:
                pass
        self._write(stream.message)
        return stream.message

    def call_tool(self, tool: Tool[..., Any], call: ToolCall) -> ToolMessage:
        """See ``Output``."""
        result = super().call_tool(tool, call)
        self._write(result)
        return result

    def _write(self, message: Message) -> None:
        self._file.write(message_json(message) + "\n")
        self._file.flush()


class EventsOutput(Output):
    """Writes the events of models and tools as they happen, as ``event_from_json`` reads them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def answer(self, model: ChatModel, messages: list[Message]) -> AIMessage:
        """See ``Output``."""
        message: AIMessage = self.run(model, messages)
        return message

    def call_tool(self, tool: Tool[..., Any], call: ToolCall) -> ToolMessage:
        """See ``Output``."""
        with redirect_stdout(sys.stderr):
            result: ToolMessage = self.run(tool, call)
        return result

    def run(self, step: Runnable[Any, Any, Any], value: object) -> Any:
        """The output of ``step``, whose events are written. Raises what it raises."""
        from chat_core import event_to_json

        output: Any = None
        for event in step.stream_events(value, version="v2"):
            self._file.write(event_to_json(event) + "\n")
            self._file.flush()
            if event["event"].endswith("_end") and not event["parent_ids"]:
                output = event["data"].get("output")
        return output
