"""One output item of a response: its parts or its call, and how much of each has been given out.

Rules:

- Parts are told apart by their kind and the number that events give them. An event without a number
  belongs to the latest part of its kind; a delta after that part's ``done`` event opens a new one.
- Numbers are compared between events only. Which listed part of a finished item is which streamed
  part follows from their text first, because some servers count events from 1 and lists from 0.
- ``rest`` gives what a whole text has beyond the deltas. A whole text that does not begin with the
  deltas adds nothing: deltas cannot be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

__all__ = [
    "Call",
    "Listed",
    "OutputItem",
    "Part",
    "agrees",
    "arguments_text",
    "as_item",
    "as_items",
    "listed_parts",
]

_AHEAD = 8
"""How many unmatched candidates are compared with one listed thing: it keeps matching linear."""

L = TypeVar("L")
C = TypeVar("C")


class Part:
    """A text, refusal or reasoning part: its block index, and the text that has been given out.

    ``is_closed`` is true after the event that its text is whole, ``is_given`` after a finished item
    has listed it, ``cited`` counts the citations that have been given out.
    """

    __slots__ = ("cited", "index", "is_closed", "is_given", "kind", "number", "pieces")

    def __init__(self, kind: str, number: int | None, index: int) -> None:
        self.kind = kind
        self.number = number
        self.index = index
        self.pieces: list[str] = []
        self.cited = 0
        self.is_closed = False
        self.is_given = False

    @property
    def text(self) -> str:
        """The text that has been given out, without half a character at its end."""
        return _whole_characters(self._sent())

    def rest(self, whole: str | None) -> str:
        """What ``whole`` has beyond the text given out; it counts as given out from now on."""
        sent = self._sent()
        if not whole:
            return ""
        if whole.startswith(sent):
            rest = whole[len(sent) :]
        else:
            rest = _rest_in_units(sent, whole)
        if rest:
            self.pieces = [whole]
        return rest

    def _sent(self) -> str:
        text = "".join(self.pieces)
        self.pieces = [text]
        return text


class Call:
    """A function call: its block index, and what of it has been given out."""

    __slots__ = ("arguments", "has_id", "has_name", "index")

    def __init__(self, index: int) -> None:
        self.index = index
        self.arguments = Part("arguments", None, index)
        self.has_name = False
        self.has_id = False


class Listed(NamedTuple):
    """One part as an item lists it: its kind, its text, and the wire object."""

    kind: str
    text: str
    wire: Any


class OutputItem:
    """One output item. ``kind`` is its type, ``place`` its ``output_index``.

    ``event_id`` is the item id of the latest event that was found by its output index.

    ``is_announced`` is true after its ``added`` event, ``is_done`` after its ``done`` event,
    ``is_given`` after a finished description of it has been read. ``wire`` is the item as the
    latest event describes it.
    """

    __slots__ = (
        "call",
        "call_id",
        "event_id",
        "facts",
        "index",
        "is_announced",
        "is_done",
        "is_given",
        "kind",
        "make_index",
        "parts",
        "place",
        "wire",
    )

    def __init__(self, kind: str, place: int | None, make_index: Callable[[], int]) -> None:
        self.kind = kind
        self.place = place
        self.make_index = make_index
        self.parts: list[Part] = []
        self.call: Call | None = None
        self.call_id: str | None = None
        self.event_id = ""
        self.index: int | None = None
        self.is_announced = False
        self.is_done = False
        self.is_given = False
        self.facts: set[str] = set()
        self.wire: dict[str, Any] = {}

    def part(self, kind: str, number: int | None) -> Part:
        """The part that a delta or an annotation belongs to; a new one where none fits."""
        known = self._latest(kind) if number is None else self._numbered(kind, number)
        if known is not None and not (known.is_closed and number is None):
            return known
        return self._open(kind, number)

    def whole_part(self, kind: str, number: int | None, text: str) -> Part:
        """The part whose whole text a ``done`` event brings; a new one where none fits."""
        known = self._latest(kind) if number is None else self._numbered(kind, number)
        if known is None:
            waiting = [p for p in self.parts[-_AHEAD:] if p.kind == kind and not p.is_closed]
            known = next((p for p in waiting if p.pieces and text.startswith(p.text)), None)
        elif number is None and known.is_closed and known.text != text:
            known = None
        return known or self._open(kind, number)

    def cited_part(self, number: int | None) -> Part:
        """The text part that a citation belongs to."""
        numbered = None if number is None else self._numbered("text", number)
        return numbered or self._latest("text") or self._open("text", number)

    def close_part(self, kind: str) -> None:
        """The latest part of this kind is whole: a delta without a number opens a new one."""
        latest = self._latest(kind)
        if latest is not None:
            latest.is_closed = True

    def listed(self, parts: Sequence[Listed]) -> list[Part]:
        """For each part that the item lists, the streamed part that it is, or a new one."""
        self._split_joined(parts)
        tests = (_equal_here, _equal, _begun_here, _begun, _same_kind)
        found = pair(list(enumerate(parts)), self.parts, tests)
        return [found[number] or self._open(part.kind, number) for number, part in enumerate(parts)]

    def _split_joined(self, parts: Sequence[Listed]) -> None:
        """Split a streamed part that holds the text of several listed ones.

        Where nothing marks the end of a part, the deltas of all parts are one text. The parts that
        it is split into keep its block index.
        """
        for kind in {part.kind for part in parts}:
            texts = [part.text for part in parts if part.kind == kind]
            known = [part for part in self.parts if part.kind == kind]
            if len(known) != 1 or len(texts) == 1 or len(known[0].text) <= len(texts[0]):
                continue
            (joined,) = known
            sent = joined.text
            if "".join(texts).startswith(sent):
                self.parts.remove(joined)
                for text in texts:
                    part = Part(kind, None, joined.index)
                    part.pieces = [sent[: len(text)]]
                    sent = sent[len(text) :]
                    self.parts.append(part)

    def _latest(self, kind: str) -> Part | None:
        return next((part for part in reversed(self.parts) if part.kind == kind), None)

    def _numbered(self, kind: str, number: int) -> Part | None:
        for part in reversed(self.parts):
            if part.kind == kind:
                if part.number == number:
                    return part
                if part.number is None and not part.is_closed:
                    part.number = number
                    return part
        return None

    def _open(self, kind: str, number: int | None) -> Part:
        part = Part(kind, number, self.make_index())
        self.parts.append(part)
        return part

    def function(self) -> Call:
        """The function call that this item is."""
        if self.call is None:
            self.call = Call(self.make_index())
        return self.call

    @property
    def is_closed(self) -> bool:
        """Whether a delta with another item id belongs to another item."""
        return self.is_done or (self.call is not None and self.call.arguments.is_closed)

    @property
    def has_text(self) -> bool:
        """Whether the item consists of text, reasoning or arguments."""
        return self.kind in ("message", "reasoning", "function_call")

    def new_facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Those of ``facts`` whose names have not been given out; they are from now on."""
        new = {key: value for key, value in facts.items() if key not in self.facts}
        self.facts |= new.keys()
        return new

    def block_index(self) -> int:
        """The block index of an item that is neither parts nor a function call."""
        if self.index is None:
            self.index = self.make_index()
        return self.index

    def text(self) -> str:
        """All text or arguments that have been given out; the summary of reasoning comes first."""
        if self.call is not None:
            return self.call.arguments.text
        listed = sorted(self.parts, key=lambda part: part.kind == "content")
        return "".join([part.text for part in listed])


