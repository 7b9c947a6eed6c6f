"""What the registry needs to know of the provider ``offline``."""

from __future__ import annotations

from ..hookspecs import Provider, hookimpl

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Name the provider of ``offline:demo`` and ``offline:think``."""
    return Provider(
        name="offline",
        model_class="chat_core.offline.model:ChatOffline",
        package="chat-core",
    )
