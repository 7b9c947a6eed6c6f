"""``fetch_profile``: the pages of the vendor's list as far as the model, or one request for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from chat_conformance.http_answers import json_answer
from chat_conformance.wire_server import WireServer
from chat_core import InvalidParameterError, ListedModel, ModelProfile
from chat_core.models import profile_sources
from chat_core.provider import (
    Operation,
    Page,
)
from letters_model import LettersModel
from pond_model import PondModel


class ListingModel(PondModel):
    """Lists its models on pages of one."""

    models_path = "models"

    def _read_models(self, wire: Any) -> Page:
        listed = ListedModel(wire["id"], context_window=wire["window"])
        return Page([listed], {"after": wire["id"]} if wire["more"] else {})


class ShowingModel(PondModel):
    """Shows one model."""

    def _profile_operation(self) -> Operation[ModelProfile]:
        return Operation("show", lambda wire: ModelProfile(context_window=wire["window"]))


@pytest.fixture(autouse=True)
def no_installed_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_sources, "_installed", tuple)


def page(id: str, window: int, *, more: bool = True) -> Any:
    return json_answer({"id": id, "window": window, "more": more})


def fetch(model: LettersModel, *, is_async: bool) -> ModelProfile:
    async def fetched() -> ModelProfile:
        async with model:
            return await model.afetch_profile()

    if is_async:
        return asyncio.run(fetched())
    with model:
        return model.fetch_profile()


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_pages_are_asked_for_as_far_as_the_model(is_async: bool) -> None:
    with WireServer([page("carp", 1), page("letters", 2), page("pike", 3)]) as server:
        found = fetch(ListingModel(base_url=server.url), is_async=is_async)
        assert [request.path for request in server.requests] == ["/models", "/models"]
    assert found.context_window == 2


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_model_that_no_page_has_is_unknown(is_async: bool) -> None:
    with WireServer([page("carp", 1), page("pike", 3, more=False)]) as server:
        found = fetch(ListingModel(base_url=server.url), is_async=is_async)
        assert len(server.requests) == 2
    assert found.context_window is None


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_vendor_that_shows_one_model_is_asked_for_it_alone(is_async: bool) -> None:
    with WireServer([json_answer({"window": 5})]) as server:
        found = fetch(ShowingModel(base_url=server.url), is_async=is_async)
        assert [request.path for request in server.requests] == ["/show"]
    assert found.context_window == 5


def test_a_vendor_without_a_list_is_named() -> None:
    with pytest.raises(InvalidParameterError, match="'letters' cannot list models"):
        LettersModel(base_url="http://127.0.0.1:9").fetch_profile()
