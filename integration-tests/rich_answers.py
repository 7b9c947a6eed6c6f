"""An answer that shows what a provider's wire can carry, and a model that is asked for it."""

from __future__ import annotations

from typing import Any

from chat_conformance.offline import OfflineServer
from chat_conformance.script import Call, Reasoning, Reply, Tokens
from chat_core import ChatModel

__all__ = ["LOOK", "model_with_tool", "rich_answer"]

LOOK = {
    "name": "look",
    "description": "Look a city up.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def rich_answer(subject: Any) -> Reply:
    """What the subject's wire can carry: reasoning with its seal, text, a call in pieces, usage."""
    offers = subject.capabilities
    parts: list[Any] = []
    if "reasoning" in offers:
        seal = "c2VhbGVkLXRob3VnaHRz" if "sealed_reasoning" in offers else None
        parts.append(Reasoning("A city in Italy.", seal))
    parts += ["Let me look.", Call("look", '{"city": "Rome, the eternal city"}')]
    cached = 5 if "cached_tokens" in offers else None
    return Reply(*parts, tokens=Tokens(11, 7, cached=cached))


def model_with_tool(subject: Any, server: OfflineServer) -> ChatModel:
    """The subject's model at ``server``, with the tool that the answer calls."""
    return server.model(subject.model_id, **subject.settings).bind_tools([LOOK])
