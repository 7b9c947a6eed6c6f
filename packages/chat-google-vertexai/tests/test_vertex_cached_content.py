"""A prefix that Vertex AI keeps lies below the project, and names the model in whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError
from chat_google_vertexai import ChatVertexAI
from google.oauth2.credentials import Credentials

PLACE = "projects/pond/locations/europe-west4"
MADE = {"name": f"{PLACE}/cachedContents/7"}


def test_the_path_and_the_model_are_those_of_the_project() -> None:
    credentials: Any = Credentials("token")  # type: ignore[no-untyped-call]
    with WireServer([json_answer(MADE), json_answer({})]) as server:
        model = ChatVertexAI(
            model="gemini-2.5-flash",
            project="pond",
            location="europe-west4",
            credentials=credentials,
            base_url=server.url,
        )
        made = model.cache_content("All about ponds.", ttl="2h")
        model.delete_cached_content(made.name)
        create, delete = server.requests
    assert create.path == f"/v1beta1/{PLACE}/cachedContents"
    sent = json.loads(create.body)
    assert sent["model"] == f"{PLACE}/publishers/google/models/gemini-2.5-flash"
    assert sent["ttl"] == "7200s"
    assert (delete.method, delete.path) == ("DELETE", f"/v1beta1/{PLACE}/cachedContents/7")


def test_express_mode_keeps_nothing() -> None:
    model = ChatVertexAI(model="gemini-2.5-flash", api_key="k")
    with pytest.raises(InvalidParameterError, match="Express mode"):
        model.cache_content("All about ponds.")
