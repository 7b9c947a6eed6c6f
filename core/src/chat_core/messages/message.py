"""Messages: an ordered tuple of blocks, and projections of it.

``blocks`` is the one truth; ``content``, ``reasoning``, ``tool_calls`` and the rest are computed
from it when asked for. The classes are slotted dataclasses, because a chunk is made for every
token; ``pydantic.TypeAdapter(Message)`` validates and serialises them at the edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypedDict

from pydantic import BeforeValidator, Discriminator

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from ..short_repr import short_repr
from .blocks import (
    Block,
    InvalidToolCall,
    ReasoningBlock,
    RefusalBlock,
    TextBlock,
    ToolCall,
)
from .field_names import keeper
from .representation import Representation, shown_fields
from .usage import UsageMetadata, as_usage

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "MESSAGE_CLASSES",
    "AIMessage",
    "BaseAIMessage",
    "BaseMessage",
    "FinishReason",
    "HumanMessage",
    "Message",
    "SystemMessage",
    "ToolMessage",
    "as_blocks",
]

FinishReason = Literal[
    "stop", "length", "tool_calls", "content_filter", "refusal", "pause", "error", "other"
]


def as_blocks(content: str | Iterable[Block]) -> tuple[Block, ...]:
    """``content`` as blocks. Raises ``InvalidParameterError`` for what is neither."""
    if isinstance(content, str):
        return (TextBlock(content),) if content else ()
    given: Any = content
    if not isinstance(given, Iterable):
        raise _no_content(f"{given!r:.80}")
    blocks: tuple[Block, ...] = tuple(given)
    for block in blocks:
        if not hasattr(block, "extras"):
            raise _no_content(
                f"{type(block).__name__} in the list. Use TextBlock(...), ImageBlock(...) and so on"
            )
    return blocks


def _no_content(seen: str) -> Exception:
    return InvalidParameterError(f"A message's content is a str or a list of blocks; got {seen}.")


def _check_fields(message: BaseMessage) -> None:
    """Raise ``InvalidParameterError`` that names a field which holds another type than its own."""
    for name in ("id", "name"):
        if not isinstance(getattr(message, name), str | None):
            raise _misfit(message, name, "a str or None")
    if not isinstance(message.additional_kwargs, dict):
        raise _misfit(message, "additional_kwargs", "a dict")


def _misfit(message: BaseMessage, name: str, allowed: str) -> Exception:
    held = getattr(message, name)
    return InvalidParameterError(
        f"{type(message).__name__}: {name} is {allowed}; got {type(held).__name__}: {held!r:.80}."
    )


class MessageFields(TypedDict, total=False):
    """What every message takes beside its content."""

    id: str | None
    name: str | None
    additional_kwargs: JSONObject | None


class AnswerFields(MessageFields, total=False):
    """What an answer takes beside its content."""

    usage_metadata: UsageMetadata | None
    response_metadata: JSONObject | None


@dataclass(slots=True, init=False, repr=False)
class BaseMessage(Representation):
    """What all messages share. The constructor takes a str or a list of blocks."""

    blocks: tuple[Block, ...]
    id: str | None = None
    name: str | None = None
    additional_kwargs: JSONObject = field(default_factory=dict)

    def __init__(
        self,
        content: str | Sequence[Block] = "",
        *,
        id: str | None = None,
        name: str | None = None,
        additional_kwargs: JSONObject | None = None,
    ) -> None:
        self.blocks = as_blocks(content)
        self.id = id
        self.name = name
        self.additional_kwargs = {} if additional_kwargs is None else additional_kwargs
        _check_fields(self)

    def __repr__(self) -> str:
        shown = [self._repr_content(), *shown_fields(self, "blocks")]
        return f"{type(self).__name__}({', '.join(filter(None, shown))})"

    def _repr_content(self) -> str:
        """The constructor's first argument: text where the blocks are nothing else."""
        if self.blocks == (TextBlock(self.content),):
            return short_repr(self.content)
        return short_repr(list(self.blocks)) if self.blocks else ""

    def _repr_markdown_(self) -> str:
        """What notebooks show."""
        from .markdown import blocks_as_markdown

        return blocks_as_markdown(self.blocks)

    @property
    def content(self) -> str:
        """The visible text, always a ``str``: the text blocks joined without a separator."""
        return "".join([b.text for b in self.blocks if isinstance(b, TextBlock)])


@dataclass(slots=True, init=False, repr=False)
class SystemMessage(BaseMessage):
    """Instructions that stand above the conversation."""

    type: Literal["system"] = field(default="system", repr=False)

    def __init__(
        self, content: str | Sequence[Block] = "", **fields: Unpack[MessageFields]
    ) -> None:
        BaseMessage.__init__(self, content, **fields)
        self.type = "system"


