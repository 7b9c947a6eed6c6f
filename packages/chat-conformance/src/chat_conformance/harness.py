"""The harness that runs laws: servers, an event loop and models for a run, a ``Chat`` for each law.

Servers, loops and connections are shared because making them takes longer than a law. The script,
the recorded requests and the models of one law are removed when it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from chat_core import ChatError
from chat_core.testing import first_retry_after

from .backends import KEY, Backend, Offline
from .capabilities import WIRE_FEATURES
from .llmock_server import LlmockServer
from .modes import AsyncMode, Mode, Streamed, SyncMode
from .script import ErrorReply, Reply
from .scripted_server import ScriptedServer

if TYPE_CHECKING:
    from types import TracebackType

    from chat_core import AIMessage, ChatModel

    from .simulators import ScriptItem, Simulator
    from .subject import Subject

__all__ = ["Chat", "Harness"]

HELLO = "Say hello."
"""The prompt where it does not matter."""

_QUICK = 0.01
"""Seconds before the first retry, instead of half a second."""


class Harness:
    """Servers, event loops and models that laws share; a context manager."""

    def __init__(self) -> None:
        self.server = ScriptedServer()
        self._modes: dict[str, Mode] = {}
        self._llmock: LlmockServer | None = None
        self._models: dict[tuple[object, ...], tuple[ChatModel, Mode]] = {}
        self._simulators: dict[type, Simulator | None] = {}
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for model, mode in self._models.values():
            mode.close(model)
        for mode in self._modes.values():
            mode.end()
        self.server.__exit__(kind, error, traceback)
        self._exits.__exit__(kind, error, traceback)

    def mode(self, name: str) -> Mode:
        """The way with this name."""
        if name not in self._modes:
            self._modes[name] = SyncMode() if name == "sync" else AsyncMode()
        return self._modes[name]

    @property
    def llmock(self) -> LlmockServer:
        """llmock, started when first asked for."""
        if self._llmock is None:
            self._llmock = self._exits.enter_context(LlmockServer())
        return self._llmock

    @contextmanager
    def chat(
        self, subject: type[Subject], mode: str, backend: Backend | None = None
    ) -> Iterator[Chat]:
        """A chat for one law. Raises what the law's script did not foresee."""
        self.server.forget(subject.simulator, subject.provider())
        chat = Chat(self, subject, self.mode(mode), backend or Offline(self.server))
        if not isinstance(chat.backend, Offline):
            self.simulator(subject)  # found before a cassette takes the requests
        try:
            with first_retry_after(_QUICK), chat.backend.around():
                yield chat
            if self.server.problem is not None:
                raise self.server.problem
        finally:
            chat.clear_up()

    def abandon(self) -> None:
        """Go on with a new server, new event loops and new models; a law still uses the old ones.

        Its server is closed, which ends most of what it may wait for.
        """
        old, self.server = self.server, ScriptedServer()
        self._modes, self._models = {}, {}
        self.server.__enter__()
        old.__exit__(None, None, None)

    def model(self, chat: Chat) -> ChatModel:
        """The model that the chats of one subject, way and backend share."""
        settings = chat.backend.settings()
        url = settings.get("base_url")
        key = (chat.subject, chat.mode.name, chat.backend.name, url)
        if key not in self._models:
            model = chat.subject.make_model(**{"max_retries": 0, **settings})
            self._models[key] = (_patient(model, settings), chat.mode)
        return self._models[key][0]

    def simulator(self, subject: type[Subject]) -> Simulator | None:
        """The simulator that answers the subject; ``None`` while its requests cannot be sent."""
        if subject.simulator is not None:
            return subject.simulator
        if subject not in self._simulators:
            self._simulators[subject] = self._find_simulator(subject)
        return self._simulators[subject]

    def _find_simulator(self, subject: type[Subject]) -> Simulator | None:
        with ScriptedServer() as server:  # the script of this one may be in use
            server.enqueue(Reply("Hello"))
            try:
                with subject.make_model(base_url=server.url, api_key=KEY, max_retries=0) as model:
                    model.invoke(HELLO)
                return server.simulator_for(server.last)
            except Exception:  # noqa: BLE001 - its laws report what is wrong with it
                return None


_PATIENT = {"timeout": 10.0, "answer_timeout": 10.0}


def _patient(model: ChatModel, given: Mapping[str, Any]) -> ChatModel:
    """``model`` with time limits for a slow machine, as far as it applies any."""
    limits = {name: _PATIENT[name] for name in _PATIENT.keys() & model.applies - given.keys()}
    return model.bind(**limits) if limits else model


