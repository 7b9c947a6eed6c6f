"""Hosts by their ids: the table and its sources, what each fact does, recorded traffic."""

from __future__ import annotations

import importlib.metadata
import json
import pickle
import re
from dataclasses import replace
from typing import Any

import pytest
from chat_completions.decode import CompletionsDecoder
from chat_conformance.expectations import compare, compare_error
from chat_conformance.http_answers import json_answer
from chat_conformance.recordings import Recording, recording_params
from chat_conformance.wire_server import WireServer
from chat_core import (
    APIConnectionError,
    AuthenticationError,
    ChatError,
    CodeExecution,
    FileSearch,
    InvalidParameterError,
    InvalidRequestError,
    MCPServer,
    MissingAPIKeyError,
    WebFetch,
    WebSearch,
    get_chat_model,
    list_models,
    list_providers,
    tool,
)
from chat_core.catalogue import OTHER_IDS, PACKAGES
from chat_core.provider import MessageBuilder, StreamReader, decode_reply
from chat_openai import ChatOpenAICompatible
from chat_openai.dialect import CompatibleDialect
from chat_openai.host_dialect import HostDialect
from chat_openai.hosts import HOSTS, Fact, Host

each_host = pytest.mark.parametrize("host", HOSTS.values(), ids=lambda host: host.id)

TOOL = {
    "type": "function",
    "function": {"name": "depth", "parameters": {"type": "object", "properties": {}}},
}
OTHER_TOOL = {
    "type": "function",
    "function": {"name": "width", "parameters": {"type": "object", "properties": {}}},
}

ANSWER = {
    "id": "a1",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Deep."},
            "finish_reason": "stop",
        }
    ],
}


def facts(host: Host) -> dict[str, Fact[Any]]:
    values = {name: getattr(host, name) for name in Host.__dataclass_fields__}
    return {name: value for name, value in values.items() if isinstance(value, Fact)}


def sent(id: str, *, stream: bool = False, **settings: Any) -> dict[str, Any]:
    """The body of a request of the host."""
    model: Any = get_chat_model(f"{id}:m", **settings)
    return body(model, stream=stream)


def body(model: Any, *, stream: bool = False) -> dict[str, Any]:
    from chat_core.provider import to_messages

    found: dict[str, Any] = model._request_body(
        to_messages("How deep?"), model._options, stream=stream
    )
    return found


# --- the table


def test_every_host_is_an_entry_point_and_every_entry_point_a_host() -> None:
    entries = importlib.metadata.distribution("chat-openai").entry_points
    named = {e.name: e.value for e in entries if e.value.startswith("chat_openai.host_plugins:")}
    assert named == {n: f"chat_openai.host_plugins:{n.replace('-', '_')}" for n in HOSTS}
    registered = {p.name: p for p in list_providers() if p.settings}
    assert {name: p.key_variables for name, p in registered.items()} == {
        name: host.keys for name, host in HOSTS.items()
    }


def test_core_names_the_package_of_every_host_and_no_other_spelling_hides_one() -> None:
    assert {name for name in HOSTS if PACKAGES.get(name) == "chat-openai"} == HOSTS.keys()
    assert OTHER_IDS.keys().isdisjoint(HOSTS)


@each_host
def test_an_address_is_one_that_requests_can_be_sent_to(host: Host) -> None:
    for address in (host.base_url, *host.other_addresses):
        assert re.fullmatch(r"https?://[a-z0-9.:-]+(/[a-z0-9-]+)*", address)
    is_local = host.base_url.startswith("http://127.0.0.1:")
    assert is_local == bool(host.start) == (not host.keys)


def recorded(api: str | None = None) -> list[Any]:
    """The recordings of servers of the wire; empty without their folder."""
    found = (p.values[0] for p in recording_params("openai-compatible", api))
    return [recording for recording in found if recording is not None]


def is_public(source: str) -> bool:
    """Whether it is a report (``a/b#1``), a file (``a/b: c``) or a page (an address or title)."""
    is_report = re.fullmatch(r"[\w.-]+/[\w.-]+(#\d+|: \S+)", source)
    is_page = re.match(r"https://\S+\.\w+/\S+$|[\w. ]+( [\d-]+)?: \S", source)
    return bool(is_report or is_page)


@each_host
def test_every_fact_of_a_host_has_a_source_that_is_there(host: Host) -> None:
    """A source is a public report, the beginning of a recording's id, or a page with its title."""
    ids = [each.id.removeprefix("openai-compatible-") for each in recorded()]
    for name, fact in facts(host).items():
        if is_public(fact.source):
            continue
        assert not ids or any(each.startswith(fact.source) for each in ids), (name, fact.source)


