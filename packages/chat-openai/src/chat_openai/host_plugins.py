"""What the registry needs to know of the hosts in ``hosts.py``: one plugin each, no SDK.

An entry point names its plugin by the host's id with ``_`` for ``-``: ``chat_openai.host_plugins:
llama_cpp``.
"""

from __future__ import annotations

from chat_core import Provider, hookimpl

from .hosts import HOSTS, Host

__all__ = ["HostPlugin"]


class HostPlugin:
    """The plugin of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @hookimpl
    def chat_provider(self) -> Provider:
        """The host; it claims no bare names, as its models are other vendors' mostly."""
        return Provider(
            name=self._host.id,
            model_class="chat_openai.compatible_model:ChatOpenAICompatible",
            package="chat-openai",
            settings={"host": self._host.id},
            api_key_env=self._host.keys,
        )


def __getattr__(name: str) -> HostPlugin:
    host = HOSTS.get(name.replace("_", "-"))
    if host is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return HostPlugin(host)
