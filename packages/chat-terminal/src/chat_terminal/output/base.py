"""``Output``: what a command shows answers with."""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, redirect_stdout
from inspect import iscoroutinefunction
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from chat_core import AIMessage, AIMessageChunk, ChatModel, Message, Tool, ToolCall, ToolMessage

__all__ = ["Output", "StreamedOutput"]


class Output(AbstractContextManager["Output"], ABC):
    """Asks a model or runs a tool, and shows what comes. Closed at the end, in every case."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def answer(self, model: ChatModel, messages: list[Message]) -> AIMessage:
        """The model's answer to ``messages``, shown as this output does. Raises ``ChatError``."""

    def call_tool(self, tool: Tool[..., Any], call: ToolCall) -> ToolMessage:
        """The result of ``tool`` for ``call``. Raises what the tool raises.

        What the tool prints goes to standard error, because standard output has the answer.
        """
        with redirect_stdout(sys.stderr):
            if iscoroutinefunction(tool.function):
                return asyncio.run(tool.ainvoke(call))  # type: ignore[no-any-return]
            return tool.invoke(call)  # type: ignore[no-any-return]

    def structured_answer(
        self, model: ChatModel, messages: list[Message], schema: Any
    ) -> AIMessage:
        """The message whose value of ``schema`` is written to standard output as JSON.

        Raises ``OutputParserError`` for an answer that does not fit.
        """
        from .lines import write_value

        chain = model.with_structured_output(schema, include_raw=True)
        result = chain.invoke(messages)
        if result["parsing_error"] is not None:
            raise result["parsing_error"]
        write_value(result["parsed"])
        raw: AIMessage = result["raw"]
        return raw

    def close(self) -> None:
        """End the output: restore the terminal, end the last line."""


class StreamedOutput(Output):
    """An output that shows each chunk as it arrives.

    ``arrived`` is the answer so far, for a caller whom Ctrl-C or an error has interrupted.
    """

    arrived: AIMessage | None = None

    def answer(self, model: ChatModel, messages: list[Message]) -> AIMessage:
        """See ``Output``."""
        self.arrived = None
        self.start()
        try:
            with model.stream(messages) as stream:
                try:
                    for chunk in stream:
                        self.show(chunk)
                finally:
                    self.arrived = stream.message
        finally:
            self.end()
        return stream.message

    def start(self) -> None:
        """A request is about to be sent."""

    @abstractmethod
    def show(self, chunk: AIMessageChunk) -> None:
        """Show a chunk."""

    def end(self) -> None:
        """The answer has ended, or was interrupted."""
