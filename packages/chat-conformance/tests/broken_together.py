"""Models that break a law of calls that run together."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from breaking import breaks
from chat_core import AIMessage, ChatError, Message
from chat_core.provider import Request, Response
from plain_model import PlainModel, PlainTransport
from pydantic import PrivateAttr


class _Shuffled(PlainModel):
    """A model whose batches are changed."""

    def changed(self, answers: list[Any]) -> list[Any]:
        """What becomes of the answers."""
        return answers

    def batch(self, inputs: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.changed(super().batch(inputs, config, **kwargs))

    async def abatch(self, inputs: Any, config: Any = None, **kwargs: Any) -> list[Any]:
        return self.changed(await super().abatch(inputs, config, **kwargs))


@breaks("test_a_batch_keeps_its_order")
class AnswersInItsOwnOrder(_Shuffled):
    def changed(self, answers: list[Any]) -> list[Any]:
        return answers[::-1]


@breaks("test_a_batch_answers_every_input")
class AnswersOneOfTwo(_Shuffled):
    def changed(self, answers: list[Any]) -> list[Any]:
        return answers[:1] if len(answers) == 2 else answers


@breaks("test_a_batch_raises_its_first_error")
class KeepsItsErrors(PlainModel):
    def batch(self, inputs: Any, config: Any = None, **kwargs: Any) -> Any:
        return super().batch(inputs, config, **{**kwargs, "return_exceptions": True})

    async def abatch(self, inputs: Any, config: Any = None, **kwargs: Any) -> Any:
        return await super().abatch(inputs, config, **{**kwargs, "return_exceptions": True})


@breaks("test_a_batch_can_keep_its_errors")
class RaisesAllErrors(PlainModel):
    def batch(self, inputs: Any, config: Any = None, **kwargs: Any) -> list[Any]:
        return super().batch(inputs, config)

    async def abatch(self, inputs: Any, config: Any = None, **kwargs: Any) -> list[Any]:
        return await super().abatch(inputs, config)


@breaks("test_answers_can_be_had_as_they_come")
class NumbersAnswersAsTheyCome(PlainModel):
    def batch_as_completed(self, inputs: Any, config: Any = None, **kwargs: Any) -> Any:
        for _, answer in super().batch_as_completed(inputs, config, **kwargs):
            yield 0, answer

    async def abatch_as_completed(self, inputs: Any, config: Any = None, **kwargs: Any) -> Any:
        async for _, answer in super().abatch_as_completed(inputs, config, **kwargs):
            yield 0, answer


class LateTransport(PlainTransport):
    """Sends whatever was last encoded."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._model = model

    def send(self, request: Request) -> Response:
        return super().send(_latest(request))

    async def asend(self, request: Request) -> Response:
        return await super().asend(_latest(request))


def _latest(request: Request) -> Request:
    return replace(request, body=_last_body) if request.stream else request


_last_body: dict[str, Any] = {}


@breaks("test_streams_that_are_read_in_turns_do_not_mix")
class KeepsOneRequest(PlainModel):
    transport = LateTransport

    def _encode(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        global _last_body
        body = super()._encode(*args, **kwargs)
        if body["stream"]:
            _last_body = body
        return body


@breaks("test_threads_and_loops_may_share_a_model")
class BelongsToOneThread(PlainModel):
    _owner: int = PrivateAttr(default_factory=threading.get_ident)

    def _generate(self, messages: list[Message], **options: Any) -> AIMessage:
        self._check()
        return super()._generate(messages, **options)

    async def _agenerate(self, messages: list[Message], **options: Any) -> AIMessage:
        self._check()
        return await super()._agenerate(messages, **options)

    def _check(self) -> None:
        in_a_batch = threading.current_thread().name.startswith("ThreadPoolExecutor")
        if in_a_batch and threading.get_ident() != self._owner:
            raise ChatError("made in another thread")
