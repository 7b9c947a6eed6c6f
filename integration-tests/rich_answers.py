"""An answer that shows what a provider's wire can carry, and a model that is asked for it."""

from __future__ import annotations

from typing import Any

from chat_conformance.capabilities import SERVER_TOOLS
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Call, Reasoning, Reply, ServerToolRun, Tokens
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
    """Reasoning with its seal, a tool of the vendor's, text, a call in pieces, usage."""
    offers = subject.capabilities
    parts: list[Any] = []
    if "reasoning" in offers:
        seal = "c2VhbGVkLXRob3VnaHRz" if "sealed_reasoning" in offers else None
        parts.append(Reasoning("A city in Italy.", seal))
    ran = next((kind for kind in SERVER_TOOLS if kind in offers), None)
    if ran is not None and "server_tool_blocks" in offers:
        parts += ["I search first. ", ServerToolRun(ran, "It is in Italy.")]
    parts += ["Let me look.", Call("look", '{"city": "Rome, the eternal city"}')]
    cached = 5 if "cached_tokens" in offers else None
    return Reply(*parts, tokens=Tokens(11, 7, cached=cached))


def model_with_tool(subject: Any, server: OfflineServer) -> ChatModel:
    """The subject's model at ``server``, with the tool that the answer calls."""
    return server.model(subject.model_id, **subject.settings).bind_tools([LOOK])
