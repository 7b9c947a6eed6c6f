"""Models that break a law of history."""

from __future__ import annotations

import itertools
from typing import Any

from breaking import breaks
from chat_core import (
    AIMessage,
    Block,
    HumanMessage,
    Message,
    NonStandardBlock,
    ReasoningBlock,
    SystemMessage,
    ToolMessage,
)
from chat_core.provider import to_messages
from plain_model import PlainModel
from plain_wire import PlainDecoder, PlainEncoder


class SpeaksToUsersOnly(PlainEncoder):
    """Leaves out a system message without extras that stands before one other message."""

    def turns(self, messages: list[Message]) -> list[dict[str, Any]]:
        first, *others = messages
        extras = any(getattr(block, "extras", None) for block in first.blocks)
        if isinstance(first, SystemMessage) and len(others) == 1 and not extras:
            return super().turns(others)
        return super().turns(messages)


@breaks("test_the_system_message_is_sent")
class DropsTheSystemMessage(PlainModel):
    encoder = SpeaksToUsersOnly


class SortsByRole(PlainEncoder):
    def turns(self, messages: list[Message]) -> list[dict[str, Any]]:
        if any(not isinstance(message, HumanMessage | AIMessage) for message in messages):
            return super().turns(messages)
        return super().turns(sorted(messages, key=lambda message: message.type == "ai"))


@breaks("test_turns_are_sent_in_order")
class GroupsTheTurns(PlainModel):
    encoder = SortsByRole


@breaks("test_every_form_of_input_means_the_same")
class MishearsTuples(PlainModel):
    def _read(self, input: Any) -> list[Message]:
        streamed = input
        if isinstance(input, list) and input and isinstance(input[0], tuple):
            streamed = [("human", text) if role == "ai" else (role, text) for role, text in input]
        return super()._read(streamed)


class SpeaksOnce(PlainEncoder):
    """Leaves out the text of answers that are text alone and no JSON object."""

    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        text_alone = all("text" in part for part in turn["parts"])
        is_object = message.content.startswith("{")
        if isinstance(message, AIMessage) and message.id and text_alone and not is_object:
            turn["parts"] = []
        return turn


@breaks("test_an_answer_can_be_sent_back")
class ForgetsWhatItSaid(PlainModel):
    encoder = SpeaksOnce


class HearsNoStrangers(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        return super().parts(block, own=own) if own else []


@breaks("test_an_answer_of_another_vendor_can_be_sent")
class DropsForeignAnswers(PlainModel):
    encoder = HearsNoStrangers


class TellsAll(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        if isinstance(block, NonStandardBlock | ReasoningBlock) and not own:
            return [{"extras": block.extras, **getattr(block, "value", {})}]
        return super().parts(block, own=own)


@breaks("test_another_vendors_secrets_stay_behind")
class TellsForeignSecrets(PlainModel):
    encoder = TellsAll


@breaks("test_a_conversation_without_messages_is_refused")
class AnswersNothing(PlainModel):
    def _read(self, input: Any) -> list[Message]:
        return super()._read(input or "")


@breaks("test_a_result_without_its_call_is_refused")
class TakesAnyResult(PlainModel):
    def _read(self, input: Any) -> list[Message]:
        messages = to_messages(input)
        lone = [m for m in messages if getattr(m, "tool_call_id", "") == "no-such-call"]
        return super()._read([m for m in messages if m not in lone])


@breaks("test_nonsense_as_input_is_refused")
class SaysAnything(PlainModel):
    def _read(self, input: Any) -> list[Message]:
        streamed = input
        if isinstance(input, list):
            streamed = [str(item) if isinstance(item, int) else item for item in input]
        return super()._read(streamed)


class KeepsObjects(PlainDecoder):
    def blocks(self, wire: dict[str, Any]) -> tuple[Block, ...]:
        blocks = super().blocks(wire)
        if "call" in wire and wire.get("id"):
            blocks[0].extras["seen"] = ("call", 1)
        return blocks


class SendsObjects(PlainEncoder):
    def parts(self, block: Block, *, own: bool) -> list[dict[str, Any]]:
        parts = super().parts(block, own=own)
        if isinstance(block.extras.get("seen"), tuple):
            parts[0]["seen"] = True
        return parts


@breaks("test_a_conversation_survives_json")
class DependsOnObjects(PlainModel):
    encoder = SendsObjects
    decoder = KeepsObjects


class Consumes(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        if isinstance(message, SystemMessage):
            message.additional_kwargs["sent"] = True
        return turn


@breaks("test_input_is_left_as_it_was")
class MarksItsInput(PlainModel):
    encoder = Consumes


_numbers = itertools.count()


class Counts(PlainEncoder):
    def turn(self, message: Message) -> dict[str, Any]:
        turn = super().turn(message)
        if isinstance(message, ToolMessage) and message.tool_call_id.startswith("foreign"):
            turn["answers"] = f"call-{next(_numbers)}"
        return turn


@breaks("test_a_conversation_may_be_sent_twice")
class NumbersItsRequests(PlainModel):
    encoder = Counts
