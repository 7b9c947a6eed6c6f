"""Citations from grounding and recitation metadata, on the text blocks that they speak of.

Google counts offsets in bytes of UTF-8 and names no part (``partIndex`` is missing in every
recording): they count over the visible text of the whole answer. Some count within one part.
A segment also quotes its text, so an offset is believed only where the quotation stands there;
otherwise the quotation is looked for, and if it is not there once, the citation has no offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chat_core import Citation

__all__ = ["citations"]

_SOURCES = ("web", "retrievedContext", "maps", "image")


class _Place(NamedTuple):
    """A passage: number of its text part, first character and the one after the last."""

    part: int
    start: int
    end: int


def citations(
    grounding: Mapping[str, Any] | None,
    recitation: Mapping[str, Any] | None,
    texts: Sequence[str],
) -> dict[int, list[Citation]]:
    """Citations by the number of their text part in ``texts`` (all visible text, in order)."""
    found: dict[int, list[Citation]] = {}
    if not texts:
        return found
    grounded = _grounded(grounding or {}, texts)
    for number, citation in (*grounded, *_recited(recitation or {}, texts)):
        found.setdefault(number, []).append(citation)
    return found


def _grounded(grounding: Mapping[str, Any], texts: Sequence[str]) -> Iterator[tuple[int, Citation]]:
    sources = grounding.get("groundingChunks") or []
    for support in grounding.get("groundingSupports") or ():
        segment = support.get("segment") or {}
        place = _find(segment, texts)
        for number in support.get("groundingChunkIndices") or ():
            if 0 <= number < len(sources):
                yield _citation(sources[number], segment.get("text"), place, len(texts) - 1)


def _recited(recitation: Mapping[str, Any], texts: Sequence[str]) -> Iterator[tuple[int, Citation]]:
    entries = recitation.get("citations") or recitation.get("citationSources") or ()
    for entry in entries:
        place = _find(entry, texts)
        kept = {key: entry[key] for key in ("license", "publicationDate") if entry.get(key)}
        citation = Citation(url=entry.get("uri"), title=entry.get("title"), extras=kept)
        yield _placed(citation, place, len(texts) - 1)


def _citation(
    source: Mapping[str, Any], quoted: str | None, place: _Place | None, last: int
) -> tuple[int, Citation]:
    kind = next((kind for kind in _SOURCES if source.get(kind)), None)
    facts: Mapping[str, Any] = source[kind] if kind else {}
    citation = Citation(
        url=facts.get("uri") or facts.get("sourceUri"),
        title=facts.get("title"),
        cited_text=quoted or None,
        extras=dict(source),
    )
    return _placed(citation, place, last)


def _placed(citation: Citation, place: _Place | None, last: int) -> tuple[int, Citation]:
    if place is None:
        return last, citation
    citation.start_index, citation.end_index = place.start, place.end
    return place.part, citation


def _find(segment: Mapping[str, Any], texts: Sequence[str]) -> _Place | None:
    start, end = segment.get("startIndex") or 0, segment.get("endIndex")
    quoted = segment.get("text")
    if end is not None:
        place = _in_whole_text(start, end, quoted, texts)
        if place is not None:
            return place
        for number, text in enumerate(texts):
            span = _span(text, start, end, quoted)
            if span is not None:
                return _Place(number, *span)
    return _quoted_once(quoted, texts) if quoted else None


def _in_whole_text(start: int, end: int, quoted: str | None, texts: Sequence[str]) -> _Place | None:
    span = _span("".join(texts), start, end, quoted)
    if span is None:
        return None
    first = 0
    for number, text in enumerate(texts):
        if span[0] < first + len(text):
            return _Place(number, span[0] - first, min(span[1] - first, len(text)))
        first += len(text)
    return None


def _span(text: str, start: int, end: int, quoted: str | None) -> tuple[int, int] | None:
    """The bytes from ``start`` to ``end`` as characters, if they are what was quoted."""
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


def _quoted_once(quoted: str, texts: Sequence[str]) -> _Place | None:
    if sum(text.count(quoted) for text in texts) != 1:
        return None
    part = next(number for number, text in enumerate(texts) if quoted in text)
    start = texts[part].index(quoted)
    return _Place(part, start, start + len(quoted))
