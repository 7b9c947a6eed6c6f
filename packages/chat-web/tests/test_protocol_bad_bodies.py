"""Bodies of any shape: both readers answer with messages, or refuse with one error of ours."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

from chat_core import InvalidParameterError
from chat_web.protocols import AGUIEncoder, read_ag_ui_request, read_vercel_request
from hypothesis import given, settings
from hypothesis import strategies as st

FAST = settings(max_examples=100, deadline=None)

values = st.recursive(
    st.sampled_from(
        [None, True, 0, -1, 1.5, "", "x", "text", "file", "data:image/png;base64,?", "\ud83d"]
    ),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=4,
)

FACTS = {
    "chat": {"extras": {"s": 1}, "provider": "groq", "model": "m", "citations": [{"url": "u"}]}
}
VERCEL: dict[str, Any] = {
    "id": "chat",
    "trigger": "submit-message",
    "messageId": "m",
    "messages": [
        {"id": "s", "role": "system", "parts": [{"type": "text", "text": "Be kind."}]},
        {
            "id": "u",
            "role": "user",
            "parts": [
                {"type": "text", "text": "Hi"},
                {"type": "file", "url": "data:image/png;base64,aGk=", "mediaType": "image/png"},
            ],
        },
        {
            "id": "a",
            "role": "assistant",
            "parts": [
                {"type": "step-start"},
                {"type": "reasoning", "text": "Hm", "providerMetadata": FACTS},
                {"type": "text", "text": "See.", "providerMetadata": FACTS},
                {
                    "type": "tool-weather",
                    "toolCallId": "c-1",
                    "state": "output-available",
                    "input": {"city": "Bern"},
                    "output": {"type": "content", "value": [{"type": "text", "text": "x"}]},
                    "callProviderMetadata": FACTS,
                },
                {
                    "type": "dynamic-tool",
                    "toolName": "search",
                    "toolCallId": "c-2",
                    "state": "approval-responded",
                    "input": {},
                    "approval": {"id": "1", "approved": False, "reason": "No."},
                },
                {
                    "type": "tool-web_search",
                    "toolCallId": "c-3",
                    "state": "output-error",
                    "providerExecuted": True,
                    "input": {},
                    "errorText": "{",
                    "resultProviderMetadata": FACTS,
                },
                {"type": "data-chat-block", "data": {"type": "image", "url": "https://a.org"}},
                {"type": "file", "url": "data:audio/wav;base64,aGk=", "mediaType": "audio/wav"},
                {"type": "data-chat-file", "data": {"extras": {"s": 1}, "transcript": "x"}},
                {"type": "steering-message", "id": "1", "parts": [{"type": "text", "text": "x"}]},
            ],
        },
    ],
}
AG_UI: dict[str, Any] = {
    "threadId": "t",
    "runId": "r",
    "parentRunId": "p",
    "messages": [
        {"id": "d", "role": "developer", "content": "Be kind.", "name": "n"},
        {
            "id": "u",
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {
                    "type": "image",
                    "source": {"type": "data", "value": "aGk=", "mimeType": "image/png"},
                },
                {"type": "binary", "mimeType": "image/png", "url": "https://a.org/x.png"},
            ],
        },
        {"id": "a-reasoning-1", "role": "reasoning", "content": "Hm", "metadata": FACTS},
        {
            "id": "a",
            "role": "assistant",
            "content": "See.",
            "metadata": FACTS
            | {"chat-file-1": {"at": 2, "block": {"type": "image", "url": "http://a"}}},
            "toolCalls": [
                {"id": "c-1", "type": "function", "function": {"name": "w", "arguments": "{}"}},
                {
                    "id": "c-2",
                    "type": "function",
                    "function": {"name": "s", "arguments": "{}"},
                    "metadata": {"chat": {"server": True}},
                },
            ],
        },
        {"id": "1", "role": "tool", "toolCallId": "c-1", "content": "x", "error": "e"},
        {"id": "2", "role": "tool", "toolCallId": "c-2", "content": "[1]", "metadata": FACTS},
        {"id": "3", "role": "activity", "activityType": "file", "content": {}},
    ],
    "tools": [{"name": "t", "description": "d", "parameters": {"type": "object"}}],
    "context": [{"description": "d", "value": "v"}],
    "state": {},
    "forwardedProps": {},
    "resume": [],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*path, key))
        if isinstance(inner, dict | list):
            found += places(inner, (*path, key))
    return found


def changed(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed_body = deepcopy(body)
    inner = changed_body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed_body


def shown(path: tuple[Any, ...]) -> str:
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")


def test_the_bodies_that_are_changed_below_are_good_ones() -> None:
    assert len(read_vercel_request(VERCEL).messages) == 6
    assert len(read_ag_ui_request(AG_UI).messages) == 4


@FAST
@given(path=st.sampled_from(places(VERCEL)), value=values)
def test_one_wrong_value_in_a_body_of_the_ai_sdk_is_read_or_refused_where_it_stands(
    path: tuple[Any, ...], value: Any
) -> None:
    try:
        read_vercel_request(changed(VERCEL, path, value))
    except InvalidParameterError as error:
        where = error.message.split(" ")[0]
        assert where.startswith(shown(path)) or shown(path).startswith(where.rpartition(".")[0])


@FAST
@given(path=st.sampled_from(places(AG_UI)), value=values)
def test_one_wrong_value_in_a_body_of_ag_ui_is_read_or_refused_by_a_field_of_the_body(
    path: tuple[Any, ...], value: Any
) -> None:
    try:
        request = read_ag_ui_request(changed(AG_UI, path, value))
    except InvalidParameterError as error:
        where = error.message.split(" ")[0].split(".")[0].split("[")[0]
        assert where in AG_UI
    else:
        AGUIEncoder.for_request(request).start()


@FAST
@given(body=values)
def test_any_other_body_is_refused(body: Any) -> None:
    for read in (read_vercel_request, read_ag_ui_request):
        with suppress(InvalidParameterError):
            read(body)
            raise AssertionError(body)
