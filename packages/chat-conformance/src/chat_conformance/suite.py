"""``Suite``: the base class of the two suites of laws. It checks gaps and refuses skipped laws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

from .laws.law import Law, laws_of

if TYPE_CHECKING:
    from .gaps import Gap
    from .subject import Subject

__all__ = ["Suite"]

_DODGES = frozenset({"skip", "skipif", "xfail"})


class Suite(ABC):
    """Laws for one model.

    Attributes:
        gaps: laws that it is known to break: the test's name, with or without ``[…]`` → why.
        laws: every law of the suite by name.
        names_it_by: the attribute that names the model.
    """

    gaps: ClassVar[Mapping[str, Gap]] = {}
    laws: ClassVar[Mapping[str, Law]] = {}
    names_it_by: ClassVar[str] = "model_id"
    _stated: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    @classmethod
    @abstractmethod
    def subject(cls) -> type[Subject]:
        """The class that declares the model."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.laws:  # a suite itself
            cls.laws = laws_of(cls)
            cls._stated = {name: getattr(cls, name) for name in cls.laws}
            return
        dodged = [name for name, stated in cls._stated.items() if getattr(cls, name) is not stated]
        if dodged:
            raise TypeError(f"{cls.__name__} redefines {', '.join(dodged)}. {_DECLARE}")
        if any(mark.name in _DODGES for mark in _marks(cls)):
            raise TypeError(f"{cls.__name__} skips its laws by a mark. {_DECLARE}")
        for gap in cls.gaps:
            law = gap.partition("[")[0]
            if law not in cls.laws:
                raise TypeError(f"{cls.__name__} has a gap in {law}, {_unknown(law, cls.laws)}")


_DECLARE = "A law that does not hold is declared in `gaps`, with its reason."


def _marks(cls: type) -> list[Any]:
    marks = vars(cls).get("pytestmark", [])
    return [getattr(mark, "mark", mark) for mark in (marks if isinstance(marks, list) else [marks])]


def _unknown(law: str, laws: Mapping[str, Law]) -> str:
    near = get_close_matches(law, laws, n=1)
    return f"which is no law of this suite.{f' Did you mean {near[0]}?' if near else ''}"
