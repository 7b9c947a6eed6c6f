"""The conformance kit: the same tests for every chat-core provider, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conformance import ChatModelConformance
    from .gaps import Gap
    from .reliability import ChatModelReliability

__version__ = "0.1.0"

__all__ = ["ChatModelConformance", "ChatModelReliability", "Gap"]


def __getattr__(name: str) -> Any:
    if name == "ChatModelConformance":
        from .conformance import ChatModelConformance

        return ChatModelConformance
    if name == "ChatModelReliability":
        from .reliability import ChatModelReliability

        return ChatModelReliability
    if name == "Gap":
        from .gaps import Gap

        return Gap
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
