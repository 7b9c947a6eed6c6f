"""The blocks that a message is made of: text, reasoning, tool calls, media, and what vendors add.

Every block has ``index`` and ``extras``. In a stream, deltas of one block carry the same ``index``
(see ``chunks.py``); in a finished message it is ``None``. ``extras`` holds what the vendor needs
back verbatim (signatures, encrypted content, item ids); encoders of other vendors leave it out. It
also takes the keys of a dict or of JSON that a block has no field for.
"""

# Without ``from __future__ import annotations``: dataclasses and pydantic parse annotations that
# are text, which takes 1 to 2 ms of the import for these classes.

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Discriminator

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from .field_names import keep_unknown, keeper
from .field_types import refuse_misfit
from .media_blocks import AudioBlock, FileBlock, ImageBlock, MediaBlock, VideoBlock
from .representation import Representation

__all__ = [
    "AudioBlock",
    "Block",
    "CachePoint",
    "Citation",
    "FileBlock",
    "ImageBlock",
    "InvalidToolCall",
    "MediaBlock",
    "NonStandardBlock",
    "ReasoningBlock",
    "RefusalBlock",
    "ServerToolCall",
    "ServerToolResult",
    "TextBlock",
    "ToolCall",
    "ToolCallChunk",
    "VideoBlock",
]


_INDEX = frozenset({int, type(None)})
_TEXT = frozenset({str, type(None)})


class _Checked(Representation):
    """A base for dataclasses: raises ``InvalidParameterError`` for a field of another type."""

    __slots__ = ()

    def __post_init__(self) -> None:
        refuse_misfit(self)


class _Words(Representation):
    """The constructor of reasoning and refusals. Written out: it runs once for each token."""

    if not TYPE_CHECKING:
        __slots__ = ()
    text: str
    index: int | None
    extras: JSONObject
    type: Any

    _type: ClassVar[str]

    def __init__(
        self,
        text: str,
        *,
        index: int | None = None,
        extras: JSONObject | None = None,
        type: Any = None,
    ) -> None:
        self.text = text
        self.index = index
        self.extras = {} if extras is None else extras
        self.type = type or self._type
        is_sound = text.__class__ is str and index.__class__ in _INDEX
        if not (is_sound and self.extras.__class__ is dict):
            refuse_misfit(self)


@dataclass(slots=True, kw_only=True, repr=False)
class Citation(_Checked):
    """Where a passage comes from. Offsets count characters of the cited ``TextBlock``'s text."""

    url: str | None = None
    title: str | None = None
    cited_text: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    extras: JSONObject = field(default_factory=dict)


def _keep_in_citation(value: object) -> Any:
    return keep_unknown(value, Citation, "extras") if isinstance(value, Mapping) else value


_Citation: TypeAlias = Annotated[Citation, BeforeValidator(_keep_in_citation)]


def _read_citations(given: Any) -> tuple[Citation, ...]:
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    for item in found:
        if not isinstance(item, Citation):
            raise InvalidParameterError(
                f"TextBlock: citations holds Citation objects; got {type(item).__name__}:"
                f" {item!r:.80}."
            )
    return found


@dataclass(slots=True, init=False, repr=False)
class TextBlock(Representation):
    """Text that the user is meant to see."""

    text: str
    citations: tuple[_Citation, ...] = ()
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["text"] = field(default="text", kw_only=True, repr=False)

    # Written out: it runs once for each token.
    def __init__(
        self,
        text: str,
        citations: Sequence[Citation] = (),
        *,
        index: int | None = None,
        extras: JSONObject | None = None,
        type: Literal["text"] = "text",
    ) -> None:
        self.text = text
        self.citations = _read_citations(citations) if citations else ()
        self.index = index
        self.extras = {} if extras is None else extras
        self.type = type
        is_sound = text.__class__ is str and index.__class__ in _INDEX
        if not (is_sound and self.extras.__class__ is dict):
            refuse_misfit(self)


@dataclass(slots=True, init=False, repr=False)
class ReasoningBlock(_Words):
    """The model's thinking, or its summary. Empty text with ``extras`` is redacted thinking."""

    text: str
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["reasoning"] = field(default="reasoning", kw_only=True, repr=False)

    _type: ClassVar[str] = "reasoning"


@dataclass(slots=True, init=False, repr=False)
class RefusalBlock(_Words):
    """The model's own words for declining (OpenAI sends them apart from the text)."""

    text: str
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["refusal"] = field(default="refusal", kw_only=True, repr=False)

    _type: ClassVar[str] = "refusal"


