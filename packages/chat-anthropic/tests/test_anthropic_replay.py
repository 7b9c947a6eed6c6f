"""Every recording of Anthropic's traffic decodes to what it holds, and is sent back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_anthropic.decode import MessagesDecoder
from chat_anthropic.encode_turns import encode_turns
from chat_anthropic.errors import error_from_response
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, follow_ups, recording_params
from chat_core import HumanMessage, ToolMessage
from chat_core.provider import MessageBuilder, StreamReader, decode_reply, settle

if TYPE_CHECKING:
    from chat_core import AIMessage

IGNORED = {
    "citations": "null and [] say the same as leaving it out",
    "caller": "the model itself is the caller where none is named",
}
"""Fields in which a recorded next request may differ from ours, and why that is no difference."""


def streamed(body: bytes, size: int | None = None) -> AIMessage:
    reader, builder = StreamReader(MessagesDecoder()), MessageBuilder()
    for at in range(0, len(body), size or len(body)):
        for chunk in reader.feed(body[at : at + (size or len(body))]):
            builder.add(chunk)
    if not reader.ended:
        for chunk in reader.finish():
            builder.add(chunk)
    if reader.failure is not None:
        raise reader.failure
    return builder.message()


def decoded(recording: Recording) -> AIMessage:
    if recording.stream:
        return streamed(recording.body)
    return settle(decode_reply(MessagesDecoder(), recording.body))


@pytest.mark.parametrize("recording", recording_params("anthropic", "messages"))
def test_each_recording_decodes_exactly(recording: Recording) -> None:
    if recording.status >= 400:
        error = error_from_response(recording.status, recording.headers, recording.body)
        assert compare_error(error, recording) == []
    else:
        assert compare(decoded(recording), recording) == []


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("recording", recording_params("anthropic", "messages", stream=True))
def test_where_a_recording_is_cut_does_not_matter(recording: Recording, size: int) -> None:
    assert streamed(recording.body, size) == streamed(recording.body)


def follow_up_params() -> list[Any]:
    pairs = follow_ups("anthropic", "messages")
    if not pairs:
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="no recordings folder"))]
    return [pytest.param(reply, following, id=following.id) for reply, following in pairs]


@pytest.mark.parametrize(("reply", "following"), follow_up_params())
def test_a_decoded_answer_goes_back_as_in_the_next_request(
    reply: Recording, following: Recording
) -> None:
    message = decoded(reply)
    results = [ToolMessage("1", call.id or "") for call in message.tool_calls]
    _, sent = encode_turns([HumanMessage("Q"), message, *results], model="claude-opus-4-8")
    ours = sent[1]["content"]
    assert following.request is not None
    turns = [t["content"] for t in following.request["messages"] if t["role"] == "assistant"]
    sent_back = [[{"type": "text", "text": t}] if isinstance(t, str) else t for t in turns]
    assert any(same(ours, turn) for turn in sent_back), f"{ours}\nis none of\n{sent_back}"


def same(ours: Any, theirs: Any) -> bool:
    """Equal but for ``IGNORED`` fields and strings that the recordings elide."""
    if isinstance(theirs, str) and "<elided " in theirs:
        return isinstance(ours, str) and ours.startswith(theirs.partition("<elided ")[0])
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        ours, theirs = meant(ours), meant(theirs)
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    return bool(ours == theirs)


def meant(wire: dict[str, Any]) -> dict[str, Any]:
    default = {"citations": (None, []), "caller": (None, {"type": "direct"})}
    assert default.keys() == IGNORED.keys()
    return {k: v for k, v in wire.items() if not (k in default and v in default[k])}
