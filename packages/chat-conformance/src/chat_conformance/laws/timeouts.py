"""Laws about time limits: what each of them bounds, and the error when it is over."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from chat_core import APITimeoutError

from ..http_answers import Answer, KeepAlive, Stall
from ..script import Delivery, Reply
from .law import needs, one_mode

if TYPE_CHECKING:
    from chat_core import ChatModel

    from ..harness import Chat

__all__ = ["TimeoutLaws"]


def _limits(chat: Chat) -> dict[str, float]:
    """What bounds the wait for a stream's first event, and for a whole answer."""
    return {"timeout": chat.subject.patience, "answer_timeout": chat.subject.patience}


class TimeoutLaws:
    """Nothing hangs: a vendor that falls silent is an ``APITimeoutError``."""

    def test_silence_before_an_answer_times_out(self, chat: Chat) -> None:
        """A whole answer not there within ``answer_timeout`` is an ``APITimeoutError``."""
        error = chat.failure(Answer(before=[Stall()]), **_limits(chat))
        assert type(error) is APITimeoutError

    def test_silence_before_the_first_event_times_out(self, chat: Chat) -> None:
        """A stream without a first event within ``timeout`` is an ``APITimeoutError``."""
        error = chat.stream_failure(chat.simulator.streamed(Stall()), timeout=chat.subject.patience)
        assert type(error) is APITimeoutError

    @needs("streaming")
    def test_silence_in_a_stream_times_out(self, chat: Chat) -> None:
        """A stream without a further event within ``idle_timeout`` is an ``APITimeoutError``."""
        error = chat.stream_failure(Reply("Gold", Stall()), idle_timeout=chat.subject.patience)
        assert type(error) is APITimeoutError

    @needs("streaming", "keep_alive")
    def test_comments_are_no_progress(self, chat: Chat) -> None:
        """Keep-alive bytes do not make a silent vendor a talking one."""
        warm = Reply("Warm", KeepAlive(chat.subject.patience / 5))
        error = chat.stream_failure(warm, idle_timeout=chat.subject.patience)
        assert type(error) is APITimeoutError

    @needs("streaming")
    def test_a_timeout_keeps_what_had_arrived(self, chat: Chat) -> None:
        """What had arrived before the silence is in ``partial``."""
        # In one piece: a pause of the server between two pieces is a silence too.
        reply = Delivery(Reply("Goldfish", Stall()), per_segment=1000)
        error = chat.stream_failure(reply, idle_timeout=chat.subject.patience)
        partial = getattr(error, "partial", None)
        assert partial is not None
        assert partial.content == "Goldfish"

    def test_a_timeout_names_its_setting(self, chat: Chat) -> None:
        """The message names the setting and its seconds."""
        error = chat.failure(Answer(before=[Stall()]), **_limits(chat))
        assert f"timeout={chat.subject.patience}" in str(error)

    @needs("streaming")
    @one_mode("sync")
    def test_a_slow_reader_is_no_silent_vendor(self, chat: Chat) -> None:
        """The time that the reader takes for itself is not counted."""
        text = "Goldfish on the moon tonight, swimming circles."
        idle = 4 * chat.subject.patience
        for tries_left in (2, 1, 0):  # on a busy machine the server may be silent for that long
            chat.enqueue(Reply(text))
            try:
                assert _read_slowly(chat.model(idle_timeout=idle), 1.25 * idle) == text
            except APITimeoutError:
                if not tries_left:
                    raise
            else:
                return


def _read_slowly(model: ChatModel, pause: float) -> str:
    """The text of a stream whose reader pauses for so many seconds after the first words."""
    streamed = ""
    for chunk in model.stream("Hi"):
        if not streamed and chunk.content:
            sleep(pause)
        streamed += chunk.content
    return streamed
