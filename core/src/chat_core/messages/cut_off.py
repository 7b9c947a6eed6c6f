"""Whether an answer was cut off, so that the calls in it may have no results."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .message import AIMessage

__all__ = ["is_cut_off"]

_CUT_OFF = frozenset({"length", "content_filter", "refusal", "error"})
"""Finish reasons of answers that did not end by asking for the results of their calls."""


def is_cut_off(message: AIMessage) -> bool:
    """Whether an answer ended by something else than its model's will.

    That is so after a limit, a filter, a refusal or an error, and where an answer of a vendor broke
    off without a finish reason. A call of such an answer that has no result is not sent on.
    """
    if message.finish_reason is None:
        return message.response_metadata.get("model_provider") is not None
    return message.finish_reason in _CUT_OFF
