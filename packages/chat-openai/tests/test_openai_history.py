"""History over Responses: the turn we send back is the turn that the recorded client sent back.

The recordings come from several clients, which leave out or rewrite what the vendor ignores or what
they know better; ``IGNORED`` and ``REWRITTEN`` say what and why. Everything else must be equal, in
order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.recordings import Recording, follow_ups, recordings_dir
from chat_core import AIMessage, HumanMessage, Message, NonStandardBlock, ToolMessage
from chat_core.provider import MessageBuilder, StreamReader, decode_reply
from chat_openai.dialect import CompatibleDialect, OpenAIDialect
from chat_openai.names import OPENAI
from chat_openai.responses_calls import item_of
from chat_openai.responses_decode import ResponsesDecoder
from chat_openai.responses_encode import encode_input
from chat_openai.responses_tools import awaits_client

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect

IGNORED = {
    "id": "clients send ids or not; the vendor needs them only to find what it stored",
    "status": "the vendor ignores it on input",
    "annotations": "citations of the past are not read again",
}
"""Fields that may differ, and why."""

REWRITTEN = {
    "tool_search_call": "pydantic-ai renames the arguments to those of its own search tool",
    "tool_search_output": "pydantic-ai tells its own tools instead of the vendor's copy",
}
"""Items of which only the type is compared, and why."""

UNTOLD = {
    "reasoning": "clients may leave reasoning out",
    "file_search_call": "pydantic-ai leaves server tools out unless told to send their ids",
    "tool_search_output": "an early pydantic-ai leaves it out",
}
"""Items of ours that a client may not tell, and why."""

KNOWN_BETTER = {
    "namespace": "pydantic-ai adds the namespace that it knows from its own tool search",
    "sources": "pydantic-ai leaves the sources of a search out",
}
"""Fields that only one side has, and why."""

HELD_BY_VENDOR = ("previous_response_id", "conversation")
"""Requests with these do not tell the turn back: the vendor knows it."""

ELIDED = re.compile(r"<elided \d+")


def pairs() -> list[Any]:
    if recordings_dir() is None:
        reason = "no recordings; set CHAT_RECORDINGS to their folder"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(reply, following, id=reply.id)
        for provider in ("openai", "openai-compatible")
        for reply, following in follow_ups(provider, "responses")
        if following.request is not None
        and isinstance(following.request.get("input"), list)
        and not any(following.request.get(name) for name in HELD_BY_VENDOR)
    ]


def dialect(recording: Recording) -> Dialect:
    return OpenAIDialect() if recording.provider == OPENAI else CompatibleDialect()


def decode(recording: Recording) -> AIMessage:
    decoder = ResponsesDecoder(dialect(recording))
    if not recording.stream:
        return decode_reply(decoder, recording.body).to_message()
    reader, builder = StreamReader(decoder), MessageBuilder()
    for chunk in reader.feed(recording.body):
        builder.add(chunk)
    assert reader.failure is None
    return builder.message()


def told_back(following: Recording) -> list[dict[str, Any]]:
    """The last assistant turn in a recorded request, without what old clients add to it."""
    assert following.request is not None
    turn: list[dict[str, Any]] = []
    for item in reversed(following.request["input"]):
        if item.get("role") in ("user", "system", "developer") or _answers(item):
            if turn:
                break
            continue
        turn.insert(0, item)
    # Old versions of pydantic-ai send an empty message before calls; it says nothing.
    return [item for item in turn if item.get("content") != ""]


def _answers(item: dict[str, Any]) -> bool:
    kind = str(item.get("type"))
    is_client_search = kind == "tool_search_output" and item.get("execution") == "client"
    return kind.endswith(("call_output", "_response")) or is_client_search


def normal(item: dict[str, Any]) -> dict[str, Any]:
    """One spelling for what may be spelled in two ways."""
    item = {"type": "message", **item}
    item = {k: v for k, v in item.items() if k not in IGNORED and v is not None}
    if item["type"] in REWRITTEN:
        return {"type": item["type"]}
    if item["type"] == "function_call":
        item["arguments"] = json.loads(item["arguments"] or "{}")
    if item["type"] == "message":
        content = item["content"]
        parts = [{"text": content}] if isinstance(content, str) else content
        item["content"] = "".join([part.get("text") or part["refusal"] for part in parts])
        item.pop("phase", None)
    if "action" in item:
        item["action"] = {k: v for k, v in item["action"].items() if k not in KNOWN_BETTER}
    item.pop("namespace", None)
    return item


def same(ours: Any, theirs: Any) -> bool:
    """Equality, where an elided string stands for any."""
    if isinstance(theirs, str) and ELIDED.match(theirs):
        return isinstance(ours, str)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return theirs.keys() == ours.keys() and all(same(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs)


def unmatched(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> Iterator[str]:
    rest = iter(theirs)
    wanted = next(rest, None)
    for item in ours:
        if wanted is not None and same(normal(item), normal(wanted)):
            wanted = next(rest, None)
        elif item["type"] not in UNTOLD:
            yield f"only we tell {item}"
    if wanted is not None:
        yield f"we do not tell {wanted}"


@pytest.mark.parametrize(("reply", "following"), pairs())
def test_the_turn_we_send_back_is_the_one_that_the_recorded_client_sent_back(
    reply: Recording, following: Recording
) -> None:
    items = turn(decode(reply), reply.provider)
    ours = [{"type": "message", **item} for item in items]
    assert list(unmatched(ours, told_back(following))) == []


@pytest.mark.parametrize(("reply", "following"), pairs())
def test_every_item_of_a_reply_goes_back(reply: Recording, following: Recording) -> None:
    """Nothing but trailing reasoning is lost between an answer and the history it becomes."""
    sent = [item["type"] for item in turn(decode(reply), reply.provider)]
    assert sent == [kind for kind in _kinds(reply) if kind]


def turn(message: AIMessage, provider: str) -> list[dict[str, Any]]:
    """The items that an answer becomes in a conversation where each of its calls has a result."""
    results: list[Message] = [ToolMessage("r", call.id or "") for call in message.tool_calls]
    results += [
        HumanMessage([NonStandardBlock({"type": "output", "call_id": item["call_id"]})])
        for item in map(item_of, message.blocks)
        if awaits_client(item) and item.get("call_id")
    ]
    items = encode_input([HumanMessage("x"), message, *results], provider=provider)
    return items[1 : len(items) - len(results)]


def _kinds(recording: Recording) -> list[str]:
    if not recording.stream:
        return [item["type"] for item in json.loads(recording.body)["output"]]
    lines = [line[5:] for line in recording.body.splitlines() if line.startswith(b"data:")]
    events = [json.loads(line) for line in lines if b"[DONE]" not in line]
    done = [e for e in events if e.get("type") == "response.output_item.done"]
    return [event["item"]["type"] for event in sorted(done, key=lambda e: e["output_index"])]
