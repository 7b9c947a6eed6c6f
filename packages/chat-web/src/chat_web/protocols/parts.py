"""What an answer consists of for a front end: small named tuples that encoders rename.

``answer`` is the number of the model's call, beginning at 1; ``id`` is unique in the whole stream.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from chat_core import Block, Citation
from chat_core.provider import MediaBlock

__all__ = [
    "AnswerStarted",
    "BlockArrived",
    "CallAnswered",
    "CallClosed",
    "CallDelta",
    "CallOpened",
    "CustomArrived",
    "MediaArrived",
    "Origin",
    "Part",
    "PartClosed",
    "PartDelta",
    "PartKind",
    "PartOpened",
    "StepEnded",
    "StepStarted",
]

PartKind = Literal["text", "reasoning", "refusal"]


class Origin(NamedTuple):
    """Which model wrote a part; each ``None`` until it is known."""

    provider: str | None = None
    model: str | None = None
    api: str | None = None


class StepStarted(NamedTuple):
    """A call of a model begins; ``number`` counts from 1."""

    number: int


class StepEnded(NamedTuple):
    """The call of the model and of the tools that it asked for is over."""

    number: int


class AnswerStarted(NamedTuple):
    """The first block of an answer is about to come; ``id`` is the vendor's, if it is known."""

    answer: int
    id: str | None


class PartOpened(NamedTuple):
    """A text, a reasoning or a refusal begins."""

    answer: int
    kind: PartKind
    id: str


class PartDelta(NamedTuple):
    """More of its text, never empty."""

    answer: int
    kind: PartKind
    id: str
    text: str


class PartClosed(NamedTuple):
    """It is complete; ``extras`` and ``citations`` are those of the block."""

    answer: int
    kind: PartKind
    id: str
    extras: dict[str, Any]
    citations: tuple[Citation, ...]
    origin: Origin


class CallOpened(NamedTuple):
    """A call of a tool begins; ``is_server`` if the vendor runs the tool by itself."""

    answer: int
    id: str
    name: str
    is_server: bool


class CallDelta(NamedTuple):
    """More of its arguments as JSON text, never empty."""

    id: str
    text: str


class CallClosed(NamedTuple):
    """Its arguments are complete. ``error`` says why it must not be run, if it must not.

    ``args`` is ``None`` and ``text`` the text as received where the arguments are no JSON object.
    """

    id: str
    name: str
    args: dict[str, Any] | None
    text: str
    error: str | None
    is_server: bool
    extras: dict[str, Any]
    origin: Origin


class CallAnswered(NamedTuple):
    """What a tool gave: JSON, or blocks of text and media in ``blocks``."""

    id: str
    name: str
    content: Any
    blocks: tuple[Block, ...]
    is_error: bool
    is_server: bool
    extras: dict[str, Any]
    origin: Origin


class MediaArrived(NamedTuple):
    """An image, a sound, a film or a file that the model put out."""

    answer: int
    id: str
    block: MediaBlock
    origin: Origin


class BlockArrived(NamedTuple):
    """A block that only its vendor understands."""

    answer: int
    id: str
    block: Block
    origin: Origin


class CustomArrived(NamedTuple):
    """What a program reported with ``dispatch_custom_event``, as JSON."""

    name: str
    data: Any


Part: TypeAlias = (
    StepStarted
    | StepEnded
    | AnswerStarted
    | PartOpened
    | PartDelta
    | PartClosed
    | CallOpened
    | CallDelta
    | CallClosed
    | CallAnswered
    | MediaArrived
    | BlockArrived
    | CustomArrived
)
