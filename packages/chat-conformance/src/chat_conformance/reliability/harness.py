"""What reliability laws share: a model with secrets in its settings, its server, and its faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from chat_core import ChatError
from chat_core.provider import WireModel
from chat_core.testing import first_retry_after

from ..backends import KEY
from ..faults import Trials
from ..fuzz import Specimens, specimens
from ..http_answers import Reset, html
from ..modes import AsyncMode, SyncMode
from ..script import ErrorReply, Reply
from ..scripted_server import ScriptedServer

if TYPE_CHECKING:
    from types import TracebackType

    from chat_core import ChatModel

    from ..simulators import ScriptItem
    from ..subject import Subject
    from ..wire_connection import Exchange

__all__ = ["HEADER", "SCRIPT_ITEMS", "ReliabilityHarness", "hidden"]

HEADER = "secret-header-value"
"""The value of the user's own headers."""

SCRIPT_ITEMS: tuple[ScriptItem, ...] = (
    Reply("Hello"),
    ErrorReply("authentication"),
    ErrorReply("server_error"),
    Reply("Gold", Reset()),
    Reply("Gold", ErrorReply("overloaded")),
    html(),
)
"""One success, and failures whose errors quote the answer."""

_QUICK = 0.01
"""Seconds before the first retry."""


class ReliabilityHarness:
    """One model, its server and its faults; a context manager. Each is made on first use."""

    def __init__(self, subject: type[Subject]) -> None:
        self.subject = subject
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._exits.enter_context(first_retry_after(_QUICK))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exits.__exit__(kind, error, traceback)

    @cached_property
    def trials(self) -> Trials:
        """What puts the model to faults."""
        return self._exits.enter_context(Trials(self.subject))

    @cached_property
    def server(self) -> ScriptedServer:
        """The vendor."""
        return self._exits.enter_context(ScriptedServer())

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """The exchanges of the server that was used last; none before the first use."""
        made: dict[str, Any] = vars(self)
        servers = [made[name] for name in ("server", "trials") if name in made]
        return max((each.exchanges for each in servers), key=_latest, default=())

    @cached_property
    def specimens(self) -> Specimens | None:
        """Answers in the model's wire; ``None`` where it has no codec of ours to feed."""
        model = self.subject.make_model(base_url=self.server.url, api_key=KEY)
        return specimens(self.subject) if isinstance(model, WireModel) else None

    def answer_everything(self, item: ScriptItem) -> None:
        """Answer all further requests with ``item``."""
        self.server.forget(self.subject.simulator, self.subject.provider())
        self.server.answer_always(item)

    def model(self, **settings: Any) -> ChatModel:
        """A new model with secrets in its key and in its headers."""
        headers = {"x-team-token": HEADER, "authorization-of-a-proxy": HEADER}
        given = {"base_url": self.server.url, "api_key": KEY, "default_headers": headers}
        return self.subject.make_model(**{**given, "max_retries": 1, **settings})

    def ask_in_all_modes(self, model: ChatModel, item: ScriptItem) -> Iterator[ChatError | None]:
        """The error of each way to ask, whole and streamed, in blocking code and on a loop."""
        for mode in (SyncMode(), AsyncMode()):
            try:
                self.answer_everything(item)
                try:
                    mode.invoke(model, "Hi")
                except ChatError as error:
                    yield error
                else:
                    yield None
                self.answer_everything(item)
                yield mode.stream(model, "Hi").error
            finally:
                mode.close(model)
                mode.end()

    def errors(self, model: ChatModel) -> Iterator[ChatError]:
        """The errors of ``SCRIPT_ITEMS`` in all modes, without items that the wire lacks."""
        simulator = self.trials.simulator
        for item in SCRIPT_ITEMS:
            in_stream = isinstance(item, Reply)
            known = simulator.kinds_in_stream if in_stream else simulator.error_kinds
            if not {error_reply.kind for error_reply in _error_replies(item)} <= known:
                continue
            for error in self.ask_in_all_modes(model, item):
                if error is not None:
                    yield error


def hidden(text: str) -> bool:
    """Whether ``text`` contains neither the key nor the header."""
    return KEY not in text and HEADER not in text


def _latest(exchanges: Sequence[Exchange]) -> float:
    return exchanges[-1].last_byte_at if exchanges else 0.0


def _error_replies(item: ScriptItem) -> Iterator[ErrorReply]:
    parts = item.parts if isinstance(item, Reply) else (item,)
    return (part for part in parts if isinstance(part, ErrorReply))