@each_host
def test_the_address_and_each_variable_of_a_host_have_a_public_source(host: Host) -> None:
    assert is_public(host.address_source)
    assert len(host.key_sources) == len(host.keys)
    assert all(map(is_public, host.key_sources))


@each_host
def test_codes_of_a_host_are_known_to_the_dialect(host: Host) -> None:
    from chat_completions.errors import error_in_answer

    dialect = HostDialect(host)
    for code in host.errors.value if host.errors else ():
        error = error_in_answer({"message": "no", "code": code}, dialect)
        assert (type(error) is not ChatError, error.provider) == (True, host.id)
        assert error.status is not None
        assert error.status < 500, code


# --- models


@each_host
def test_a_model_knows_its_host(host: Host) -> None:
    model = get_chat_model(f"{host.id.upper().replace('-', '_')}:m", temperature=0)
    assert isinstance(model, ChatOpenAICompatible)
    api = f"api={host.api.value!r}, " if host.api else ""
    shown = f"ChatOpenAICompatible(model='m', temperature=0.0, {api}host={host.id!r})"
    assert repr(model) == shown
    assert (model.provider, model.api_key_env) == (host.id, host.keys)
    assert model.ls_metadata()["ls_provider"] == host.id
    assert model.bind(temperature=1).provider == host.id
    assert repr(pickle.loads(pickle.dumps(model))) == repr(model)
    assert (ChatOpenAICompatible.provider, ChatOpenAICompatible.api_key_env) == (
        "openai-compatible",
        (),
    )


