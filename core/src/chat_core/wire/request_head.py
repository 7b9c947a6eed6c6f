"""The head of a request: method, URL, query and headers.

A provider builds one in ``HTTPTransport.build_head``, equal to what the vendor's SDK sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from .address import check_address
from .header_values import clean_header

__all__ = ["RequestHead", "join_url", "merge_headers", "parse_header_lines", "user_agent"]


@dataclass(frozen=True, slots=True)
class RequestHead:
    """Where a request goes and what authenticates it.

    Args:
        url: the address, with its scheme.
        headers: those that this vendor needs. ``content-type``, ``accept``, ``accept-encoding`` and
            ``user-agent`` have defaults.
        query: added to the query of ``url``.
        method: the HTTP method.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, object] = field(default_factory=dict)
    method: str = "POST"


def join_url(base_url: str, path: str) -> str:
    """``path`` below ``base_url``; a query of ``base_url`` stays the query.

    One slash stands between them, whether or not ``base_url`` ends in one, as in the SDKs. Raises
    ``InvalidParameterError`` for a ``base_url`` that is no address.
    """
    check_address(base_url)
    address, mark, query = base_url.partition("?")
    slash = "" if address.endswith("/") else "/"
    return f"{address}{slash}{path.removeprefix('/')}{mark}{query}"


def merge_headers(*groups: Mapping[str, str]) -> dict[str, str]:
    """The headers of all groups under names in lower case; a later group replaces an earlier."""
    return {name.lower(): value for group in groups for name, value in group.items()}


def parse_header_lines(text: str) -> dict[str, str]:
    """Headers written one a line as ``name: value``, as SDKs read them from the environment.

    Raises ``InvalidParameterError`` for those that HTTP does not carry.
    """
    pairs = [line.partition(":") for line in text.split("\n") if ":" in line]
    names = [(name.strip(), value) for name, _, value in pairs]
    return {name: clean_header(name, value, "Headers of the environment") for name, value in names}


@cache
def user_agent(distribution: str) -> str:
    """``chat-groq/1.2.0 chat-core/1.1.0``: the package that sends, and core."""
    from importlib.metadata import PackageNotFoundError, version

    products = []
    for name in dict.fromkeys((distribution, "chat-core")):
        try:
            products.append(f"{name}/{version(name)}")
        except PackageNotFoundError:
            products.append(name)
    return " ".join(products)