def as_items(output: Any) -> list[dict[str, Any]]:
    """The items of a response; some servers send one object or plain text instead of a list."""
    return [as_item(entry) for entry in _as_list(output) if entry]


def as_item(wire: Any) -> dict[str, Any]:
    """An item with its type; some servers leave out that of a message, or send its text alone."""
    if isinstance(wire, str):
        return {"type": "message", "role": "assistant", "content": wire}
    if isinstance(wire, dict) and wire.get("role") == "assistant" and not wire.get("type"):
        return {**wire, "type": "message"}
    item: dict[str, Any] = wire or {}
    return item


def listed_parts(item: dict[str, Any]) -> list[Listed]:
    """The parts of a message or reasoning item, in its order.

    Text or one part may stand for a list.
    """
    if item.get("type") == "reasoning":
        fields = [(field, field) for field in ("summary", "content")]
        listed = [(kind, wire) for kind, field in fields for wire in _as_list(item.get(field))]
        return [Listed(kind, _text_of(wire, "text"), wire) for kind, wire in listed]
    return [_message_part(wire) for wire in _as_list(item.get("content"))]


def _message_part(wire: Any) -> Listed:
    kind = wire.get("type") if isinstance(wire, dict) else "text"
    if kind in ("output_text", "text"):
        return Listed("text", _text_of(wire, "text"), wire)
    if kind == "refusal":
        return Listed("refusal", _text_of(wire, "refusal"), wire)
    return Listed("other", "", wire)