@each_host
def test_the_key_comes_from_the_variables_of_the_host_alone(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another-key")
    for name in host.keys:
        monkeypatch.delenv(name, raising=False)
    with WireServer([json_answer(ANSWER)] * (1 + len(host.keys))) as server:
        asked_of = {"base_url": f"{server.url}/v9", "max_retries": 0, "api": "chat-completions"}
        model = get_chat_model(f"{host.id}:m", **asked_of)
        if not host.keys:
            model.invoke("How deep?")
            assert "authorization" not in server.requests[0].headers
            return
        with pytest.raises(MissingAPIKeyError, match=host.keys[0]):
            model.invoke("How deep?")
        for name in host.keys:
            monkeypatch.setenv(name, f"key-of-{name}")
            with get_chat_model(f"{host.id}:m", **asked_of) as asked:
                answer = asked.invoke("How deep?")
            assert answer.response_metadata["model_provider"] == host.id
            seen = server.requests[-1]
            assert seen.headers["authorization"] == f"Bearer key-of-{name}"
            assert seen.path == "/v9/chat/completions"
            monkeypatch.delenv(name)


def test_requests_of_a_host_go_to_its_address() -> None:
    model: Any = get_chat_model("novita:m", api_key="k")
    head = model._transport().base_head()
    assert head.url == "https://api.novita.ai/openai/v1"


@pytest.mark.parametrize(
    ("settings", "path"),
    [({}, "/v9/responses"), ({"api": "chat-completions"}, "/v9/chat/completions")],
)
def test_a_host_is_asked_by_the_endpoint_that_it_has_unless_another_is_chosen(
    settings: dict[str, Any], path: str
) -> None:
    refusal = json_answer({"error": {"message": "no"}}, 400)
    with WireServer([refusal]) as server:
        model = get_chat_model("perplexity:m", api_key="k", base_url=f"{server.url}/v9", **settings)
        with pytest.raises(InvalidRequestError):
            model.invoke("How deep?")
        assert server.requests[0].path == path


@each_host
def test_errors_name_the_host(host: Host) -> None:
    refusal = json_answer({"error": {"message": "no such key"}}, 401)
    with WireServer([refusal]) as server:
        model = get_chat_model(f"{host.id}:m", api_key="k", base_url=server.url, max_retries=0)
        with pytest.raises(AuthenticationError, match=host.id) as seen:
            model.invoke("How deep?")
    assert seen.value.provider == host.id


def test_a_server_that_is_not_running_is_named_with_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(HOSTS, "vllm", _moved(HOSTS["vllm"], "http://127.0.0.1:9/v1"))
    with pytest.raises(APIConnectionError, match=r"vLLM running\? Start it with `vllm serve"):
        get_chat_model("vllm:m", max_retries=0).invoke("How deep?")
    with pytest.raises(APIConnectionError) as seen:
        get_chat_model("vllm:m", base_url="http://127.0.0.1:9/v1", max_retries=0).invoke("Hi")
    assert "vllm serve" not in str(seen.value)


def _moved(host: Host, address: str) -> Host:
    return replace(host, base_url=address)


def test_a_host_by_its_class_is_the_host_by_its_id() -> None:
    by_class = ChatOpenAICompatible(model="m", host="Llama_CPP")
    assert by_class.model_dump() == get_chat_model("llama-cpp:m").model_dump()
    with pytest.raises(InvalidParameterError, match="Did you mean 'together'"):
        ChatOpenAICompatible(model="m", host="togeter")
    with pytest.raises(InvalidParameterError, match="host: "):
        ChatOpenAICompatible(model="m", host=7)
    with pytest.raises(InvalidParameterError, match="host= is 'xai'; leave it out"):
        get_chat_model("xai:m", host="deepseek")
    model = get_chat_model("xai:m")
    with pytest.raises(InvalidParameterError, match="host"):
        model.bind(host="deepseek")


# --- facts


def test_a_parameter_that_a_host_refuses_is_named_before_anything_is_sent() -> None:
    with pytest.raises(InvalidParameterError, match="cerebras refuses logit_bias="):
        sent("cerebras", logit_bias={"1": 2})
    assert sent("cerebras", model_kwargs={"logit_bias": {"1": 2}})["logit_bias"] == {"1": 2}
    assert sent("together", logit_bias={"1": 2})["logit_bias"] == {"1": 2}


def test_max_tokens_has_the_name_that_the_host_takes() -> None:
    assert sent("novita", max_tokens=9)["max_tokens"] == 9
    github: Any = get_chat_model("github:openai/gpt-5", max_tokens=9)
    assert body(github)["max_completion_tokens"] == 9
    other: Any = get_chat_model("github:openai/gpt-4o", max_tokens=9)
    assert body(other)["max_tokens"] == 9


def test_a_host_without_named_choices_is_made_to_call_the_only_tool() -> None:
    one: Any = get_chat_model("lmstudio:m").bind_tools([TOOL], tool_choice="depth")
    assert body(one)["tool_choice"] == "required"
    two: Any = get_chat_model("lmstudio:m").bind_tools([TOOL, OTHER_TOOL], tool_choice="depth")
    with pytest.raises(InvalidParameterError, match="name of a tool; it takes auto, none, requir"):
        body(two)


def test_a_host_that_forces_no_call_refuses_to_be_asked_for_one() -> None:
    forced: Any = get_chat_model("zai:m").bind_tools([TOOL], tool_choice="any")
    with pytest.raises(InvalidParameterError, match="takes no tool_choice that is 'any'"):
        body(forced)
    free: Any = get_chat_model("zai:m").bind_tools([TOOL])
    assert "tool_choice" not in body(free)


def test_a_host_without_tools_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HOSTS, "zai", replace(HOSTS["zai"], tool_choices=Fact((), "Z.AI: Tools")))
    model: Any = get_chat_model("zai:m").bind_tools([TOOL])
    with pytest.raises(InvalidParameterError, match="zai takes no tools"):
        body(model)


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("deepseek", {"type": "function", "function": {"name": "Pond"}}),
        ("lmstudio", "json_schema"),
        ("zai", "json_schema"),
        ("novita", "json_schema"),
    ],
)
def test_an_object_is_asked_for_in_a_way_that_the_host_has(id: str, expected: Any) -> None:
    schema = {"title": "Pond", "type": "object", "properties": {"depth": {"type": "integer"}}}
    chain: Any = get_chat_model(f"{id}:m").with_structured_output(schema)
    asked = body(chain.steps[0])
    how = asked.get("tool_choice") or asked["response_format"]["type"]
    assert how == expected


def test_a_way_of_asking_for_an_object_that_a_host_lacks_is_refused_with_another() -> None:
    schema = {"title": "Pond", "type": "object", "properties": {"depth": {"type": "integer"}}}
    deepseek = get_chat_model("deepseek:m")
    chain: Any = deepseek.with_structured_output(schema, method="json_schema")
    with pytest.raises(InvalidParameterError, match="method='function_calling'"):
        body(chain.steps[0])
    studio: Any = get_chat_model("lmstudio:m").with_structured_output(schema, method="json_mode")
    with pytest.raises(InvalidParameterError, match=r"no JSON mode.*method='json_schema'"):
        body(studio.steps[0])


def test_a_host_lists_its_models_or_says_where_they_are() -> None:
    with WireServer([json_answer({"data": [{"id": "carp"}]})]) as server:
        found = list_models("hyperbolic", base_url=f"{server.url}/v1", api_key="k")
        assert server.requests[0].path == "/v1/models"
    assert [model.id for model in found] == ["carp"]
    with pytest.raises(InvalidParameterError, match=r"models\.github\.ai/catalog"):
        list_models("github", api_key="k")


