"""The version of the API belongs to the connection."""

from __future__ import annotations

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError
from chat_google_genai import ChatGoogleGenerativeAI

REPLY = json_answer(
    {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}
        ]
    }
)


def test_another_version_bound_later_is_another_address() -> None:
    with WireServer([REPLY, REPLY]) as server:
        with ChatGoogleGenerativeAI(model="m", api_key="k", base_url=server.url) as model:
            model.invoke("Q")
            with model.bind(api_version="v1") as bound:
                bound.invoke("Q")
        paths = [request.path for request in server.requests]
    assert paths == ["/v1beta/models/m:generateContent", "/v1/models/m:generateContent"]


def test_a_version_beside_a_client_would_have_no_effect_and_is_refused() -> None:
    model = ChatGoogleGenerativeAI(model="m", client=object(), api_version="v1")
    with pytest.raises(InvalidParameterError, match=r"api_version= .* client="):
        model.invoke("Q")
