"""The offline server: every provider on loopback, its answers, and what it records."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from chat_conformance import Call, Candidates, ErrorReply, OfflineServer, Reasoning, Reply
from chat_conformance.declared import DECLARED, Groq, OpenAIResponses
from chat_conformance.offline_command import instructions, main
from chat_core import (
    AIMessage,
    ChatModel,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    ProviderNotFoundError,
    RateLimitError,
    ReasoningBlock,
    SystemMessage,
    TextBlock,
    ToolCall,
    ToolMessage,
    get_chat_model,
)

EVERY = pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)
PIXEL = "iVBORw0KGgoAAAANSUhEUg=="


def make(server: OfflineServer, subject: Any) -> ChatModel:
    """The model of a declaration, with the settings that the server gives it."""
    api = {"api": "responses"} if subject is OpenAIResponses else {}
    return server.model(subject.model_id, **api)


@EVERY
def test_every_provider_streams_from_it(subject: Any) -> None:
    with OfflineServer("Fish swim.") as server, make(server, subject) as model:
        assert "".join(chunk.content for chunk in model.stream("Hi")) == "Fish swim."
        assert model.invoke("Hi").content == "Fish swim."


@EVERY
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/embed", b'{"model": "e", "input": "Hi"}'), ("GET", "/files", None)],
)
def test_a_request_that_is_no_chat_is_refused_in_words(
    subject: Any, method: str, path: str, body: bytes | None
) -> None:
    with OfflineServer() as server:
        base = server.base_url(subject.model_id.partition(":")[0])
        asked = urllib.request.Request(base + path, data=body, method=method)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked)
        assert server.calls == []
    assert caught.value.code == 418
    message = json.load(caught.value)["error"]["message"]
    sent = f"{method} {base.removeprefix(server.url)}{path}"
    assert message == f"The offline server answers chat requests only; {sent} is not one."


@EVERY
def test_the_messages_of_a_request_are_recorded(subject: Any) -> None:
    call = ToolCall("weather", {"city": "Oslo"}, "call00001")
    sent = [
        SystemMessage("Be brief."),
        HumanMessage("Weather?"),
        AIMessage([TextBlock("Wait."), call]),
        ToolMessage("sunny", "call00001"),
    ]
    with OfflineServer() as server, make(server, subject) as model:
        model.invoke(sent)
        (seen,) = server.calls
    assert [(type(m), m.content) for m in seen] == [(type(m), m.content) for m in sent]
    answer = seen[2]
    assert isinstance(answer, AIMessage)
    assert [(c.name, c.args) for c in answer.tool_calls] == [("weather", {"city": "Oslo"})]


@EVERY
def test_an_image_of_a_request_is_recorded(subject: Any) -> None:
    if "image_base64" not in (subject.capabilities or ()):
        pytest.skip("takes no images")
    sent = HumanMessage(
        [TextBlock("What is this?"), ImageBlock(base64=PIXEL, mime_type="image/png")]
    )
    with OfflineServer() as server, make(server, subject) as model:
        model.invoke([sent])
    (block,) = [b for b in server.calls[0][0].blocks if isinstance(b, ImageBlock)]
    assert (block.base64, block.mime_type) == (PIXEL, "image/png")


def test_answers_of_a_list_are_given_in_turn_and_again() -> None:
    with OfflineServer(["one", "two"]) as server, server.model("groq:any") as model:
        assert [model.invoke("Hi").content for _ in range(3)] == ["one", "two", "one"]


def test_a_function_makes_the_answer_from_the_messages() -> None:
    def count(messages: list[Any]) -> str:
        return f"{len(messages)} messages, the last is {messages[-1].content!r}"

    with OfflineServer(count) as server, server.model("anthropic:any") as model:
        answer = model.invoke([SystemMessage("Be brief."), HumanMessage("Hi")])
    assert answer.content == "2 messages, the last is 'Hi'"


def test_tool_calls_and_reasoning_are_answers() -> None:
    calls = [ToolCall("weather", {"city": "Oslo"}), ToolCall("weather", {"city": "Rome"})]
    answers = [calls[0], AIMessage([ReasoningBlock("hm"), TextBlock("Both."), *calls])]
    with OfflineServer(answers) as server, server.model("anthropic:any") as model:
        first, second = model.invoke("Hi"), model.invoke("Hi")
    assert [call.args for call in first.tool_calls] == [{"city": "Oslo"}]
    assert first.finish_reason == "tool_calls"
    assert (second.reasoning, second.content) == ("hm", "Both.")
    assert [call.args for call in second.tool_calls] == [{"city": "Oslo"}, {"city": "Rome"}]
    assert len({call.id for call in second.tool_calls}) == 2


def test_items_of_the_kit_are_answers() -> None:
    answers = [Reply(Reasoning("hm"), Call("weather")), ErrorReply("rate_limit")]
    with OfflineServer(answers) as server:
        model = server.model("groq:any", max_retries=0)
        assert model.invoke("Hi").reasoning == "hm"
        with pytest.raises(RateLimitError):
            model.invoke("Hi")


def test_an_answer_may_have_several_candidates() -> None:
    with OfflineServer(Candidates(Reply("roe"), Reply("carp"))) as server:
        found = server.model("openai:gpt-4o").candidates("Hi", n=2)
    assert [each.content for each in found] == ["roe", "carp"]


@pytest.mark.parametrize("answers", [7, [], ["fine", 7], AIMessage([ImageBlock("http://x.test")])])
def test_what_is_no_answer_is_refused_at_once(answers: Any) -> None:
    with pytest.raises(InvalidParameterError):
        OfflineServer(answers)


def test_an_async_function_and_a_port_that_cannot_be_are_refused_at_once() -> None:
    async def answer(messages: list[Any]) -> str:
        return "too late"

    wrong: Any = answer
    with pytest.raises(InvalidParameterError, match="async function, 'answer'"):
        OfflineServer(wrong)
    with pytest.raises(InvalidParameterError, match="got 99999"):
        OfflineServer(port=99_999)


def test_a_function_that_fails_fails_the_request_with_its_reason() -> None:
    def fail(messages: list[Any]) -> str:
        raise LookupError("no such fish")

    with OfflineServer(fail) as server, server.model("groq:any") as model:
        with pytest.raises(InvalidRequestError, match="no such fish"):
            model.invoke("Hi")
        assert isinstance(server.problem, LookupError)


def test_a_request_that_the_vendor_refuses_is_refused() -> None:
    with OfflineServer() as server:
        model = server.model("openai:gpt-4o", max_tokens=5, max_completion_tokens=5)
        with pytest.raises(InvalidRequestError, match="one_limit_of_tokens"):
            model.invoke("Hi", model_kwargs={"max_tokens": 5, "max_completion_tokens": 5})


def test_chunks_are_apart_by_the_pause() -> None:
    with OfflineServer("a fish swims", pause=0.05) as server:
        started = time.monotonic()
        assert len(list(server.model("groq:any").stream("Hi"))) >= 3
    assert time.monotonic() - started >= 0.15


def test_an_answer_has_the_models_name_and_counts_words() -> None:
    with OfflineServer("a fish swims") as server:
        for subject in DECLARED:
            answer = make(server, subject).invoke("Hi there")
            assert answer.usage_metadata is not None
            assert answer.usage_metadata.input_tokens == 2
            assert answer.usage_metadata.output_tokens == 3
            assert answer.response_metadata["model_name"] in subject.model_id


async def test_it_serves_event_loops() -> None:
    async with OfflineServer("a fish") as server:
        stream = server.model("mistralai:any").astream("Hi")
        assert "".join([chunk.content async for chunk in stream]) == "a fish"


def test_the_environment_points_providers_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with OfflineServer("a fish") as server:
        for variable, value in server.environment.items():
            monkeypatch.setenv(variable, value)
        for name in ("groq:a", "openai:a", "anthropic:a", "google-genai:a", "azure-openai:a"):
            assert get_chat_model(name).invoke("Hi").content == "a fish"
        address = server.base_url("Fireworks")
        assert get_chat_model("fireworks:a", base_url=address).invoke("Hi").content == "a fish"
        assert len(server.requests) == len(server.calls) == 6


def test_the_fixture_points_the_environment_to_a_server(offline_server: OfflineServer) -> None:
    offline_server.answer("from the fixture")
    assert get_chat_model("groq:any").invoke("Hi").content == "from the fixture"


def test_a_bare_model_name_finds_its_provider() -> None:
    with OfflineServer("a fish") as server:
        assert server.model("claude-sonnet-4-5").invoke("Hi").content == "a fish"
        assert server.requests[0].path == "/anthropic/v1/messages"


def test_a_provider_that_is_installed_later_works(monkeypatch: pytest.MonkeyPatch) -> None:
    from chat_conformance import offline_providers

    monkeypatch.setattr(offline_providers, "declared", lambda name: None)
    with OfflineServer("a fish") as server:
        assert server.model(Groq.model_id).invoke("Hi").content == "a fish"


def test_a_provider_that_is_not_there_is_named() -> None:
    with OfflineServer() as server, pytest.raises(ProviderNotFoundError, match="acme"):
        server.base_url("acme")


def test_core_hands_the_server_on() -> None:
    from chat_core import testing

    assert testing.OfflineServer is OfflineServer


def test_core_names_the_package_where_the_kit_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from chat_core import testing

    monkeypatch.setitem(sys.modules, "chat_conformance", None)
    with pytest.raises(ModuleNotFoundError, match="pip install chat-conformance"):
        testing.OfflineServer  # noqa: B018 - what is tested is the access


# --- the command


def test_the_instructions_have_lines_for_two_shells_and_for_python() -> None:
    with OfflineServer() as server:
        names = ("groq", "mistralai", "google-vertexai")
        lines = "\n".join(instructions(server, [server.find_provider(name) for name in names]))
        groq = f"{server.url}/groq"
        assert f"export GROQ_API_KEY=offline GROQ_BASE_URL={groq}" in lines
        assert f'$env:GROQ_API_KEY="offline"; $env:GROQ_BASE_URL="{groq}"' in lines
        assert f'base_url="{server.url}/mistralai")' in lines
        assert 'get_chat_model("google-vertexai:gemini-2.5-flash", api_key="offline")' in lines


def test_the_command_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "chat_conformance", "offline", "groq", "--answer", "a fish"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"http://\S+?:\d+", first)
        assert found is not None
        model = get_chat_model("groq:any", base_url=f"{found[0]}/groq", api_key="k")
        assert model.invoke("Hi").content == "a fish"
        os.kill(process.pid, signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "The offline server has ended." in rest


@pytest.mark.parametrize(
    "arguments", [[], ["offline", "--pause", "-1"], ["offline", "--port", "x"]]
)
def test_wrong_arguments_end_the_command_with_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_provider_that_is_not_installed_ends_the_command_with_status_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["offline", "acme"]) == 2
    assert "No provider 'acme'" in capsys.readouterr().err


def test_a_port_in_use_ends_the_command_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    with OfflineServer() as server:
        port = server.url.rpartition(":")[2]
        assert main(["offline", "--port", port]) == 1
    assert f"port {port} cannot be used" in capsys.readouterr().err