def test_a_host_has_no_batch_jobs_that_this_package_knows() -> None:
    model: Any = get_chat_model("deepseek:m")
    with pytest.raises(InvalidParameterError, match="'deepseek' cannot submit batch jobs"):
        model.batch_jobs()


# --- recorded traffic

_VENDORS = {"alibaba": "dashscope"}
"""What the recordings call a host otherwise."""


def host_of(recording: Recording) -> Host | None:
    return HOSTS.get(_VENDORS.get(recording.vendor, recording.vendor))


OF_HOSTS = [
    pytest.param(recording, id=recording.id)
    for recording in recorded("chat-completions")
    if host_of(recording) is not None
]


@pytest.mark.parametrize("recording", OF_HOSTS)
def test_recorded_traffic_of_a_host_reads_through_its_row(recording: Recording) -> None:
    host = host_of(recording)
    assert host is not None
    decoder = CompletionsDecoder(HostDialect(host))
    if recording.status >= 400:
        from chat_completions.errors import error_from_response

        error = error_from_response(
            recording.status, recording.headers, recording.body, HostDialect(host)
        )
        assert compare_error(error, recording) == []
        assert error.provider == host.id
        return
    if not recording.stream:
        message = decode_reply(decoder, recording.body).to_message()
    else:
        reader, builder = StreamReader(decoder), MessageBuilder()
        for chunk in [*reader.feed(recording.body), *reader.finish()]:
            builder.add(chunk)
        assert reader.failure is None
        message = builder.message()
    assert compare(message, recording) == []
    assert message.response_metadata["model_provider"] == host.id


@pytest.mark.parametrize("recording", OF_HOSTS)
def test_reasoning_arrives_in_the_field_that_the_row_names(recording: Recording) -> None:
    host = host_of(recording)
    assert host is not None
    if host.reasoning is None or not (recording.expected or {}).get("reasoning"):
        return
    assert f'"{host.reasoning.value}"'.encode() in recording.body
    assert HostDialect(host).reasoning_fields[0] == host.reasoning.value
    assert set(HostDialect(host).reasoning_fields) == set(CompatibleDialect().reasoning_fields)


@each_host
def test_reasoning_goes_back_in_the_field_of_the_host(host: Host) -> None:
    from chat_core import AIMessage, HumanMessage, ReasoningBlock, TextBlock

    model: Any = get_chat_model(f"{host.id}:m", api="chat-completions")
    answer = AIMessage([ReasoningBlock("hm"), TextBlock("Deep.")])
    answer.response_metadata["model_provider"] = host.id
    turns = [HumanMessage("How deep?"), answer, HumanMessage("How wide?")]
    wire = model._request_body(turns, model._options, stream=False)["messages"][1]
    field = host.reasoning.value if host.reasoning else "reasoning_content"
    assert wire[field] == "hm", json.dumps(wire)


# --- tools of Perplexity


@tool
def depth(pond: str) -> float:
    """The depth of a pond in metres."""
    return 2.0


def with_tools(*tools: Any, **settings: Any) -> dict[str, Any]:
    return body(get_chat_model("perplexity:m", **settings).bind_tools(list(tools)))


@pytest.mark.parametrize("given", [depth, WebSearch(), CodeExecution()])
def test_perplexity_takes_no_tools_by_chat_completions(given: Any) -> None:
    with pytest.raises(InvalidParameterError, match=r"perplexity.*search the web.*api='responses'"):
        with_tools(given, api="chat-completions")


def test_perplexity_takes_functions_and_its_own_tools_by_responses() -> None:
    sent = with_tools(depth, WebSearch(), WebFetch(), CodeExecution())["tools"]
    assert [each["type"] for each in sent] == ["function", "web_search", "fetch_url", "sandbox"]
    for lacking in (FileSearch(stores=["vs"]), MCPServer(name="m", url="https://example.org/mcp")):
        with pytest.raises(InvalidParameterError, match=f"has no {type(lacking).__name__}"):
            with_tools(lacking)
    with pytest.raises(InvalidParameterError, match=r"allowed_domains.*dict with the type"):
        with_tools(WebSearch(allowed_domains=["example.org"]))


def test_perplexity_answers_by_a_schema_and_not_in_json_mode() -> None:
    model = get_chat_model("perplexity:m", api="chat-completions")
    schema = {"title": "Pond", "type": "object", "properties": {"depth": {"type": "number"}}}
    chain: Any = model.with_structured_output(schema)
    assert body(chain.steps[0])["response_format"]["type"] == "json_schema"
    chain = model.with_structured_output(schema, method="json_mode")
    with pytest.raises(InvalidParameterError, match=r"no JSON mode.*method='json_schema'\.$"):
        body(chain.steps[0])
