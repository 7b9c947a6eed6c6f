"""``ListedModel``: a model that a vendor lists; ``Listing`` asks for the pages of its list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import MalformedResponseError
from ..wire.operation import Operation
from .profile import ModelProfile

__all__ = ["ListedModel", "Listing", "Page"]


@dataclass(frozen=True, slots=True, repr=False)
class ListedModel(ModelProfile):
    """A model that a vendor lists, and what the list has of its profile.

    Attributes:
        id: what a request names it by.
    """

    id: str

    def __repr__(self) -> str:
        known = "".join(f", {each}" for each in self._shown())
        return f"{type(self).__name__}({self.id!r}{known})"


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
