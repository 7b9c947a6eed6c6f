"""Structured output: a model followed by a step that turns its answer into an object of a schema.

Three ways to ask, chosen by ``method``: the vendor follows the schema natively (``json_schema``), a
tool that must be called has it as its arguments (``function_calling``), or the vendor promises some
JSON object and the prompt says which (``json_mode``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

from ..chains.parsers import JsonOutputParser
from ..errors import InvalidParameterError, OutputParserError
from ..messages.message import AIMessage, AIMessageChunk
from ..runnables.base import Runnable
from ..runnables.sequence import RunnableSequence
from ..tools.schema import to_tool_spec
from ..tools.spec import ResponseSchema, ToolSpec
from ..tools.typed_dicts import validatable

if TYPE_CHECKING:
    from ..runnables.engine.scope import StepContext
    from ..runs.events import RunType
    from .model import ChatModel

__all__ = ["StructuredOutput", "structured_chain"]


class WithRaw(TypedDict):
    """What ``include_raw=True`` gives. One of ``parsed`` and ``parsing_error`` is ``None``."""

    raw: AIMessage
    parsed: Any
    parsing_error: OutputParserError | None


def structured_chain(
    model: ChatModel,
    schema: Any,
    *,
    method: Literal["json_schema", "function_calling", "json_mode"],
    include_raw: bool = False,
    strict: bool | None = None,
) -> RunnableSequence[Any, Any]:
    """``model`` asked for ``schema``, then the step that reads it; see ``with_structured_output``.

    Raises ``InvalidParameterError`` for a schema or method that is none.
    """
    spec = to_tool_spec(schema)
    if not isinstance(spec, ToolSpec):
        raise InvalidParameterError(
            "with_structured_output takes a pydantic class, a TypedDict or a JSON schema with a"
            f" title or name; got {schema!r:.200}."
        )
    tool: str | None = None
    if method == "json_schema":
        asked = ResponseSchema(
            spec.name, spec.parameters, spec.description, spec.strict if strict is None else strict
        )
        asking = model.bind(response_schema=asked)
    elif method == "function_calling":
        tool = spec.name
        asking = model.bind_tools([spec], tool_choice=tool, strict=strict)
    elif method == "json_mode":
        asking = model.bind(json_mode=True)
    else:
        raise InvalidParameterError(
            f"method is 'json_schema', 'function_calling' or 'json_mode'; got {method!r}."
        )
    return RunnableSequence(asking, StructuredOutput(schema, tool=tool, include_raw=include_raw))


class StructuredOutput(Runnable[AIMessage, Any]):
    """Reads an object of ``schema`` from an answer: its text, or the arguments of ``tool``."""

    run_type: ClassVar[RunType] = "parser"

    def __init__(self, schema: Any, *, tool: str | None = None, include_raw: bool = False) -> None:
        self.schema = schema
        self.tool = tool
        self.include_raw = include_raw

    async def _invoke(self, value: Any, context: StepContext, **kwargs: Any) -> Any:
        message = value.to_message() if isinstance(value, AIMessageChunk) else value
        if not self.include_raw:
            return self.read(message)
        try:
            return WithRaw(raw=message, parsed=self.read(message), parsing_error=None)
        except OutputParserError as error:
            return WithRaw(raw=message, parsed=None, parsing_error=error)

    def read(self, message: AIMessage) -> Any:
        """The object in ``message``. Raises ``OutputParserError`` with the text that it saw."""
        if message.refusal:
            raise OutputParserError(f"The model declined: {message.refusal}", text=message.refusal)
        value, text = self._from_tool(message) if self.tool else _from_text(message)
        if isinstance(self.schema, dict):
            return value
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(validatable(self.schema)).validate_python(value)
        except ValidationError as error:
            raise OutputParserError(
                f"The answer does not fit {self.schema.__name__}: {error}", text=text
            ) from error

    def _from_tool(self, message: AIMessage) -> tuple[Any, str]:
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


def _from_text(message: AIMessage) -> tuple[Any, str]:
    try:
        return JsonOutputParser().parse(message.content), message.content
    except OutputParserError as error:
        if message.finish_reason not in ("length", "content_filter", "error"):
            raise
        raise OutputParserError(
            f"The answer was cut off ({message.finish_reason}): {error}", text=error.text
        ) from error
