"""The registry of counterexamples, and base classes that change one part of a good model.

@breaks("test_an_answer_has_the_vendors_id")
class Nameless(PlainModel):
    ...
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Collection, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from chat_core import AIMessage, AIMessageChunk, ChatError, Message
from chat_core.provider import Response
from plain_jobs import PlainJobs
from plain_model import PlainModel, PlainTransport

M = TypeVar("M", bound=type[PlainModel])
J = TypeVar("J", bound=type[PlainJobs])


@dataclass(frozen=True)
class Counterexample:
    """A model that keeps every law but one; ``lacks`` are capabilities that it does not declare."""

    law: str
    model: type[PlainModel]
    lacks: Collection[str] = ()


COUNTEREXAMPLES: list[Counterexample] = []
RELIABILITY_COUNTEREXAMPLES: list[Counterexample] = []


def breaks(law: str, *, lacks: Collection[str] = ()) -> Callable[[M], M]:
    """Register a model as the counterexample to ``law``; ``lacks`` are capabilities it has not."""

    def register(model: M) -> M:
        COUNTEREXAMPLES.append(Counterexample(law, model, lacks))
        return model

    return register


def breaks_jobs(law: str) -> Callable[[J], J]:
    """Register a good model with other batch jobs as the counterexample to ``law``."""

    def register(jobs: J) -> J:
        place = f"{jobs.__name__}Model"  # where a pickle looks for it
        facts = {"__module__": jobs.__module__, "__qualname__": place, "__doc__": jobs.__doc__}
        model = breaks(law)(type(jobs.__name__, (PlainModel,), {"jobs": jobs, **facts}))
        setattr(sys.modules[jobs.__module__], place, model)
        return jobs

    return register


def breaks_reliability(law: str) -> Callable[[M], M]:
    """Register a model as the counterexample to a law of the reliability suite."""

    def register(model: M) -> M:
        RELIABILITY_COUNTEREXAMPLES.append(Counterexample(law, model))
        return model

    return register


class Bent(PlainModel):
    """Bends what comes out of a good model; subclasses override one of the three."""

    def segment(self, chunks: list[AIMessageChunk]) -> list[AIMessageChunk]:
        """Chunks that arrived together."""
        return chunks

    def answer(self, message: AIMessage) -> AIMessage:
        """A whole answer."""
        return message

    def error(self, error: ChatError) -> ChatError | None:
        """The error of a call; ``None`` swallows it."""
        return error

    def _generate(self, messages: list[Message], **options: Any) -> AIMessage:
        try:
            return self.answer(super()._generate(messages, **options))
        except ChatError as error:
            return self._instead(error)

    async def _agenerate(self, messages: list[Message], **options: Any) -> AIMessage:
        try:
            return self.answer(await super()._agenerate(messages, **options))
        except ChatError as error:
            return self._instead(error)

    def _instead(self, error: ChatError) -> AIMessage:
        bent = self.error(error)
        if bent is None:
            return AIMessage("", response_metadata={"finish_reason": "stop"})
        raise bent

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        segments = super()._stream(messages, **options)
        try:
            for chunks in segments:
                yield self.segment(list(chunks))
        except ChatError as error:
            bent = self.error(error)
            if bent is not None:
                raise bent from error.__cause__
        finally:
            segments.close()

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        segments = super()._astream(messages, **options)
        try:
            async for chunks in segments:
                yield self.segment(list(chunks))
        except ChatError as error:
            bent = self.error(error)
            if bent is not None:
                raise bent from error.__cause__
        finally:
            await segments.aclose()


class EndsItself(PlainModel):
    """A model whose streams may end by themselves, depending on how they failed."""

    def ends(self, error: ChatError, text: str) -> ChatError | None:
        """What becomes of the error after ``text``; ``None`` takes it for the end."""
        return error

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        text = ""
        segments = super()._stream(messages, **options)
        try:
            for segment in segments:
                text += "".join(chunk.content for chunk in segment)
                yield segment
        except ChatError as error:
            if (bent := self.ends(error, text)) is not None:
                raise bent from error.__cause__
        finally:
            segments.close()

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        text = ""
        segments = super()._astream(messages, **options)
        try:
            async for segment in segments:
                text += "".join(chunk.content for chunk in segment)
                yield segment
        except ChatError as error:
            if (bent := self.ends(error, text)) is not None:
                raise bent from error.__cause__
        finally:
            await segments.aclose()


class FilteredResponse:
    """A response whose bytes go through a function, piece by piece."""

    def __init__(self, response: Any, change: Callable[[bytes], bytes]) -> None:
        self._response = response
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    def iter_raw(self) -> Any:
        return (self._change(data) for data in self._response.iter_raw())

    def aiter_raw(self) -> Any:
        return self._changed()

    async def _changed(self) -> AsyncGenerator[bytes, None]:
        async for data in self._response.aiter_raw():
            yield self._change(data)


class FilteringTransport(PlainTransport):
    """Passes the bytes of every answer through ``change``."""

    def change(self, data: bytes) -> bytes:
        """What becomes of a piece of the body; ``b""`` ends it."""
        return data

    def received(self, response: Response) -> Response:
        """See ``PlainTransport``."""
        filtered: Any = FilteredResponse(response, self.change)
        return filtered  # type: ignore[no-any-return]
