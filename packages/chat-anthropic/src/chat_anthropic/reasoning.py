"""``reasoning`` as ``thinking`` and ``effort`` of Claude, by the version in the model's name; pure.

Until 4.5 Claude thinks with a budget of tokens. Since 4.6 it decides itself (``adaptive``) and
takes an effort; since 4.7 budgets are refused. Since 5 it thinks unless that is turned off, which
Opus since 5.5, Fable and Mythos refuse; Sonnet since 5.5 then thinks between tools alone.
https://platform.claude.com/docs/en/build-with-claude/thinking
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chat_core import InvalidRequestError
from chat_core.provider import Reasoning, choose_reasoning

from .families import default_max_tokens, family, most_output, version
from .names import PROVIDER

__all__ = ["check_sampling", "thinking_parameters"]

_LEAST_BUDGET = 1_024
_ROOM_FOR_TEXT = 4_096
_BUDGETS = {"low": 2_048, "medium": 8_192, "high": 16_384}
"""Tokens to think with for each word; ``max`` is all that the answer's limit leaves."""

_EFFORTS = {word: word for word in ("low", "medium", "high", "max")}

_ALWAYS_THINKS = {"fable": (0, 0), "mythos": (0, 0), "opus": (5, 5)}
"""The version of each family since which thinking cannot be turned off."""


def thinking_parameters(
    reasoning: Reasoning, model: str, max_tokens: int | None, betas: Sequence[str] = ()
) -> dict[str, Any]:
    """``thinking`` and ``effort`` for ``reasoning``.

    With the beta word of interleaved thinking a budget is that of a whole turn with its tool calls,
    and may exceed ``max_tokens``: https://platform.claude.com/docs/en/build-with-claude/extended-thinking

    Raises ``InvalidRequestError`` for what the model has no parameter for.
    """
    known = version(model) or ((5, 0) if family(model) in _ALWAYS_THINKS else None)
    if reasoning == "off":
        return _turned_off(model, known)
    if known is None or known < (3, 7):
        choose_reasoning(reasoning, {}, model=model, provider=PROVIDER)
    elif isinstance(reasoning, int) and known < (4, 7):
        if known >= (4, 0) and any(word.startswith("interleaved-thinking-") for word in betas):
            return _with_budget(_at_least(reasoning, model))
        return _with_budget(_checked(reasoning, model, max_tokens))
    elif isinstance(reasoning, int):
        choose_reasoning(reasoning, _EFFORTS, model=model, provider=PROVIDER)
    elif known < (4, 6):
        return _with_budget(_budget(reasoning, model, max_tokens))
    # Since 4.7 the text of the thoughts comes only if asked for.
    shown = {"display": "summarized"} if known is not None and known >= (4, 7) else {}
    return {"thinking": {"type": "adaptive", **shown}, "effort": reasoning}


def _turned_off(model: str, known: tuple[int, int] | None) -> dict[str, Any]:
    if known is None or known < (5, 0):
        return {}  # these models think only if asked to
    kind = family(model)
    always = _ALWAYS_THINKS.get(kind)
    if always is not None and known >= always:
        choose_reasoning("off", _EFFORTS, model=model, provider=PROVIDER)
    if kind == "sonnet" and known >= (5, 5):
        return {"thinking": {"type": "between_tools"}}
    return {"thinking": {"type": "disabled"}}


def _with_budget(tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


def _budget(word: Reasoning, model: str, max_tokens: int | None) -> int:
    """The tokens for a word: as in the table, but at most three quarters of ``max_tokens``."""
    if max_tokens is None:
        most = default_max_tokens(model) - _ROOM_FOR_TEXT
    else:
        most = max(max_tokens * 3 // 4, _LEAST_BUDGET)
    return _checked(min(_BUDGETS.get(str(word), most), most), model, max_tokens)


def _at_least(tokens: int, model: str) -> int:
    if tokens < _LEAST_BUDGET:
        raise InvalidRequestError(
            f"reasoning={tokens}: {model} reasons with at least {_LEAST_BUDGET} tokens, or not at"
            " all with reasoning='off'.",
            provider=PROVIDER,
        )
    return tokens


def _checked(tokens: int, model: str, max_tokens: int | None) -> int:
    _at_least(tokens, model)
    most = most_output(model)
    if most is not None and tokens >= most:
        raise InvalidRequestError(
            f"reasoning={tokens}: an answer of {model} has at most {most} tokens, thinking among"
            f" them. Give fewer than {most}, or a word such as reasoning='max'.",
            provider=PROVIDER,
        )
    if max_tokens is not None and tokens >= max_tokens:
        raise _too_small(tokens, max_tokens)
    return tokens


def _too_small(reasoning: Reasoning, max_tokens: int | None) -> InvalidRequestError:
    return InvalidRequestError(
        f"max_tokens={max_tokens} has no room for reasoning={reasoning!r}: thinking counts towards"
        f" it, and takes at least {_LEAST_BUDGET} tokens. Raise max_tokens, or leave it out.",
        provider=PROVIDER,
    )


def check_sampling(thinking: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Raise ``InvalidRequestError`` for a temperature or ``top_k`` beside thinking with a budget.

    "`temperature` may only be set to 1 when thinking is enabled".
    """
    if thinking.get("type") not in ("enabled", "adaptive"):
        return
    temperature = settings.get("temperature")
    if temperature not in (None, 1):
        name, value = "temperature", temperature
    elif settings.get("top_k") is not None:
        name, value = "top_k", settings["top_k"]
    else:
        return
    raise InvalidRequestError(
        f"{name}={value} beside reasoning: Claude does not take it while it thinks; leave {name}"
        " out, or use reasoning='off'.",
        provider=PROVIDER,
    )
