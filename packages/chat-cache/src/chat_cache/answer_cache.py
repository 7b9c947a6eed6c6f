"""``AnswerCache``: where answers are kept, and what becomes of its failures.

A cache never fails a run. What goes wrong with it is a ``CacheWarning``, one for each kind of
trouble and cache; the model is asked as if there were no cache.
"""

from __future__ import annotations

import sys
import warnings
from abc import ABC, abstractmethod
from typing import ClassVar

from chat_core import InvalidParameterError

__all__ = ["AnswerCache", "CacheWarning", "checked"]


class CacheWarning(UserWarning):
    """A cache does not work as it should; answers come from the model."""


class AnswerCache(ABC):
    """Keeps answers, which are bytes here, by a key of 32 bytes. Used by threads at once.

    A subclass has ``get``, ``put`` and ``clear``, and may have an ``__init__`` of its own.
    """

    waits: ClassVar[bool] = False
    """Whether its methods may wait for a disk or a network; event loops call those in threads."""

    @abstractmethod
    def get(self, key: bytes) -> bytes | None:
        """The answer under ``key``, if there is one that is not too old."""

    @abstractmethod
    def put(self, key: bytes, answer: bytes) -> None:
        """Keep ``answer``, in place of an earlier one."""

    @abstractmethod
    def clear(self) -> None:
        """Forget all answers."""

    def warn(self, trouble: str, message: str) -> None:
        """Warn, the first time that this cache has this ``trouble``."""
        warned: set[str] = self.__dict__.setdefault("_warned", set())
        if trouble not in warned:
            warned.add(trouble)
            warnings.warn(message, CacheWarning, stacklevel=2)


def checked(name: str, value: float | None) -> float | None:
    """``value``, a limit. Raises ``InvalidParameterError`` unless it is above 0 or ``None``."""
    given: object = value
    if value is None:
        return None
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not 0 < value <= sys.float_info.max:
        raise InvalidParameterError(f"{name} is a number above 0, or None; got {value!r:.60}.")
    return value
