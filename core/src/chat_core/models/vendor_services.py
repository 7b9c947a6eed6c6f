"""``VendorServices``: what a model offers beside answers; each method loads what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .model import ChatModel
    from .token_count import TokenCount

__all__ = ["VendorServices"]


class VendorServices:
    """Counting tokens. A base class of ``ChatModel``."""

    def count_tokens(
        self,
        input: object,
        *,
        tools: Sequence[object] | None = None,
        estimate: bool = False,
        **kwargs: object,
    ) -> TokenCount:
        """The tokens of what ``invoke(input)`` would send, counted by the vendor.

        Args:
            input: messages, as of ``invoke``.
            tools: tools, as of ``bind_tools``; otherwise those that are bound.
            estimate: estimate the tokens from the text instead, which sends nothing.
            kwargs: settings and call options, as of ``invoke``.

        Raises ``InvalidParameterError`` for a vendor that counts no tokens, and like ``invoke``.
        """
        from .token_count import count_tokens

        return count_tokens(_bound(self, kwargs), input, tools, estimate=estimate)

    async def acount_tokens(
        self,
        input: object,
        *,
        tools: Sequence[object] | None = None,
        estimate: bool = False,
        **kwargs: object,
    ) -> TokenCount:
        """``count_tokens`` on an event loop."""
        from .token_count import acount_tokens

        return await acount_tokens(_bound(self, kwargs), input, tools, estimate=estimate)


def _bound(model: Any, kwargs: dict[str, object]) -> ChatModel:
    return cast("ChatModel", model.bind(**kwargs) if kwargs else model)