@dataclass(slots=True, init=False, repr=False)
class HumanMessage(BaseMessage):
    """What the user says or shows."""

    type: Literal["human"] = field(default="human", repr=False)

    def __init__(
        self, content: str | Sequence[Block] = "", **fields: Unpack[MessageFields]
    ) -> None:
        BaseMessage.__init__(self, content, **fields)
        self.type = "human"


@dataclass(slots=True, init=False, repr=False)
class ToolMessage(BaseMessage):
    """What a tool gave for the call ``tool_call_id``."""

    tool_call_id: str = ""
    status: Literal["success", "error"] = "success"
    type: Literal["tool"] = field(default="tool", repr=False)

    def __init__(
        self,
        content: str | Sequence[Block],
        tool_call_id: str,
        status: Literal["success", "error"] = "success",
        **fields: Unpack[MessageFields],
    ) -> None:
        BaseMessage.__init__(self, content, **fields)
        if status not in ("success", "error"):
            raise InvalidParameterError(
                f"The status of a ToolMessage is 'success' or 'error'; got {status!r}."
            )
        if not isinstance(tool_call_id, str):
            raise InvalidParameterError(
                f"tool_call_id of a ToolMessage is the id of the call; got {tool_call_id!r:.80}."
            )
        self.tool_call_id = tool_call_id
        self.status = status
        self.type = "tool"


@dataclass(slots=True, init=False, repr=False)
class BaseAIMessage(BaseMessage):
    """What answers and chunks of answers share.

    ``usage_metadata`` is ``None`` until the vendor reports it. ``response_metadata`` has
    ``model_name``, ``model_provider``, ``finish_reason`` (one of ``FinishReason``),
    ``raw_finish_reason`` (the vendor's word) and what the vendor adds.
    """

    usage_metadata: UsageMetadata | None = None
    response_metadata: JSONObject = field(default_factory=dict)

    def __init__(
        self,
        content: str | Sequence[Block] = "",
        *,
        id: str | None = None,
        name: str | None = None,
        additional_kwargs: JSONObject | None = None,
        usage_metadata: UsageMetadata | None = None,
        response_metadata: JSONObject | None = None,
    ) -> None:
        # Written out rather than passed upwards: this runs once for every token.
        if content.__class__ is str:
            self.blocks = (TextBlock(content),) if content else ()
        else:
            self.blocks = as_blocks(content)
        self.id = id
        self.name = name
        self.additional_kwargs = {} if additional_kwargs is None else additional_kwargs
        self.usage_metadata = (
            as_usage(usage_metadata) if usage_metadata.__class__ is dict else usage_metadata
        )
        self.response_metadata = {} if response_metadata is None else response_metadata

    @property
    def reasoning(self) -> str:
        """The model's thinking as text, in order; empty when there is none."""
        return "".join([b.text for b in self.blocks if isinstance(b, ReasoningBlock)])

    @property
    def refusal(self) -> str:
        """The model's own words for declining, where the vendor sends them apart."""
        return "".join([b.text for b in self.blocks if isinstance(b, RefusalBlock)])

    @property
    def finish_reason(self) -> FinishReason | None:
        """``response_metadata["finish_reason"]``; ``None`` while the answer is unfinished."""
        return self.response_metadata.get("finish_reason")


@dataclass(slots=True, init=False, repr=False)
class AIMessage(BaseAIMessage):
    """A whole answer, or what arrived of an interrupted one."""

    type: Literal["ai"] = field(default="ai", repr=False)

    def __init__(self, content: str | Sequence[Block] = "", **fields: Unpack[AnswerFields]) -> None:
        BaseAIMessage.__init__(self, content, **fields)
        self.type = "ai"
        _check_fields(self)
        if not isinstance(self.response_metadata, dict):
            raise _misfit(self, "response_metadata", "a dict")
        if not isinstance(self.usage_metadata, UsageMetadata | None):
            raise _misfit(self, "usage_metadata", "UsageMetadata, a dict of its fields or None")

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls that may be run, in order."""
        return [b for b in self.blocks if isinstance(b, ToolCall)]

    @property
    def invalid_tool_calls(self) -> list[InvalidToolCall]:
        """The calls that must not be run: cut short, or not JSON objects."""
        return [b for b in self.blocks if isinstance(b, InvalidToolCall)]


MESSAGE_CLASSES: dict[str, type] = {
    "system": SystemMessage,
    "human": HumanMessage,
    "ai": AIMessage,
    "tool": ToolMessage,
}
"""By ``type``, as JSON has it."""

Message: TypeAlias = Annotated[
    SystemMessage | HumanMessage | AIMessage | ToolMessage,
    Discriminator("type"),
    BeforeValidator(keeper(MESSAGE_CLASSES, "additional_kwargs")),
]
"""Any message of a conversation; in JSON ``type`` says which."""
