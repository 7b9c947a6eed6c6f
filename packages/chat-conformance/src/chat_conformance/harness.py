"""The stage that laws play on: servers and event loop, kept for a whole run, and one ``Chat`` each.

Servers, loops and the models' connections are shared, because making them takes longer than a law;
what a law scripted, heard or opened for itself is gone when it is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from chat_core import ChatError, retry

from .backends import KEY, Backend, Offline
from .llmock_server import LlmockServer
from .modes import AsyncWay, Heard, SyncWay, Way
from .offline import OfflineServer
from .script import ErrorReply, Reply

if TYPE_CHECKING:
    from types import TracebackType

    from chat_core import AIMessage, ChatModel

    from .conformance import ChatModelConformance
    from .simulators import ScriptItem, Simulator

__all__ = ["Chat", "Stage"]

HELLO = "Say hello."
"""What is asked when it does not matter."""

_QUICK = 0.01
"""Seconds before the first retry, instead of half a second."""


class Stage:
    """What laws share; a context manager."""

    def __init__(self) -> None:
        self.server = OfflineServer()
        self._ways: dict[str, Way] = {}
        self._llmock: LlmockServer | None = None
        self._models: dict[tuple[object, ...], tuple[ChatModel, Way]] = {}
        self._simulators: dict[type, Simulator | None] = {}
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._exits.enter_context(self.server)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for model, way in self._models.values():
            way.close(model)
        for way in self._ways.values():
            way.end()
        self._exits.__exit__(kind, error, traceback)

    def way(self, name: str) -> Way:
        """The way with this name."""
        if name not in self._ways:
            self._ways[name] = SyncWay() if name == "sync" else AsyncWay()
        return self._ways[name]

    @property
    def llmock(self) -> LlmockServer:
        """llmock, started when first asked for."""
        if self._llmock is None:
            self._llmock = self._exits.enter_context(LlmockServer())
        return self._llmock

    @contextmanager
    def chat(
        self, subject: type[ChatModelConformance], way: str, backend: Backend | None = None
    ) -> Iterator[Chat]:
        """A chat for one law. Raises what the law's script did not foresee."""
        self.server.forget(subject.simulator)
        chat = Chat(self, subject, self.way(way), backend or Offline(self.server))
        wait, retry.BASE_WAIT = retry.BASE_WAIT, _QUICK
        try:
            with chat.backend.around():
                yield chat
            if self.server.problem is not None:
                raise self.server.problem
        finally:
            retry.BASE_WAIT = wait
            chat.clear_up()

    def model(self, chat: Chat) -> ChatModel:
        """The model that the chats of one subject, way and backend share."""
        settings = chat.backend.settings()
        url = settings.get("base_url")
        key = (chat.subject, chat.way.name, chat.backend.name, url)
        if key not in self._models:
            self._models[key] = (chat.subject.make_model(**_PATIENT, **settings), chat.way)
        return self._models[key][0]

    def simulator(self, subject: type[ChatModelConformance]) -> Simulator | None:
        """The simulator that answers the subject; ``None`` while its requests cannot be sent."""
        if subject.simulator is not None:
            return subject.simulator
        if subject not in self._simulators:
            self._simulators[subject] = self._find_simulator(subject)
        return self._simulators[subject]

    def _find_simulator(self, subject: type[ChatModelConformance]) -> Simulator | None:
        self.server.forget()
        self.server.says(Reply("Hello"))
        try:
            with subject.make_model(base_url=self.server.url, api_key=KEY, max_retries=0) as model:
                model.invoke(HELLO)
            return self.server.simulator_for(self.server.last)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, its laws will say
            return None
        finally:
            self.server.forget()


_PATIENT: dict[str, Any] = {"max_retries": 0, "timeout": 10.0}


@dataclass
class Chat:
    """A model under test, and the vendor's side of its talk.

    ``exact`` is true where the vendor says what the script says, word by word. Only then are
    ``server`` and what it heard of use.
    """

    stage: Stage
    subject: type[ChatModelConformance]
    way: Way
    backend: Backend
    _opened: list[ChatModel] = field(default_factory=list)

    @property
    def server(self) -> OfflineServer:
        """The vendor's side."""
        return self.stage.server

    @property
    def exact(self) -> bool:
        """Whether answers are what the script says."""
        return self.backend.exact

    @property
    def simulator(self) -> Simulator:
        """How the vendor speaks."""
        simulator = self.stage.simulator(self.subject)
        assert simulator is not None, "no simulator knows this wire; set `simulator` on the class"
        return simulator

    def offers(self, *capabilities: str) -> bool:
        """Whether the model has all of ``capabilities``.

        Where none are declared these are the ones that its wire has words for.
        """
        declared = self.subject.capabilities
        if declared is None:
            simulator = self.stage.simulator(self.subject)
            declared = simulator.offers if simulator is not None else capabilities
        return set(capabilities) <= set(declared)

    # --- the model

    def model(self, **settings: Any) -> ChatModel:
        """The model, with ``settings`` on top; connections are shared."""
        shared = self.stage.model(self)
        return shared.bind(**settings) if settings else shared

    def new_model(self, **settings: Any) -> ChatModel:
        """A model with connections of its own, closed when the law is over."""
        given = {**_PATIENT, **self.backend.settings(), **settings}
        model = self.subject.make_model(**given)
        self._opened.append(model)
        return model

    def clear_up(self) -> None:
        """Close what ``new_model`` opened."""
        for model in self._opened:
            self.way.close(model)

    # --- the talk

    def says(self, *lines: ScriptItem | str) -> None:
        """Script the vendor's next answers."""
        self.backend.says(*(Reply(line) if isinstance(line, str) else line for line in lines))

    def ask(self, input: Any = HELLO, config: Any = None, **settings: Any) -> AIMessage:
        """The whole answer."""
        answer: AIMessage = self.way.invoke(self.model(**settings), input, config)
        return answer

    def hear(self, input: Any = HELLO, config: Any = None, **settings: Any) -> Heard:
        """The streamed answer; an error is kept in it."""
        return self.way.hear(self.model(**settings), input, config)

    def listen(self, input: Any = HELLO, **settings: Any) -> Heard:
        """The streamed answer. Raises the error that ended it."""
        heard = self.hear(input, **settings)
        if heard.error is not None:
            raise heard.error
        return heard

    def failure(self, *lines: ScriptItem, **settings: Any) -> ChatError:
        """The error of a whole answer. Fails if there is none."""
        self.says(*lines)
        try:
            answer = self.ask(**settings)
        except ChatError as error:
            return error
        raise AssertionError(f"an answer instead of an error: {answer!r}")

    def stream_failure(self, *lines: ScriptItem, **settings: Any) -> ChatError:
        """The error of a streamed answer. Fails if there is none."""
        self.says(*lines)
        heard = self.hear(**settings)
        assert heard.error is not None, f"a whole answer instead of an error: {heard.message!r}"
        return heard.error

    def failures(self, line: ScriptItem, **settings: Any) -> tuple[ChatError, ChatError]:
        """The error of a whole and of a streamed answer."""
        return self.failure(line, **settings), self.stream_failure(line, **settings)

    def supports_error(self, error_reply: ErrorReply) -> bool:
        """Whether the vendor's wire has words for it."""
        return error_reply.kind in self.simulator.error_kinds

    # --- what was sent

    def sent(self, input: Any = HELLO, **settings: Any) -> Any:
        """The body of the request that ``input`` makes."""
        self.says("Hello")
        self.ask(input, **settings)
        return self.server.last.json
