"""What is wrong with an address that a user gave, when the server does not know the path.

Rules, for status 404 and 405; the first that applies is added to the error's message:

- The address ends in what the provider adds itself (``/chat/completions``).
- The path has a version twice (``/v1/openai/v1/…``): the address ends in a part too many.
- The vendor's addresses end in a version (``/v1``) and the path has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import APIError
from .address import shown_address

__all__ = ["GivenAddress", "address_hint", "explain_address"]

_VERSION = re.compile(r"v\d+\w*$")


@dataclass(frozen=True, slots=True)
class GivenAddress:
    """The address that a model was given.

    Attributes:
        source: the setting or the variable that it comes from; empty for the vendor's own address.
        url: the address.
        suffix: what the vendor's own addresses end in.
    """

    source: str = ""
    url: str = ""
    suffix: str = ""

    @property
    def shown_source(self) -> str:
        """Where the address comes from, for a message."""
        return self.source or "the vendor's own address"


def explain_address(error: APIError, address: GivenAddress, request: object) -> None:
    """Add to ``error`` what is wrong with ``address``, if the path of ``request`` shows it.

    ``request`` is one of an HTTP library; one without a ``url`` shows nothing.
    """
    path = getattr(getattr(request, "url", None), "path", None)
    hint = address_hint(address, path) if isinstance(path, str) else ""
    if hint:
        error.message = f"{error.message.rstrip()} {hint}"
        error.args = (error.message,)


def address_hint(address: GivenAddress, path: str) -> str:
    """What is wrong with ``address``, in a sentence; empty if nothing shows."""
    if not address.source:
        return ""
    given = _segments(urlsplit(address.url).path)
    sent = _segments(path)
    added = sent[len(given) :] if sent[: len(given)] == given else sent
    what = f"{address.source.removesuffix('=')} is {shown_address(address.url)!r}"
    if extra := _repeated(given, added):
        return f"{what}; leave out {extra!r}, which is added to it."
    if address.suffix and not any(map(_VERSION.match, sent)):
        return f"{what}; such addresses end in {address.suffix!r}."
    return ""


def _repeated(given: list[str], added: list[str]) -> str:
    """The end of the address that the provider adds as well; empty if there is none."""
    for count in range(len(given), 0, -1):
        end = given[-count:]
        if added[-count:] == end and len(added) >= count and not _VERSION.match(end[-1]):
            return f"/{'/'.join(end)}"
        if added[:count] == end and any(map(_VERSION.match, end)):
            return f"/{'/'.join(end)}"
    versions = [place for place, segment in enumerate(given) if _VERSION.match(segment)]
    if versions and (len(versions) > 1 or any(map(_VERSION.match, added))):
        return f"/{'/'.join(given[versions[-1] :])}"
    return ""


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]
