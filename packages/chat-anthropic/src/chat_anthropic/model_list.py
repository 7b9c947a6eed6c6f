"""The list of Anthropic's models, read from an answer of ``/v1/models``. Pure."""

from __future__ import annotations

from typing import Any

from chat_core import ListedModel, MalformedResponseError
from chat_core.provider import Page

from .errors import error_in_answer

__all__ = ["read_models"]


def read_models(wire: Any) -> Page:
    """The models of one page; entries without an id are left out.

    Raises ``APIError`` for an error object and ``MalformedResponseError`` for an answer without a
    list.
    """
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if (error := error_in_answer(wire)) is not None:
        raise error
    if not isinstance(wire.get("data"), list):
        raise MalformedResponseError("The answer has no list of models.", wire=str(wire))
    last = wire.get("last_id")
    following = {"after_id": last} if wire.get("has_more") and isinstance(last, str) else {}
    entries = [entry for entry in wire["data"] if isinstance(entry, dict)]
    return Page([_model(entry) for entry in entries if _text(entry.get("id"))], following)


def _model(entry: dict[str, Any]) -> ListedModel:
    known = entry.get("capabilities")
    capabilities = known if isinstance(known, dict) else {}
    takes = {media: _supports(capabilities, f"{media}_input") for media in ("image", "pdf")}
    has_media = None not in takes.values()
    return ListedModel(
        entry["id"],
        name=_text(entry.get("display_name")),
        context_window=_size(entry.get("max_input_tokens")),
        max_output_tokens=_size(entry.get("max_tokens")),
        input_media=frozenset(media for media in takes if takes[media]) if has_media else None,
        structured_output=_supports(capabilities, "structured_outputs"),
        reasoning=_supports(capabilities, "thinking"),
    )


def _supports(capabilities: dict[str, Any], name: str) -> bool | None:
    capability = capabilities.get(name)
    flag = capability.get("supported") if isinstance(capability, dict) else None
    return flag if isinstance(flag, bool) else None


def _size(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
