"""Laws about stream events: their order, their data, and the errors among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_core import AIMessageChunk, ChatPromptTemplate, StrOutputParser

from ..script import ErrorReply, Reasoning, Reply
from .law import everywhere, needs

if TYPE_CHECKING:
    from chat_core import StreamEvent

    from ..harness import Chat

__all__ = ["EventLaws"]

VERSE = "Goldfish on the moon tonight"


class EventLaws:
    """Events report each step of a run once, in order."""

    @everywhere
    def test_events_are_start_stream_end(self, chat: Chat) -> None:
        """A call is one start, its chunks, and one end, in this order."""
        chat.enqueue(VERSE)
        kinds = [event["event"] for event in _events(chat)]
        assert kinds[0] == "on_chat_model_start"
        assert set(kinds[1:-1]) == {"on_chat_model_stream"}
        assert kinds[-1] == "on_chat_model_end"

    def test_events_of_one_call_share_its_run(self, chat: Chat) -> None:
        """All events of a call have the same ``run_id``, and no parents."""
        chat.enqueue(VERSE)
        events = _events(chat)
        assert len({event["run_id"] for event in events}) == 1
        assert {tuple(event["parent_ids"]) for event in events} == {()}

    def test_stream_events_carry_the_chunks(self, chat: Chat) -> None:
        """The chunks in the events are those of the stream, none lost and none twice."""
        chat.enqueue(VERSE)
        chunks = [event["data"]["chunk"] for event in _of(_events(chat), "stream")]
        assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
        assert "".join(chunk.content for chunk in chunks) == VERSE

    def test_the_end_carries_the_whole_answer(self, chat: Chat) -> None:
        """``output`` of the end is the answer, with its usage and finish reason."""
        chat.enqueue(Reply(VERSE))
        (end,) = _of(_events(chat), "end")
        output = end["data"]["output"]
        assert output.content == VERSE
        assert output.usage_metadata is not None
        assert output.finish_reason is not None

    def test_events_name_vendor_and_model(self, chat: Chat) -> None:
        """``metadata`` has the ``ls_…`` keys that tracing tools read."""
        chat.enqueue(VERSE)
        model = chat.model(temperature=0.25, max_tokens=321)
        events, _ = chat.mode.events(model, "Hi")
        metadata = events[0]["metadata"]
        assert metadata["ls_provider"] == model.provider
        assert metadata["ls_model_name"] == model.model
        assert metadata["ls_model_type"] == "chat"
        assert (metadata["ls_temperature"], metadata["ls_max_tokens"]) == (0.25, 321)

    def test_events_carry_the_callers_config(self, chat: Chat) -> None:
        """Run name, tags and metadata of the config are on the events."""
        chat.enqueue(VERSE)
        config = {"run_name": "verse", "tags": ["moon"], "metadata": {"fish": "gold"}}
        events, _ = chat.mode.events(chat.model(), "Hi", config)
        for event in events:
            assert event["name"] == "verse"
            assert event["tags"] == ["moon"]
            assert event["metadata"]["fish"] == "gold"

    def test_events_can_be_filtered(self, chat: Chat) -> None:
        """``exclude_types`` leaves out what it names, the call itself goes on."""
        chat.enqueue(VERSE, VERSE)
        events, error = chat.mode.events(chat.model(), "Hi", exclude_types=["chat_model"])
        assert (events, error) == ([], None)
        events, error = chat.mode.events(chat.model(), "Hi", include_types=["chain"])
        assert (events, error) == ([], None)

    def test_an_error_event_comes_before_the_exception(self, chat: Chat) -> None:
        """A call that fails ends in ``on_chat_model_error`` with the error that is then raised."""
        chat.enqueue(ErrorReply("invalid_request"))
        events, error = chat.mode.events(chat.model(), "Hi")
        assert error is not None
        assert events[-1]["event"] == "on_chat_model_error"
        assert events[-1]["data"]["error"] is error

    @needs("reasoning")
    def test_reasoning_is_in_the_events_too(self, chat: Chat) -> None:
        """The events of an answer contain its reasoning, as the stream does."""
        chat.enqueue(Reply(Reasoning("Fish need water."), "No."))
        (end,) = _of(_events(chat), "end")
        assert end["data"]["output"].reasoning == "Fish need water."

    @everywhere
    @needs("streaming")
    def test_a_chain_streams_through(self, chat: Chat) -> None:
        """Behind a prompt and before a parser the model still streams token by token."""
        chat.enqueue(Reply("Goldfish on the moon tonight, swimming circles."))
        prompt = ChatPromptTemplate.from_messages([("human", "Write two lines about {what}.")])
        chain = prompt | chat.model() | StrOutputParser()
        items = chat.mode.items(chain, {"what": "goldfish"})
        assert len([item for item in items if item]) > 2
        if chat.exact:
            assert "".join(items) == "Goldfish on the moon tonight, swimming circles."


def _events(chat: Chat, **filters: Any) -> list[StreamEvent]:
    events, error = chat.mode.events(chat.model(), "Say something about the moon.", **filters)
    if error is not None:
        raise error
    return events


def _of(events: list[StreamEvent], kind: str) -> list[StreamEvent]:
    return [event for event in events if event["event"] == f"on_chat_model_{kind}"]
