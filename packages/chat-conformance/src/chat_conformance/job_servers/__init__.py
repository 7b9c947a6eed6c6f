"""Servers of batch jobs, one for each vendor: scripted, on loopback, in the shapes of its SDK."""

from __future__ import annotations

from .completions import AzureJobServer, CompletionsJobServer, GroqJobServer, ResponsesJobServer
from .converse import ConverseJobServer
from .fireworks import FireworksJobServer
from .gemini import GeminiJobServer, VertexJobServer
from .job_server import JobServer, Outcome, Unanswered, no_such_path
from .messages import MessagesJobServer
from .mistral import MistralJobServer

__all__ = [
    "AzureJobServer",
    "CompletionsJobServer",
    "ConverseJobServer",
    "FireworksJobServer",
    "GeminiJobServer",
    "GroqJobServer",
    "JobServer",
    "MessagesJobServer",
    "MistralJobServer",
    "Outcome",
    "ResponsesJobServer",
    "Unanswered",
    "VertexJobServer",
    "no_such_path",
]
