"""``Fault`` and ``Ends``: what the vendor sends, and what the call must end in.

A fault is scripted in terms that every wire shares; the ``Simulator`` of the wire writes it
(``trial.py``). A fault that a wire cannot express is left out for that wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from chat_core import APIError

from ..script import ErrorKind, ErrorReply, Reply

if TYPE_CHECKING:
    from chat_core import AIMessage

    from ..simulators import ScriptItem, Simulator

__all__ = ["BOTH", "STREAM", "WHOLE", "Check", "Ends", "Fact", "Fault", "Method", "Script"]

Method: TypeAlias = Literal["invoke", "stream"]
BOTH: tuple[Method, ...] = ("invoke", "stream")
WHOLE: tuple[Method, ...] = ("invoke",)
STREAM: tuple[Method, ...] = ("stream",)

Script: TypeAlias = "ScriptItem | Callable[[Simulator], ScriptItem]"
"""An item of the script, or a function from the simulator to an item."""

Check: TypeAlias = "Callable[[AIMessage], bool]"

Fact: TypeAlias = "float | bool | Callable[[Simulator, Any], bool]"
"""A value, or a predicate of it."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What a call has to end in: an answer with ``text``, or one of the classes in ``error``.

    Args:
        text: all that is handed out; with ``error`` what is handed out before it.
        error: the classes that the error may have, exactly.
        holds: what has to be true of the message, or with ``error`` of ``.partial``.
        facts: attributes of the error, by name.
        requests: how many requests the vendor sees; ``None`` where it may see none.
        at_least: seconds that the call takes at least.
        shown: what it ends in, for the table; by default the error's class.
    """

    text: str = ""
    error: tuple[type[APIError], ...] = ()
    holds: Check | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    requests: int | None = 1
    at_least: float = 0.0
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Args:
        name: what happens, for the table.
        script: the answers to the requests, in order; the last one answers all further requests.
        ends: what the call has to end in.
        modes: whether ``invoke``, ``stream`` or both are called.
        settings: the model's settings for it.
        error_kinds: the kinds of error that the wire must have.
        offers: the capabilities and features (``WIRE_FEATURES``) that the wire must have.
    """

    name: str
    script: Sequence[Script]
    ends: Ends
    methods: tuple[Method, ...] = BOTH
    settings: Mapping[str, Any] = field(default_factory=dict)
    error_kinds: tuple[ErrorKind, ...] = ()
    offers: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """What the call must end in, for the table."""
        ends = self.ends
        classes = " or ".join(kind.__name__ for kind in ends.error)
        return ends.shown or classes or "the whole answer"

    def applies_to(self, simulator: Simulator, offers: frozenset[str]) -> bool:
        """Whether the wire can express it; ``offers`` are the capabilities of the wire."""
        return (
            set(self.error_kinds) <= simulator.error_kinds
            and self._kinds_in_stream() <= simulator.kinds_in_stream
            and set(self.offers) <= offers | simulator.features
        )

    def _kinds_in_stream(self) -> set[str]:
        replies = [item for item in self.script if isinstance(item, Reply)]
        parts = [part for reply in replies for part in reply.parts]
        return {part.kind for part in parts if isinstance(part, ErrorReply)}
