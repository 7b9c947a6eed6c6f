"""The simulators: each writes scripted answers in one vendor's wire."""

from __future__ import annotations

from .completions import CompletionsSimulator
from .converse import ConverseSimulator
from .gemini import GeminiSimulator, VertexSimulator
from .messages import MessagesSimulator
from .mistral import MistralSimulator
from .ollama import OllamaSimulator
from .responses import ResponsesSimulator
from .simulator import AnswerWriter, ScriptItem, Simulator

__all__ = [
    "SIMULATORS",
    "AnswerWriter",
    "CompletionsSimulator",
    "ConverseSimulator",
    "GeminiSimulator",
    "MessagesSimulator",
    "MistralSimulator",
    "OllamaSimulator",
    "ResponsesSimulator",
    "ScriptItem",
    "Simulator",
    "VertexSimulator",
]

SIMULATORS: tuple[Simulator, ...] = (
    CompletionsSimulator(),
    ResponsesSimulator(),
    MessagesSimulator(),
    GeminiSimulator(),
    OllamaSimulator(),
    ConverseSimulator(),
)
"""The simulators that are chosen by the path of a request."""