def _as_list(value: Any) -> Iterable[Any]:
    if isinstance(value, str | dict):
        return [value] if value else []
    return [each for each in value or () if each is not None]


def _text_of(wire: Any, field: str) -> str:
    return wire if isinstance(wire, str) else wire.get(field) or ""


def arguments_text(value: Any) -> str:
    """A call's arguments as JSON text; some servers send the object itself."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _whole_characters(text: str) -> str:
    """``text`` with its halves of characters joined; a half without the other is left out.

    Some servers cut deltas by UTF-16 units, so that a delta may end in half an emoji.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _rest_in_units(sent: str, whole: str) -> str:
    """What ``whole`` has beyond ``sent`` in UTF-16 units; "" where it begins otherwise."""
    if sent.isascii():
        return ""
    units = [text.encode("utf-16-le", "surrogatepass") for text in (sent, whole)]
    if not units[1].startswith(units[0]):
        return ""
    return units[1][len(units[0]) :].decode("utf-16-le", "surrogatepass")


def agrees(sent: str, whole: str) -> bool:
    """Whether ``sent`` can be the beginning of ``whole``, spaces around either aside."""
    sent, whole = sent.strip(), whole.strip()
    return whole.startswith(sent) or sent.startswith(whole)


def pair(
    listed: Sequence[L], known: Sequence[C], tests: Iterable[Callable[[L, C], bool]]
) -> list[C | None]:
    """For each of ``listed`` the one of ``known`` that it is, by the first test that finds one.

    Each of ``known`` is taken at most once. A test sees a listed thing and a candidate.
    """
    found: list[C | None] = [None] * len(listed)
    free = list(known)
    for test in tests:
        for number, thing in enumerate(listed):
            if not free or found[number] is not None:
                continue
            for place, candidate in enumerate(free[:_AHEAD]):
                if test(thing, candidate):
                    found[number] = candidate
                    del free[place]
                    break
    return found


def _same_kind(listed: tuple[int, Listed], part: Part) -> bool:
    return listed[1].kind == part.kind


def _same_sort(listed: Listed, part: Part) -> bool:
    """As ``_same_kind``, but servers stream as one kind of reasoning what they list as another."""
    return listed.kind == part.kind or {listed.kind, part.kind} == {"summary", "content"}


def _equal(listed: tuple[int, Listed], part: Part) -> bool:
    return bool(part.pieces) and listed[1].text == part.text and _same_sort(listed[1], part)


def _equal_here(listed: tuple[int, Listed], part: Part) -> bool:
    return _same_kind(listed, part) and listed[0] == part.number and _equal(listed, part)


def _begun(listed: tuple[int, Listed], part: Part) -> bool:
    is_begun = bool(part.pieces) and agrees(part.text, listed[1].text)
    return is_begun and _same_sort(listed[1], part)


def _begun_here(listed: tuple[int, Listed], part: Part) -> bool:
    is_here = _same_kind(listed, part) and listed[0] == part.number
    return is_here and agrees(part.text, listed[1].text)
