"""The blocks that a message is made of: text, reasoning, tool calls, media, and what vendors add.

Every block has ``index`` and ``extras``. In a stream, deltas of one block carry the same ``index``
(see ``chunks.py``); in a finished message it is ``None``. ``extras`` holds what the vendor needs
back verbatim (signatures, encrypted content, item ids); encoders of other vendors leave it out. It
also takes the keys of a dict or of JSON that a block has no field for.
"""

# Without ``from __future__ import annotations``: dataclasses and pydantic parse annotations that
# are text, which takes 1 to 2 ms of the import for these classes.

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import BeforeValidator, Discriminator

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from .field_names import keep_unknown, keeper
from .media_types import (
    is_data_url,
    normal_mime_type,
    read_base64,
    read_data_url,
    text_as_utf8,
    tidy_base64,
    write_data_url,
)
from .representation import Representation

__all__ = [
    "AudioBlock",
    "Block",
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
    "media_url",
    "required_mime_type",
]


@dataclass(slots=True, kw_only=True, repr=False)
class Citation(Representation):
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


@dataclass(slots=True, repr=False)
class TextBlock(Representation):
    """Text that the user is meant to see."""

    text: str
    citations: tuple[_Citation, ...] = ()
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["text"] = field(default="text", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class ReasoningBlock(Representation):
    """The model's thinking, or its summary. Empty text with ``extras`` is redacted thinking."""

    text: str
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["reasoning"] = field(default="reasoning", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class RefusalBlock(Representation):
    """The model's own words for declining (OpenAI sends them apart from the text)."""

    text: str
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["refusal"] = field(default="refusal", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class ToolCall(Representation):
    """A finished request to run one of the caller's tools."""

    name: str
    args: JSONObject
    id: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["tool_call"] = field(default="tool_call", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class InvalidToolCall(Representation):
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


@dataclass(slots=True, repr=False)
class ToolCallChunk(Representation):
    """One delta of a tool call; each field is ``None`` when this delta does not say it."""

    name: str | None = None
    args: str | None = None
    id: str | None = None
    index: int | None = None
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["tool_call_chunk"] = field(default="tool_call_chunk", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class MediaBlock(Representation):
    """Media by exactly one of ``url``, ``base64`` (then with ``mime_type``) or ``file_id``.

    A ``data:`` URL becomes ``base64`` and ``mime_type``. ``mime_type`` is kept by its registered
    name (``image/jpeg`` for ``image/jpg``). ``from_bytes`` takes the bytes themselves.
    """

    url: str | None = None
    base64: str | None = field(default=None, kw_only=True, repr=False)
    mime_type: str | None = field(default=None, kw_only=True)
    file_id: str | None = field(default=None, kw_only=True)
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        forms = [n for n in ("url", "base64", "file_id") if getattr(self, n) is not None]
        if len(forms) != 1:
            raise InvalidParameterError(
                f"{type(self).__name__} takes exactly one of url, base64, file_id;"
                f" got {' and '.join(forms) or 'none'}."
            )
        if self.base64 is not None:
            given: object = self.base64
            self.base64 = tidy_base64(given) if isinstance(given, str) else self._read_bytes(given)
        if self.url is not None and is_data_url(self.url):
            self._read_data_url(self.url)
        if self.mime_type is not None:
            if self.base64 is not None:
                self.base64 = text_as_utf8(self.mime_type, self.base64)
            self.mime_type = normal_mime_type(self.mime_type)

    @classmethod
    def from_bytes(cls, data: bytes, *, mime_type: str, **fields: Any) -> Self:
        """A block that holds ``data``, of type ``mime_type``."""
        return cls(base64=b64encode(data).decode("ascii"), mime_type=mime_type, **fields)

    def _read_bytes(self, given: Any) -> str:
        """Base64 given as ``bytes`` as text. Raises ``InvalidParameterError`` for other bytes."""
        try:
            return read_base64(bytes(given).decode("ascii"))
        except (TypeError, ValueError):
            name = type(self).__name__
            raise InvalidParameterError(
                f"{name}: base64 is text in base64; got {type(given).__name__}. The bytes of a file"
                f" are given as {name}.from_bytes(data, mime_type=...)."
            ) from None

    def _read_data_url(self, url: str) -> None:
        """Take type and data from ``url``. One that cannot be read stays: encoders refuse it."""
        try:
            mime_type, self.base64 = read_data_url(url)
        except ValueError:
            return
        self.url = None
        self.mime_type = self.mime_type or mime_type


@dataclass(slots=True, repr=False)
class ImageBlock(MediaBlock):
    """An image. ``extras["detail"]`` asks for a resolution where the vendor has one."""

    type: Literal["image"] = field(default="image", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class AudioBlock(MediaBlock):
    """Sound. What the model says aloud has its words in ``transcript``."""

    transcript: str | None = field(default=None, kw_only=True)
    type: Literal["audio"] = field(default="audio", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class VideoBlock(MediaBlock):
    """Moving images."""

    type: Literal["video"] = field(default="video", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class FileBlock(MediaBlock):
    """A document such as a PDF, with its file name where known."""

    name: str | None = field(default=None, kw_only=True)
    type: Literal["file"] = field(default="file", kw_only=True, repr=False)


def media_url(block: MediaBlock) -> str:
    """The URL of ``block``: its own, or a ``data:`` URL of its base64.

    Raises ``InvalidParameterError`` for base64 without a MIME type, for a ``data:`` URL that cannot
    be read, and for a block by ``file_id``.
    """
    if block.base64 is not None:
        return write_data_url(required_mime_type(block), block.base64)
    if block.url is None or is_data_url(block.url):
        raise InvalidParameterError(
            f"{type(block).__name__} needs a URL; a data URL reads data:<mime type>;base64,<data>;"
            f" got {(block.url or block.file_id)!r:.60}."
        )
    return block.url


def required_mime_type(block: MediaBlock) -> str:
    """``block.mime_type``. Raises ``InvalidParameterError`` where there is none."""
    if not block.mime_type:
        raise InvalidParameterError(
            f"{type(block).__name__}(base64=...) needs mime_type, such as 'image/png'."
        )
    return block.mime_type


@dataclass(slots=True, repr=False)
class ServerToolCall(Representation):
    """A tool that the vendor runs by itself (web search, code execution)."""

    name: str
    args: JSONObject = field(default_factory=dict)
    id: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["server_tool_call"] = field(default="server_tool_call", kw_only=True, repr=False)


@dataclass(slots=True, repr=False)
class ServerToolResult(Representation):
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


@dataclass(slots=True, repr=False)
class NonStandardBlock(Representation):
    """Something only its vendor understands; ``value`` is verbatim and goes back as it came."""

    value: JSONObject
    index: int | None = field(default=None, kw_only=True)
    extras: JSONObject = field(default_factory=dict, kw_only=True)
    type: Literal["non_standard"] = field(default="non_standard", kw_only=True, repr=False)


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
)
_CLASSES: dict[str, type] = {
    cls.__dataclass_fields__["type"].default: cls for cls in get_args(_Any)
}

Block: TypeAlias = Annotated[
    _Any, Discriminator("type"), BeforeValidator(keeper(_CLASSES, "extras"))
]
"""Any block; in JSON ``type`` says which."""
