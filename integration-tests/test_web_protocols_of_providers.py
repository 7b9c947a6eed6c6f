"""An answer of every provider through a page of each web protocol, and back with its history.

The law: what a page sends back of an answer is, to the vendor, the answer itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ag_ui_client import check_events, messages_of, read_events
from chat_conformance.declared import DECLARED
from chat_conformance.offline import OfflineServer
from chat_core import AIMessage, ChatModel, HumanMessage, Message, ToolMessage, merge_chunks
from chat_web.answer import encode_answer
from chat_web.protocols import (
    AGUIEncoder,
    VercelEncoder,
    read_ag_ui_request,
    read_vercel_request,
)
from rich_answers import model_with_tool, rich_answer
from vercel_client import check_parts, message_of, read_parts

QUESTION, RESULT = "Where is it?", "In Italy."


@pytest.fixture(scope="module")
def server() -> Iterator[OfflineServer]:
    with OfflineServer() as running:
        yield running


async def through(encoder: Any, model: ChatModel) -> tuple[list[bytes], AIMessage]:
    """The frames of an answer, and its message."""
    chunks = [chunk async for chunk in model.astream(QUESTION)]

    async def again() -> Any:
        for chunk in chunks:
            yield chunk

    frames = [frame async for each in encode_answer(again(), encoder) for frame in each]
    return frames, merge_chunks(chunks).to_message()


def sent(server: OfflineServer, model: ChatModel, history: list[Message]) -> Any:
    """The body of the request for an answer to ``history``."""
    model.invoke(history)
    return json.loads(server.wire.requests[-1].body)


def expected(server: OfflineServer, model: ChatModel, answer: AIMessage) -> Any:
    [call] = answer.tool_calls
    result = ToolMessage(RESULT, call.id or "")
    return sent(server, model, [HumanMessage(QUESTION), answer, result])


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
async def test_an_answer_that_comes_back_from_a_page_of_vercel_is_the_answer(
    subject: Any, server: OfflineServer
) -> None:
    server.answer(rich_answer(subject))
    model = model_with_tool(subject, server)
    frames, answer = await through(VercelEncoder(message_id="a-1"), model)
    parts = read_parts(frames)
    check_parts(parts)
    shown = message_of(parts)
    assert shown["metadata"]["usage"]["outputTokens"] == 7
    for part in shown["parts"]:
        if part.get("state") == "input-available":
            part |= {"state": "output-available", "output": RESULT}
    asked = {"id": "q-1", "role": "user", "parts": [{"type": "text", "text": QUESTION}]}
    history = read_vercel_request({"messages": [asked, shown]}).messages
    assert sent(server, model, history) == expected(server, model, answer)


@pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
async def test_an_answer_that_comes_back_from_a_page_of_ag_ui_is_the_answer(
    subject: Any, server: OfflineServer
) -> None:
    server.answer(rich_answer(subject))
    model = model_with_tool(subject, server)
    frames, answer = await through(AGUIEncoder("t-1", "r-1"), model)
    events = read_events(frames)
    check_events(events)
    assert events[-1]["usage"][0]["outputTokens"] == 7
    [call_id] = events[-1]["outcome"]["pendingToolCallIds"]
    asked = {"id": "q-1", "role": "user", "content": QUESTION}
    result = {"id": "t-2", "role": "tool", "toolCallId": call_id, "content": RESULT}
    body = {"threadId": "t-1", "runId": "r-2", "messages": [asked, *messages_of(events), result]}
    history = read_ag_ui_request(body).messages
    assert sent(server, model, history) == expected(server, model, answer)
