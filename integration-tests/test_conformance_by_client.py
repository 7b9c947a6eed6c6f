"""The laws about content, errors and times for models whose calls a client of the SDK carries.

Left out are the laws about the model's own connection: construction and keys, closing, redirects,
cookies and what stays hidden there are the client's when there is one.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import anthropic
import groq
import openai
import pytest
from chat_conformance import declared
from chat_conformance.laws.answers import AnswerLaws
from chat_conformance.laws.citations import CitationLaws
from chat_conformance.laws.errors import ErrorLaws
from chat_conformance.laws.events import EventLaws
from chat_conformance.laws.history import HistoryLaws
from chat_conformance.laws.media import MediaLaws
from chat_conformance.laws.reasoning import ReasoningLaws
from chat_conformance.laws.streams import StreamLaws
from chat_conformance.laws.structured import StructuredLaws
from chat_conformance.laws.tools import ToolLaws
from chat_conformance.subject import Subject
from chat_conformance.suite import Suite
from chat_core import ChatModel


class ByClient(
    AnswerLaws,
    StreamLaws,
    HistoryLaws,
    ToolLaws,
    StructuredLaws,
    MediaLaws,
    ReasoningLaws,
    CitationLaws,
    EventLaws,
    ErrorLaws,
    Suite,
    Subject,
):
    """The laws for one model with ``client=`` and ``async_client=``."""

    sync_client: ClassVar[Any]
    async_client: ClassVar[Any]
    path: ClassVar[str] = ""

    @classmethod
    def subject(cls) -> type[ByClient]:
        """Return the class itself."""
        return cls

    @classmethod
    def make_model(cls, **settings: Any) -> ChatModel:
        """Return a model that closes its clients with itself."""
        given = {"api_key": settings.pop("api_key"), "base_url": settings.pop("base_url")}
        given["base_url"] += cls.path
        model = super().make_model(
            client=cls.sync_client(**given), async_client=cls.async_client(**given), **settings
        )
        model.__class__ = closing(type(model))
        return model


@cache
def closing(model_class: type[ChatModel]) -> Any:
    """``model_class``, closing the clients of the SDK that it was given."""

    class Closing(model_class):  # type: ignore[valid-type, misc]
        def close(self) -> None:
            super().close()
            self.client.close()

        async def aclose(self) -> None:
            await super().aclose()
            self.client.close()
            await self.async_client.close()

    return Closing


class TestOpenAI(ByClient):
    model_id = declared.OpenAI.model_id
    capabilities = declared.OpenAI.capabilities
    sync_client, async_client = openai.OpenAI, openai.AsyncOpenAI


class TestOpenAIResponses(ByClient):
    model_id = declared.OpenAIResponses.model_id
    settings = declared.OpenAIResponses.settings
    capabilities = declared.OpenAIResponses.capabilities
    sync_client, async_client = openai.OpenAI, openai.AsyncOpenAI


class TestFireworks(ByClient):
    model_id = declared.Fireworks.model_id
    capabilities = declared.Fireworks.capabilities
    sync_client, async_client = openai.OpenAI, openai.AsyncOpenAI


@pytest.mark.filterwarnings("ignore:The model 'claude:DeprecationWarning")
class TestAnthropic(ByClient):
    model_id = declared.Anthropic.model_id
    capabilities = declared.Anthropic.capabilities
    sync_client, async_client = anthropic.Anthropic, anthropic.AsyncAnthropic


class TestGroq(ByClient):
    model_id = declared.Groq.model_id
    capabilities = declared.Groq.capabilities
    sync_client, async_client = groq.Groq, groq.AsyncGroq
