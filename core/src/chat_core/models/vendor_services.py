"""``VendorServices``: what a model offers beside answers; each method loads what it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ..messages.message import AIMessage
    from ..runs.config import RunConfig
    from .candidates import Candidate, CandidatesCall
    from .model import ChatModel
    from .token_count import TokenCount

__all__ = ["VendorServices"]


class VendorServices:
    """Several candidates with one request, and counting tokens. A base class of ``ChatModel``.

    Of candidates the prompt is paid for once. The token counts of the request are on the message
    that came first, those of the others are ``None``, so their sum is right. A call is one run,
    whose output is the candidate with index 0.
    """

    def candidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> list[AIMessage]:
        """``n`` answers to one request. ``kwargs`` are settings and options for this call alone.

        A vendor may send fewer. Raises ``ChatError`` like ``invoke``, and ``InvalidParameterError``
        where the vendor has no candidates; ``batch([input] * n)`` asks any model.
        """
        call = _candidates_call(self, input, n, kwargs, stream=False)
        return call.whole(config)

    async def acandidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> list[AIMessage]:
        """``candidates`` on an event loop."""
        call = _candidates_call(self, input, n, kwargs, stream=False)
        return await call.awhole(config)

    def stream_candidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> Generator[Candidate, None, None]:
        """``(index, chunk)`` as they arrive; the chunks of one index add up to its message.

        Wrong input raises at once. Closing the generator closes the connection.
        """
        call = _candidates_call(self, input, n, kwargs, stream=True)
        return call.stream(config)

    def astream_candidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> AsyncGenerator[Candidate, None]:
        """``stream_candidates`` on an event loop."""
        call = _candidates_call(self, input, n, kwargs, stream=True)
        return call.astream(config)

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


def _candidates_call(
    model: Any, input: object, n: int, kwargs: dict[str, object], *, stream: bool
) -> CandidatesCall:
    from .candidates import CandidatesCall

    return CandidatesCall(model, input, n, kwargs, stream=stream)


def _bound(model: Any, kwargs: dict[str, object]) -> ChatModel:
    return cast("ChatModel", model.bind(**kwargs) if kwargs else model)
