"""``ChatGroq``: its settings, the request it sends, and what it does before it sends one."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import groq
import pytest
from chat_completions.settings import parameters
from chat_conformance.http_answers import Close, Stall, json_answer, redirect, sse
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AudioBlock,
    AuthenticationError,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    MissingAPIKeyError,
    StreamInterruptedError,
    ToolMessage,
)
from chat_core.provider import CallOptions, WireModel
from chat_groq import ChatGroq
from pydantic import BaseModel

REPLY = {
    "id": "chatcmpl-1",
    "model": "m",
    "choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
}
TEXT = {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": "hi"}}]}
STOP = {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def make(server: WireServer, **settings: Any) -> ChatGroq:
    return ChatGroq(
        **{
            "model": "m",
            "api_key": "gsk_secret",
            "base_url": server.url,
            "max_retries": 0,
            **settings,
        }
    )


# --- settings

SAID_OTHERWISE = {"messages", "model", "stream", "tools", "tool_choice", "parallel_tool_calls"}
"""Parameters of the SDK that calls and ``bind_tools`` set."""


def test_every_parameter_of_the_sdk_is_a_setting() -> None:
    signature = inspect.signature(groq.resources.chat.Completions.create)
    documented = {name for name in signature.parameters if not name.startswith("extra_")}
    assert documented - SAID_OTHERWISE - {"self"} <= set(ChatGroq.model_fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("citation_options", "enabled"),
        ("compound_custom", {"tools": {"enabled_tools": ["web_search"]}}),
        ("disable_tool_validation", True),
        ("documents", [{"source": {"type": "text", "text": "t"}}]),
        ("exclude_domains", ["a.org"]),
        ("frequency_penalty", 0.1),
        ("function_call", "auto"),
        ("functions", [{"name": "f"}]),
        ("include_domains", ["a.org"]),
        ("include_reasoning", False),
        ("logit_bias", {"1": 2}),
        ("logprobs", True),
        ("max_completion_tokens", 5),
        ("metadata", {"a": "b"}),
        ("n", 1),
        ("presence_penalty", 0.1),
        ("reasoning_effort", "high"),
        ("reasoning_format", "parsed"),
        ("response_format", {"type": "text"}),
        ("search_settings", {"country": "france"}),
        ("seed", 0),
        ("service_tier", "flex"),
        ("stop", ["x"]),
        ("store", False),
        ("temperature", 0.0),
        ("top_logprobs", 2),
        ("top_p", 0.5),
        ("user", "u"),
    ],
)
def test_a_setting_arrives_under_its_own_name(name: str, value: Any) -> None:
    with WireServer(json_answer(REPLY)) as server, make(server, **{name: value}) as model:
        model.invoke("Q")
        assert server.requests[0].json[name] == value


def test_the_request_is_ours_and_the_sdk_adds_key_and_path() -> None:
    with WireServer(json_answer(REPLY)) as server:
        with make(server, max_tokens=5, default_headers={"X-Team": "a"}) as model:
            assert model.invoke("Q").content == "hi"
        (request,) = server.requests
    assert request.path == "/openai/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer gsk_secret"
    assert request.headers["x-team"] == "a"
    assert request.json == {
        "model": "m",
        "messages": [{"role": "user", "content": "Q"}],
        "max_completion_tokens": 5,
    }


def test_a_stream_asks_for_one_and_not_for_its_usage() -> None:
    with WireServer(sse([TEXT, STOP, "[DONE]"])) as server, make(server) as model:
        assert [chunk.content for chunk in model.stream("Q")] == ["hi", ""]
        assert server.requests[0].json["stream"] is True
        assert "stream_options" not in server.requests[0].json


def test_anything_else_goes_through_model_kwargs() -> None:
    with WireServer(json_answer(REPLY)) as server:
        with make(server, model_kwargs={"debug": True}) as model:
            model.invoke("Q")
        assert server.requests[0].json["debug"] is True


# --- before anything is sent


def test_a_missing_key_is_found_at_the_first_request_and_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    model = ChatGroq(model="m")
    with pytest.raises(MissingAPIKeyError, match="GROQ_API_KEY"):
        model.invoke("Q")
    with pytest.raises(MissingAPIKeyError, match="GROQ_API_KEY"):
        list(model.stream("Q"))


def test_the_key_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk_env")
    with WireServer(json_answer(REPLY)) as server, make(server, api_key=None) as model:
        model.invoke("Q")
        assert server.requests[0].headers["authorization"] == "Bearer gsk_env"


@pytest.mark.parametrize(
    ("input", "error", "says"),
    [
        ([], InvalidRequestError, "no messages"),
        ([HumanMessage("q"), ToolMessage("r", "call_9")], InvalidRequestError, "call_9"),
        (
            [HumanMessage([AudioBlock(base64="A", mime_type="audio/wav")])],
            InvalidParameterError,
            "Audio",
        ),
        ([HumanMessage([FileBlock("http://x/f.pdf")])], InvalidParameterError, "groq.*FileBlock"),
        ([HumanMessage([ImageBlock(file_id="f")])], InvalidParameterError, "base64 or url"),
    ],
)
def test_input_that_cannot_be_right_is_refused_and_nothing_is_sent(
    input: Any, error: type[Exception], says: str
) -> None:
    with WireServer() as server, make(server) as model:
        with pytest.raises(error, match=says):
            model.invoke(input)
        with pytest.raises(error, match=says):
            list(model.stream(input))
        assert server.requests == ()


def test_more_than_one_candidate_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="batch"):
        ChatGroq(model="m", n=2).invoke("Q")


@pytest.mark.parametrize(
    "settings",
    [{"temprature": 0}, {"reasoning_format": "loud"}, {"max_completion_tokens": 0}, {"model": ""}],
)
def test_a_setting_that_cannot_be_right_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError):
        ChatGroq(**{"model": "m", **settings})


# --- the connection


def test_leaving_a_stream_hangs_up() -> None:
    with WireServer(sse([TEXT, Stall()])) as server, make(server) as model:
        for _ in model.stream("Q"):
            break
        assert server.wait_for_disconnect(10)


def test_a_connection_that_breaks_is_our_error_with_what_arrived() -> None:
    with WireServer(sse([TEXT, Close()])) as server, make(server) as model:
        with pytest.raises(StreamInterruptedError) as caught:
            list(model.stream("Q"))
        assert caught.value.partial is not None
        assert caught.value.partial.content == "hi"
        assert caught.value.provider == "groq"


def test_a_server_that_is_not_there_is_our_error() -> None:
    with WireServer() as gone:
        model = make(gone)
    with pytest.raises(APIConnectionError, match="groq") as caught:
        model.invoke("Q")
    assert caught.value.__cause__ is not None


async def test_a_silent_server_is_a_timeout() -> None:
    with WireServer([sse([Stall()]), sse([Stall()])]) as server:
        async with make(server, answer_timeout=0.2) as model:
            with pytest.raises(APITimeoutError):
                await model.ainvoke("Q")
            with pytest.raises(APITimeoutError):
                model.invoke("Q")


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with WireServer() as elsewhere, WireServer(redirect(elsewhere.url)) as server:
        with make(server) as model, pytest.raises(APIError) as caught:
            model.invoke("Q")
        assert caught.value.status == 307
        assert elsewhere.requests == ()


def test_retries_are_ours_alone() -> None:
    busy = json_answer({"error": {"message": "busy"}}, 503, headers={"retry-after": "0"})
    with WireServer([busy, busy, json_answer(REPLY)]) as server:
        with make(server, max_retries=2) as model:
            assert model.invoke("Q").content == "hi"
        assert len(server.requests) == 3


def test_the_key_is_in_no_error_no_repr_and_no_pickle() -> None:
    wrong = json_answer({"error": {"message": "Invalid API Key"}}, 401)
    with WireServer(wrong) as server, make(server) as model:
        with pytest.raises(AuthenticationError) as caught:
            model.invoke("Q")
        said = f"{caught.value!r} {caught.value} {model!r} {pickle.dumps(model)!r}"
        assert "gsk_secret" not in said


def test_a_strict_schema_closes_every_object_and_requires_every_property() -> None:
    class Part(BaseModel):
        size: int = 1

    class Plan(BaseModel):
        name: str
        note: str | None = None
        part: Part

    reply = {
        "choices": [
            {
                "message": {"content": '{"name": "a", "note": null, "part": {"size": 1}}'},
                "finish_reason": "stop",
            }
        ]
    }
    with WireServer(json_answer(reply)) as server, make(server) as model:
        asked = model.with_structured_output(Plan, method="json_schema", strict=True)
        assert asked.invoke("Q") == Plan(name="a", part=Part())
        (request,) = server.requests
    schema = request.json["response_format"]["json_schema"]["schema"]
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_a_field_of_a_users_subclass_is_no_parameter() -> None:
    class Ours(ChatGroq):
        team: str = "blue"

    body = Ours(model="m", seed=1)._encode([HumanMessage("q")], CallOptions(), stream=False)
    assert body["seed"] == 1
    assert "team" not in body


def test_every_parameter_of_the_sdk_reaches_the_wire_because_it_is_a_field() -> None:
    signature = inspect.signature(groq.resources.chat.Completions.create)
    names = {name for name in signature.parameters if not name.startswith("extra_")}
    for name in sorted(names - SAID_OTHERWISE - {"self", "timeout", "max_tokens", "n"}):
        model = ChatGroq(model="m").model_copy(update={name: {"x": 1}})
        sent = model._encode([HumanMessage("q")], CallOptions(), stream=False)
        assert sent[name] == {"x": 1}, name
    own = set(ChatGroq.model_fields) - set(WireModel.model_fields)
    assert own <= set(parameters(ChatGroq))
