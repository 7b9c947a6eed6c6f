"""``reasoning``: how much a model reasons, by one word or a number of tokens; pure.

A provider's ``reasoning_parameters`` turns the word into the vendor's parameters, with a table of
the words that each family of its models has. A word without an entry is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import Field

from ..errors import InvalidRequestError
from ..json_text import JSONObject

__all__ = [
    "EFFORTS",
    "Reasoning",
    "choose_reasoning",
    "effort_words",
    "own_values",
    "read_reasoning",
]

Reasoning: TypeAlias = (
    Literal["off", "low", "medium", "high", "max"] | Annotated[int, Field(strict=True, ge=1)]
)
"""``"off"``, ``"low"``, ``"medium"``, ``"high"``, ``"max"``, or how many tokens to reason with."""

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""The efforts of vendors, in ascending order; ``none`` and ``minimal`` are less."""

V = TypeVar("V")


def read_reasoning(given: object) -> object:
    """``given`` if it is a ``Reasoning``. Raises ``ValueError`` for anything else."""
    if given is None or given in ("off", "low", "medium", "high", "max"):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and given >= 1:
        return given
    raise ValueError("'off', 'low', 'medium', 'high', 'max', or a number of tokens from 1 up")


def effort_words(efforts: tuple[str, ...]) -> dict[str, str]:
    """The words of ``reasoning`` that a model with these efforts has, each with its effort.

    ``max`` is the highest effort, ``off`` is ``none``; every other word is the effort of its name.
    """
    words: dict[str, str] = {word: word for word in ("low", "medium", "high") if word in efforts}
    if "none" in efforts:
        words["off"] = "none"
    highest = [effort for effort in EFFORTS if effort in efforts]
    return {**words, "max": highest[-1]} if highest else words


def choose_reasoning(
    asked: Reasoning, words: Mapping[str, V], *, model: str, provider: str, instead: str = ""
) -> V:
    """The entry of ``words`` for ``asked``.

    Raises ``InvalidRequestError`` that names the words which there are, and ``instead``, a
    sentence on what else would serve. A number of tokens has no entry: a provider looks for its
    words only if the model takes no number.
    """
    if isinstance(asked, str) and asked in words:
        return words[asked]
    known = [repr(word) for word in ("off", "low", "medium", "high", "max") if word in words]
    if not known:
        reason = "does not reason, or not by a parameter. Leave it out, or take a model that does."
    else:
        lacks = "takes no number of tokens" if isinstance(asked, int) else "has no such reasoning"
        lacks = "cannot stop reasoning" if asked == "off" else lacks
        reason = f"{lacks}; it takes {', '.join(known)}."
    raise InvalidRequestError(
        " ".join(filter(None, (f"reasoning={asked!r}: {model} {reason}", instead))),
        provider=provider,
    )


def own_values(given: Mapping[str, object]) -> JSONObject:
    """The vendor's own parameters that the user has set; these win over the word."""
    return {name: value for name, value in given.items() if value is not None}
