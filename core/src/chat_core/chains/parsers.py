"""Output parsers: from the model's text to a string, JSON, or an object of a pydantic class.

The text may be a ``str``, a message, or chunks of either. JSON may stand alone, in a Markdown fence
or in prose (``json_in_text.py``). What cannot be parsed raises ``OutputParserError``, which has the
text.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import AsyncGenerator
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from ..arguments import of_type
from ..errors import InvalidParameterError, OutputParserError
from ..json_text import JSON, JSONObject, parse_json, write_json
from ..messages.chunks import AIMessageChunk
from ..messages.message import BaseMessage
from ..runnables.base import Runnable
from ..runnables.engine.accumulators import Accumulator, Latest
from ..runnables.engine.scope import Chunks, StepContext
from ..runs.events import RunType
from ..validation_text import validation_text
from .json_in_text import JsonInText
from .partial_json import MISSING

__all__ = ["JsonOutputParser", "OutputParser", "PydanticOutputParser", "StrOutputParser"]

Out = TypeVar("Out")
Model = TypeVar("Model", bound=BaseModel)


class OutputParser(Runnable[Any, Out]):
    """The base of parsers, and of your own: write ``parse``."""

    run_type: ClassVar[RunType] = "parser"

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @abstractmethod
    def parse(self, text: str) -> Out:
        """``text`` as what it means. Raises ``OutputParserError``."""

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> Out:
        return self.parse(text_of(value))

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        parts = [text_of(chunk) async for chunk in chunks]
        yield self.parse("".join(parts))

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return Latest()


class StrOutputParser(OutputParser[str]):
    """The visible text; streams it as it comes."""

    def parse(self, text: str) -> str:
        """The text itself."""
        return text

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        async for chunk in chunks:
            text = chunk.content if chunk.__class__ is AIMessageChunk else text_of(chunk)
            if text:
                yield text

    def accumulator(self, upstream: Accumulator) -> Accumulator:
        return _Text()


class _Text:
    """Joins strings; no chunks make the empty string."""

    __slots__ = ("_parts",)

    def new(self) -> _Text:
        """An empty one."""
        return _Text()

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, chunk: str) -> None:
        self._parts.append(chunk)

    def value(self) -> str:
        return "".join(self._parts)


class JsonOutputParser(OutputParser[Any]):
    """The JSON value in the text; streams it growing.

    Every chunk is the whole value so far, a new object each time (parts that are whole are shared
    between them): strings grow, and numbers, ``true``, ``false`` and ``null`` appear once they are
    whole. ``schema`` is used by ``get_format_instructions`` alone.
    """

    def __init__(self, schema: type[BaseModel] | JSONObject | None = None) -> None:
        self.schema = schema

    def parse(self, text: str) -> JSON:
        """The JSON value in ``text``. Raises ``OutputParserError``."""
        of_type("text", text, str, "a str")
        try:
            return parse_json(text)
        except ValueError:
            pass
        reader = JsonInText()
        reader.feed(text)
        try:
            return reader.finish()
        except ValueError as error:
            raise OutputParserError(
                f"The model's text is not JSON: {error}. It was: {text[:200]!r}", text=text
            ) from error

    def get_format_instructions(self) -> str:
        """Sentences for a prompt that ask for JSON (of the schema, where there is one)."""
        if self.schema is None:
            return "Answer with JSON only: no other text, no Markdown fence."
        return (
            "Answer with JSON only, no other text, no Markdown fence. It must follow this JSON"
            f" schema:\n{json.dumps(_schema_of(self.schema), ensure_ascii=False)}"
        )

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        reader, latest = JsonInText(), MISSING
        async for chunk in chunks:
            reader.feed(text_of(chunk))
            if (value := reader.growth()) is not MISSING:
                latest = value
                yield latest
        whole = self.parse(reader.text())
        if latest is MISSING or whole != latest:
            yield whole


class PydanticOutputParser(OutputParser[Model], Generic[Model]):
    """An object of a pydantic class from JSON in the text.

    It streams ``PartialObject``s with the fields that have arrived, and the validated object last.
    """

    def __init__(self, pydantic_object: type[Model]) -> None:
        given: Any = pydantic_object
        if not (isinstance(given, type) and issubclass(given, BaseModel)):
            raise InvalidParameterError(
                f"PydanticOutputParser takes a pydantic class; got {pydantic_object!r:.80}"
            )
        self.pydantic_object = pydantic_object
        self._json = JsonOutputParser(pydantic_object)

    def __repr__(self) -> str:
        return f"PydanticOutputParser({self.pydantic_object.__name__})"

    def parse(self, text: str) -> Model:
        """The object. Raises ``OutputParserError`` naming the fields that do not fit."""
        value = self._json.parse(text)
        try:
            return self._read(value)
        except Exception as error:  # a validator may raise anything
            raise OutputParserError(
                f"The JSON does not fit {self.pydantic_object.__name__}: {validation_text(error)}",
                text=text,
            ) from error

    async def _transform(
        self, chunks: Chunks, context: StepContext, **kwargs: object
    ) -> AsyncGenerator[object, None]:
        # What streams alone needs.
        from .growing_value import GrowingValue
        from .type_shapes import type_shape

        reader, latest = JsonInText(), MISSING
        growing = GrowingValue(type_shape(TypeAdapter(self.pydantic_object)))
        async for chunk in chunks:
            reader.feed(text_of(chunk))
            if (json := reader.open_growth()) is None:
                continue
            value = growing.of(json)
            if value is not MISSING and value != latest:
                latest = value
                yield latest
        yield self.parse(reader.text())

    def _read(self, value: object) -> Model:
        """The object; strict classes take what JSON can say, such as a date as text."""
        try:
            written = write_json(value)
        except ValueError:
            return self.pydantic_object.model_validate(value)
        return self.pydantic_object.model_validate_json(written)

    def get_format_instructions(self) -> str:
        """Sentences for a prompt that ask for JSON of the class's schema."""
        return self._json.get_format_instructions()


def text_of(value: object) -> str:
    """The visible text of a message, a chunk or a ``str``.

    Raises ``InvalidParameterError`` for anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, BaseMessage):
        return value.content
    if value is None:
        return ""
    raise InvalidParameterError(
        f"An output parser reads a str or a message; got {type(value).__name__}: {value!r:.100}"
    )


def _schema_of(schema: type[BaseModel] | JSONObject) -> JSONObject:
    return schema if isinstance(schema, dict) else schema.model_json_schema()
