"""Address, query and headers equal what the installed SDK sends, for every setting it reads."""

from __future__ import annotations

from typing import Any

import groq
import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.oracle import head_of, parameters_of, variables_read
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError
from chat_groq import ChatGroq

REPLY = json_answer(
    {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
)
HOST = "{server}"
"""Stands for the address of the test's server."""


CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"base_url": HOST, "api_key": "gsk_1"}, {}),
    ({"base_url": f"{HOST}/", "api_key": "gsk_1"}, {"GROQ_API_KEY": "gsk_2"}),
    ({"base_url": f"{HOST}/proxy/groq", "api_key": "gsk_1"}, {"GROQ_BASE_URL": "http://x.org"}),
    ({"api_key": "gsk_1"}, {"GROQ_BASE_URL": f"{HOST}/gateway"}),
    ({"base_url": HOST}, {"GROQ_API_KEY": "gsk_2"}),
    ({"base_url": HOST, "api_key": "gsk_1", "default_headers": {"X-Team": "a"}}, {}),
    (
        {"base_url": HOST, "api_key": "gsk_1", "default_headers": {"X-Team": "a"}},
        {"GROQ_CUSTOM_HEADERS": "X-Team: b\nX-Cost: 7: 8\nno header"},
    ),
    (
        {"base_url": HOST, "api_key": "gsk_1"},
        {"GROQ_CUSTOM_HEADERS": "Authorization: Bearer gateway"},
    ),
]
NO_PART_OF_A_HEAD = {
    "GROQ_LOG": "logging",
    "DEFER_PYDANTIC_BUILD": "types of the SDK",
    "max_retries": "tested with every fault",
    "timeout": "tested with every fault",
    "http_client": "a setting of every model",
    "default_query": "extra_query= of a call, or client=",
}


@pytest.mark.parametrize(("settings", "environment"), CASES)
@pytest.mark.parametrize("stream", [False, True])
def test_a_head_equals_the_sdks(
    settings: dict[str, Any],
    environment: dict[str, str],
    stream: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if unknown := environment.keys() - variables_read("groq"):
        pytest.skip(f"groq {groq.__version__} does not read {', '.join(unknown)}")
    for name in ("GROQ_API_KEY", "GROQ_BASE_URL", "GROQ_CUSTOM_HEADERS"):
        monkeypatch.delenv(name, raising=False)
    with WireServer([REPLY, REPLY]) as server:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace(HOST, server.url))
        given = dict(settings)
        if "base_url" in given:
            given["base_url"] = given["base_url"].replace(HOST, server.url)
        with groq.Groq(max_retries=0, **given) as sdk:
            sdk.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "Hi"}], stream=stream
            )
        with ChatGroq(model="m", max_retries=0, **given) as model:
            list(model.stream("Q")) if stream else model.invoke("Q")
        theirs, ours = server.requests
    assert head_of(ours) == head_of(theirs)


def test_a_base_url_of_the_environment_that_is_no_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROQ_BASE_URL", "api.example.org")
    with pytest.raises(InvalidParameterError, match="address"):
        ChatGroq(model="m", api_key="k").invoke("Q")


def test_all_that_the_sdk_reads_is_compared_or_no_part_of_a_head() -> None:
    compared = {name for case in CASES for part in case for name in part}
    read = variables_read("groq") | parameters_of(groq.Groq)
    assert read - compared - NO_PART_OF_A_HEAD.keys() == set()
