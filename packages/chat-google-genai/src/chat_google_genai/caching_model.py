"""``CachingModel``: the methods that make and delete a prefix which Google keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat_core.provider import WireModel

if TYPE_CHECKING:
    from chat_core.provider import Operation

    from .cached_content import CachedContent

__all__ = ["CachingModel"]


class CachingModel(WireModel):
    """A model of Google's, whose prefixes are kept by a call of their own."""

    def _cache_model(self) -> str:
        """The resource of the model in that call. May read credentials."""
        raise NotImplementedError

    def cache_content(
        self,
        input: object,
        *,
        tools: Sequence[object] | None = None,
        ttl: str | None = None,
        display_name: str | None = None,
    ) -> CachedContent:
        """Have Google keep ``input`` and ``tools`` as the beginning of later requests.

        ``model.bind(cached_content=cached.name)`` uses it: its requests have the messages that
        follow, and neither system messages nor tools. It costs storage until it ends.

        Args:
            input: what a model takes; system messages alone will do.
            tools: what ``bind_tools`` takes.
            ttl: how long it is kept: minutes or hours, such as ``"30m"``; Google's own is an hour.
            display_name: a name to find it by.

        Raises ``APIError``, or ``InvalidParameterError`` before anything is sent.
        """
        return self.perform(self._create_operation(input, tools, ttl, display_name))

    async def acache_content(
        self,
        input: object,
        *,
        tools: Sequence[object] | None = None,
        ttl: str | None = None,
        display_name: str | None = None,
    ) -> CachedContent:
        """``cache_content`` on an event loop."""
        from asyncio import to_thread

        return await self.aperform(
            await to_thread(self._create_operation, input, tools, ttl, display_name)
        )

    def delete_cached_content(self, name: CachedContent | str) -> None:
        """Have Google delete what ``cache_content`` returned, given itself or by its name.

        Raises ``APIError``, or ``InvalidParameterError`` for what names nothing.
        """
        self.perform(self._delete_operation(name))

    async def adelete_cached_content(self, name: CachedContent | str) -> None:
        """``delete_cached_content`` on an event loop."""
        await self.aperform(self._delete_operation(name))

    def _create_operation(
        self,
        input: object,
        tools: Sequence[object] | None,
        ttl: str | None,
        display_name: str | None,
    ) -> Operation[CachedContent]:
        from .cached_content import create_operation, with_user_turn

        asked = self if tools is None else self.bind_tools(tools)
        messages = asked._read(input)  # noqa: SLF001 - of the same class
        options = asked._options  # noqa: SLF001
        body = asked._request_body(with_user_turn(messages), options, stream=False)  # noqa: SLF001
        return create_operation(
            messages,
            body,
            model=self._cache_model(),
            ttl=ttl,
            display_name=display_name,
            provider=self.provider,
        )

    def _delete_operation(self, name: CachedContent | str) -> Operation[None]:
        from .cached_content import delete_operation

        return delete_operation(name, provider=self.provider)
