"""Laws about losses: no key of an input is dropped, and every answer can be sent on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidParameterError,
    InvalidRequestError,
    Message,
    ToolMessage,
)

from ..script import Call, EndOfBody, ErrorReply, Part, Reasoning, Refusal, Reply
from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["LosslessLaws"]

KEY_NAME, VALUE = "x_audit_label", "label-7041"
"""A key that no vendor and no library knows, and its value."""

_CALL: dict[str, Any] = {
    "id": "call00001",
    "type": "function",
    "function": {"name": "weather_report", "arguments": "{}"},
}
_EXTRA = {KEY_NAME: VALUE}
_PART = {"type": "text", "text": "Hi"}
_HELLO = {"role": "user", "content": "Hi"}
_RESULT = {"role": "tool", "tool_call_id": "call00001", "content": "sunny"}


def _with_call(call: dict[str, Any], result: dict[str, Any]) -> list[dict[str, Any]]:
    return [_HELLO, {"role": "assistant", "content": "", "tool_calls": [call]}, result]


PLACES: dict[str, tuple[list[dict[str, Any]], tuple[str, ...]]] = {
    "message": ([{**_HELLO, **_EXTRA}], ()),
    "part": ([{"role": "user", "content": [{**_PART, **_EXTRA}]}], ()),
    "system part": ([{"role": "system", "content": [{**_PART, **_EXTRA}]}, _HELLO], ()),
    "call": (_with_call({**_CALL, **_EXTRA}, _RESULT), ("tools",)),
    "result": (_with_call(_CALL, {**_RESULT, **_EXTRA}), ("tools",)),
}
"""Dict messages with an unknown key, by its place, and the capabilities that they need."""

SPEAKERS = ("Quill_17", "Dr. Quill Østby")
"""Names of speakers: one that every wire with a field for it takes, and one that OpenAI refuses."""

_HALF_CALL = Call("weather_report", '{"city": "Os')

ENDINGS: dict[str, tuple[tuple[Part | str, ...], dict[str, Any], tuple[str, ...]]] = {
    "whole": (("Fish swim.",), {}, ()),
    "length": (("Fish",), {"finish": "length"}, ()),
    "filter": (("Fish",), {"finish": "content_filter"}, ("content_filter",)),
    "no text": ((), {}, ()),
    "broken text": (("Fish", EndOfBody()), {}, ()),
    "error": (("Fish", ErrorReply("server_error")), {}, ("stream_errors",)),
    "call": (("Fish", Call("weather_report", '{"city": "Oslo"}')), {}, ("tools",)),
    "call at the length limit": ((_HALF_CALL,), {"finish": "length"}, ("tools",)),
    "broken call": (("Fish", _HALF_CALL, EndOfBody()), {}, ("tools",)),
    "broken reasoning": ((Reasoning("Which fish?"), EndOfBody()), {}, ("reasoning",)),
    "reasoning at the length limit": (
        (Reasoning("Which fish?", "c2VhbC0wMDAy"),),
        {"finish": "length"},
        ("sealed_reasoning",),
    ),
    "broken after reasoning": (
        (Reasoning("Which fish?", "c2VhbC0wMDAy"), _HALF_CALL, EndOfBody()),
        {},
        ("sealed_reasoning", "tools"),
    ),
    "refusal": ((Refusal("I would rather not."),), {}, ("refusal",)),
}
"""The ways in which an answer ends: its parts, its settings, and the capabilities it needs."""


class LosslessLaws:
    """What goes in is sent or refused by name, and what came out can be sent back."""

    @pytest.mark.parametrize("place", PLACES)
    def test_no_key_of_a_dict_message_is_dropped(self, chat: Chat, place: str) -> None:
        """An unknown key of a dict message is sent, or refused by its name before sending."""
        messages, needed = PLACES[place]
        _skip_unless(chat, needed)
        chat.enqueue("Hello")
        before = len(chat.server.requests)
        refusal = ""
        try:
            chat.ask(messages)
        except (InvalidParameterError, InvalidRequestError) as error:
            refusal = str(error)
        if len(chat.server.requests) == before:
            assert KEY_NAME in refusal
        else:
            assert chat.server.received(KEY_NAME, VALUE)

    @pytest.mark.parametrize("name", SPEAKERS)
    def test_the_name_of_a_speaker_is_sent(self, chat: Chat, name: str) -> None:
        """The ``name`` of a user's message and of an answer is in the request, or refused."""
        conversations: list[list[Message]] = [
            [HumanMessage("Rook takes pawn.", name=name)],
            [HumanMessage("Hi"), AIMessage("Castle early.", name=name), HumanMessage("And now?")],
        ]
        for conversation in conversations:
            chat.enqueue("Hello")
            refusal = ""
            try:
                chat.ask(conversation)
            except (InvalidParameterError, InvalidRequestError) as error:
                refusal = str(error)
            assert name in refusal if refusal else chat.server.received(name)

    def test_half_a_surrogate_pair_is_not_sent(self, chat: Chat) -> None:
        """Text with a lone surrogate is mended or refused: no request contains the surrogate."""
        chat.enqueue("Hello")
        try:
            chat.ask([HumanMessage("half a fish: \ud83d")])
        except InvalidParameterError:
            return
        wire = json.loads(chat.server.last.body)
        json.dumps(wire, ensure_ascii=False).encode()  # raises if a surrogate is in it

    @needs("streaming")
    @pytest.mark.parametrize("ending", ENDINGS)
    def test_an_answer_can_be_sent_on_however_it_ended(self, chat: Chat, ending: str) -> None:
        """The next request with an answer, or with an error's ``partial``, is accepted."""
        parts, settings, needed = ENDINGS[ending]
        _skip_unless(chat, needed)
        chat.enqueue(Reply(*parts, model=chat.model().model, **settings))
        streamed = chat.stream("Hi")
        answer = streamed.partial or streamed.message
        messages: list[Message] = [HumanMessage("Hi"), answer]
        messages += [ToolMessage("It is sunny.", call.id or "") for call in answer.tool_calls]
        chat.enqueue("On we go.")
        assert chat.read_stream([*messages, HumanMessage("Go on.")]).text == "On we go."


def _skip_unless(chat: Chat, needed: tuple[str, ...]) -> None:
    if not chat.offers(*needed):
        pytest.skip(f"not offered: {', '.join(needed)}")
