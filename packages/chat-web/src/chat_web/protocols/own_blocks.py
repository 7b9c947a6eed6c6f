"""Blocks in chat-core's own JSON, for what a protocol has no word for.

A front end keeps them and sends them back with the history.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from chat_core import Block, ChatError
from chat_core.provider import MediaBlock
from pydantic import TypeAdapter, ValidationError

from .body import Place
from .json_values import as_json
from .media import is_web_url

__all__ = ["block_as_json", "read_own_block"]


def block_as_json(block: Block | MediaBlock) -> dict[str, Any]:
    """``block`` as JSON, without its index in the stream and without fields that are empty."""
    fields: dict[str, Any] = as_json(block)
    return {
        name: value
        for name, value in fields.items()
        if name != "index" and value is not None and value != {}
    }


def read_own_block(place: Place, name: str) -> Block | None:
    """The block in the field ``name`` of ``place``; ``None`` for media that a page cannot name.

    Those are media at another address than ``https:``, ``http:`` and ``data:``: a vendor, or a
    local server, would read files with the rights of this machine. Raises ``InvalidParameterError``
    for what is no block.
    """
    given = place.value.get(name)
    try:
        block = _blocks().validate_python(given)
    except (ValidationError, ChatError) as error:
        place.refuse(f"is a block of chat-core ({_reason(error)})", given, name)
    if isinstance(block, MediaBlock) and block.url is not None and not is_web_url(block.url):
        return None
    return block


def _reason(error: ValidationError | ChatError) -> str:
    if isinstance(error, ChatError):
        return error.message
    return error.errors(include_url=False, include_input=False)[0]["msg"]


@cache
def _blocks() -> TypeAdapter[Block]:
    return TypeAdapter(Block)
