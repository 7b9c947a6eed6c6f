"""Citations from grounding and recitation metadata, on the text blocks that they cite.

Rules (Gemini API reference ``Segment``, and recorded traffic):

- Offsets count bytes of UTF-8. ``partIndex`` names the part that they count in; it is missing in
  every recording, and the offsets then count over the visible text of the whole answer, or, from
  some servers, within one part.
- A segment also quotes its text. An offset counts only where the quotation stands there; otherwise
  the quotation is looked for, and if it does not occur exactly once, the citation has no offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chat_core import Citation

from .spellings import count, entries

__all__ = ["citations"]

_SOURCES = ("web", "retrievedContext", "maps", "image")


class _Place(NamedTuple):
    """A passage: its part, its first character and the one after its last; or a whole part."""

    part: int
    start: int | None = None
    end: int | None = None


def citations(
    grounding: Mapping[str, Any] | None,
    recitation: Mapping[str, Any] | None,
    texts: Mapping[int, str],
) -> dict[int, list[Citation]]:
    """Return citations by the index of their text part.

    ``texts`` is all visible text, in order, by the index of its part.
    """
    found: dict[int, list[Citation]] = {}
    if not texts:
        return found
    grounded = _grounded(grounding or {}, texts)
    for index, citation in (*grounded, *_recited(recitation or {}, texts)):
        found.setdefault(index, []).append(citation)
    return found


def _grounded(
    grounding: Mapping[str, Any], texts: Mapping[int, str]
) -> Iterator[tuple[int, Citation]]:
    sources = grounding.get("groundingChunks") or []
    sources = [sources] if isinstance(sources, dict) else sources
    for support in entries(grounding.get("groundingSupports")):
        segment = support.get("segment") or {}
        place = _find(segment, texts)
        for number in support.get("groundingChunkIndices") or ():
            if number is not None and 0 <= number < len(sources) and sources[number]:
                yield place.part, _citation(sources[number], segment.get("text"), place)


def _recited(
    recitation: Mapping[str, Any], texts: Mapping[int, str]
) -> Iterator[tuple[int, Citation]]:
    for entry in entries(recitation.get("citations") or recitation.get("citationSources")):
        place = _find(entry, texts)
        kept = {key: entry[key] for key in ("license", "publicationDate") if entry.get(key)}
        yield (
            place.part,
            Citation(
                url=entry.get("uri"),
                title=entry.get("title"),
                start_index=place.start,
                end_index=place.end,
                extras=kept,
            ),
        )


def _citation(source: Mapping[str, Any], quoted: str | None, place: _Place) -> Citation:
    kind = next((kind for kind in _SOURCES if source.get(kind)), None)
    facts: Mapping[str, Any] = source[kind] if kind else {}
    return Citation(
        url=facts.get("uri") or facts.get("sourceUri"),
        title=facts.get("title"),
        cited_text=quoted or None,
        start_index=place.start,
        end_index=place.end,
        extras=dict(source),
    )


def _find(segment: Mapping[str, Any], texts: Mapping[int, str]) -> _Place:
    """The place of a segment; without offsets the named part, or the last one."""
    named = segment.get("partIndex")
    if isinstance(named, int) and named in texts:
        place = _within({named: texts[named]}, segment)
        # 0 is also what a server says that counts over the whole text.
        if place is not None or named:
            return place or _Place(named)
    return _within(texts, segment) or _Place(list(texts)[-1])


def _within(texts: Mapping[int, str], segment: Mapping[str, Any]) -> _Place | None:
    start, end = count(segment.get("startIndex")) or 0, count(segment.get("endIndex"))
    quoted = segment.get("text")
    if end is not None:
        place = _in_whole_text(start, end, quoted, texts)
        if place is not None:
            return place
        for index, text in texts.items():
            span = _span(text, start, end, quoted)
            if span is not None:
                return _Place(index, *span)
    return _quoted_once(quoted, texts) if quoted else None


def _in_whole_text(
    start: int, end: int, quoted: str | None, texts: Mapping[int, str]
) -> _Place | None:
    span = _span("".join(texts.values()), start, end, quoted)
    if span is None:
        return None
    first = 0
    for index, text in texts.items():
        if span[0] < first + len(text):
            return _Place(index, span[0] - first, min(span[1] - first, len(text)))
        first += len(text)
    return None


def _span(text: str, start: int, end: int, quoted: str | None) -> tuple[int, int] | None:
    """The bytes from ``start`` to ``end`` as characters, if they are the quotation."""
    if text.isascii():
        first, last = start, end
        if last > len(text):
            return None
    else:
        data = text.encode("utf-8", "surrogatepass")
        if end > len(data):
            return None
        first = len(data[:start].decode("utf-8", "ignore"))
        last = len(data[:end].decode("utf-8", "ignore"))
    if quoted and text[first:last] != quoted:
        return None
    return first, last


def _quoted_once(quoted: str, texts: Mapping[int, str]) -> _Place | None:
    if sum(text.count(quoted) for text in texts.values()) != 1:
        return None
    part, text = next((index, text) for index, text in texts.items() if quoted in text)
    start = text.index(quoted)
    return _Place(part, start, start + len(quoted))
