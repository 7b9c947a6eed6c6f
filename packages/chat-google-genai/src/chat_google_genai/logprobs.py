"""Log probabilities of tokens as Google sends them (``logprobsResult``), in core's shape."""

from __future__ import annotations

from typing import Any

from chat_core.provider import TokenLogprob, TopLogprob, token_logprob

from .spellings import entries

__all__ = ["ask_logprobs", "read_logprobs"]


def ask_logprobs(config: dict[str, Any]) -> None:
    """Write ``logprobs`` of a generation config as Google has it: a switch, and a number beside it.

    An own ``responseLogprobs`` wins.
    """
    asked = config.get("logprobs")
    if asked is None:
        return
    config.setdefault("responseLogprobs", asked is not False)
    if isinstance(asked, bool):
        del config["logprobs"]


def read_logprobs(result: Any) -> list[TokenLogprob]:
    """The tokens of a ``logprobsResult``: the chosen ones, each with the likeliest at its place."""
    if not isinstance(result, dict):
        return []
    places = result.get("topCandidates")
    places = places if isinstance(places, list) else []
    found = []
    for number, chosen in enumerate(entries(result.get("chosenCandidates"))):
        place = places[number] if number < len(places) else None
        top = entries(place.get("candidates")) if isinstance(place, dict) else []
        likeliest = [_top(each) for each in top]
        token, logprob, extras = _facts(chosen)
        found.append(token_logprob(token, logprob, top=likeliest, extras=extras))
    return found


def _top(wire: dict[str, Any]) -> TopLogprob:
    token, logprob, extras = _facts(wire)
    entry: TopLogprob = {"token": token, "logprob": logprob, "bytes": None}
    if extras:
        entry["extras"] = extras
    return entry


def _facts(wire: dict[str, Any]) -> tuple[str, float | None, dict[str, Any]]:
    """The token, its log probability, and what else Google says of it (``tokenId``)."""
    token, logprob = wire.get("token"), wire.get("logProbability")
    extras = {n: v for n, v in wire.items() if n not in ("token", "logProbability")}
    is_number = isinstance(logprob, int | float) and not isinstance(logprob, bool)
    return token if isinstance(token, str) else "", logprob if is_number else None, extras
