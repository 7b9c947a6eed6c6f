"""Credentials other than keys appear in no form of the model that holds them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from chat_conformance.backends import KEY
from chat_conformance.declared import GoogleVertexAI


@pytest.mark.parametrize("kind", ["a dict", "an object"])
def test_credentials_are_in_no_form_of_a_model(kind: str) -> None:
    from google.oauth2.credentials import Credentials

    given: Any = {"type": "service_account", "private_key": KEY, "client_email": "a@b.example"}
    if kind == "an object":
        given = Credentials(token=KEY, refresh_token=KEY)  # type: ignore[no-untyped-call]
    model = GoogleVertexAI.make_model(credentials=given, project="p", location="europe-west1")
    assert KEY not in f"{model} {model!r} {model.model_dump()} {model.model_dump_json()}"
    assert KEY.encode() not in pickle.dumps(model)
