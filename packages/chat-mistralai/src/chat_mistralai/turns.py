"""The order of turns that Mistral accepts; any other is refused (code 3230, 3240).

Rules, as its validator states them (``mistral-common``, public):

- After a tool's result comes another one or the assistant, never the user: a short assistant turn
  is put between them.
- An assistant turn has text or tool calls: an empty one is left out.
- The last turn is the user's or a tool's. An assistant's text there is a ``prefix``: the answer
  goes on from it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["in_order"]

_BRIDGE = "OK."
"""The text of the assistant turn between a tool's result and the next user turn."""


def in_order(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``turns`` as Mistral accepts them; the dicts are changed in place."""
    ordered: list[dict[str, Any]] = []
    for turn in turns:
        role = turn["role"]
        if role == "assistant" and not (turn.get("content") or turn.get("tool_calls")):
            continue
        if role not in ("tool", "assistant") and ordered and ordered[-1]["role"] == "tool":
            ordered.append({"role": "assistant", "content": _BRIDGE})
        ordered.append(turn)
    if ordered and ordered[-1]["role"] == "assistant" and not ordered[-1].get("tool_calls"):
        ordered[-1].setdefault("prefix", True)
    return ordered
