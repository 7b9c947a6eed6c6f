"""``read_profile``: the prices of a model's list, and its context window, for ``model.profile``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chat_core import ModelProfile

from .library import find_entry
from .own_prices import find_own_price

if TYPE_CHECKING:
    from .own_prices import OwnPrice

__all__ = ["read_profile"]


def read_profile(provider: str, names: tuple[str, ...]) -> ModelProfile | None:
    """What the first of ``names`` that has a price costs, in US dollars for a million tokens.

    Registered prices come first, as they do for ``price``. Of a price that grows with the length of
    the request the first step is given. ``None`` for a model without a price.
    """
    for name in names:
        if (own := find_own_price(name, provider)) is not None:
            return _own(own)
        if (entry := find_entry(name, provider, None)) is not None:
            prices = entry.model.get_prices(datetime.now(UTC))
            return ModelProfile(
                context_window=entry.model.context_window,
                input_price=_dollars(prices.input_mtok),
                output_price=_dollars(prices.output_mtok),
                cache_read_price=_dollars(prices.cache_read_mtok),
                cache_creation_price=_dollars(prices.cache_write_mtok),
            )
    return None


def _own(price: OwnPrice) -> ModelProfile:
    """The price; cached tokens without one of their own cost what other input does."""
    return ModelProfile(
        input_price=price.input,
        output_price=price.output,
        cache_read_price=price.input if price.cache_read is None else price.cache_read,
        cache_creation_price=(
            price.input if price.cache_creation is None else price.cache_creation
        ),
    )


def _dollars(price: Any) -> float | None:
    """A price, or the first step of one that has steps."""
    first = getattr(price, "base", price)
    return None if first is None else float(first)
