"""``TokenCount``: how many tokens the input of a call has, by its vendor or estimated.

The estimate reads what a request holds:

- Four ASCII characters are a token, and so is each other character: tokenizers write most of the
  world's scripts with one token a character or less. JSON keys of the request count as its text.
- A string of more than 2,000 characters without a space is encoded media. It counts 1,000 tokens,
  as a picture does at most vendors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from .settings import call_options

if TYPE_CHECKING:
    from ..wire.operation import Operation
    from .model import ChatModel
    from .wire_model import WireModel

__all__ = ["TokenCount", "acount_tokens", "count_tokens", "estimate_tokens"]

_LONGEST_WORD = 2000
_OF_MEDIA = 1000


@dataclass(frozen=True, slots=True)
class TokenCount:
    """The tokens of a request's input.

    Attributes:
        input_tokens: messages, tools and schemas together, as ``usage_metadata`` counts them.
        is_estimate: whether they are estimated from the text alone.
    """

    input_tokens: int
    is_estimate: bool = False


def count_tokens(
    model: ChatModel, input: object, tools: Sequence[object] | None, *, estimate: bool
) -> TokenCount:
    """See ``VendorServices.count_tokens``."""
    asked, body = _request(model, input, tools)
    if estimate or body is None:
        return _estimated(asked, input, body, is_asked_for=estimate)
    wire_model = _counting(asked)
    counted = _with_call_options(wire_model, wire_model._count_tokens(body))  # noqa: SLF001
    if isinstance(counted, int):
        return TokenCount(counted)
    return TokenCount(wire_model.perform(counted))


async def acount_tokens(
    model: ChatModel, input: object, tools: Sequence[object] | None, *, estimate: bool
) -> TokenCount:
    """``count_tokens`` on an event loop. What counts without a request runs in a thread."""
    from asyncio import to_thread

    asked, body = _request(model, input, tools)
    if estimate or body is None:
        return _estimated(asked, input, body, is_asked_for=estimate)
    wire_model = _counting(asked)
    counted = await to_thread(wire_model._count_tokens, body)  # noqa: SLF001 - its own module
    counted = _with_call_options(wire_model, counted)
    if isinstance(counted, int):
        return TokenCount(counted)
    return TokenCount(await wire_model.aperform(counted))


def estimate_tokens(wire: object) -> int:
    """Tokens of all strings in ``wire``, estimated; see this module's rules."""
    return sum(map(_of_text, _strings(wire)))


def _request(
    model: ChatModel, input: object, tools: Sequence[object] | None
) -> tuple[ChatModel, JSONObject | None]:
    """The model with the tools, and the body that ``invoke`` would send."""
    asked = model if tools is None else model.bind_tools(tools)
    messages = asked._read(input)  # noqa: SLF001 - its own module
    return asked, asked._request_body(messages, asked._options, stream=False)  # noqa: SLF001


def _estimated(
    model: ChatModel, input: object, body: JSONObject | None, *, is_asked_for: bool
) -> TokenCount:
    if not is_asked_for:
        raise InvalidParameterError(
            f"{type(model).__name__} cannot count tokens: no vendor is behind it. estimate=True"
            " estimates them from the text."
        )
    if body is None:
        texts = [message.content for message in model._read(input)]  # noqa: SLF001
        return TokenCount(estimate_tokens(texts), is_estimate=True)
    return TokenCount(estimate_tokens(body), is_estimate=True)


def _counting(model: ChatModel) -> WireModel:
    from .wire_model import WireModel

    assert isinstance(model, WireModel), "a model with a codec is a WireModel"
    return model


def _with_call_options(model: WireModel, counted: Operation[int] | int) -> Operation[int] | int:
    """``counted`` with the headers and the query of the call, if it is a request."""
    if isinstance(counted, int):
        return counted
    options = call_options(model._options)  # noqa: SLF001 - its own module
    return replace(
        counted,
        headers={**options.extra_headers, **counted.headers},
        query={**counted.query, **options.extra_query},
    )


def _of_text(text: str) -> int:
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
