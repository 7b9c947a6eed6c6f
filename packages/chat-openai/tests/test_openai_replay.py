"""Recorded traffic of OpenAI and of the servers of its wire: every exchange decodes to what it was.

Through the codec with the bytes cut anywhere, and through the SDK over a loopback socket, sync and
async, streamed and whole.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from chat_completions.decode import CompletionsDecoder
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, recording_params
from chat_conformance.replay import RecordedTraffic
from chat_core import AIMessage, ChatError, get_chat_model
from chat_core.provider import Decoder, MessageBuilder, StreamReader, decode_reply
from chat_openai.dialect import CompatibleDialect, OpenAIDialect
from chat_openai.names import OPENAI
from chat_openai.responses_decode import ResponsesDecoder
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from chat_core import ChatModel


def _is_stream(recording: Any) -> bool:
    return recording is None or (recording.stream and recording.status < 400)


def _is_answer(recording: Any) -> bool:
    return recording is None or not recording.raises


RECORDINGS = [*recording_params("openai"), *recording_params("openai-compatible")]
STREAMS = [p for p in RECORDINGS if _is_stream(p.values[0])]


def decoder(recording: Recording) -> Decoder:
    dialect = OpenAIDialect() if recording.provider == OPENAI else CompatibleDialect()
    if recording.api == "responses":
        return ResponsesDecoder(dialect)
    return CompletionsDecoder(dialect)


def differences(recording: Recording, message: AIMessage, error: ChatError | None) -> list[str]:
    if recording.raises:
        return ["it raised nothing"] if error is None else compare_error(error, recording)
    return [repr(error)] if error is not None else compare(message, recording)


def read(recording: Recording, piece: int) -> tuple[AIMessage, ChatError | None]:
    """The streamed body, in pieces of so many bytes."""
    reader, builder = StreamReader(decoder(recording)), MessageBuilder()
    for start in range(0, len(recording.body), piece):
        for chunk in reader.feed(recording.body[start : start + piece]):
            builder.add(chunk)
        if reader.ended or reader.failure:
            break
    else:
        for chunk in reader.finish():
            builder.add(chunk)
    if reader.failure is not None:
        reader.failure.partial = builder.message()  # type: ignore[attr-defined]
    return builder.message(), reader.failure


@pytest.mark.parametrize("piece", [1, 7, 64])
@pytest.mark.parametrize("recording", STREAMS)
def test_where_the_bytes_are_cut_does_not_matter(recording: Recording, piece: int) -> None:
    assert differences(recording, *read(recording, piece)) == []


FRESH = re.compile(r"gAAAA[\w-]+=*|capture-id-\d+")
"""What the vendor encrypts anew for the final response, and the ids that GitHub Copilot changes."""

RESPONSE_STREAMS = [
    p
    for provider in ("openai", "openai-compatible")
    for p in recording_params(provider, "responses", True)
    if _is_answer(p.values[0])
]


@pytest.mark.parametrize("recording", RESPONSE_STREAMS)
def test_a_final_response_read_as_a_whole_reply_is_the_merged_stream(recording: Recording) -> None:
    streamed, _ = read(recording, len(recording.body))
    events = [line[5:] for line in recording.body.splitlines() if line.startswith(b"data:")]
    (final,) = [json.loads(e)["response"] for e in events if re.search(rb'response\.completed"', e)]
    whole = decode_reply(decoder(recording), json.dumps(final).encode()).to_message()
    for message in (whole, streamed):
        message.response_metadata.pop("logprobs", None)  # the two are rounded differently
    as_json = TypeAdapter(AIMessage).dump_json
    assert FRESH.sub("", as_json(whole).decode()) == FRESH.sub("", as_json(streamed).decode())


class _Replayed(RecordedTraffic):
    def make(self, recording: Recording, url: str) -> ChatModel:
        return get_chat_model(
            f"{recording.provider}:m",
            api=recording.api,
            api_key="k",
            base_url=f"{url}/v1",
            max_retries=0,
        )


class TestOpenAITraffic(_Replayed):
    provider = "openai"


class TestOpenAICompatibleTraffic(_Replayed):
    provider = "openai-compatible"
