"""What a request may use, estimated before it is sent: its input, and the bound of its output.

- Four ASCII characters are a token, and so is each other character: tokenizers write most of the
  world's scripts with one token a character or less. JSON keys of the request count as its text.
- A string of more than 2,000 characters without a space is encoded media. It counts 1,000 tokens,
  as a picture does at most vendors.
- The output is bounded by ``max_tokens``, under whatever name the user has set it. What a provider
  sends by itself because its vendor demands a bound does not count: it is tens of thousands, and a
  small budget would refuse every request.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from chat_core.provider import ModelCall

__all__ = ["input_tokens", "output_bound", "text_tokens"]

_LONGEST_WORD = 2000
_OF_MEDIA = 1000
_BOUNDS = frozenset(
    "max_tokens max_completion_tokens max_output_tokens maxOutputTokens maxTokens num_predict"
    " max_new_tokens".split()
)
_SECTIONS = ("generationConfig", "generation_config", "inferenceConfig", "options")


def input_tokens(call: ModelCall) -> int:
    """Tokens of the request, estimated."""
    body = call.request_body()
    if body is None:
        texts = [text for message in call.messages for text in _strings(message.content)]
        return sum(map(text_tokens, texts))
    return sum(map(text_tokens, _strings(body)))


def output_bound(call: ModelCall) -> int | None:
    """The most tokens that the user allows the answer; ``None`` where nothing bounds it."""
    model = call.model
    given = [model.model_kwargs, call.options.get("extra_body") or {}]
    inner = [part[name] for part in given for name in _SECTIONS if isinstance(part.get(name), dict)]
    settings = {name: getattr(model, name, None) for name in _BOUNDS}
    return next(filter(None, map(_bound, [*given, *inner, settings])), None)


def text_tokens(text: str) -> int:
    """Tokens of ``text``, estimated."""
    if len(text) > _LONGEST_WORD and " " not in text[:_LONGEST_WORD]:
        return _OF_MEDIA
    others = 0 if text.isascii() else sum(not character.isascii() for character in text)
    return math.ceil((len(text) - others) / 4) + others


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _bound(section: Mapping[str, Any]) -> int | None:
    for name in _BOUNDS & section.keys():
        value = section[name]
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
