"""Log probabilities of the tokens of an answer, in one shape for every vendor.

``response_metadata["logprobs"]`` is a list of ``TokenLogprob``, one for each token of the text, in
order; ``response_metadata["refusal_logprobs"]`` those of a refusal. In a stream each chunk has
those of its own tokens, and merging chunks joins the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NotRequired, TypeAlias

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from typing_extensions import TypedDict

__all__ = ["LOGPROB_ENTRIES", "Logprobs", "TokenLogprob", "TopLogprob", "token_logprob"]

LOGPROB_ENTRIES = ("logprobs", "refusal_logprobs")
"""The entries of ``response_metadata`` that grow from chunk to chunk."""


def _read(given: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(given)
    except ValidationError:
        raise ValueError(
            "True, or how many of the likeliest tokens at each place, from 0 up"
        ) from None


Logprobs: TypeAlias = Annotated[bool | Annotated[int, Field(ge=0)], WrapValidator(_read)]
"""The setting that asks for them: ``True``, or how many of the likeliest tokens come at each place.
"""


class TopLogprob(TypedDict):
    """One of the likeliest tokens at a place: ``bytes`` are those of its UTF-8."""

    token: str
    logprob: float | None
    bytes: list[int] | None
    extras: NotRequired[dict[str, Any]]


class TokenLogprob(TopLogprob):
    """A token of the answer; ``top`` are the likeliest ones at its place.

    ``bytes`` and ``logprob`` are ``None`` where the vendor does not send them; ``extras`` holds
    what else it says of the token.
    """

    top: list[TopLogprob]


def token_logprob(
    token: str,
    logprob: float | None,
    bytes: list[int] | None = None,
    top: Sequence[TopLogprob] = (),
    extras: dict[str, Any] | None = None,
) -> TokenLogprob:
    """One entry of the list."""
    entry: TokenLogprob = {"token": token, "logprob": logprob, "bytes": bytes, "top": list(top)}
    if extras:
        entry["extras"] = extras
    return entry
