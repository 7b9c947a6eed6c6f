"""Rulebooks: what each vendor refuses in a request, as executable checks without a network.

A vendor refuses a request that breaks one of its rules with status 400, and so does the offline
server. ``RULEBOOKS`` finds the rulebook of a provider and an API; ``rule.py`` says what a rule is.
"""

from __future__ import annotations

from .completions import COMPATIBLE, COMPLETIONS, FIREWORKS, GROQ, MISTRAL
from .converse import CONVERSE
from .gemini import GEMINI
from .messages import MESSAGES
from .ollama import OLLAMA
from .responses import COMPATIBLE_RESPONSES, RESPONSES
from .rule import Finding, Rulebook

__all__ = [
    "COMPATIBLE",
    "COMPATIBLE_RESPONSES",
    "COMPLETIONS",
    "CONVERSE",
    "FIREWORKS",
    "GEMINI",
    "GROQ",
    "MESSAGES",
    "MISTRAL",
    "OLLAMA",
    "RESPONSES",
    "RULEBOOKS",
    "Finding",
    "Rulebook",
]

RULEBOOKS: dict[tuple[str, str], Rulebook] = {
    ("openai", "chat-completions"): COMPLETIONS,
    ("openai", "responses"): RESPONSES,
    ("azure-openai", "chat-completions"): COMPLETIONS,
    ("azure-openai", "responses"): RESPONSES,
    ("openai-compatible", "chat-completions"): COMPATIBLE,
    ("openai-compatible", "responses"): COMPATIBLE_RESPONSES,
    ("anthropic", "messages"): MESSAGES,
    ("bedrock", "converse"): CONVERSE,
    ("groq", "chat-completions"): GROQ,
    ("fireworks", "chat-completions"): FIREWORKS,
    ("mistralai", "chat-completions"): MISTRAL,
    ("google-genai", "generate-content"): GEMINI,
    ("google-vertexai", "generate-content"): GEMINI,
    ("ollama", "ollama-chat"): OLLAMA,
}
"""The rulebook of each provider id and API."""
