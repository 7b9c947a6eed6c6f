"""``ModelListing``: the request for the list of the installed models, ``GET /api/tags``.

It goes the way of every other request, so that deadlines, retries and errors are the same; the list
travels in the metadata of the chunk that its decoder makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .server_model import ServerModel

if TYPE_CHECKING:
    from chat_core import Message
    from chat_core.provider import CallOptions, Decoder

    from .installed_models import InstalledModel

__all__ = ["ModelListing"]


class ModelListing(ServerModel):
    """The request for the list; its settings are those of the connection."""

    endpoint: ClassVar[tuple[str, str]] = ("GET", "api/tags")

    model: str = "any"  # a model has a name, and this request needs none

    def read(self) -> list[InstalledModel]:
        """Ask the server. Raises ``APIError``."""
        from .installed_models import read_models

        return read_models(self._generate([]).response_metadata)

    async def aread(self) -> list[InstalledModel]:
        """``read`` on an event loop."""
        from .installed_models import read_models

        return read_models((await self._agenerate([])).response_metadata)

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        return {}

    def _decoder(self) -> Decoder:
        from .installed_models import ListDecoder

        return ListDecoder()
