"""``ListedModel``: a model that a vendor lists, and the decoder of an answer with such a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import MalformedResponseError
from ..messages.chunks import AIMessageChunk
from ..wire.decoder import Decoder

__all__ = ["ListedModel", "Page", "PageDecoder", "next_query"]

_PAGE = "page"


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that a vendor lists.

    Attributes:
        id: what a request names it by.
        name: the vendor's name of it for people.
        context_window: the tokens that its context holds.
    """

    id: str
    name: str | None = field(default=None, kw_only=True)
    context_window: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list of models.

    Args:
        models: its models, in the vendor's order.
        following: the query parameters that ask for the page after it; empty at the list's end.
    """

    models: list[ListedModel]
    following: Mapping[str, str] = field(default_factory=dict)


class PageDecoder(Decoder):
    """Decodes a page, which is never streamed, as one chunk with the page as metadata.

    Args:
        read: what the answer's JSON means. Raises ``APIError`` for an error object.
    """

    def __init__(self, read: Callable[[Any], Page]) -> None:
        self._read = read

    def feed(self, wire: dict[str, Any], event: str | None = None) -> AIMessageChunk | None:
        """See ``Decoder``."""
        return self.reply(wire)

    def finish(self, *, marker: bool) -> AIMessageChunk | None:
        """See ``Decoder``."""
        return None

    def reply(self, wire: dict[str, Any]) -> AIMessageChunk:
        """See ``Decoder``."""
        return self.reply_of_value(wire)

    def reply_of_value(self, wire: object) -> AIMessageChunk:
        """See ``Decoder``. Some servers answer with a JSON array."""
        return AIMessageChunk(response_metadata={_PAGE: self._read(wire)})


def next_query(chunk: AIMessageChunk, found: list[ListedModel], asked: list[Any]) -> bool:
    """Add the models of the page in ``chunk`` to ``found``, and the next page's query to ``asked``.

    Returns whether there is a next page. Raises ``MalformedResponseError`` for a page that has been
    asked for already: the list would have no end.
    """
    page: Page = chunk.response_metadata[_PAGE]
    found += page.models
    if not page.following:
        return False
    if page.following in asked:
        raise MalformedResponseError(
            f"The list of models names the same page twice: {dict(page.following)}."
        )
    asked.append(page.following)
    return True
