"""``answer_cost``: what one answer of a model costs, by what it reports of itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from chat_core import ChatModel

from .exact_names import is_version_of
from .own_prices import find_own_price
from .price import price

__all__ = ["answer_cost"]


def answer_cost(
    model: ChatModel, usage: Mapping[str, Any] | None, metadata: Mapping[str, Any]
) -> float | None:
    """What an answer of ``model`` costs in US dollars; ``None`` where that is unknown.

    The model that has answered is charged: its name in ``metadata`` (``response_metadata``) may be
    a dated version of the one that was asked, or another where a gateway chose it. A price that was
    registered for the name that was asked comes first. An answer from a cache costs nothing.
    """
    if metadata.get("cached") is True:
        return 0.0
    asked, provider = model.model, model.provider
    base_url = model.last_address() or model.address_source()[1] or None
    of = partial(price, usage=usage, provider=provider, base_url=base_url, metadata=metadata)
    answered = metadata.get("model_name")
    if not isinstance(answered, str) or not answered or find_own_price(asked, provider):
        return of(asked)
    cost = of(answered)
    if cost is None and is_version_of(asked, answered):
        return of(asked)
    return cost
