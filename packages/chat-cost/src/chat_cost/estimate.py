"""What a request may use, estimated before it is sent: its input, and the bound of its output.

- The input is estimated as ``model.count_tokens(..., estimate=True)`` does.
- The output is bounded by ``max_tokens``, under whatever name the user has set it. What a provider
  sends by itself because its vendor demands a bound does not count: it is tens of thousands, and a
  small budget would refuse every request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_core.provider import ModelCall, estimate_tokens

__all__ = ["input_tokens", "output_bound"]

_BOUNDS = frozenset(
    "max_tokens max_completion_tokens max_output_tokens maxOutputTokens maxTokens num_predict"
    " max_new_tokens".split()
)
_SECTIONS = ("generationConfig", "generation_config", "inferenceConfig", "options")


def input_tokens(call: ModelCall) -> int:
    """Tokens of the request, estimated."""
    body = call.request_body()
    return estimate_tokens([message.content for message in call.messages] if body is None else body)


def output_bound(call: ModelCall) -> int | None:
    """The most tokens that the user allows the answer; ``None`` where nothing bounds it."""
    model = call.model
    given = [model.model_kwargs, call.options.get("extra_body") or {}]
    inner = [part[name] for part in given for name in _SECTIONS if isinstance(part.get(name), dict)]
    settings = {name: getattr(model, name, None) for name in _BOUNDS}
    return next(filter(None, map(_bound, [*given, *inner, settings])), None)


def _bound(section: Mapping[str, Any]) -> int | None:
    for name in _BOUNDS & section.keys():
        value = section[name]
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
