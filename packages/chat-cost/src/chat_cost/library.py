"""The price library genai-prices: the entry of a model, found by its exact name, without a network.

The data is what the installed version holds. Its updates over the network are never started here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .exact_names import equals, names

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

__all__ = ["Entry", "find_entry", "is_provider", "load_prices"]

_LIBRARY_IDS = {
    "anthropic": "anthropic",
    "azure-openai": "azure",
    "bedrock": "aws",
    "fireworks": "fireworks",
    "google-genai": "google",
    "google-vertexai": "google",
    "groq": "groq",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "openai": "openai",
    "xai": "x-ai",
    "zhipu": "zhipuai",
}
"""Our provider ids, and what the library calls them. Servers of no known price are not here."""

_PATH = re.compile(r"^(?:publishers/[^/]+/)?models/")


class Entry(NamedTuple):
    """A model in the library, and the provider whose list it was looked for in."""

    provider: Provider
    model: ModelInfo

    def has_variant(self, key: str, value: str) -> bool:
        """Whether the model has prices of its own for, say, ``service_tier`` ``flex``."""
        return _has_variant(self.model, key, value)

    def provider_has_variant(self, key: str, value: str) -> bool:
        """Whether any model of the provider has."""
        return any(_has_variant(model, key, value) for model in self.provider.models)

    def is_priced(self, at: datetime, unit: str) -> bool:
        """Whether there is a price for ``unit``, such as ``input_mtok``."""
        return getattr(self.model.get_prices(at), unit) is not None


def load_prices() -> None:
    """Load the list of prices now, which takes up to a second, and not when the first is asked."""
    _providers()


def is_provider(id: str) -> bool:
    """Whether ``id`` is a provider of ours with prices, or one of the library's own ids."""
    return id in _LIBRARY_IDS or any(provider.id == id for provider in _providers())


@lru_cache(maxsize=1024)
def find_entry(model: str, provider: str | None, base_url: str | None) -> Entry | None:
    """The entry for exactly this model, or ``None``.

    A provider is found by ``base_url`` where the library knows the address, else by its id, and
    without both by the name of the model, which gives its maker's own price.
    """
    name = _PATH.sub("", model.lower())
    found = _find_provider(name, provider, base_url)
    if found is None:
        return None
    listed = list(_models(found))
    for entry in listed:
        if entry.model.id.lower() == name or equals(entry.model.match, name):
            return entry
    return next((entry for entry in listed if names(entry.model.match, name)), None)


def _find_provider(name: str, provider: str | None, base_url: str | None) -> Provider | None:
    for each in _providers() if base_url else ():
        if re.match(each.api_pattern, base_url or ""):
            return each
    if provider is not None:
        known = _LIBRARY_IDS.get(provider, provider)
        return next((each for each in _providers() if each.id == known), None)
    makers = (each for each in _providers() if each.model_match is not None)
    return next((each for each in makers if each.model_match.is_match(name)), None)  # type: ignore[union-attr]


def _models(provider: Provider) -> Iterator[Entry]:
    """The provider's models, then those of the makers whose models it offers at their price."""
    yield from (Entry(provider, model) for model in provider.models)
    for name in provider.fallback_model_providers or ():
        maker = next(each for each in _providers() if each.id == name)
        yield from (Entry(maker, model) for model in maker.models)


def _providers() -> list[Provider]:
    from genai_prices.data import providers  # 1 s, which programs without a price do not pay

    return providers


def _has_variant(model: ModelInfo, key: str, value: str) -> bool:
    return any(variant.when.get(key) == value for variant in model.price_variants or ())
