"""``ModelWrapper``: ``bind_tools`` and ``with_structured_output`` for wrappers of a chat model.

``model.with_fallbacks([other]).bind_tools(tools)`` binds the tools to both models;
``model.with_retry().with_structured_output(City)`` also tries again when the answer does not fit.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from ..errors import InvalidParameterError
from .base import AnyRunnable, Runnable
from .engine.types import Chunk, In, Out

__all__ = ["ModelWrapper"]

T = TypeVar("T")


class ModelWrapper(Runnable[In, Out, Chunk]):
    """A runnable around one or more others, any of which may be chat models."""

    @abstractmethod
    def _rewrapped(self, derive: Callable[[AnyRunnable], AnyRunnable]) -> AnyRunnable:
        """The same wrapper around what ``derive`` makes of each runnable in it."""

    def bind_tools(self, tools: Sequence[object], **kwargs: object) -> Runnable[In, Out, Chunk]:
        """The same with ``tools`` bound to every model in it; see ``ChatModel.bind_tools``.

        Raises ``InvalidParameterError`` if something in it is no chat model.
        """
        return self._rewrapped(lambda step: _derivation(step, "bind_tools")(tools, **kwargs))

    @overload
    def with_structured_output(self, schema: type[T], **kwargs: object) -> Runnable[In, T]: ...
    @overload
    def with_structured_output(self, schema: object, **kwargs: object) -> Runnable[In, Any]: ...
    def with_structured_output(self, schema: object, **kwargs: object) -> Runnable[In, Any]:
        """The same with objects of ``schema`` from every model in it; see
        ``ChatModel.with_structured_output``.

        Raises ``InvalidParameterError`` if something in it is no chat model.
        """
        return self._rewrapped(
            lambda step: _derivation(step, "with_structured_output")(schema, **kwargs)
        )


def _derivation(step: AnyRunnable, name: str) -> Callable[..., AnyRunnable]:
    method: Callable[..., AnyRunnable] | None = getattr(step, name, None)
    if method is None:
        raise InvalidParameterError(
            f"{name} needs a chat model; {type(step).__name__} is none. Call it on the models"
            " before they are combined."
        )
    return method
