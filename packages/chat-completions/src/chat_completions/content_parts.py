"""The parts of a ``content`` list, of images and of annotations, as blocks.

Servers of this wire spell parts as Chat Completions (``text``, ``image_url``, ``refusal``), as
Responses (``output_text``, ``output_image``) or as Anthropic (``image`` with a ``source``) do. A
part that is none of these is kept whole as a ``NonStandardBlock``. Parts that hold reasoning are
read in ``reasoning.py``.
"""

from __future__ import annotations

from typing import Any

from chat_core import Block, Citation, ImageBlock, NonStandardBlock, RefusalBlock, TextBlock

from .entries import entries

__all__ = ["read_citations", "read_image", "read_part"]

_TEXT_KINDS = frozenset({"text", "output_text", "input_text", None, ""})
_IMAGE_KINDS = frozenset({"image_url", "image", "output_image", "input_image"})


def read_part(part: Any, image_index: int) -> Block | None:
    """One part as a block; ``None`` for an empty one. ``image_index`` numbers the images."""
    if isinstance(part, str):
        return TextBlock(part, index=0) if part else None
    if not isinstance(part, dict) or not part:
        return None if not part else NonStandardBlock({"value": part})
    kind = part.get("type")
    text = part.get("text")
    if isinstance(text, dict):
        text = text.get("value")  # as the Assistants API spells it
    if kind == "text" and text is None:
        text = part.get("content")
    if kind in _TEXT_KINDS and isinstance(text, str):
        return TextBlock(text, read_citations(part.get("annotations")), index=0)
    if kind == "refusal" and isinstance(part.get("refusal"), str):
        return RefusalBlock(part["refusal"], index=0)
    if kind == "text" and text is None and len(part) <= 2:
        return None
    image = read_image(part, image_index) if kind in _IMAGE_KINDS else None
    return image or NonStandardBlock(part)


def read_image(part: dict[str, Any], index: int) -> ImageBlock | None:
    """An image in any of its spellings; ``None`` if neither a URL nor data is found."""
    for place in (part.get("image_url"), part.get("image"), part.get("source"), part):
        if isinstance(place, str) and place:
            return ImageBlock(place, index=index)
        if not isinstance(place, dict):
            continue
        data = place.get("data") or place.get("b64_json") or place.get("base64")
        mime_type = place.get("media_type") or place.get("mime_type")
        if isinstance(data, str):
            return ImageBlock(base64=data, mime_type=mime_type or "image/png", index=index)
        if isinstance(place.get("url"), str) and place["url"]:
            return ImageBlock(place["url"], index=index)
    return None


def read_citations(annotations: Any) -> tuple[Citation, ...]:
    """``annotations`` of a message or of a text part."""
    citations = []
    for annotation in entries(annotations):
        kind = annotation.get("type") or ""
        fields = annotation.get(kind) or annotation
        if not isinstance(fields, dict):
            fields = annotation
        citation = Citation(
            url=fields.get("url"),
            title=fields.get("title"),
            cited_text=fields.get("content") if isinstance(fields.get("content"), str) else None,
            start_index=fields.get("start_index"),
            end_index=fields.get("end_index"),
        )
        if kind != "url_citation":
            citation.extras["annotation"] = annotation
        citations.append(citation)
    return tuple(citations)
