"""The type variables of steps: the input, the whole output, and the chunks of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import TypeVar

__all__ = ["Chunk", "In", "Out"]

In = TypeVar("In")
Out = TypeVar("Out")

if TYPE_CHECKING:
    # What the step streams: its output's own type, but AIMessageChunk for a model.
    Chunk = TypeVar("Chunk", default=Out)
else:
    # Before Python 3.13 a default that is a type variable would add that to a subclass's own.
    Chunk = TypeVar("Chunk", default=Any)
