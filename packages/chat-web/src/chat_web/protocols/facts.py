"""What a front end keeps beside a part, so that the conversation comes back as it was.

A JSON object under the key ``chat``, in the place that each protocol has for such things. Its keys,
each only where it has a value:

    extras       what the vendor needs back (signatures, ids of items)
    citations    of a text
    kind         ``"refusal"`` where a text is one
    pieces       of a text that several blocks are: the length of each, and these facts about it
    provider, model, api    who wrote it; only beside extras and ``server``
    status       ``"error"`` where a tool failed
    server       ``true`` for a tool that the vendor runs by itself
    at           how many characters of its answer's text came before its call, or before a block
    transcript   the words of a sound
    name         the name of a file
    block        a block that the protocol has no word for, in chat-core's JSON
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from chat_core import AudioBlock, ChatError, Citation, FileBlock, RefusalBlock, TextBlock

from .json_values import as_json
from .media import Media
from .own_blocks import block_as_json
from .parts import BlockArrived, CallAnswered, CallClosed, MediaArrived, Origin, PartClosed

__all__ = [
    "KEY",
    "add_media_facts",
    "block_facts",
    "call_facts",
    "facts_of",
    "media_facts",
    "origin_facts",
    "origin_metadata",
    "part_facts",
    "read_extras",
    "read_text",
    "read_texts",
]

KEY = "chat"
"""Under which a front end keeps the facts."""
_UNKNOWN = "unknown"
"""The provider of a server tool of which nothing is known: no vendor takes it for its own."""


def part_facts(part: PartClosed) -> dict[str, Any]:
    """The facts of a text, a reasoning or a refusal; empty where there are none."""
    facts = origin_facts(part.extras, part.origin)
    if part.citations:
        facts["citations"] = [_citation(each) for each in part.citations]
    if part.kind == "refusal":
        facts["kind"] = "refusal"
    return facts


def call_facts(part: CallClosed | CallAnswered) -> dict[str, Any]:
    """The facts of a call or of its result; empty where there are none."""
    facts = origin_facts(part.extras, part.origin)
    if part.is_server:
        facts |= {"server": True, **_whose(part.origin)}
    if isinstance(part, CallAnswered) and part.is_error:
        facts["status"] = "error"
    return facts


def media_facts(part: MediaArrived) -> dict[str, Any]:
    """The facts of a file of the model; empty where there are none."""
    facts = origin_facts(part.block.extras, part.origin)
    for name in ("transcript", "name"):
        if value := getattr(part.block, name, None):
            facts[name] = value
    return facts


def add_media_facts(block: Media, facts: Mapping[str, Any]) -> None:
    """Put what ``media_facts`` has noted of ``block`` into it."""
    block.extras = read_extras(facts)
    if isinstance(block, AudioBlock) and isinstance(facts.get("transcript"), str):
        block.transcript = facts["transcript"]
    if isinstance(block, FileBlock) and isinstance(facts.get("name"), str):
        block.name = facts["name"]


def block_facts(part: MediaArrived | BlockArrived, at: int) -> dict[str, Any]:
    """The whole block as a fact, for a protocol that has no part for it.

    ``at`` is the number of characters of its answer's text before it.
    """
    facts: dict[str, Any] = {"block": block_as_json(part.block)}
    if at:
        facts["at"] = at
    if part.block.extras or isinstance(part, BlockArrived):
        facts |= _whose(part.origin)
    return facts


def origin_facts(extras: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """``extras``, and whose they are; empty without extras."""
    if not extras:
        return {}
    return {"extras": as_json(extras), **_whose(origin)}


def _whose(origin: Origin) -> dict[str, Any]:
    return {name: value for name, value in origin._asdict().items() if value}


def _citation(citation: Citation) -> dict[str, Any]:
    return {name: value for name, value in as_json(citation).items() if value not in (None, {})}


def facts_of(kept: object) -> dict[str, Any]:
    """The facts in what a front end kept; empty for anything else."""
    found = kept.get(KEY) if isinstance(kept, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def read_text(text: str, facts: Mapping[str, Any]) -> TextBlock | RefusalBlock:
    """The block that a text of a front end is, by its facts."""
    if facts.get("kind") == "refusal":
        return RefusalBlock(text, extras=read_extras(facts))
    return TextBlock(text, tuple(_read_citations(facts)), extras=read_extras(facts))


def read_texts(text: str, facts: Mapping[str, Any]) -> list[TextBlock | RefusalBlock]:
    """The blocks that the whole text of a message is: those of its pieces, if it has such."""
    pieces = facts.get("pieces")
    if not isinstance(pieces, list) or not _are_pieces(pieces, len(text)):
        return [read_text(text, facts)] if text or read_extras(facts) else []
    blocks: list[TextBlock | RefusalBlock] = []
    start = 0
    for piece in pieces:
        blocks.append(read_text(text[start : start + piece["length"]], piece))
        start += piece["length"]
    return blocks


def _are_pieces(pieces: list[Any], length: int) -> bool:
    """Whether ``pieces`` divide a text of ``length`` characters."""
    found = [each.get("length") if isinstance(each, Mapping) else None for each in pieces]
    are_lengths = all(type(each) is int and each >= 0 for each in found)
    return are_lengths and sum(filter(None, found)) == length


def read_extras(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The extras among ``facts``; empty for anything but an object."""
    extras = facts.get("extras")
    return dict(extras) if isinstance(extras, dict) else {}


def origin_metadata(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Whose the extras among ``facts`` are, as ``response_metadata`` has it."""
    names = {"provider": "model_provider", "model": "model_name", "api": "api"}
    found = {ours: facts[name] for name, ours in names.items() if isinstance(facts.get(name), str)}
    if facts.get("server") is True:
        found.setdefault("model_provider", _UNKNOWN)
    return found


def _read_citations(facts: Mapping[str, Any]) -> Iterable[Citation]:
    given = facts.get("citations")
    fields = Citation.__dataclass_fields__
    for each in given if isinstance(given, list) else []:
        if isinstance(each, Mapping):
            with suppress(ChatError):
                yield Citation(**{str(k): v for k, v in each.items() if k in fields})
