"""Prices of the user's own: for self-hosted models, negotiated rates, models without a list price.

They hold for the whole process and come before those of the price library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chat_core import InvalidParameterError

from .counts import details, is_amount

__all__ = ["OwnPrice", "find_own_price", "register_price", "unregister_price"]

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """US dollars for a million tokens. ``None`` is charged as other input or output."""

    input: float
    output: float
    cache_read: float | None = None
    cache_creation: float | None = None
    input_audio: float | None = None
    output_audio: float | None = None

    def cost(self, usage: Mapping[str, Any]) -> float | None:
        """The price of ``usage`` in dollars.

        ``None`` where tokens with a price of their own are more than all tokens of their side.
        """
        of_input = details(usage, "input_token_details")
        of_output = details(usage, "output_token_details")
        cached = {"cache_read": self.cache_read, "cache_creation": self.cache_creation}
        groups = (
            (usage["input_tokens"], of_input, self.input, cached),
            (usage["input_tokens"], of_input, self.input, {"audio": self.input_audio}),
            (usage["output_tokens"], of_output, self.output, {"audio": self.output_audio}),
        )
        total: float = usage["input_tokens"] * self.input + usage["output_tokens"] * self.output
        for whole, counts, rate_of_others, rates in groups:
            priced = {name: rate for name, rate in rates.items() if rate is not None}
            if sum(counts.get(name) or 0 for name in priced) > whole:
                return None
            total += sum(
                (counts.get(name) or 0) * (rate - rate_of_others) for name, rate in priced.items()
            )
        return max(total, 0.0) / _MILLION


_prices: dict[tuple[str | None, str], OwnPrice] = {}


def register_price(
    model: str,
    *,
    provider: str | None = None,
    input: float,
    output: float,
    cache_read: float | None = None,
    cache_creation: float | None = None,
    input_audio: float | None = None,
    output_audio: float | None = None,
) -> None:
    """Set the price of ``model`` for this process, in US dollars for a million tokens.

    Args:
        model: the vendor's name of the model, exactly.
        provider: the provider id, such as ``"openai-compatible"``; by default any provider.
        input, output: the price of a million tokens; 0 for a machine of your own.
        cache_read, cache_creation: of tokens read from and written to the vendor's prompt cache;
            by default that of other input.
        input_audio, output_audio: of audio tokens; by default that of other tokens.

    Raises ``InvalidParameterError`` for a price that is no number, negative or not finite.
    """
    given = {
        "input": input,
        "output": output,
        "cache_read": cache_read,
        "cache_creation": cache_creation,
        "input_audio": input_audio,
        "output_audio": output_audio,
    }
    for name, value in given.items():
        if value is not None or name in ("input", "output"):
            _check(name, value)
    _prices[_key(model, provider)] = OwnPrice(**given)  # type: ignore[arg-type]  # checked above


def unregister_price(model: str, *, provider: str | None = None) -> None:
    """Take away what ``register_price`` has set. Without such a price nothing happens."""
    _prices.pop(_key(model, provider), None)


def find_own_price(model: str, provider: str | None) -> OwnPrice | None:
    """The price for ``model`` at ``provider``, else the one for any provider."""
    return _prices.get((provider, model.lower())) or _prices.get((None, model.lower()))


def _key(model: object, provider: object) -> tuple[str | None, str]:
    if not isinstance(model, str) or not model:
        raise InvalidParameterError(f"model is the name of a model; got {model!r:.60}.")
    if provider is not None and not isinstance(provider, str):
        raise InvalidParameterError(f"provider is a provider id or None; got {provider!r:.60}.")
    return (None if provider is None else provider.lower().replace("_", "-")), model.lower()


def _check(name: str, value: object) -> None:
    if not is_amount(value):
        raise InvalidParameterError(
            f"{name} is a price in US dollars for a million tokens, 0 or more; got {value!r:.60}."
        )
