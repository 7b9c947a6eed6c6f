"""The name of a message before its text, for wires that have no field for it."""

from __future__ import annotations

import pytest
from chat_core import (
    AIMessage,
    HumanMessage,
    ImageBlock,
    Message,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import name_in_text


@pytest.mark.parametrize("cls", [HumanMessage, AIMessage, SystemMessage])
def test_the_name_stands_before_the_text(cls: type[HumanMessage]) -> None:
    message = cls("Castle early.", name="Mira")
    named = name_in_text(message)
    assert (named.content, named.name) == ("Mira: Castle early.", None)
    assert (message.content, message.name) == ("Castle early.", "Mira")


def test_only_the_first_words_of_an_answer_get_the_name_and_other_blocks_stay() -> None:
    thought = ReasoningBlock("Hm.", extras={"signature": "c2ln"})
    first = TextBlock("One", extras={"item_id": "msg_1"})
    call = ToolCall("look", {}, "c1")
    named = name_in_text(AIMessage([thought, first, call, TextBlock("Two")], name="Otto"))
    expected = TextBlock("Otto: One", extras={"item_id": "msg_1"})
    assert named.blocks == (thought, expected, call, TextBlock("Two"))


def test_an_image_alone_gets_its_speaker_as_a_text_before_it() -> None:
    image = ImageBlock("https://example.org/a.png")
    assert name_in_text(HumanMessage([image], name="Otto")).blocks == (TextBlock("Otto:"), image)


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage("Hi"),
        ToolMessage("4", "c1", name="add"),
        AIMessage([ToolCall("look", {}, "c1")]),
    ],
    ids=["no name", "a tool's result", "calls alone"],
)
def test_what_has_no_speaker_stays_as_it_is(message: Message) -> None:
    assert name_in_text(message).blocks == message.blocks
