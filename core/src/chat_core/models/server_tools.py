"""Tools that a vendor runs, by one name for all vendors: ``bind_tools([WebSearch()])``.

A provider writes them in its vendor's shape (``server_tool_table.py``). What a vendor lacks, a tool
or an option of one, is refused by name when the request is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from ..arguments import items_of, of_type, positive_count
from ..errors import InvalidParameterError
from ..json_text import JSONObject
from ..wire.address import check_address, shown_address
from ..wire.header_values import clean_header
from .model_settings import reveal

__all__ = [
    "CodeExecution",
    "FileSearch",
    "MCPServer",
    "ServerTool",
    "WebFetch",
    "WebSearch",
]

_MASK = str(SecretStr("x"))
_LOCATION = ("city", "region", "country", "timezone")
_DOMAIN = re.compile(r"[^\s/:@]+(/\S*)?")
_SERVER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")


class ServerTool:
    """The base of all tools that a vendor runs. Objects do not change; lists become tuples."""

    __slots__ = ()

    name: str
    """What the blocks of an answer call the tool; the same word for every vendor."""

    def given(self) -> JSONObject:
        """The options that are set, by name."""
        own: Any = self
        defaults = {each.name: each.default for each in fields(own)}
        return {
            name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]
        }

    def secrets(self) -> list[str]:
        """The texts of the tool that no error may show."""
        return []


@dataclass(frozen=True, kw_only=True)
class _WebTool(ServerTool):
    """What searching the web and reading pages have in common."""

    max_uses: int | None = None
    allowed_domains: Sequence[str] | None = None
    blocked_domains: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.max_uses is not None:
            positive_count("max_uses", self.max_uses)
        for name in ("allowed_domains", "blocked_domains"):
            _set(self, name, _domains(name, getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class WebSearch(_WebTool):
    """The vendor searches the web.

    Args:
        max_uses: the most searches of one answer.
        allowed_domains: where results may come from alone, such as ``example.org``.
        blocked_domains: where no result may come from.
        location: where the user is, for results of the place: some of ``city``, ``region``,
            ``country`` (two letters, ISO 3166-1) and ``timezone`` (IANA, ``Europe/Oslo``).
    """

    name: str = field(default="web_search", init=False, repr=False)
    location: Mapping[str, str] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.location is not None:
            _set(self, "location", _location(self.location))


@dataclass(frozen=True, kw_only=True)
class WebFetch(_WebTool):
    """The vendor reads pages whose addresses stand in the conversation.

    Args:
        max_uses: the most pages of one answer.
        allowed_domains: where pages may come from alone.
        blocked_domains: where no page may come from.
    """

    name: str = field(default="web_fetch", init=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class CodeExecution(ServerTool):
    """The vendor runs code that the model writes, in a sandbox."""

    name: str = field(default="code_execution", init=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class FileSearch(ServerTool):
    """The vendor searches files that it keeps.

    Args:
        stores: the ids of the vendor's stores of files, at least one.
        max_results: the most passages that a search finds.
    """

    name: str = field(default="file_search", init=False, repr=False)
    stores: Sequence[str]
    max_results: int | None = None

    def __post_init__(self) -> None:
        stores = _texts("stores", self.stores)
        if not stores:
            raise InvalidParameterError("stores is empty; FileSearch needs the id of a store.")
        _set(self, "stores", stores)
        if self.max_results is not None:
            positive_count("max_results", self.max_results)


@dataclass(frozen=True, kw_only=True)
class MCPServer(ServerTool):
    """The vendor calls the tools of an MCP server that it can reach, without asking for approval.

    ``token`` and the values of ``headers`` are secrets: ``repr``, JSON and pickles do not hold
    them. After unpickling, the first request with such a server says that its secret is missing.

    Args:
        url: the server's address (streamable HTTP or SSE).
        name: what the server is called: a letter, then letters, digits, ``_`` and ``-``, at most
            64 characters.
        token: what the server wants as ``Authorization: Bearer …``.
        headers: further headers for the server.
        allowed_tools: the names of the tools that may be called; all by default.
    """

    url: str
    name: str
    token: SecretStr | str | None = None
    headers: Mapping[str, SecretStr | str] | None = field(default=None, hash=False)
    allowed_tools: Sequence[str] | None = None

    def __post_init__(self) -> None:
        of_type("url", self.url, str, "the address of an MCP server")
        if "@" in self.url.partition("://")[2].partition("/")[0]:
            raise InvalidParameterError(
                "url holds a user's name or password, which errors would show; leave them out, and"
                " pass headers={'Authorization': ...}."
            )
        check_address(self.url, "url")
        of_type("name", self.name, str, "the name of an MCP server")
        if _SERVER_NAME.fullmatch(self.name) is None:
            raise InvalidParameterError(
                "name is a letter, then letters, digits, '_' and '-', at most 64 characters;"
                f" got {self.name!r:.80}."
            )
        _set(self, "token", _secret("token", self.token))
        _set(self, "headers", _secret_headers(self.headers))
        if self.allowed_tools is not None:
            _set(self, "allowed_tools", _texts("allowed_tools", self.allowed_tools))
            if not self.allowed_tools:
                raise _allows_nothing("allowed_tools")

    def secret_token(self) -> str | None:
        """The token as text. Raises ``InvalidParameterError`` if a pickle has lost it."""
        return None if self.token is None else self._revealed("token", self.token)

    def secret_headers(self) -> dict[str, str] | None:
        """The headers as text. Raises ``InvalidParameterError`` if a pickle has lost them."""
        if self.headers is None:
            return None
        return {name: self._revealed("headers", value) for name, value in self.headers.items()}

    def secrets(self) -> list[str]:
        """See ``ServerTool``: the token, the values of the headers."""
        token = self.secret_token()
        values = [*(self.secret_headers() or {}).values(), *([token] if token else [])]
        return [value.rpartition(" ")[2] for value in values]  # without ``Bearer`` and the like

    def _revealed(self, option: str, secret: SecretStr | str) -> str:
        value = reveal(secret)
        if value == _MASK:
            raise InvalidParameterError(
                f"The MCPServer {self.name!r} has lost its {option}, which a pickle does not hold;"
                " bind the server again."
            )
        return value

    def with_digests(self) -> MCPServer:
        """A copy that holds digests instead of the secrets: equal for equal secrets."""
        headers = None if self.headers is None else {k: _digest(v) for k, v in self.headers.items()}
        token = None if self.token is None else _digest(self.token)
        return replace(self, token=token, headers=headers)

    def __repr__(self) -> str:
        given = {**self.given(), "url": shown_address(self.url)}
        given |= {key: _MASK for key in ("token",) if key in given}
        if self.headers is not None:
            given["headers"] = dict.fromkeys(self.headers, _MASK)
        return f"MCPServer({', '.join(f'{key}={value!r}' for key, value in given.items())})"

    def __copy__(self) -> MCPServer:
        return self

    def __deepcopy__(self, memo: object) -> MCPServer:
        return self

    def __getstate__(self) -> JSONObject:
        state = dict(vars(self))
        if self.token is not None:
            state["token"] = SecretStr(_MASK)
        if self.headers is not None:
            state["headers"] = dict.fromkeys(self.headers, SecretStr(_MASK))
        return state

    def __setstate__(self, state: JSONObject) -> None:
        vars(self).update(state)


def _set(tool: ServerTool, name: str, value: object) -> None:
    object.__setattr__(tool, name, value)


def _texts(name: str, given: object) -> tuple[str, ...]:
    values = items_of(name, given, "a list of texts")
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise InvalidParameterError(f"{name} is a list of texts; got {value!r:.80} in it.")
    return tuple(values)


def _allows_nothing(name: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"{name} is empty, so nothing would be allowed; leave it out to allow all."
    )


def _domains(name: str, given: Iterable[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    domains = _texts(name, given)
    if not domains and name.startswith("allowed"):
        raise _allows_nothing(name)
    for domain in domains:
        if _DOMAIN.fullmatch(domain) is None:
            raise InvalidParameterError(
                f"{name} holds domains without a scheme, such as 'example.org'; got {domain!r:.80}."
            )
    return domains or None


def _location(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping) or not given:
        raise InvalidParameterError(
            f"location is a dict with some of {', '.join(_LOCATION)}; got {given!r:.80}."
        )
    for name, value in given.items():
        if name not in _LOCATION:
            raise InvalidParameterError(
                f"location takes {', '.join(_LOCATION)}; it has no {name!r:.80}."
            )
        if not isinstance(value, str) or not value.strip():
            raise InvalidParameterError(f"location: {name} is text; got {value!r:.80}.")
    country = given.get("country")
    if country is not None and (len(country) != 2 or not country.isalpha()):
        raise InvalidParameterError(
            f"location: country is a code of two letters, such as 'NO'; got {country!r:.80}."
        )
    return dict(given)


def _secret(name: str, given: object) -> SecretStr | None:
    if given is None or isinstance(given, SecretStr):
        return given
    if not isinstance(given, str) or not given.strip():
        raise InvalidParameterError(
            f"{name} is text or a SecretStr; got {type(given).__name__}, which is not shown."
        )
    return SecretStr(given)


def _secret_headers(given: object) -> dict[str, SecretStr] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidParameterError(f"headers is a dict of texts; got {type(given).__name__}.")
    headers: dict[str, SecretStr] = {}
    for name, value in given.items():
        secret = _secret(f"headers: the value of {name!r}", value)
        text = "" if secret is None else reveal(secret)
        headers[name] = SecretStr(clean_header(name, text, "headers"))
    return headers or None


def _digest(secret: SecretStr | str) -> SecretStr:
    text = reveal(secret).encode("utf-8", "surrogatepass")
    return SecretStr(f"sha256:{sha256(text).hexdigest()}")