@dataclass(slots=True, repr=False)
class ToolCall(_Checked):
    """A finished request to run one of the caller's tools."""

    name: str
    args: JSONObject
    id: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["tool_call"] = field(default="tool_call", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class InvalidToolCall(_Checked):
    """A tool call that must not be run: its arguments were cut short or are not a JSON object.

    ``args`` is the text as received, ``error`` what is wrong with it.
    """

    name: str | None
    args: str
    id: str | None = None
    error: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["invalid_tool_call"] = field(
        default="invalid_tool_call", kw_only=True, repr=False
    )


@dataclass(slots=True, init=False, repr=False)
class ToolCallChunk(Representation):
    """One delta of a tool call; each field is ``None`` when this delta does not say it."""

    name: str | None = None
    args: str | None = None
    id: str | None = None
    index: int | None = None
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["tool_call_chunk"] = field(default="tool_call_chunk", kw_only=True, repr=False)

    # Written out: it runs once for each token of arguments.
    def __init__(
        self,
        name: str | None = None,
        args: str | None = None,
        id: str | None = None,
        index: int | None = None,
        *,
        extras: JSONObject | None = None,
        type: Literal["tool_call_chunk"] = "tool_call_chunk",
    ) -> None:
        self.name = name
        self.args = args
        self.id = id
        self.index = index
        self.extras = {} if extras is None else extras
        self.type = type
        texts = args.__class__ in _TEXT and name.__class__ in _TEXT and id.__class__ in _TEXT
        if not (texts and index.__class__ in _INDEX and self.extras.__class__ is dict):
            refuse_misfit(self)


@dataclass(slots=True, repr=False)
class ServerToolCall(_Checked):
    """A tool that the vendor runs by itself (web search, code execution)."""

    name: str
    args: JSONObject = field(default_factory=dict)
    id: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["server_tool_call"] = field(default="server_tool_call", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class ServerToolResult(_Checked):
    """What a vendor-run tool gave. ``content`` is JSON in the vendor's shape."""

    content: Any = None
    tool_call_id: str | None = None
    name: str | None = None
    status: Literal["success", "error"] = "success"
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["server_tool_result"] = field(
        default="server_tool_result", kw_only=True, repr=False
    )

    def __post_init__(self) -> None:
        refuse_misfit(self)
        if self.status not in ("success", "error"):
            raise InvalidParameterError(
                f"The status of a ServerToolResult is 'success' or 'error'; got {self.status!r}."
            )


@dataclass(slots=True, repr=False)
class NonStandardBlock(_Checked):
    """Something only its vendor understands; ``value`` is verbatim and goes back as it came."""

    value: JSONObject
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["non_standard"] = field(default="non_standard", kw_only=True, repr=False)


_TTL = re.compile(r"[1-9][0-9]{0,3}[mh]", re.ASCII)
_SECONDS = {"m": 60, "h": 3600}


@dataclass(slots=True, repr=False)
class CachePoint(_Checked):
    """The end of a prefix that the vendor is to cache, among blocks of a message or among tools.

    ``ttl`` is how long it is kept at least: minutes or hours, such as ``"5m"`` and ``"1h"``;
    ``None`` leaves that to the vendor. A point is no content: a provider writes it in its vendor's
    shape, and leaves it out where caching is automatic.
    """

    ttl: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["cache_point"] = field(default="cache_point", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        refuse_misfit(self)
        if self.ttl is not None and not _TTL.fullmatch(self.ttl):
            raise InvalidParameterError(
                f"ttl is minutes or hours, such as '5m' or '1h'; got {self.ttl!r}."
            )

    @property
    def seconds(self) -> int:
        """``ttl`` in seconds; 0 without one."""
        return 0 if self.ttl is None else int(self.ttl[:-1]) * _SECONDS[self.ttl[-1]]


_Any: TypeAlias = (
    TextBlock
    | ReasoningBlock
    | RefusalBlock
    | ToolCall
    | InvalidToolCall
    | ToolCallChunk
    | ImageBlock
    | AudioBlock
    | VideoBlock
    | FileBlock
    | ServerToolCall
    | ServerToolResult
    | NonStandardBlock
    | CachePoint
)
_CLASSES: dict[str, type] = {
    cls.__dataclass_fields__["type"].default: cls for cls in get_args(_Any)
}

Block: TypeAlias = Annotated[
    _Any, Discriminator("type"), BeforeValidator(keeper(_CLASSES, "extras"))
]
"""Any block; in JSON ``type`` says which."""
