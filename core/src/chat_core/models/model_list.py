"""``ListedModel``: a model that a vendor lists; ``Listing`` asks for the pages of its list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import MalformedResponseError
from ..wire.operation import Operation

__all__ = ["ListedModel", "Listing", "Page"]


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


class Listing:
    """The models of one list, asked for page by page.

    Args:
        path: where the vendor lists them.
        read: what the JSON of a page means.
    """

    def __init__(self, path: str, read: Callable[[Any], Page]) -> None:
        self._path = path
        self._read = read
        self._asked: list[Mapping[str, str]] = [{}]
        self.models: list[ListedModel] = []
        self.is_whole = False

    def next_page(self) -> Operation[Page]:
        """What asks for the next page."""
        return Operation(self._path, self._read, query=self._asked[-1])

    def add(self, page: Page) -> None:
        """Take the models of ``page``.

        Raises ``MalformedResponseError`` if it is followed by a page that has been asked for
        already: the list would have no end.
        """
        self.models += page.models
        self.is_whole = not page.following
        if page.following in self._asked[1:]:
            raise MalformedResponseError(
                f"The list of models names the same page twice: {dict(page.following)}."
            )
        self._asked.append(page.following)
