"""Compares a decoded answer or error with its recording: one line for each difference.

The rules are those of the recordings' ``README.md``. ``compare`` takes an answer and
``compare_error`` an error; both return an empty list if there is no difference.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from chat_core.provider import class_for_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chat_core import AIMessage, UsageMetadata

    from .recordings import Recording

__all__ = ["ERROR_KINDS", "compare", "compare_error", "output_tokens_of"]

ERROR_KINDS: dict[str, type[APIError]] = {
    "authentication": AuthenticationError,
    "permission": PermissionDeniedError,
    "not_found": ModelNotFoundError,
    "rate_limit": RateLimitError,
    "context_length": ContextLengthExceededError,
    "content_filter": ContentFilterError,
    "overloaded": OverloadedError,
    "server_error": ServerError,
    "invalid_request": InvalidRequestError,
}
"""The class that stands for each kind of error in the recordings."""

_Fact: TypeAlias = tuple[str, object, object]
"""A name, our value, and the recording's value."""


def compare(message: AIMessage, recording: Recording) -> list[str]:
    """How ``message``, streamed and merged or not, differs from the recorded answer.

    What the wire lacks (an id, a model's name) is not compared. A tool call that the wire
    gave no id must have one of ours, unique in the message.

    Raises:
        ValueError: the recording is of an error; ``compare_error`` is for those.
    """
    expected = recording.expected
    if expected is None or recording.raises:
        raise ValueError(f"{recording.id} must raise an error; use compare_error")
    metadata = message.response_metadata
    facts: list[_Fact] = [
        ("content", message.content, expected["text"]),
        ("reasoning", message.reasoning or None, expected["reasoning"] or None),
        ("refusal", message.refusal or None, expected.get("refusal")),
        (
            "raw_finish_reason",
            metadata.get("raw_finish_reason") or None,
            expected["finish_reason_raw"] or None,
        ),
        *_tool_call_facts(message, expected["tool_calls"]),
        *_usage_facts(message.usage_metadata, expected["usage"]),
    ]
    if expected["model"]:
        facts.append(("model_name", metadata.get("model_name"), expected["model"]))
    if expected["response_id"]:
        facts.append(("id", message.id, expected["response_id"]))
    return _differences(facts)


def compare_error(error: BaseException, recording: Recording) -> list[str]:
    """How ``error`` differs from the recorded one: class, status, message, code, partial answer.

    An error inside a 200 answer must have the class and the status of its HTTP twin, and carry what
    had arrived before it. A prompt that was blocked must name the reason.

    Raises:
        ValueError: the recording is of an answer; ``compare`` is for those.
    """
    if not recording.raises:
        raise ValueError(f"{recording.id} is an answer and must not raise; use compare")
    expected = recording.expected_error or _blocked_prompt(recording)
    wanted = ERROR_KINDS[expected["kind"]]
    if not isinstance(error, APIError) or not _is_of_kind(error, wanted):
        return [f"class: got {type(error).__name__} ({error}), expected {wanted.__name__}"]
    differences = [
        f"message: {part!r} is not in {error.message!r}"
        for part in _parts(expected["message"])
        if part not in error.message
    ]
    if recording.status >= 400:
        differences += _differences([("status", error.status, recording.status)])
    else:
        differences += _in_band_differences(error, recording, wanted)
    code = expected.get("code")
    if code is not None and str(code) != str(expected["status"]):  # else it adds nothing
        differences += _differences([("code", str(error.code), str(code))])
    return differences


def _tool_call_facts(message: AIMessage, expected: Sequence[Mapping[str, Any]]) -> Iterator[_Fact]:
    calls = message.tool_calls
    yield "tool calls", [call.name for call in calls], [call["name"] for call in expected]
    yield "invalid tool calls", [call.name for call in message.invalid_tool_calls], []
    for number, (call, wanted) in enumerate(zip(calls, expected, strict=False)):
        yield f"tool_calls[{number}].args", call.args, wanted["args"]
        if wanted["id"]:
            yield f"tool_calls[{number}].id", call.id, wanted["id"]
    ids = [call.id for call in calls]
    yield "tool calls without an id of their own", len(ids) - len({i for i in ids if i}), 0


