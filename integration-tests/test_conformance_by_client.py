"""The laws about content, errors and times for models whose calls a client of the SDK carries.

Left out are the laws about the model's own connection: construction and keys, closing, redirects,
cookies, bytes behind an answer, several event loops, and what stays hidden there, are the client's
when there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import anthropic
import groq
import openai
import pytest
from bedrock_frames import event
from chat_conformance import Gap, declared
from chat_conformance.frame_formats import BinaryFrames, FrameFormat
from chat_conformance.laws.answers import AnswerLaws
from chat_conformance.laws.citations import CitationLaws
from chat_conformance.laws.early_exits import EarlyExitLaws
from chat_conformance.laws.errors import ErrorLaws
from chat_conformance.laws.events import EventLaws
from chat_conformance.laws.history import HistoryLaws
from chat_conformance.laws.lossless import LosslessLaws
from chat_conformance.laws.media import MediaLaws
from chat_conformance.laws.output import OutputLaws
from chat_conformance.laws.reasoning import ReasoningLaws
from chat_conformance.laws.retries import RetryLaws
from chat_conformance.laws.server_tools import ServerToolLaws
from chat_conformance.laws.streams import StreamLaws
from chat_conformance.laws.structured import StructuredLaws
from chat_conformance.laws.timeouts import TimeoutLaws
from chat_conformance.laws.tools import ToolLaws
from chat_conformance.rulebooks import MESSAGES, Finding
from chat_conformance.simulators import MessagesSimulator
from chat_conformance.subject import Subject
from chat_conformance.suite import Suite
from chat_conformance.wire_connection import Request
from chat_core import ChatModel
from google import genai
from google.genai import types
from mistralai.client import Mistral


class ByClient(
    AnswerLaws,
    StreamLaws,
    HistoryLaws,
    ToolLaws,
    ServerToolLaws,
    StructuredLaws,
    MediaLaws,
    ReasoningLaws,
    CitationLaws,
    EventLaws,
    ErrorLaws,
    LosslessLaws,
    EarlyExitLaws,
    TimeoutLaws,
    RetryLaws,
    OutputLaws,
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
        key, url = settings.pop("api_key"), settings.pop("base_url") + cls.path
        model = super().make_model(**cls.clients(key, url), **settings)
        model.__class__ = closing(type(model))
        return model

    @classmethod
    def clients(cls, key: str, url: str) -> dict[str, Any]:
        """The clients as settings of the model."""
        given: dict[str, Any] = {"api_key": key, "base_url": url}
        return {"client": cls.sync_client(**given), "async_client": cls.async_client(**given)}


@cache
def closing(model_class: type[ChatModel]) -> Any:
    """``model_class``, closing the clients of the SDK that it was given."""

    class Closing(model_class):  # type: ignore[valid-type, misc]
        def close(self) -> None:
            super().close()
            close_client(self.client)

        async def aclose(self) -> None:
            await super().aclose()
            close_client(self.client)
            await aclose_client(self.async_client or self.client)

    return Closing


def close_client(client: Any) -> None:
    """Close the SDK's client for blocking code; Mistral's closes as a context manager alone."""
    client.close() if hasattr(client, "close") else client.__exit__(None, None, None)


async def aclose_client(client: Any) -> None:
    """Close the SDK's client for event loops; of Google's, the half for them."""
    client = getattr(client, "aio", client)
    if hasattr(client, "aclose"):
        await client.aclose()
    elif hasattr(client, "close"):
        await client.close()
    else:
        await client.__aexit__(None, None, None)


class TestOpenAI(ByClient):
    model_id = declared.OpenAI.model_id
    reasoning_model = declared.OpenAI.reasoning_model
    server_tool_model = declared.OpenAI.server_tool_model
    capabilities = declared.OpenAI.capabilities
    sync_client, async_client = openai.OpenAI, openai.AsyncOpenAI


class TestOpenAIResponses(ByClient):
    model_id = declared.OpenAIResponses.model_id
    reasoning_model = declared.OpenAIResponses.reasoning_model
    server_tool_model = declared.OpenAIResponses.server_tool_model
    settings = declared.OpenAIResponses.settings
    capabilities = declared.OpenAIResponses.capabilities
    sync_client, async_client = openai.OpenAI, openai.AsyncOpenAI


class TestFireworks(ByClient):
    model_id = declared.Fireworks.model_id
    reasoning_model = declared.Fireworks.reasoning_model
    server_tool_model = declared.Fireworks.server_tool_model
    capabilities = declared.Fireworks.capabilities
    sync_client, async_client = openai.OpenAI, openai.AsyncOpenAI


@pytest.mark.filterwarnings("ignore:The model 'claude:DeprecationWarning")
class TestAnthropic(ByClient):
    model_id = declared.Anthropic.model_id
    reasoning_model = declared.Anthropic.reasoning_model
    server_tool_model = declared.Anthropic.server_tool_model
    capabilities = declared.Anthropic.capabilities
    sync_client, async_client = anthropic.Anthropic, anthropic.AsyncAnthropic


class TestGroq(ByClient):
    model_id = declared.Groq.model_id
    reasoning_model = declared.Groq.reasoning_model
    server_tool_model = declared.Groq.server_tool_model
    capabilities = declared.Groq.capabilities
    sync_client, async_client = groq.Groq, groq.AsyncGroq


class TestAzureOpenAI(ByClient):
    model_id = declared.AzureOpenAI.model_id
    reasoning_model = declared.AzureOpenAI.reasoning_model
    server_tool_model = declared.AzureOpenAI.server_tool_model
    capabilities = declared.AzureOpenAI.capabilities

    @classmethod
    def clients(cls, key: str, url: str) -> dict[str, Any]:
        given: dict[str, Any] = {"api_key": key, "azure_endpoint": url, "api_version": "2024-10-21"}
        return {
            "client": openai.AzureOpenAI(**given),
            "async_client": openai.AsyncAzureOpenAI(**given),
        }


@pytest.mark.filterwarnings("ignore:The model 'claude:DeprecationWarning")
class TestAnthropicFoundry(ByClient):
    model_id = declared.Anthropic.model_id
    reasoning_model = declared.Anthropic.reasoning_model
    server_tool_model = declared.Anthropic.server_tool_model
    capabilities = declared.Anthropic.capabilities
    sync_client, async_client = anthropic.AnthropicFoundry, anthropic.AsyncAnthropicFoundry


class ClaudeOnVertex(MessagesSimulator):
    """Messages behind the addresses of Vertex AI, which name the model."""

    paths: ClassVar[tuple[str, ...]] = (r":(streamRawPredict|rawPredict)$",)

    def findings(self, request: Request, provider: str) -> list[Finding]:
        """The rules that the request breaks; its model stands in the address."""
        body = {**request.json, "model": "in-the-address"}
        del body["anthropic_version"]
        return MESSAGES.check(body)


class BedrockFrames(BinaryFrames):
    """An event of Messages in a binary frame, as Bedrock writes it."""

    def event(self, wire: Mapping[str, Any]) -> bytes:
        return event(wire)


class ClaudeOnBedrock(ClaudeOnVertex):
    """Messages behind the addresses of Bedrock, which say whether to stream; binary frames."""

    format: ClassVar[FrameFormat] = BedrockFrames()

    paths: ClassVar[tuple[str, ...]] = (r"/(invoke|invoke-with-response-stream)$",)

    def wants_stream(self, request: Request) -> bool:
        return request.path.endswith("-stream")


class TestAnthropicVertex(TestAnthropicFoundry):
    simulator = ClaudeOnVertex()

    @classmethod
    def clients(cls, key: str, url: str) -> dict[str, Any]:
        given: dict[str, Any] = {
            "access_token": key,
            "region": "us-east5",
            "project_id": "p",
            "base_url": url,
        }
        return {
            "client": anthropic.AnthropicVertex(**given),
            "async_client": anthropic.AsyncAnthropicVertex(**given),
        }


class TestAnthropicBedrock(TestAnthropicFoundry):
    simulator = ClaudeOnBedrock()
    gaps: ClassVar[Mapping[str, Gap]] = {
        "test_comments_bring_nothing": Gap("Binary frames have no comments between them."),
        "test_comments_are_no_progress": Gap("Binary frames have no comments between them."),
    }

    @classmethod
    def clients(cls, key: str, url: str) -> dict[str, Any]:
        given: dict[str, Any] = {"api_key": key, "aws_region": "us-east-1", "base_url": url}
        return {
            "client": anthropic.AnthropicBedrock(**given),
            "async_client": anthropic.AsyncAnthropicBedrock(**given),
        }


class TestMistral(ByClient):
    model_id = declared.MistralAI.model_id
    reasoning_model = declared.MistralAI.reasoning_model
    server_tool_model = declared.MistralAI.server_tool_model
    capabilities = declared.MistralAI.capabilities

    @classmethod
    def clients(cls, key: str, url: str) -> dict[str, Any]:
        return {"client": Mistral(api_key=key, server_url=url)}


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
class TestGoogleGenAI(ByClient):
    gaps: ClassVar[Mapping[str, Gap]] = {
        "test_comments_bring_nothing": Gap("The SDK takes a comment in a stream for an answer."),
        "test_comments_are_no_progress": Gap("The SDK takes a comment in a stream for an answer."),
        "test_lines_may_end_in_three_ways[async-CR]": Gap("The SDK reads lines that end in LF."),
        **{
            f"test_{law}[async]": Gap("The SDK keeps aiohttp's response open when its stream ends.")
            for law in (
                *("an_exception_of_the_reader_disconnects", "break_disconnects"),
                *("break_in_a_chain_disconnects", "break_in_the_events_disconnects"),
                *("close_disconnects", "dropping_a_stream_disconnects"),
            )
        },
    }
    model_id = declared.GoogleGenAI.model_id
    reasoning_model = declared.GoogleGenAI.reasoning_model
    server_tool_model = declared.GoogleGenAI.server_tool_model
    capabilities = declared.GoogleGenAI.capabilities
    vertexai: ClassVar[bool] = False

    @classmethod
    def clients(cls, key: str, url: str) -> dict[str, Any]:
        options = types.HttpOptions(base_url=url)
        client = genai.Client(api_key=key, vertexai=cls.vertexai, http_options=options)
        return {"client": client}


class TestGoogleVertexAI(TestGoogleGenAI):
    model_id = declared.GoogleVertexAI.model_id
    reasoning_model = declared.GoogleVertexAI.reasoning_model
    server_tool_model = declared.GoogleVertexAI.server_tool_model
    capabilities = declared.GoogleVertexAI.capabilities
    simulator = declared.GoogleVertexAI.simulator
    vertexai = True
