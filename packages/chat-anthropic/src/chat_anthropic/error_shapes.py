"""The error object of a body or an event, wherever a server of this wire puts it.

Anthropic's is ``{"type": "error", "error": {"type", "message", …}}``. Servers that imitate it, and
gateways before it, also send ``{"error": "text"}``, an error in a list, ``{"object": "error"}``,
``{"success": false}`` with or without ``errors``, ``{"base_resp": {"status_code", "status_msg"}}``
(MiniMax), ``{"detail": …}`` and a message with a code and no envelope.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["code_words", "find_error", "message_of", "status_of"]

Wire = Mapping[str, Any]

_BASE_RESP = "base_resp"
_MESSAGES = ("message", "msg", "status_msg", "error_msg", "detail", "error")
_CODES = ("code", "error_code", "type", "status", "status_code")
_STATUSES = ("status_code", "status", "code", "error_code")


def find_error(wire: Wire, event: str | None = None) -> dict[str, Any] | None:
    """The error in an object that is no known event; ``None`` if it holds none.

    ``event`` is the name of its SSE event.
    """
    error = wire.get("error")
    if error:
        return _in_envelope(error, wire)
    if "error" in (wire.get("type"), wire.get("object"), event):
        return dict(wire)
    base = wire.get(_BASE_RESP)
    if isinstance(base, dict) and base.get("status_code") not in (None, "", 0, "0"):
        return {**base, "type": f"{_BASE_RESP}:{base['status_code']}"}
    if wire.get("success") is False:
        return _first(wire.get("errors")) or dict(wire)
    if "content" in wire:
        return None
    return _first(wire.get("errors")) or (dict(wire) if _is_bare(wire) else None)


def message_of(error: Wire) -> str:
    """The message of an error; its type if it has none, else its JSON. Empty for an empty one."""
    found = next((error[name] for name in (*_MESSAGES, "type") if error.get(name)), None)
    if isinstance(found, dict):
        return message_of(found)
    if found is None:
        return json.dumps(error, default=str)[:500] if any(error.values()) else ""
    return found if isinstance(found, str) else json.dumps(found, default=str)[:500]


def code_words(error: Wire) -> list[str]:
    """The codes and types of an error, in lower case; those that say most come first."""
    details = error.get("details")
    given = [details.get("error_code")] if isinstance(details, dict) else []
    given += [error.get(name) for name in _CODES]
    return [str(word).lower() for word in given if isinstance(word, str | int) and word]


def status_of(error: Wire) -> int | None:
    """The HTTP status that an error inside an answer names."""
    for name in _STATUSES:
        value = error.get(name)
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, int) and 400 <= number < 600:
            return number
    return None


def _in_envelope(error: Any, wire: Wire) -> dict[str, Any]:
    """``error`` with the codes that stand beside it."""
    beside = {name: wire[name] for name in _CODES if wire.get(name) and wire[name] != "error"}
    if isinstance(error, list):
        error = _first(error) or error
    if isinstance(error, dict):
        return {**beside, **error}
    if error is True:
        return {**wire}
    return {**beside, "message": error if isinstance(error, str) else json.dumps(error)}


def _first(errors: Any) -> dict[str, Any] | None:
    """The first of a list of errors."""
    if not isinstance(errors, list) or not errors:
        return None
    return dict(errors[0]) if isinstance(errors[0], dict) else {"message": str(errors[0])}


def _is_bare(wire: Wire) -> bool:
    """Whether an object without an envelope is an error: a message with a code, or a ``detail``."""
    if wire.get("detail"):
        return True
    kind = wire.get("type")
    if isinstance(kind, str) and kind.lower().endswith("error"):
        return True
    has_message = any(isinstance(wire.get(name), str) for name in ("message", "msg"))
    has_code = wire.get("code") not in (None, 0, 200, "0", "200") or bool(status_of(wire))
    return has_message and has_code
