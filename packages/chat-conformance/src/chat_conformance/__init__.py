"""The conformance kit: the same tests for every chat-core provider, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conformance import ChatModelConformance
    from .gaps import Gap

__all__ = ["ChatModelConformance", "Gap"]


def __getattr__(name: str) -> Any:
    if name == "ChatModelConformance":
        from .conformance import ChatModelConformance

        return ChatModelConformance
    if name == "Gap":
        from .gaps import Gap

        return Gap
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
