"""Laws about many calls of one model: batches, interleaved streams, threads and event loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_core import ChatError

from ..script import ErrorReply, Reply
from .law import everywhere

if TYPE_CHECKING:
    from ..harness import Chat
    from ..simulators import ScriptItem
    from ..wire_connection import Request

__all__ = ["TogetherLaws"]

NAMES = [f"fish-number-{number}" for number in range(10, 22)]
"""Questions; none is part of another."""


class TogetherLaws:
    """Calls that run at once know nothing of each other."""

    def test_a_batch_keeps_its_order(self, chat: Chat) -> None:
        """``batch`` answers in the order of its inputs."""
        chat.server.answer_always(_echo)
        answers = chat.mode.batch(chat.model(), NAMES)
        assert [answer.content for answer in answers] == NAMES

    @everywhere
    def test_a_batch_answers_every_input(self, chat: Chat) -> None:
        """``batch`` gives as many answers as it was given inputs."""
        chat.enqueue("2", "4")
        answers = chat.mode.batch(chat.model(), ["What is 1 + 1?", "What is 2 + 2?"])
        assert len([answer for answer in answers if answer.content]) == 2

    def test_a_batch_raises_its_first_error(self, chat: Chat) -> None:
        """Without ``return_exceptions`` an error of one input is raised."""
        chat.server.answer_always(_echo_or_fail)
        with pytest.raises(ChatError):
            chat.mode.batch(chat.model(), NAMES[:3])
        # One of the others may still be on its way, and would take the answer of the next law.
        chat.server.wire.wait_for_requests(3, timeout=1.0)

    def test_a_batch_can_keep_its_errors(self, chat: Chat) -> None:
        """With ``return_exceptions`` an error stands where its answer would."""
        chat.server.answer_always(_echo_or_fail)
        answers = chat.mode.batch(chat.model(), NAMES[:3], return_exceptions=True)
        for answer in answers:
            if isinstance(answer, Exception) and not isinstance(answer, ChatError):
                raise answer
        assert [isinstance(answer, ChatError) for answer in answers] == [False, True, False]

    def test_answers_can_be_had_as_they_come(self, chat: Chat) -> None:
        """``batch_as_completed`` gives every answer with the number of its input."""
        chat.server.answer_always(_echo)
        pairs = chat.mode.as_completed(chat.model(), NAMES[:5])
        assert {number: answer.content for number, answer in pairs} == dict(enumerate(NAMES[:5]))

    def test_streams_that_are_read_in_turns_do_not_mix(self, chat: Chat) -> None:
        """A dozen streams of one model, begun together and read in turns, are a dozen answers."""
        chat.server.answer_always(_echo)
        assert chat.mode.interleaved(chat.model(), NAMES) == NAMES

    def test_threads_and_loops_may_share_a_model(self, chat: Chat) -> None:
        """Threads, each with a loop of its own where there are loops, use one model at once."""
        chat.server.answer_always(_echo)
        answers = chat.mode.together(chat.model(), NAMES[:6])
        assert [answer.content for answer in answers] == NAMES[:6]


def _echo(request: Request) -> ScriptItem:
    """The question is the answer."""
    body = request.body.decode()
    return Reply(next(name for name in NAMES if name in body))


def _echo_or_fail(request: Request) -> ScriptItem:
    return ErrorReply("invalid_request") if NAMES[1] in request.body.decode() else _echo(request)
