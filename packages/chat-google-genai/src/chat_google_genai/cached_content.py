"""A prefix that Google keeps, made by a call of its own: ``cachedContents`` of both APIs. Pure.

https://ai.google.dev/api/caching
https://cloud.google.com/vertex-ai/generative-ai/docs/context-cache/context-cache-create
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from chat_core import (
    CachePoint,
    HumanMessage,
    InvalidParameterError,
    MalformedResponseError,
    Message,
    SystemMessage,
)
from chat_core.provider import Operation

from .errors import error_from_object, find_error
from .resource_names import check_segments

__all__ = ["CachedContent", "create_operation", "delete_operation", "with_user_turn"]

_KEPT = ("systemInstruction", "tools", "toolConfig")
"""The fields of a request that a prefix has beside its contents."""


@dataclass(frozen=True, slots=True)
class CachedContent:
    """A prefix that Google keeps.

    Attributes:
        name: the resource, for the setting ``cached_content``.
        expire_time: when it ends, as Google writes it (RFC 3339).
        input_tokens: how many tokens it has; ``None`` if the answer does not say.
    """

    name: str
    expire_time: str | None = None
    input_tokens: int | None = None


def with_user_turn(messages: Sequence[Message]) -> list[Message]:
    """``messages`` as a request takes them: with a user's turn, which a prefix need not have."""
    if all(isinstance(message, SystemMessage) for message in messages):
        return [*messages, HumanMessage("-")]
    return list(messages)


def create_operation(
    messages: Sequence[Message],
    body: Mapping[str, Any],
    *,
    model: str,
    ttl: str | None,
    display_name: str | None,
    provider: str,
) -> Operation[CachedContent]:
    """What asks Google to keep ``messages``.

    Args:
        messages: those that are kept.
        body: the request with ``with_user_turn(messages)``.
        model: the resource of the model whose requests will use it.
        ttl: how long it is kept: minutes or hours (``"30m"``); ``None`` for Google's own, an hour.
        display_name: a name to find it by.
        provider: the provider's id, for errors.

    Raises ``InvalidParameterError`` for a ``ttl`` that is none.
    """
    kept: dict[str, Any] = {name: body[name] for name in _KEPT if name in body}
    if len(with_user_turn(messages)) == len(messages):
        kept["contents"] = body["contents"]
    wire: dict[str, Any] = {"model": model, **kept}
    if ttl is not None:
        wire["ttl"] = f"{CachePoint(ttl).seconds}s"
    if display_name is not None:
        wire["displayName"] = display_name
    read = partial(_read, provider=provider)
    return Operation("cachedContents", read, "POST", wire, is_repeatable=False)


def delete_operation(name: CachedContent | str, *, provider: str) -> Operation[None]:
    """What asks Google to delete the prefix ``name``.

    Raises ``InvalidParameterError`` for what is no name, or would change the path.
    """
    given = name.name if isinstance(name, CachedContent) else name
    if not isinstance(given, str):
        raise InvalidParameterError(
            "Cached content is given by its name, or as cache_content(…) returned it; got"
            f" {given!r:.80}."
        )
    own = check_segments(given, setting="name").rpartition("/")[2]
    return Operation(f"cachedContents/{own}", partial(_nothing, provider=provider), "DELETE")


def _read(wire: Any, *, provider: str) -> CachedContent:
    _nothing(wire, provider=provider)
    name = wire.get("name") if isinstance(wire, dict) else None
    if not isinstance(name, str):
        raise MalformedResponseError("The answer names no cached content.", wire=str(wire))
    expire_time = wire.get("expireTime")
    usage = wire.get("usageMetadata")
    tokens = usage.get("totalTokenCount") if isinstance(usage, dict) else None
    return CachedContent(
        name,
        expire_time if isinstance(expire_time, str) else None,
        tokens if type(tokens) is int else None,
    )


def _nothing(wire: Any, *, provider: str) -> None:
    """Raises ``APIError`` for an answer that is an error."""
    error = find_error(wire, is_bare=True) if isinstance(wire, dict) else None
    if error is not None:
        raise error_from_object(error, provider=provider)
