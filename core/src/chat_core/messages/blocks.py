"""The blocks that a message is made of: text, reasoning, tool calls, media, and what vendors add.

Every block has ``index`` and ``extras``. In a stream, deltas of one block carry the same ``index``
(see ``merge.py``); in a finished message it is ``None``. ``extras`` holds what the vendor needs
back verbatim (signatures, encrypted content, item ids); encoders of other vendors leave it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator

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
]


@dataclass(slots=True, kw_only=True)
class Citation:
    """Where a passage comes from. Offsets count characters of the cited ``TextBlock``'s text."""

    url: str | None = None
    title: str | None = None
    cited_text: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class TextBlock:
    """Text that the user is meant to see."""

    text: str
    citations: tuple[Citation, ...] = ()
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["text"] = field(default="text", kw_only=True, repr=False)


@dataclass(slots=True)
class ReasoningBlock:
    """The model's thinking, or its summary. Empty text with ``extras`` is redacted thinking."""

    text: str
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["reasoning"] = field(default="reasoning", kw_only=True, repr=False)


@dataclass(slots=True)
class RefusalBlock:
    """The model's own words for declining (OpenAI sends them apart from the text)."""

    text: str
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["refusal"] = field(default="refusal", kw_only=True, repr=False)


@dataclass(slots=True)
class ToolCall:
    """A finished request to run one of the caller's tools."""

    name: str
    args: dict[str, Any]
    id: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["tool_call"] = field(default="tool_call", kw_only=True, repr=False)


@dataclass(slots=True)
class InvalidToolCall:
    """A tool call that must not be run: its arguments were cut short or are not a JSON object.

    ``args`` is the text as received, ``error`` what is wrong with it.
    """

    name: str | None
    args: str
    id: str | None = None
    error: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["invalid_tool_call"] = field(
        default="invalid_tool_call", kw_only=True, repr=False
    )


@dataclass(slots=True)
class ToolCallChunk:
    """One delta of a tool call; each field is ``None`` when this delta does not say it."""

    name: str | None = None
    args: str | None = None
    id: str | None = None
    index: int | None = None
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["tool_call_chunk"] = field(default="tool_call_chunk", kw_only=True, repr=False)


@dataclass(slots=True)
class MediaBlock:
    """Media by exactly one of ``url``, ``base64`` (then with ``mime_type``) or ``file_id``."""

    url: str | None = None
    base64: str | None = field(default=None, kw_only=True, repr=False)
    mime_type: str | None = field(default=None, kw_only=True)
    file_id: str | None = field(default=None, kw_only=True)
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        given = [n for n in ("url", "base64", "file_id") if getattr(self, n) is not None]
        if len(given) != 1:
            from ..errors import InvalidParameterError

            raise InvalidParameterError(
                f"{type(self).__name__} takes exactly one of url, base64, file_id;"
                f" got {' and '.join(given) or 'none'}."
            )


@dataclass(slots=True)
class ImageBlock(MediaBlock):
    """An image. ``extras["detail"]`` asks for a resolution where the vendor has one."""

    type: Literal["image"] = field(default="image", kw_only=True, repr=False)


@dataclass(slots=True)
class AudioBlock(MediaBlock):
    """Sound. What the model says aloud has its words in ``transcript``."""

    transcript: str | None = field(default=None, kw_only=True)
    type: Literal["audio"] = field(default="audio", kw_only=True, repr=False)


@dataclass(slots=True)
class VideoBlock(MediaBlock):
    """Moving images."""

    type: Literal["video"] = field(default="video", kw_only=True, repr=False)


@dataclass(slots=True)
class FileBlock(MediaBlock):
    """A document such as a PDF, with its file name where known."""

    name: str | None = field(default=None, kw_only=True)
    type: Literal["file"] = field(default="file", kw_only=True, repr=False)


@dataclass(slots=True)
class ServerToolCall:
    """A tool that the vendor runs by itself (web search, code execution)."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["server_tool_call"] = field(default="server_tool_call", kw_only=True, repr=False)


@dataclass(slots=True)
class ServerToolResult:
    """What a vendor-run tool gave. ``content`` is JSON in the vendor's shape."""

    content: Any = None
    tool_call_id: str | None = None
    name: str | None = None
    status: Literal["success", "error"] = "success"
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["server_tool_result"] = field(
        default="server_tool_result", kw_only=True, repr=False
    )


@dataclass(slots=True)
class NonStandardBlock:
    """Something only its vendor understands; ``value`` is verbatim and goes back as it came."""

    value: dict[str, Any]
    index: int | None = field(default=None, kw_only=True)
    extras: dict[str, Any] = field(default_factory=dict, kw_only=True)
    type: Literal["non_standard"] = field(default="non_standard", kw_only=True, repr=False)


Block: TypeAlias = Annotated[
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
    | NonStandardBlock,
    Discriminator("type"),
]
"""Any block, told apart in JSON by ``type``."""
