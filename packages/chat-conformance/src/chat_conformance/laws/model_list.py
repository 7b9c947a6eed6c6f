"""Laws about the list of a vendor's models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_core import InvalidParameterError

from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["ModelListLaws"]


class ModelListLaws:
    """Models are listed by the vendor, over the connection of the settings that are given."""

    @needs("model_list")
    def test_the_vendors_models_are_listed(self, chat: Chat) -> None:
        """One request without a body gives the models, each with the id that a model takes."""
        found = chat.mode.list_models(type(chat.model()), **chat.connection())
        assert [model.id for model in found] == [chat.simulator.listed_model]
        (request,) = chat.server.requests
        assert (request.method, request.body) == ("GET", b"")

    def test_a_list_that_does_not_exist_is_refused_by_name(self, chat: Chat) -> None:
        """A vendor without a list is named in the error, and nothing is sent."""
        model_class = type(chat.model())
        if chat.subject.capabilities is None or chat.offers("model_list"):
            pytest.skip("offered: model_list")
        if not hasattr(model_class, "list_models"):
            pytest.skip("the class lists no models")
        with pytest.raises(InvalidParameterError, match=model_class.provider):
            chat.mode.list_models(model_class, **chat.connection())
        assert not chat.server.requests
