"""Laws about objects that grow while they stream, and about asking again for one that fits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import AIMessage, OutputParserError, PartialObject

from ..script import Call, Reply
from .law import needs
from .material import CITY_KINDS, City, Reading

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["GrowingLaws"]

QUESTION = "Which city is the capital of Norway, and how many people live in it?"
OSLO = json.dumps({"name": "Oslo on the fjord", "people": 709_000})
NAMELESS = '{"people": 709000}'
READING = (
    '{"place": "Oslo", "level": 123, "state": "lower", "day": "2024-05-17", "is_final": false}'
)


class GrowingLaws:
    """Objects grow while they stream; an answer that does not fit is asked for again."""

    @needs("structured_output", "streaming", "streamed_arguments")
    @pytest.mark.parametrize("kind", CITY_KINDS)
    def test_objects_from_a_tool_grow_while_they_stream(self, chat: Chat, kind: str) -> None:
        """Each item is the object so far; the last is validated, and alone is whole."""
        schema, name, _ = CITY_KINDS[kind]
        chat.enqueue(Reply(Call(name, OSLO)))
        chain = chat.model().with_structured_output(schema, method="function_calling")
        _check_growth(chat.mode.items(chain, QUESTION))

    @needs("native_schema", "streaming")
    @pytest.mark.parametrize("kind", CITY_KINDS)
    def test_objects_grow_in_the_vendors_schema_mode(self, chat: Chat, kind: str) -> None:
        """The same, where the vendor holds the answer's text to a schema."""
        chat.enqueue(Reply(OSLO))
        chain = chat.model().with_structured_output(CITY_KINDS[kind][0], method="json_schema")
        _check_growth(chat.mode.items(chain, QUESTION))

    @needs("native_schema", "streaming")
    def test_no_part_of_a_value_is_shown(self, chat: Chat) -> None:
        """Numbers, literals, dates and booleans appear when they are whole; texts grow."""
        chat.enqueue(Reply(READING, piece=1))
        chain = chat.model().with_structured_output(Reading, method="json_schema")
        items = chat.mode.items(chain, QUESTION)
        whole = items[-1]
        assert whole == Reading.model_validate_json(READING)
        for item in items:
            arrived = dict(item)
            assert whole.place.startswith(arrived.pop("place", ""))
            assert arrived.items() <= dict(whole).items()

    @needs("native_schema", "streaming")
    def test_growing_objects_are_in_the_events(self, chat: Chat) -> None:
        """``stream_events`` reports each of them, and the whole one as the output."""
        chat.enqueue(Reply(OSLO))
        chain = chat.model().with_structured_output(City, method="json_schema")
        events, _ = chat.mode.events(chain, QUESTION, include_types=["parser"])
        _check_growth([e["data"]["chunk"] for e in events if e["event"] == "on_parser_stream"])
        assert type(events[-1]["data"]["output"]) is City

    @needs("structured_output")
    def test_a_wrong_call_is_sent_back_with_what_was_wrong(self, chat: Chat) -> None:
        """``retries`` sends the call and a result that is an error, and asks once more."""
        chat.enqueue(Reply(Call("City", NAMELESS)), Reply(Call("City", OSLO)))
        model = chat.model()
        chain = model.with_structured_output(City, method="function_calling", retries=1)
        assert chat.mode.invoke(chain, QUESTION).name == "Oslo on the fjord"
        assert chat.server.received("people", "name: Field required", QUESTION)

    @needs("native_schema")
    def test_a_wrong_answer_is_sent_back_with_what_was_wrong(self, chat: Chat) -> None:
        """The same in the schema mode: the answer, and a message with what was wrong."""
        chat.enqueue(Reply(NAMELESS), Reply(OSLO))
        chain = chat.model().with_structured_output(City, method="json_schema", retries=1)
        assert chat.mode.invoke(chain, QUESTION).name == "Oslo on the fjord"
        assert chat.server.received(NAMELESS, "name: Field required", QUESTION)

    @needs("native_schema")
    def test_the_last_error_is_raised_when_no_answer_fits(self, chat: Chat) -> None:
        """After the last attempt the error is raised, with what the model wrote last."""
        chat.enqueue(Reply(NAMELESS), Reply('{"people": "a crowd"}'))
        chain = chat.model().with_structured_output(City, method="json_schema", retries=1)
        with pytest.raises(OutputParserError) as caught:
            chat.mode.invoke(chain, QUESTION)
        assert "a crowd" in caught.value.text
        assert len(chat.server.requests) == 2

    @needs("native_schema")
    def test_the_usage_of_all_attempts_is_counted(self, chat: Chat) -> None:
        """The message beside the object has the tokens of every attempt."""
        chat.enqueue(Reply(NAMELESS), Reply(OSLO))
        chain = chat.model().with_structured_output(
            City, method="json_schema", retries=1, include_raw=True
        )
        found: Any = chat.mode.invoke(chain, QUESTION)
        assert found["parsed"].people == 709_000
        assert found["raw"].usage_metadata["output_tokens"] == 14

    @needs("native_schema", "streaming")
    def test_the_chunks_come_beside_the_growing_object(self, chat: Chat) -> None:
        """``include_raw`` streams each chunk with the object so far, and the message last."""
        chat.enqueue(Reply(OSLO))
        chain = chat.model().with_structured_output(City, method="json_schema", include_raw=True)
        *parts, last = chat.mode.items(chain, QUESTION)
        assert "".join(part["raw"].content for part in parts) == OSLO
        assert type(last["raw"]) is AIMessage
        _check_growth([each["parsed"] for each in (*parts, last) if each["parsed"] is not None])


def _check_growth(items: list[Any]) -> None:
    *parts, whole = [item if isinstance(item, dict) else dict(item) for item in items]
    assert whole == {"name": "Oslo on the fjord", "people": 709_000}
    names = [part.get("name", "") for part in parts]
    assert len(set(names)) > 2
    for shorter, longer in zip(names, [*names[1:], whole["name"]], strict=True):
        assert longer.startswith(shorter)
    assert all(part.get("people", 709_000) == 709_000 for part in parts)
    if not isinstance(items[-1], dict):
        assert all(isinstance(item, PartialObject) for item in items[:-1])
        assert not isinstance(items[-1], PartialObject)
