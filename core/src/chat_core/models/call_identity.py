"""What decides the answer to a call, as JSON: two calls with the same may have the same answer.

It is the provider, the address, the model and the body of the request; for a model without a codec
the messages, the settings and the options instead. Left out is what does not decide: retries and
deadlines, HTTP settings, clients, rate limits, the vendor's prompt cache (``CachePoint``), ids of
messages, what an answer in the conversation used, and whether it came from a cache; and what may be
a secret: keys, headers, parameters of the query that have the name of one.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from ..json_text import JSONObject
from ..messages.blocks import CachePoint
from ..messages.message import AIMessage, Message
from ..wire.address import shown_address
from ..wire.header_values import is_credential
from .model_settings import LIMITS, Connection, ModelSettings, connection_settings
from .settings import without_secrets

if TYPE_CHECKING:
    from .middleware import ModelCall

__all__ = ["call_identity"]

_OF_THE_SENDING = frozenset({"extra_headers", "idempotency_key"})
"""Options that do not decide the answer, or may hold a secret."""


def call_identity(call: ModelCall) -> JSONObject:
    """The identity of ``call``. Raises ``InvalidRequestError`` for what cannot be sent."""
    model = call.model
    call = _without_cache_points(call)
    body = call.request_body()
    asked = {"body": body} if body is not None else _without_codec(call)
    identity = {
        "provider": model.provider,
        "model": model.model,
        "address": shown_address(_address(model)),
        "connection": _connection(model),
        "query": _public(call.options.get("extra_query")),
        **asked,
    }
    return _as_json(identity)


def _without_cache_points(call: ModelCall) -> ModelCall:
    """``call`` without cache points, and without the marks that they have become in messages."""
    options = call.options
    if "tools" in options:
        tools = tuple(tool for tool in options["tools"] if not isinstance(tool, CachePoint))
        options = {**options, "tools": tools}
    marks = call.model._cache_marks()  # noqa: SLF001 - of this package
    messages = call.messages
    if marks is not None:
        messages = [_without_extra(message, marks.key) for message in messages]
    return replace(call, messages=messages, options=options)


def _without_extra(message: Message, key: str) -> Message:
    if not any(key in block.extras for block in message.blocks):
        return message
    plain = copy(message)
    plain.blocks = tuple(
        replace(block, extras={k: v for k, v in block.extras.items() if k != key})
        for block in message.blocks
    )
    return plain


def _address(model: ModelSettings) -> str:
    """Where the request goes: that of a client of an SDK, where one carries the calls."""
    for name in ("client", "async_client"):
        if (client := getattr(model, name, None)) is not None:
            return str(getattr(client, "base_url", ""))
    return model.address_source()[1]


def _without_codec(call: ModelCall) -> JSONObject:
    model = call.model
    cls = type(model)
    left_out = LIMITS | connection_settings(cls) | {"model", "default_headers"}
    settings = {
        name: getattr(model, name)
        for name, field in cls.model_fields.items()
        if name not in left_out and not field.exclude
    }
    options = {name: v for name, v in call.options.items() if name not in _OF_THE_SENDING}
    return {
        "class": cls.__qualname__,
        "messages": [_without_report(message) for message in call.messages],
        "settings": without_secrets(settings),
        "options": options,
    }


def _without_report(message: Message) -> Message:
    """A copy of ``message`` without its id, and without what is known of its making alone."""
    asked = copy(message)
    asked.id = None
    if isinstance(asked, AIMessage):
        asked.usage_metadata = None
        facts = asked.response_metadata
        asked.response_metadata = {k: v for k, v in facts.items() if k != "cached"}
    return asked


def _connection(model: ModelSettings) -> JSONObject:
    """Settings of the provider's own that choose what answers, such as a region or a version."""
    found: JSONObject = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if Connection not in field.metadata or field.exclude or isinstance(value, SecretStr):
            continue
        if value is not None:
            found[name] = _public(value) if isinstance(value, dict) else value
    return found


def _public(query: Any) -> JSONObject:
    return {name: value for name, value in (query or {}).items() if not is_credential(str(name))}


def _as_json(value: JSONObject) -> JSONObject:
    from pydantic_core import to_jsonable_python

    plain: JSONObject = to_jsonable_python(value, bytes_mode="base64", fallback=repr)
    return plain
