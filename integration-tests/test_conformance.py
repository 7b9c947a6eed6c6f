"""The conformance suite for every provider of this repository."""

from __future__ import annotations

from chat_conformance import declared


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
