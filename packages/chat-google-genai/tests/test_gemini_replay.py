"""Every recording of the Gemini API decodes to what it says, and survives as history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.expectations import compare, compare_error
from chat_conformance.recordings import Recording, follow_ups, recording_params
from chat_core import merge_chunks
from chat_core.provider import decode_reply, settle
from chat_google_genai.errors import error_from_response
from chat_google_genai.names import SKIP_SIGNATURE
from gemini_wire import chunks_of_bytes, decoder, parts_of

if TYPE_CHECKING:
    from chat_core import AIMessage, ChatError

RECORDINGS = recording_params("google-genai", "generate-content")

IGNORED = {
    "base64 alphabet": "the wire's bytes are read in both alphabets; some clients change it",
    "snake_case": "the wire's JSON reads snake_case and camelCase alike",
    "id": "ids that a client made up (pyd_ai_…) where Google gave none",
    "sentinel": "a client that put the sentinel on every unsigned first call",
    "args": "an empty object says the same as none",
    "response": "a file search's result, which Google leaves out and one client filled in",
    "place of a signature": "two clients carry it over to the neighbouring text or thought",
    "thought": "thoughts without a signature are for the reader; one client leaves them out",
}
"""In what a recorded next request may differ from ours, and why that is no difference."""


def decoded(recording: Recording) -> AIMessage:
    if recording.stream:
        return settle(merge_chunks(chunks_of_bytes(recording.body)))
    return settle(decode_reply(decoder(), recording.body))


@pytest.mark.parametrize("recording", RECORDINGS)
def test_each_recording_decodes_exactly(recording: Recording) -> None:
    if recording.status >= 400:
        error: ChatError = error_from_response(
            recording.status, recording.headers, recording.body, provider="google-genai"
        )
        assert compare_error(error, recording) == []
    else:
        assert compare(decoded(recording), recording) == []


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize(
    "recording", recording_params("google-genai", "generate-content", stream=True)
)
def test_where_a_recording_is_cut_does_not_matter(recording: Recording, size: int) -> None:
    cut = settle(merge_chunks(chunks_of_bytes(recording.body, size)))
    assert cut == settle(merge_chunks(chunks_of_bytes(recording.body)))


def answers() -> list[Any]:
    params = recording_params("google-genai", "generate-content", stream=False)
    return [p for p in params if not isinstance(p.values[0], Recording) or p.values[0].expected]


@pytest.mark.parametrize("recording", answers())
def test_each_whole_answer_goes_back_part_by_part_as_it_came(recording: Recording) -> None:
    wire = json.loads(recording.body)
    came = [
        part for part in wire["candidates"][0]["content"].get("parts", []) if part != {"text": ""}
    ]
    if came:
        assert parts_of(decoded(recording), model=wire["modelVersion"]) == came


def follow_up_params() -> list[Any]:
    pairs = follow_ups("google-genai", "generate-content")
    if not pairs:
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="no recordings folder"))]
    return [pytest.param(reply, following, id=following.id) for reply, following in pairs]


@pytest.mark.parametrize(("reply", "following"), follow_up_params())
def test_a_decoded_answer_goes_back_as_the_next_request_has_it(
    reply: Recording, following: Recording
) -> None:
    ours = parts_of(decoded(reply), model=following.path.split("/models/")[1].split(":")[0])
    assert following.request is not None
    turns = [t["parts"] for t in following.request["contents"] if t["role"] == "model"]
    assert any(same(ours, turn) for turn in turns), f"{ours}\nis none of\n{turns}"


def same(ours: list[Any], theirs: list[Any]) -> bool:
    """Equal but for what ``IGNORED`` names, and strings that the recordings elide."""
    return facts(ours) == facts(theirs) and all(
        any(signature.startswith(answered.partition("<")[0]) for signature in signatures(ours))
        for answered in signatures(theirs)
    )


def facts(parts: list[Any]) -> list[Any]:
    """What every client must tell back: text, calls and their arguments, code and its results."""
    answered = []
    for given in parts:
        part = {camel(name): value for name, value in given.items()}
        if part.get("thought") or part.get("text") == "":
            continue
        part.pop("thoughtSignature", None)
        for name in ("functionCall", "toolCall", "toolResponse"):
            if name in part:
                inner = {camel(key): value for key, value in part[name].items()}
                made_up = str(inner.get("id", "")).startswith("pyd_ai_")
                left_out = {"response"} | ({"id"} if made_up else set())
                kept = {k: v for k, v in inner.items() if k not in left_out}
                part[name] = {"args": {}, **kept}
        answered.append(part)
    return answered


def signatures(parts: list[Any]) -> list[str]:
    found = (part.get("thoughtSignature", part.get("thought_signature")) for part in parts)
    return [s.replace("-", "+").replace("_", "/") for s in found if s and s != SKIP_SIGNATURE]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