def _usage_facts(usage: UsageMetadata | None, expected: Mapping[str, Any]) -> Iterator[_Fact]:
    got: Mapping[str, Any] = usage or {}
    for name in ("input_tokens", "total_tokens"):
        yield f"usage.{name}", got.get(name), expected[name]
    yield "usage.output_tokens", got.get("output_tokens"), output_tokens_of(expected)
    cache_read = (got.get("input_token_details") or {}).get("cache_read")
    yield "usage.input_token_details.cache_read", cache_read, expected["cached_input_tokens"]
    reasoning = (got.get("output_token_details") or {}).get("reasoning")
    yield "usage.output_token_details.reasoning", reasoning, expected["reasoning_tokens"]


def output_tokens_of(expected: Mapping[str, Any]) -> int | None:
    """The output with its reasoning; some vendors report it without, as the total shows."""
    written: int | None = expected["output_tokens"]
    reasoning: int = expected["reasoning_tokens"] or 0
    apart = (expected["input_tokens"] or 0) + (written or 0) + reasoning
    is_apart = reasoning and expected["total_tokens"] == apart
    return (written or 0) + reasoning if is_apart else written


def _blocked_prompt(recording: Recording) -> dict[str, Any]:
    assert recording.expected is not None
    reason = recording.expected["block_reason"]
    return {"kind": "content_filter", "status": recording.status, "message": reason}


def _is_of_kind(error: APIError, wanted: type[APIError]) -> bool:
    """Whether it is of ``wanted`` and of no narrower kind (a full context is a bad request too)."""
    return isinstance(error, wanted) and not any(
        isinstance(error, kind)
        for kind in ERROR_KINDS.values()
        if kind is not wanted and issubclass(kind, wanted)
    )


def _in_band_differences(
    error: APIError, recording: Recording, wanted: type[APIError]
) -> Iterator[str]:
    status = error.status
    if recording.expected_error is not None:
        # 400 is a twin of every kind: vendors send it for wrong keys and blocked prompts too.
        is_twin = status is not None and (
            status == 400 or (status > 400 and issubclass(wanted, class_for_status(status)))
        )
        if not is_twin:
            yield f"status: got {status}, expected that of an HTTP {wanted.__name__}"
    partial = error.partial
    text = (recording.expected_error or {}).get("partial_text") or ""
    reasoning = (recording.expected or {}).get("reasoning") or ""
    yield from _differences(
        [
            ("partial.content", partial.content if partial else "", text),
            ("partial.reasoning", partial.reasoning if partial else "", reasoning),
        ]
    )


def _parts(message: str) -> list[str]:
    """What the error's message must contain; of a list of problems (422), each one's ``msg``."""
    try:
        problems = json.loads(message)
    except ValueError:
        return [message]
    if not isinstance(problems, list):
        return [message]
    return [str(problem["msg"]) for problem in problems]


def _differences(facts: Sequence[_Fact]) -> list[str]:
    return [
        f"{name}: got {_excerpt(got, wanted)}, expected {_excerpt(wanted, got)}"
        for name, got, wanted in facts
        if got != wanted
    ]


def _excerpt(value: object, other: object) -> str:
    """``value``, or of long text what stands around the first place where the two part."""
    if not (isinstance(value, str) and isinstance(other, str) and len(value) > 80):
        return repr(value)
    both = zip(value, other, strict=False)
    same = next((n for n, (a, b) in enumerate(both) if a != b), min(len(value), len(other)))
    return f"…{value[max(0, same - 30) : same + 50]!r}… (from character {same} of {len(value)})"
