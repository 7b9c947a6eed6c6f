"""The output items of one response: which item an event belongs to.

Rules:

- An event belongs to the item of its type with its item id and output index, else with its item id,
  else with its output index. Some gateways change item ids from event to event, others give several
  items one output index, others send neither: no single field is trusted alone.
- An unknown item id at a known output index is another item if the item there is done, or if item
  ids do not change from event to event. So is an event of another type.
- An ``added`` event opens an item, unless deltas came before it. A ``done`` event ends one. Calls
  with different call ids are different calls.
- The items of the final response are matched by call id and item id, then by text and order.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from .responses_parts import OutputItem, agrees, arguments_text, listed_parts, pair

__all__ = ["Items"]

_AHEAD = 8
"""How many items are searched for one that an event without a known id may belong to."""

_NAMES = ("id", "call_id", "status")
"""Fields that may differ between two descriptions of one item."""


class Items:
    """The items of one response, in whatever order and however completely they arrive.

    ``ids_repeat`` is true once two events had one item id: then a new id means another item.
    """

    def __init__(self) -> None:
        self.ids_repeat = False
        self.items: list[OutputItem] = []
        self._latest: dict[str, OutputItem] = {}
        self._current: OutputItem | None = None
        self._by_id: dict[tuple[str, str], OutputItem] = {}
        self._by_place: dict[int, OutputItem] = {}
        self._by_both: dict[tuple[str, str, int], OutputItem] = {}
        self._by_call_id: dict[tuple[str, str], OutputItem] = {}
        self._make_index = count().__next__

    def at(self, kind: str, wire: dict[str, Any]) -> OutputItem:
        """The item of type ``kind`` that an event about a part of it belongs to."""
        item_id, place = wire.get("item_id") or "", wire.get("output_index")
        item = self._named(kind, item_id, place)
        if item is not None and item.is_closed and self._by_id.get((kind, item_id)) is not item:
            item = None  # its output index is used again
        item = item or self._waiting(kind, item_id, place)
        if item is None:
            item = self._open(kind, item_id, place)
        elif place is not None:
            self._by_place[place] = item
            if item_id and self._by_id.get((kind, item_id)) is item:
                self._by_both[kind, item_id, place] = item
        self._latest[kind] = self._current = item
        return item

    def announced(self, event: dict[str, Any], wire: dict[str, Any]) -> OutputItem:
        """The item that an ``added`` event opens."""
        kind, item_id, place = wire.get("type") or "", wire.get("id") or "", _place(event)
        item = self._named(kind, item_id, place)
        if item is None and not item_id and place is None:
            item = self._latest.get(kind)
        if item is None or not _can_be_announced(item, wire, place):
            item = self._open(kind, item_id, place)
        item.is_announced = True
        self._remember(item, wire, place)
        return item

    def finished(self, event: dict[str, Any], wire: dict[str, Any]) -> OutputItem:
        """The item that a ``done`` event ends."""
        kind, item_id, place = wire.get("type") or "", wire.get("id") or "", _place(event)
        item = self._by_call_id.get((kind, wire.get("call_id") or ""))
        if item is None:
            item = self._named(kind, item_id, place)
            if item is not None and not self._can_be(item, wire):
                item = None
        if item is None:
            item = self._unfinished(wire, place) or self._open(kind, item_id, place)
        item.is_done = True
        self._remember(item, wire, place)
        return item

    def listed(self, output: list[dict[str, Any]]) -> list[OutputItem]:
        """For each item of the final response the item that it is, or a new one."""
        found = [self._identified(number, wire) for number, wire in enumerate(output)]
        taken: set[int] = set()
        for number, item in enumerate(found):
            if id(item) in taken:
                found[number] = None
            taken.add(id(item))
        rest = [number for number, item in enumerate(found) if item is None]
        if rest:
            free = [item for item in self.items if id(item) not in taken]
            tests = (_equal_here, _equal, _begun_here, _begun)
            matched = pair([(number, output[number]) for number in rest], free, tests)
            for number, item in zip(rest, matched, strict=True):
                found[number] = item
        return [item or self._listed_only(wire) for item, wire in zip(found, output, strict=True)]

    # --- the ways to find an item

    def _named(self, kind: str, item_id: str, place: int | None) -> OutputItem | None:
        """The latest item with this id and output index, else with this id, else at this index."""
        item: OutputItem | None = None
        if item_id:
            item = self._by_id.get((kind, item_id))
            if place is not None:
                item = self._by_both.get((kind, item_id, place), item)
        if item is not None:
            has_moved = place is not None and item.place is not None and place != item.place
            if not (has_moved and item.is_closed):
                self.ids_repeat = True
                return item
        return None if place is None else self._placed(kind, item_id, place)

    def _placed(self, kind: str, item_id: str, place: int) -> OutputItem | None:
        """The item at this output index, unless the item id shows that it is another."""
        item = self._by_place.get(place)
        if item is None or item.kind != kind:
            return None
        if item_id:
            if item_id == item.event_id:
                self.ids_repeat = True
            elif item.is_done or self.ids_repeat:
                return None
            item.event_id = item_id
        return item

    def _waiting(self, kind: str, item_id: str, place: int | None) -> OutputItem | None:
        """The latest item that is not closed, for an event whose id and index are not known.

        It must have been announced, or be the item of the latest event if this event has neither.
        An item with another output index must not have text yet.
        """
        item = self._latest.get(kind)
        if item is None or item.is_closed:
            return None
        if not item.is_announced:
            return item if item is self._current and not item_id and place is None else None
        if place is not None and item.place is not None and item.text():
            return None
        return item

    def _unfinished(self, wire: dict[str, Any], place: int | None) -> OutputItem | None:
        """The item without a ``done`` event that an item with unknown id and index may be."""
        kind, text = wire.get("type") or "", _text(wire)
        for item in self.items[-_AHEAD:]:
            if item.kind != kind or item.is_done or _calls_differ(item, wire):
                continue
            sent = item.text()
            has_other_id = bool(wire.get("id") and item.wire.get("id"))
            if has_other_id and place is not None and item.place is not None:
                if sent and sent == text:
                    return item
            elif agrees(sent, text):
                return item
        return None

    def _can_be(self, item: OutputItem, wire: dict[str, Any]) -> bool:
        """Whether the item with the id or index of a ``done`` event is the item that it brings."""
        if _calls_differ(item, wire):
            return _is_renamed(item, wire)
        if not item.is_done or self._by_id.get((item.kind, wire.get("id") or "")) is item:
            return True
        return item.text() == _text(wire)  # the same event twice, without an id

    def _identified(self, number: int, wire: dict[str, Any]) -> OutputItem | None:
        """The item with the call id or item id of a listed one, if its text does not differ."""
        kind, item_id = wire.get("type") or "", wire.get("id") or ""
        item = self._by_call_id.get((kind, wire.get("call_id") or ""))
        if item is not None:
            return item
        item = self._by_both.get((kind, item_id, number)) or self._by_id.get((kind, item_id))
        if item is None or _calls_differ(item, wire) or not _fits(item, wire):
            return None
        return item

    # --- remembering

    def _open(self, kind: str, item_id: str, place: int | None) -> OutputItem:
        item = OutputItem(kind, place, self._make_index)
        self.items.append(item)
        self._name(item, item_id, place)
        return item

    def _listed_only(self, wire: dict[str, Any]) -> OutputItem:
        item = self._open(wire.get("type") or "", wire.get("id") or "", None)
        self._remember(item, wire, None)
        return item

    def _remember(self, item: OutputItem, wire: dict[str, Any], place: int | None) -> None:
        item.wire = wire
        if place is not None:
            item.place = place
        if wire.get("call_id"):
            item.call_id = wire["call_id"]
            self._by_call_id.setdefault((item.kind, wire["call_id"]), item)
        self._name(item, wire.get("id") or "", place)

    def _name(self, item: OutputItem, item_id: str, place: int | None) -> None:
        kind = item.kind
        self._latest[kind] = self._current = item
        if item_id:
            self._by_id[kind, item_id] = item
        if place is not None:
            self._by_place[place] = item
            if item_id:
                self._by_both[kind, item_id, place] = item


def _place(event: dict[str, Any]) -> int | None:
    place: int | None = event.get("output_index")
    return place


def _can_be_announced(item: OutputItem, wire: dict[str, Any], place: int | None) -> bool:
    """Whether an ``added`` event can be about ``item``: its deltas came first, or it came twice."""
    if item.is_done or _calls_differ(item, wire):
        return False
    if not item.is_announced:
        return True
    return bool(wire.get("id")) and (wire["id"], place) == (item.wire.get("id"), item.place)


def _calls_differ(item: OutputItem, wire: dict[str, Any]) -> bool:
    call_id = wire.get("call_id")
    return bool(call_id and item.call_id and item.call_id != call_id)


def _is_renamed(item: OutputItem, wire: dict[str, Any]) -> bool:
    """Whether a finished call is the announced one with another call id.

    Some servers make up a call id when a call begins, and send the final one with its end.
    """
    has_same_id = bool(wire.get("id")) and wire["id"] == item.wire.get("id")
    return has_same_id and not item.is_done and agrees(item.text(), _text(wire))


def _fits(item: OutputItem, wire: dict[str, Any]) -> bool:
    """Whether the text given out for ``item`` is text of the listed item, or its beginning."""
    if agrees(item.text(), _text(wire)):
        return True
    if item.call is not None:
        return False
    listed = [part.text for part in listed_parts(wire) if part.text]
    return all(
        any(agrees(part.text, text) for text in listed[:_AHEAD])
        for part in item.parts[:_AHEAD]
        if part.text
    )


def _text(wire: dict[str, Any]) -> str:
    """All text or arguments of an item as it is listed."""
    if wire.get("type") == "function_call":
        return arguments_text(wire.get("arguments"))
    return "".join([part.text for part in listed_parts(wire)])


# --- tests that pair a listed item with a streamed one, the strictest first


def _equal(listed: tuple[int, dict[str, Any]], item: OutputItem) -> bool:
    wire = listed[1]
    if wire.get("type") != item.kind:
        return False
    if item.has_text:
        text = item.text()
        same_name = wire.get("name") == item.wire.get("name")
        return bool(text) and text == _text(wire) and same_name
    return _described(wire) == _described(item.wire)


def _equal_here(listed: tuple[int, dict[str, Any]], item: OutputItem) -> bool:
    return listed[0] == item.place and _equal(listed, item)


def _begun(listed: tuple[int, dict[str, Any]], item: OutputItem) -> bool:
    wire = listed[1]
    if wire.get("type") != item.kind or _calls_differ(item, wire):
        return False
    return agrees(item.text(), _text(wire)) if item.has_text else not item.is_done


def _begun_here(listed: tuple[int, dict[str, Any]], item: OutputItem) -> bool:
    if listed[0] != item.place:
        return False
    return _begun(listed, item) or (not item.has_text and listed[1].get("type") == item.kind)


def _described(wire: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wire.items() if key not in _NAMES}
