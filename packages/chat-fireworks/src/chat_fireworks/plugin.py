"""What the registry needs to know of this provider; imports no SDK."""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .names import PROVIDER

__all__ = ["chat_provider"]


@hookimpl
def chat_provider() -> Provider:
    """Fireworks' models and deployments, whose names begin with an account."""
    return Provider(
        name=PROVIDER,
        model_class="chat_fireworks.model:ChatFireworks",
        package="chat-fireworks",
        claims=(r"accounts/[^/]+/(models|routers|deployments|deployedModels)/",),
    )
