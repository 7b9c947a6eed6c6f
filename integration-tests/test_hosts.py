"""Every host of OpenAI's wire that has an id, held to some of the laws at a server that does and
refuses what the host's row says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from chat_conformance.conformance import LAWS, ChatModelConformance
from chat_conformance.harness import Harness
from chat_conformance.laws.law import Law
from chat_conformance.script import Call, Reasoning, Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_conformance.subject import Subject
from chat_core import InvalidRequestError, get_chat_model
from chat_openai.hosts import HOSTS, Fact, Host
from host_simulator import HostSimulator

HELD = (
    "test_an_answer_is_the_text_that_was_sent",
    "test_an_answer_names_its_provider",
    "test_an_answer_has_its_usage",
    "test_a_stream_is_the_text_in_order",
    "test_a_stream_knows_its_message",
    "test_comments_bring_nothing",
    "test_reasoning_is_not_text",
    "test_reasoning_is_streamed",
    "test_a_call_arrives",
    "test_calls_stay_apart",
    "test_a_result_is_tied_to_its_call",
    "test_a_pickle_leaves_the_key_behind",
    "test_a_pickled_model_answers",
    "test_a_misspelt_setting_is_refused_and_the_nearest_named",
    "test_a_missing_key_is_named_at_the_first_request",
    "test_the_key_is_read_from_the_environment",
    "test_errors_hold_no_key",
    "test_an_error_names_its_provider",
    "test_an_error_in_mid_stream_keeps_what_had_arrived",
)
"""The laws about what a row decides: where things are in an answer, keys, names of providers."""


def subject_of(host: Host) -> type[Subject]:
    """What is declared of the host, for the laws."""

    class OfHost(Subject):
        model_id: ClassVar[str] = f"{host.id}:any-model"
        settings: ClassVar[dict[str, Any]] = {"api": "chat-completions"}
        simulator = HostSimulator(host)

    return OfHost


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


ABOUT_KEYS = {
    "test_a_missing_key_is_named_at_the_first_request",
    "test_the_key_is_read_from_the_environment",
}


def laws_for(host: Host) -> list[Law]:
    """The laws about what the host has: tools, and variables with a key."""
    choices = ("required",) if host.tool_choices is None else host.tool_choices.value
    return [
        law
        for law in map(LAWS.__getitem__, HELD)
        if ("required" in choices or "tools" not in law.needs)
        and (host.keys or law.name not in ABOUT_KEYS)
    ]


class _Laws(ChatModelConformance):
    __test__ = False
    model_id = "openai-compatible:any-model"


@pytest.mark.parametrize("host", HOSTS.values(), ids=lambda host: host.id)
def test_a_host_keeps_the_laws_about_what_its_row_decides(host: Host, harness: Harness) -> None:
    subject = subject_of(host)
    for position, law in enumerate(laws_for(host)):
        mode = law.modes[position % len(law.modes)]  # blocking and on an event loop by turns
        with harness.chat(subject, mode) as chat:
            assert chat.offers(*law.needs)
            getattr(_Laws(), law.name)(chat)


@pytest.mark.parametrize("host", HOSTS.values(), ids=lambda host: host.id)
def test_an_object_can_be_had_from_every_host(host: Host) -> None:
    schema = {"title": "Pond", "type": "object", "properties": {"depth": {"type": "integer"}}}
    with ScriptedServer(HostSimulator(host)) as server:
        asked = {"base_url": server.url, "api_key": "k", "max_retries": 0}
        model = get_chat_model(f"{host.id}:m", api="chat-completions", **asked)
        chain = model.with_structured_output(schema)
        native = model._method_for(None) == "json_schema"  # type: ignore[arg-type]
        server.enqueue(Reply('{"depth": 3}') if native else Reply(Call("Pond", '{"depth": 3}')))
        assert chain.invoke("How deep?") == {"depth": 3}


def test_the_simulator_refuses_what_a_row_says_that_the_host_refuses() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    named = {"type": "function", "function": {"name": "f"}}
    refused: list[tuple[str, dict[str, Any]]] = [
        ("cerebras", {"logit_bias": {"1": 1}}),
        ("deepseek", {"response_format": {"type": "json_schema"}}),
        ("lmstudio", {"response_format": {"type": "json_object"}}),
        ("lmstudio", {"tools": [tool], "tool_choice": named}),
        ("zai", {"tools": [tool], "tool_choice": "required"}),
        ("without tools", {"tools": [tool]}),
    ]
    without = replace(HOSTS["zai"], tool_choices=Fact((), "Z.AI: Tools"))
    for name, wire in refused:
        with ScriptedServer(HostSimulator(HOSTS.get(name, without))) as server:
            server.answer_always(Reply("Deep."))
            asked = {"base_url": server.url, "api_key": "k", "max_retries": 0}
            model = get_chat_model("openai-compatible:m", **asked, model_kwargs=wire)
            with pytest.raises(InvalidRequestError, match="host_takes_it"):
                model.invoke("How deep?")


@pytest.mark.parametrize("id", ["deepseek", "openrouter", "vllm"])
def test_reasoning_comes_and_goes_in_the_field_of_the_host(id: str) -> None:
    field = HOSTS[id].reasoning
    assert field is not None
    with ScriptedServer(HostSimulator(HOSTS[id])) as server:
        model = get_chat_model(f"{id}:m", base_url=server.url, api_key="k", max_retries=0)
        server.enqueue(Reply(Reasoning("Ponds are shallow."), "Deep."), Reply("Wide."))
        stream = model.stream("How deep?")
        assert len([chunk for chunk in stream if chunk.reasoning]) > 1
        assert stream.message.reasoning == "Ponds are shallow."
        model.invoke(["How deep?", stream.message, "How wide?"])
        assert server.last.json["messages"][1][field.value] == "Ponds are shallow."


def test_usage_is_asked_for_where_a_stream_does_not_bring_it_unasked() -> None:
    for name in ("novita", "together"):
        with ScriptedServer(HostSimulator(HOSTS[name])) as server:
            asked = {"base_url": server.url, "api_key": "k", "max_retries": 0}
            server.answer_always(Reply("Deep."))
            for settings, expected in ({}, True), ({"stream_usage": False}, name == "together"):
                stream = get_chat_model(f"{name}:m", **asked, **settings).stream("How deep?")
                assert list(stream)
                assert (stream.message.usage_metadata is not None) == expected
