"""Log probabilities of tokens: how this wire is asked for them, and its lists in core's shape.

The lists of Chat Completions, Responses, Mistral and Ollama have the same entries. Fireworks and
the older Completions API send parallel lists instead, one for each fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chat_core.provider import TokenLogprob, TopLogprob, token_logprob

from .entries import entries

__all__ = ["ask_logprobs", "choice_logprobs", "read_logprobs"]

_READ = frozenset({"token", "logprob", "bytes", "top_logprobs"})
_PARALLEL = ("text_offset", "token_ids")
"""Further lists beside ``tokens``, ``token_logprobs`` and ``top_logprobs``."""


def ask_logprobs(body: dict[str, Any]) -> None:
    """Write a number in ``logprobs`` as this wire has it; an own ``top_logprobs`` wins over it."""
    asked = body.get("logprobs")
    if asked.__class__ is int:
        body["logprobs"] = True
        body.setdefault("top_logprobs", asked)


def choice_logprobs(wire: Any) -> dict[str, list[TokenLogprob]]:
    """The entries of ``response_metadata`` for the ``logprobs`` of a choice."""
    if not isinstance(wire, dict):
        return {}
    found = {
        "logprobs": read_logprobs(wire.get("content")) or _parallel(wire),
        "refusal_logprobs": read_logprobs(wire.get("refusal")),
    }
    return {name: tokens for name, tokens in found.items() if tokens}


def read_logprobs(wire: Any) -> list[TokenLogprob]:
    """The entries of a list of tokens."""
    return [_entry(each) for each in entries(wire)]


def _entry(wire: dict[str, Any]) -> TokenLogprob:
    top = [_top(each) for each in entries(wire.get("top_logprobs"))]
    extras = {name: value for name, value in wire.items() if name not in _READ}
    return token_logprob(_token(wire), _number(wire.get("logprob")), wire.get("bytes"), top, extras)


def _top(wire: dict[str, Any]) -> TopLogprob:
    entry = cast("dict[str, Any]", _entry(wire))
    del entry["top"]
    return cast("TopLogprob", entry)


def _token(wire: dict[str, Any]) -> str:
    token = wire.get("token")
    return token if isinstance(token, str) else ""


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _parallel(wire: dict[str, Any]) -> list[TokenLogprob]:
    """The entries of lists that run side by side."""
    tokens = wire.get("tokens")
    if not isinstance(tokens, list):
        return []
    return [
        token_logprob(
            token,
            _number(_at(wire.get("token_logprobs"), place)),
            top=_alternatives(_at(wire.get("top_logprobs"), place)),
            extras={
                name: value
                for name in _PARALLEL
                if (value := _at(wire.get(name), place)) is not None
            },
        )
        for place, token in enumerate(tokens)
        if isinstance(token, str)
    ]


def _at(values: Any, place: int) -> Any:
    return values[place] if isinstance(values, list) and place < len(values) else None


def _alternatives(wire: Any) -> list[TopLogprob]:
    """The likeliest tokens at a place, from a mapping of tokens to their log probabilities."""
    if not isinstance(wire, Mapping):
        return []
    return [
        {"token": token, "logprob": _number(value), "bytes": None} for token, value in wire.items()
    ]
