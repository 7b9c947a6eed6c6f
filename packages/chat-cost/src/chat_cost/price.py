"""``price``: what an answer costs, in US dollars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError

from .counts import are_counts, details
from .library import Entry, find_entry, is_provider
from .library_usage import library_usage
from .own_prices import find_own_price

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["price"]

_STANDARD = frozenset({"default", "standard", "on_demand", "auto", ""})
"""Service tiers at the price of the list."""


_AUDIO_AS_TEXT = frozenset({"google"})
"""Providers at which audio that is not listed apart costs what text does."""


def price(
    model: str,
    usage: Mapping[str, Any] | None,
    *,
    provider: str | None = None,
    base_url: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    processing: str | None = None,
    at: datetime | None = None,
) -> float | None:
    """What ``usage`` of ``model`` costs in US dollars; ``None`` where that is unknown.

    A model is found by its exact name or an alias that the price library lists: never by a similar
    name. Charges that are no tokens (searches apart from Anthropic's, stored files) are not in it.

    Args:
        model: the vendor's name of the model, or an id such as ``"groq:llama-3.3-70b-versatile"``.
        usage: ``usage_metadata`` of an answer. Without a count of input or output there is no
            price.
        provider: the provider id; by default the maker of a model of this name.
        base_url: the address that the request went to, which tells hosts of one wire apart.
        metadata: ``response_metadata`` of the answer: the service tier, the speed, how long written
            cache entries live, and searches, where they change the price.
        processing: ``"batch"`` for a row of a vendor's batch job.
        at: when the request was made; by default now. Prices change, some by the hour.

    Raises ``InvalidParameterError`` for an argument of another type.
    """
    if not isinstance(model, str):
        raise InvalidParameterError(f"model is the name of a model; got {model!r:.60}.")
    if usage is not None and not isinstance(usage, Mapping):
        raise InvalidParameterError(f"usage is usage_metadata of an answer; got {usage!r:.60}.")
    _check_types(provider, base_url, metadata, at)
    if not usage or not are_counts(usage):
        return None
    provider, model = _read_id(model, provider)
    if own := find_own_price(model, provider):
        return own.cost(usage)
    entry = find_entry(model, provider, base_url)
    at = at or datetime.now(UTC)
    if entry is None or not _has_prices(entry, usage, at):
        return None
    facts = metadata or {}
    context = _context(facts, processing)
    if not _is_covered(entry, context):
        return None
    try:
        cost: Decimal = entry.model.calc_price(
            library_usage(usage, facts),
            entry.provider,
            genai_request_timestamp=at,
            price_context=context,
        ).total_price
    except ValueError:  # counts that contradict each other, such as more cached than given
        return None
    return float(cost)


def _check_types(provider: object, base_url: object, metadata: object, at: object) -> None:
    checks: tuple[tuple[str, object, type, str], ...] = (
        ("provider", provider, str, "a provider id"),
        ("base_url", base_url, str, "an address"),
        ("metadata", metadata, Mapping, "response_metadata of an answer"),
        ("at", at, datetime, "a datetime"),
    )
    for name, value, kind, wanted in checks:
        if value is not None and not isinstance(value, kind):
            raise InvalidParameterError(f"{name} is {wanted}, or None; got {value!r:.60}.")


def _read_id(model: str, provider: str | None) -> tuple[str | None, str]:
    """The provider and the model of ``provider:model``; a name may itself have colons."""
    if provider is not None:
        return provider.lower().replace("_", "-"), model
    before, mark, after = model.partition(":")
    known = before.lower().replace("_", "-")
    return (known, after) if mark and after and _is_id(known) else (None, model)


def _is_id(id: str) -> bool:
    return id in ("ollama", "openai-compatible", "offline") or is_provider(id)


def _has_prices(entry: Entry, usage: Mapping[str, Any], at: datetime) -> bool:
    """Whether input and output are known, and there is a price for each kind of tokens in them.

    The list lacks the price of audio for some models that have one, so audio is never charged as
    text, except at Google, which lists audio apart where it has a price of its own.
    """
    given, made = usage["input_tokens"], usage["output_tokens"]
    listened = details(usage, "input_token_details").get("audio")
    spoken = details(usage, "output_token_details").get("audio")
    counts = {
        "input_mtok": given,
        "output_mtok": made,
        "input_audio_mtok": listened if entry.provider.id not in _AUDIO_AS_TEXT else 0,
        "output_audio_mtok": spoken,
    }
    return all(not count or entry.is_priced(at, unit) for unit, count in counts.items())


def _context(facts: Mapping[str, Any], processing: str | None) -> dict[str, str]:
    """What selects among the prices of a model, in the library's terms."""
    tier = str(facts.get("service_tier") or "").lower().removeprefix("service_tier_")
    speed = str(facts.get("speed") or "").lower()
    given = {"service_tier": tier, "speed": speed, "processing": processing or ""}
    return {key: value for key, value in given.items() if value not in _STANDARD}


def _is_covered(entry: Entry, context: Mapping[str, str]) -> bool:
    """Whether the price in ``context`` is known.

    A tier that is priced for other models of the provider and not for this one is unknown here; one
    that is priced for none costs the same as the standard. A batch job never does.
    """
    return all(
        entry.has_variant(key, value)
        or not (key == "processing" or entry.provider_has_variant(key, value))
        for key, value in context.items()
    )
