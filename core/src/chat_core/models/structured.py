"""Structured output: a model followed by a step that turns its answer into an object of a schema.

Three ways to ask, chosen by ``method``: the vendor follows the schema natively (``json_schema``), a
tool that must be called has it as its arguments (``function_calling``), or the vendor promises some
JSON object and the prompt says which (``json_mode``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

from ..arguments import count
from ..chains.parsers import JsonOutputParser
from ..chains.partial_json import MISSING
from ..errors import InvalidParameterError, OutputParserError
from ..json_text import JSON
from ..messages.chunks import AIMessageChunk
from ..messages.message import AIMessage
from ..runnables.base import Runnable
from ..runnables.engine.accumulators import Accumulator, Latest
from ..runnables.sequence import RunnableSequence
from ..tools.spec import ResponseSchema, ToolSpec
from .answer_schema import AnswerSchema, read_answer_schema
from .growing_answers import ArgumentsReader, TextReader
from .structured_retries import StructuredRetries

if TYPE_CHECKING:
    from ..runnables.engine.scope import Chunks, StepContext
    from ..runs.events import RunType
    from .model import ChatModel

__all__ = ["StructuredOutput", "structured_chain"]

_CALL_IT = "Answer by calling this tool, and not in words."


class WithRaw(TypedDict):
    """What ``include_raw=True`` gives. One of ``parsed`` and ``parsing_error`` is ``None``."""

    raw: AIMessage
    parsed: Any
    parsing_error: OutputParserError | None


class WithRawChunk(TypedDict):
    """What ``include_raw=True`` streams: one for each chunk of the model, then a ``WithRaw``.

    ``parsed`` is the object so far; ``None`` before there is something of it.
    """

    raw: AIMessageChunk | AIMessage
    parsed: Any
    parsing_error: OutputParserError | None


def structured_chain(
    model: ChatModel,
    schema: object,
    *,
    method: Literal["json_schema", "function_calling", "json_mode"] | None,
    method_for: Callable[[ToolSpec], Literal["json_schema", "function_calling"]],
    forces_tools: Callable[[], bool],
    include_raw: bool = False,
    strict: bool | None = None,
    retries: int = 0,
) -> RunnableSequence[Any, Any]:
    """``model`` asked for ``schema``, then the step that reads it; see ``with_structured_output``.

    ``method_for`` chooses the method where there is none; ``forces_tools`` says whether a request
    may name the tool to call.

    Raises ``InvalidParameterError`` for a schema or method that is none, and for a number of
    retries that cannot be.
    """
    answer = read_answer_schema(schema)
    spec = answer.spec
    tool: str | None = None
    method = method or method_for(spec)
    if method == "json_schema":
        asked = ResponseSchema(
            spec.name, spec.parameters, spec.description, spec.strict if strict is None else strict
        )
        asking = model.bind(response_schema=asked)
    elif method == "function_calling":
        tool = spec.name
        is_forced = forces_tools()
        if not is_forced:
            spec = replace(spec, description=f"{spec.description} {_CALL_IT}".strip())
        asking = model.bind_tools([spec], tool_choice=tool if is_forced else "auto", strict=strict)
    elif method == "json_mode":
        asking = model.bind(json_mode=True)
    else:
        raise InvalidParameterError(
            f"method is 'json_schema', 'function_calling' or 'json_mode'; got {method!r}."
        )
    reading = StructuredOutput(answer, tool=tool, include_raw=include_raw)
    if count("retries", retries) == 0:
        return RunnableSequence(asking, reading)
    return RunnableSequence(StructuredRetries(asking, reading, retries))


class StructuredOutput(Runnable[AIMessage, Any]):
    """Reads an object of ``answer`` from a message: its text, or the arguments of ``tool``.

    Values stream as they grow, each chunk the value so far (``chains/shapes.py`` has the rules);
    the last one is validated, and the only one that is.
    """

    run_type: ClassVar[RunType] = "parser"

    def __init__(
        self, answer: AnswerSchema, *, tool: str | None = None, include_raw: bool = False
    ) -> None:
        self.answer = answer
        self.tool = tool
        self.include_raw = include_raw

    def __repr__(self) -> str:
        return f"StructuredOutput({self.answer.spec.name})"

    async def _invoke(
        self, value: AIMessage | AIMessageChunk, context: StepContext, **kwargs: object
    ) -> Any:
        message = value.to_message() if isinstance(value, AIMessageChunk) else value
        if not self.include_raw:
            return self.read(message)
        try:
            return WithRaw(raw=message, parsed=self.read(message), parsing_error=None)
        except OutputParserError as error:
            return WithRaw(raw=message, parsed=None, parsing_error=error)

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        received = chunks.accumulator.new()
        reader = ArgumentsReader(self.tool) if self.tool else TextReader()
        growing = self.answer.growing()
        latest = MISSING
        async for chunk in chunks:
            received.add(chunk)
            json = reader.add(chunk)
            value = MISSING if json is None else growing.of(json)
            has_grown = value is not MISSING and _differ(value, latest)
            if has_grown:
                latest = value
            if self.include_raw:
                parsed = None if latest is MISSING else latest
                yield WithRawChunk(raw=chunk, parsed=parsed, parsing_error=None)
            elif has_grown:
                yield latest
        whole = await self._invoke(received.value(), context)
        if self.include_raw or latest is MISSING or _differ(whole, latest):
            yield whole

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return Latest()

    def read(self, message: AIMessage) -> Any:
        """The object in ``message``.

        Raises ``OutputParserError`` with ``message`` and the text that it saw.
        """
        try:
            if message.refusal:
                text = message.refusal
                raise OutputParserError(f"The model declined: {text}", text=text)
            value, text = self._from_tool(message) if self.tool else _from_text(message)
            return self.answer.read(value, text)
        except OutputParserError as error:
            error.answer = message
            raise

    def _from_tool(self, message: AIMessage) -> tuple[JSON, str]:
        for call in message.tool_calls:
            if call.name == self.tool:
                return call.args, str(call.args)
        for broken in message.invalid_tool_calls:
            raise OutputParserError(
                f"The model's answer is not whole: {broken.error}.", text=broken.args
            )
        raise OutputParserError(
            f"The model answered in words instead of calling {self.tool}"
            f" (finish_reason {message.finish_reason!r}).",
            text=message.content,
        )


def _from_text(message: AIMessage) -> tuple[JSON, str]:
    try:
        return JsonOutputParser().parse(message.content), message.content
    except OutputParserError as error:
        if message.finish_reason not in ("length", "content_filter", "error"):
            raise
        raise OutputParserError(
            f"The answer was cut off ({message.finish_reason}): {error}", text=error.text
        ) from error


def _differ(one: Any, other: Any) -> bool:
    """Whether one is to be given after the other; objects of another class are."""
    return type(one) is not type(other) or bool(one != other)
