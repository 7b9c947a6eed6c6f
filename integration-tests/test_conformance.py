"""The conformance suite for every provider of this repository."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tiktoken
import tiktoken.registry
from chat_conformance import declared


@pytest.fixture(scope="module", autouse=True)
def small_vocabulary() -> Iterator[None]:
    """Bytes as the tokens of gpt-4o-mini: its own vocabulary would have to be downloaded."""
    ranks = {bytes([value]): value for value in range(256)}
    small = tiktoken.Encoding("bytes", pat_str=r"\s|\S", mergeable_ranks=ranks, special_tokens={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tiktoken.registry.ENCODINGS, "o200k_base", small)
        yield


class TestOpenAI(declared.OpenAI): ...


class TestOpenAIResponses(declared.OpenAIResponses): ...


class TestAzureOpenAI(declared.AzureOpenAI): ...


class TestOpenAICompatible(declared.OpenAICompatible): ...


class TestAnthropic(declared.Anthropic): ...


class TestBedrock(declared.Bedrock): ...


class TestGoogleGenAI(declared.GoogleGenAI): ...


class TestGoogleVertexAI(declared.GoogleVertexAI): ...


class TestGroq(declared.Groq): ...


class TestMistralAI(declared.MistralAI): ...


class TestFireworks(declared.Fireworks): ...


class TestOllama(declared.Ollama): ...
