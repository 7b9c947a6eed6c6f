"""Whatever Gemini answers, whole or cut off, the next request keeps Google's rules.

The answers are random parts with random signatures, cut into random objects. Whole ones go back
part by part as they came; all of them, in a conversation of several, keep the rulebook of the wire.
"""

from __future__ import annotations

import json
from typing import Any

from chat_conformance.rulebooks.gemini import GEMINI
from chat_core import AIMessage, HumanMessage, Message, ToolMessage
from chat_core.provider import MessageBuilder, StreamReader
from chat_google_genai.tool_names import wire_name
from gemini_wire import contents, decoder, parts_of, request, sse, streamed, whole, wire_of
from hypothesis import given, settings
from hypothesis import strategies as st

often = settings(max_examples=300, deadline=None, database=None)

TEXTS = st.sampled_from(["a", "Two words. ", "\n"])
NAMES = st.sampled_from(["f", "two words", "x" * 70])
ARGS = st.dictionaries(st.sampled_from(["a", "$ref"]), st.integers() | TEXTS, max_size=2)
ENDS = st.sampled_from(["STOP", "MAX_TOKENS", "SAFETY", "CONTINUATION", "UNEXPECTED_TOOL_CALL", ""])


def calls() -> st.SearchStrategy[dict[str, Any]]:
    ids = st.none() | st.sampled_from(["g1", "g2"])
    made = st.builds(
        lambda name, args, call_id: {"name": name, "args": args, "id": call_id}, NAMES, ARGS, ids
    )
    return made.map(lambda call: {"functionCall": {k: v for k, v in call.items() if v is not None}})


@st.composite
def parts(draw: st.DrawFn) -> dict[str, Any]:
    """One part of an answer, signed or not."""
    part = draw(
        st.builds(lambda text: {"text": text}, TEXTS)
        | st.builds(lambda text: {"text": text, "thought": True}, TEXTS)
        | calls()
        | st.sampled_from(
            [
                {"inlineData": {"mimeType": "image/png", "data": "aW1n"}},
                {"executableCode": {"language": "PYTHON", "code": "1"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
            ]
        )
    )
    signature = draw(st.none() | st.sampled_from(["b25l", "dHdv"]))
    return part if signature is None else {**part, "thoughtSignature": signature}


SIGNED_END = {"text": "", "thoughtSignature": "ZW5k"}


def with_own_ids(came: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts with ids of calls that differ within the answer, as Google's do."""
    numbered = []
    for number, part in enumerate(came):
        call = part.get("functionCall", {})
        own = {"functionCall": {**call, "id": f"{call['id']}-{number}"}} if "id" in call else {}
        numbered.append({**part, **own})
    return numbered


answers = st.lists(parts(), min_size=1, max_size=4).map(with_own_ids)


@st.composite
def messages(draw: st.DrawFn) -> AIMessage:
    """What is there of an answer: all of it, or what arrived before the stream broke off."""
    objects = [wire_of(part) for part in draw(answers)]
    if draw(st.booleans()):
        objects.append(wire_of(SIGNED_END))
    if end := draw(ENDS):
        objects.append(wire_of(finish=end))
    body = sse(*objects)
    cut = draw(st.integers(0, len(body))) if draw(st.booleans()) else len(body)
    reader, builder = StreamReader(decoder()), MessageBuilder()
    builder.extend(reader.feed(body[:cut]))
    if reader.failure is None:
        builder.extend(reader.finish())
    return builder.message()


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Questions, answers, and a result for every call that may be run and some that may not."""
    talk: list[Message] = []
    for message in draw(st.lists(messages(), min_size=1, max_size=3)):
        broken: list[Any] = [call for call in message.invalid_tool_calls if draw(st.booleans())]
        results = [
            ToolMessage(draw(TEXTS), call.id or "") for call in [*message.tool_calls, *broken]
        ]
        talk += [HumanMessage("Q"), message, *draw(st.permutations(results))]
        if draw(st.booleans()):
            talk.append(HumanMessage("And?"))
    return talk


@often
@given(conversations())
def test_every_conversation_with_gemini_keeps_the_rulebook(talk: list[Message]) -> None:
    body = request(*talk)
    assert GEMINI.check(json.loads(json.dumps(body))) == []


@often
@given(answers)
def test_a_whole_answer_goes_back_part_by_part_as_it_came(came: list[dict[str, Any]]) -> None:
    expected = [sendable(part) for part in came]
    if all(part.get("thought") for part in came):
        return
    assert parts_of(whole(wire_of(*came, finish="STOP"))) == expected
    if all("text" not in part or "thoughtSignature" in part for part in came):
        # Neighbouring texts without a signature are one part of a stream.
        objects = [wire_of(part) for part in came]
        assert parts_of(streamed(*objects, wire_of(finish="STOP"))) == expected


def sendable(part: dict[str, Any]) -> dict[str, Any]:
    """The part with a name that Google takes."""
    if "functionCall" not in part:
        return part
    call = part["functionCall"]
    return {**part, "functionCall": {**call, "name": wire_name(call["name"])}}


@given(st.permutations(range(4)))
def test_results_take_the_order_of_their_calls(order: list[int]) -> None:
    wire = wire_of(*({"functionCall": {"name": f"f{n}"}} for n in range(4)), finish="STOP")
    message = whole(wire)
    ids = [call.id or "" for call in message.tool_calls]
    results = [ToolMessage(str(number), ids[number]) for number in order]
    *_, last = contents(HumanMessage("Q"), message, *results)
    got = [part["functionResponse"] for part in last["parts"]]
    assert [(each["name"], each["response"]["output"]) for each in got] == [
        (f"f{number}", str(number)) for number in range(4)
    ]
