"""Names of tools in the alphabet that Converse takes: ``[a-zA-Z0-9_-]{1,64}``."""

from __future__ import annotations

from chat_core.provider import WireNames

__all__ = ["given_names", "wire_name"]

_NAMES = WireNames(longest=64, kept=55)
wire_name = _NAMES.wire_name
given_names = _NAMES.given_names
