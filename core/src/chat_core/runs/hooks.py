"""The slot for the hooks of observers, and attachments: what observers put around a run's code.

Runs call the hooks that ``register_observer`` has put here. ``active`` is ``None`` until an
observer is registered, so that an unobserved run pays for one look at it. ``observe_chunks`` is
true while one of them has ``chat_run_chunk``.

``attach`` of an attachment is called before a piece of a run's code runs and ``detach`` after it,
in the same thread and task: around each call of a user's function, around each step of a user's
generator, and around each step of a model. Nothing stays attached while a generator is suspended,
so one that is closed early, or by another task, leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    import pluggy

    from .run import Run

__all__ = [
    "AsyncAttachedSteps",
    "Attached",
    "AttachedSteps",
    "Attachment",
    "active",
    "log_failure",
    "notify",
    "observe_chunks",
    "set_active",
]

T = TypeVar("T")

active: pluggy.HookRelay | None = None
"""The hooks of the registered observers."""

observe_chunks = False
"""Whether a registered observer has ``chat_run_chunk``."""


def set_active(relay: pluggy.HookRelay | None) -> None:
    """Call the hooks of ``relay`` for every run from now on; ``None`` ends that."""
    global active, observe_chunks
    active = relay
    observe_chunks = relay is not None and bool(relay.chat_run_chunk.get_hookimpls())


def notify(hook: str, run: Run, **facts: object) -> None:
    """Call one hook of every observer. An exception raised there is logged and not passed on."""
    if active is None:
        return
    try:
        getattr(active, hook)(run=run, **facts)
    except Exception:  # noqa: BLE001 - an observer changes no run
        log_failure(hook)


def log_failure(hook: str) -> None:
    """Log the exception that is being handled, which an observer raised in ``hook``."""
    import logging  # 2 ms, which only an observer that fails pays

    logging.getLogger("chat_core").exception("An observer failed in %s", hook)


class Attachment(Protocol):
    """What an observer puts around the code of one run. Used from any thread."""

    def attach(self) -> object:
        """Make it current; what is returned is given to ``detach``."""

    def detach(self, token: object) -> None:
        """Make current what was before ``attach`` returned ``token``."""


class Attached:
    """A ``with`` block in which ``attachments`` are attached, in the order in which they stand.

    It may be entered again once it has been left. An exception that an attachment raises is logged
    and not passed on.
    """

    __slots__ = ("_attachments", "_tokens")

    def __init__(self, attachments: Sequence[Attachment]) -> None:
        self._attachments = attachments
        self._tokens: list[tuple[Attachment, object]] = []

    def __enter__(self) -> None:
        for attachment in self._attachments:
            try:
                self._tokens.append((attachment, attachment.attach()))
            except Exception:  # noqa: BLE001 - an observer changes no run
                log_failure("attach")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._tokens:
            attachment, token = self._tokens.pop()
            try:
                attachment.detach(token)
            except Exception:  # noqa: BLE001 - an observer changes no run
                log_failure("detach")


class AttachedSteps(Iterator[T]):
    """The items of a generator, each made with ``attachments`` attached."""

    def __init__(self, attachments: Sequence[Attachment], items: Generator[T, None, None]) -> None:
        self._attached = Attached(attachments)
        self._items = items

    def __next__(self) -> T:
        with self._attached:
            return next(self._items)


class AsyncAttachedSteps(AsyncIterator[T]):
    """``AttachedSteps`` on an event loop."""

    def __init__(self, attachments: Sequence[Attachment], items: AsyncGenerator[T, None]) -> None:
        self._attached = Attached(attachments)
        self._items = items

    async def __anext__(self) -> T:
        with self._attached:
            return await self._items.__anext__()
