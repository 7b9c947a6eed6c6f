"""Names in the path of a request are one segment each, or refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import InvalidParameterError
from chat_google_genai import ChatGoogleGenerativeAI


def chat(model: str = "m", **settings: Any) -> ChatGoogleGenerativeAI:
    return ChatGoogleGenerativeAI(
        model=model, api_key="k", base_url="http://127.0.0.1:9", max_retries=0, **settings
    )


@pytest.mark.parametrize(
    ("model", "resource"),
    [
        ("gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("gemini-2.5-flash@001", "models/gemini-2.5-flash@001"),
        ("models/gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("tunedModels/mine-1", "tunedModels/mine-1"),
    ],
)
def test_a_model_is_a_resource(model: str, resource: str) -> None:
    assert chat(model)._resource() == resource


@pytest.mark.parametrize(
    "model",
    [
        ".",
        "..",
        "../x",
        "x/../../y",
        "models/..",
        "models/../tunedModels/x",
        "models/a/b",
        "other/x",
        "x?key=y",
        "x#y",
        "x%2Fy",
        "x y",
        "x\\y",
        "x\n",
        "naïve",
        "models/",
    ],
)
def test_a_model_that_would_change_the_path_is_refused_by_name(model: str) -> None:
    with pytest.raises(InvalidParameterError, match="model="):
        chat(model).invoke("Q")


@pytest.mark.parametrize("version", ["..", "v1/../x", "v1?x", ""])
def test_an_api_version_that_would_change_the_path_is_refused_by_name(version: str) -> None:
    with pytest.raises(InvalidParameterError, match="api_version="):
        chat(api_version=version).invoke("Q")
