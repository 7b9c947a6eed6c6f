"""Images in answers, moved into users' turns for wires that take images from users alone."""

from __future__ import annotations

from chat_core import (
    AIMessage,
    HumanMessage,
    ImageBlock,
    Message,
    TextBlock,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import images_to_user

PICTURE = ImageBlock(base64="aGk=", mime_type="image/png")
SIGNED = ImageBlock(base64="aGk=", mime_type="image/png", extras={"signature": "c2ln"})
INTRODUCED = (TextBlock("From the assistant's answer before:"), PICTURE)
ASK = HumanMessage("Draw a fish.")


def test_an_image_stands_in_the_users_next_turn_without_its_vendors_extras() -> None:
    drawn = AIMessage([TextBlock("Here."), SIGNED])
    got = images_to_user([ASK, drawn, HumanMessage("Bluer.", name="Ada")], lambda *_: True)
    assert [message.blocks for message in got[1:]] == [
        (TextBlock("Here."),),
        (*INTRODUCED, TextBlock("Bluer.")),
    ]
    assert got[2].name == "Ada"
    assert drawn.blocks == (TextBlock("Here."), SIGNED)


def test_the_results_of_calls_stay_directly_behind_their_answer() -> None:
    drawn = AIMessage([PICTURE, ToolCall("save", {}, "c1")])
    got = images_to_user(
        [ASK, drawn, ToolMessage("saved", "c1"), AIMessage("Done.")], lambda *_: True
    )
    assert [message.type for message in got] == ["human", "ai", "tool", "human", "ai"]
    assert got[3].blocks == INTRODUCED


def test_where_nothing_follows_a_users_turn_is_made() -> None:
    got = images_to_user([ASK, AIMessage([PICTURE])], lambda *_: True)
    assert got[-1] == HumanMessage([*INTRODUCED])


def test_other_images_stay_where_they_are() -> None:
    messages: list[Message] = [ASK, AIMessage([PICTURE]), HumanMessage("Bluer.")]
    assert images_to_user(messages, lambda *_: False) == messages