@dataclass
class Chat:
    """A model under test, and the server that it calls.

    ``exact`` is true if the server sends exactly what is scripted. Only then does ``server`` record
    the requests.
    """

    harness: Harness
    subject: type[Subject]
    mode: Mode
    backend: Backend
    _opened: list[ChatModel] = field(default_factory=list)

    @property
    def server(self) -> ScriptedServer:
        """The offline server."""
        return self.harness.server

    @property
    def exact(self) -> bool:
        """Whether answers are exactly what is scripted."""
        return self.backend.exact

    @property
    def simulator(self) -> Simulator:
        """The simulator of the model's wire."""
        simulator = self.harness.simulator(self.subject)
        assert simulator is not None, "no simulator knows this wire; set `simulator` on the class"
        return simulator

    def offers(self, *capabilities: str) -> bool:
        """Whether the model has all of ``capabilities``.

        Without a declaration these are the ones that its wire offers.
        """
        declared = self.subject.capabilities
        if declared is None:
            simulator = self.harness.simulator(self.subject)
            declared = simulator.offers if simulator is not None else capabilities
        asked = set(capabilities)
        if of_wire := asked & WIRE_FEATURES.keys():
            simulator = self.harness.simulator(self.subject)
            if simulator is not None and not of_wire <= simulator.features:
                return False
        return asked - of_wire <= set(declared)

    # --- the model

    def model(self, **settings: Any) -> ChatModel:
        """The model, with ``settings`` on top; connections are shared."""
        shared = self.harness.model(self)
        return shared.bind(**settings) if settings else shared

    def new_model(self, **settings: Any) -> ChatModel:
        """A model with connections of its own, closed when the law is over."""
        given = {"max_retries": 0, **self.backend.settings(), **settings}
        model = _patient(self.subject.make_model(**given), given)
        self._opened.append(model)
        return model

    def connection(self) -> dict[str, Any]:
        """The settings of the connection, for what is asked without a model."""
        return {**self.subject.settings, **self.backend.settings()}

    def clear_up(self) -> None:
        """Close what ``new_model`` opened."""
        for model in self._opened:
            self.mode.close(model)

    # --- calls

    def enqueue(self, *items: ScriptItem | str) -> None:
        """Script the vendor's next answers."""
        self.backend.enqueue(*(Reply(item) if isinstance(item, str) else item for item in items))

    def ask(self, input: Any = HELLO, config: Any = None, **settings: Any) -> AIMessage:
        """The whole answer."""
        answer: AIMessage = self.mode.invoke(self.model(**settings), input, config)
        return answer

    def stream(self, input: Any = HELLO, config: Any = None, **settings: Any) -> Streamed:
        """The streamed answer; an error is kept in it."""
        return self.mode.stream(self.model(**settings), input, config)

    def read_stream(self, input: Any = HELLO, **settings: Any) -> Streamed:
        """The streamed answer. Raises the error that ended it."""
        streamed = self.stream(input, **settings)
        if streamed.error is not None:
            raise streamed.error
        return streamed

    def failure(self, *items: ScriptItem, **settings: Any) -> ChatError:
        """The error of a whole answer. Fails if there is none."""
        self.enqueue(*items)
        try:
            answer = self.ask(**settings)
        except ChatError as error:
            return error
        raise AssertionError(f"an answer instead of an error: {answer!r}")

    def stream_failure(self, *items: ScriptItem, **settings: Any) -> ChatError:
        """The error of a streamed answer. Fails if there is none."""
        self.enqueue(*items)
        streamed = self.stream(**settings)
        assert streamed.error is not None, (
            f"a whole answer instead of an error: {streamed.message!r}"
        )
        return streamed.error

    def failures(self, item: ScriptItem, **settings: Any) -> tuple[ChatError, ChatError]:
        """The error of a whole and of a streamed answer."""
        return self.failure(item, **settings), self.stream_failure(item, **settings)

    def supports_error(self, error_reply: ErrorReply, *, in_stream: bool = False) -> bool:
        """Whether the vendor's wire has this kind of error, or has it within a stream too."""
        simulator = self.simulator
        kinds = simulator.kinds_in_stream if in_stream else simulator.error_kinds
        return error_reply.kind in kinds

    # --- what was sent

    def sent(self, input: Any = HELLO, **settings: Any) -> Any:
        """The body of the request that ``input`` makes."""
        self.enqueue("Hello")
        self.ask(input, **settings)
        return self.server.last.json
