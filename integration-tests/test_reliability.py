"""The reliability suite for every provider: faults, secrets, hostile answers."""

from __future__ import annotations

from chat_conformance import ChatModelReliability, declared


class TestOpenAI(ChatModelReliability):
    of = declared.OpenAI


class TestOpenAIResponses(ChatModelReliability):
    of = declared.OpenAIResponses


class TestAzureOpenAI(ChatModelReliability):
    of = declared.AzureOpenAI


class TestOpenAICompatible(ChatModelReliability):
    of = declared.OpenAICompatible


class TestAnthropic(ChatModelReliability):
    of = declared.Anthropic


class TestBedrock(ChatModelReliability):
    of = declared.Bedrock


class TestGoogleGenAI(ChatModelReliability):
    of = declared.GoogleGenAI


class TestGoogleVertexAI(ChatModelReliability):
    of = declared.GoogleVertexAI


class TestGroq(ChatModelReliability):
    of = declared.Groq


class TestMistralAI(ChatModelReliability):
    of = declared.MistralAI


class TestFireworks(ChatModelReliability):
    of = declared.Fireworks


class TestOllama(ChatModelReliability):
    of = declared.Ollama
