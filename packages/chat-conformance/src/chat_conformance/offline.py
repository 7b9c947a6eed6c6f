"""``OfflineServer``: every vendor on loopback, for trying and testing a program without a key.

    with OfflineServer("Hello there") as server:
        model = server.model("groq:llama-3.3-70b-versatile")
        assert model.invoke("Hi").content == "Hello there"
        assert server.calls[0][0].content == "Hi"

A program that makes its models itself is pointed here by ``server.environment`` (variables) or by
``base_url=server.base_url("groq")``. Each installed provider has an address of its own, whose first
part is its id; the simulator and the rulebook of a request follow from it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from chat_core import InvalidParameterError, Message, get_chat_model, list_providers
from chat_core.provider import WireModel

from .offline_answers import AnswerSource, Scriptable, answer_source, script_item
from .offline_providers import OfflineProvider, offline_provider
from .script import Delivery, Reply
from .scripted_server import ScriptedServer

if TYPE_CHECKING:
    from types import TracebackType

    from chat_core import ChatModel

    from .simulators import ScriptItem, Simulator
    from .wire_connection import Request

__all__ = ["DEFAULT_ANSWER", "OfflineServer"]

DEFAULT_ANSWER = "This answer comes from the offline server; no vendor was asked."
"""What is answered unless the server is given answers."""

_LAST_PORT = 65535


class OfflineServer(ScriptedServer):
    """Simulators of every installed provider on one loopback port.

    A context manager, for blocking code and for event loops.

    Args:
        answers: one answer for all requests; a list of answers, given in turn and then again from
            the first; or a function from the messages of a request to its answer. An answer is a
            ``str``, a ``ToolCall``, an ``AIMessage``, or a ``Reply`` or ``ErrorReply`` of the kit.
            A function runs in the server's thread and must not wait.
        pause: seconds between two chunks of a stream.
        port: the port; by default a free one.

    Items given to ``enqueue`` are sent before ``answers``. A request that the vendor would refuse
    is refused with status 400 and the name of the broken rule.

    Raises ``InvalidParameterError`` for what is no answer or no port; entering it raises
    ``OSError`` for a port in use.
    """

    def __init__(
        self,
        answers: Scriptable | Sequence[Any] | AnswerSource = DEFAULT_ANSWER,
        *,
        pause: float = 0.0,
        port: int = 0,
    ) -> None:
        if not 0 <= port <= _LAST_PORT:
            raise InvalidParameterError(f"port is a number up to {_LAST_PORT}; got {port!r}.")
        super().__init__(port=port)
        self.pause = pause
        self.calls: list[list[Message]] = []
        """The messages of every request so far, in order."""
        self._source: AnswerSource
        self.answer(answers)
        self._known: dict[str, OfflineProvider] = {}
        self.answer_always(self._next)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, traceback)

    # --- where it is

    @cached_property
    def providers(self) -> tuple[str, ...]:
        """The ids of the installed providers that this server answers for."""
        return tuple(
            provider.name for provider in list_providers() if issubclass(provider.load(), WireModel)
        )

    def base_url(self, provider: str) -> str:
        """The ``base_url`` for models of the provider. Raises ``ProviderNotFoundError``."""
        return self.find_provider(provider).base_url(self.url)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point the installed providers here, with a key for each.

        A provider whose vendor reads no address from the environment needs ``base_url`` as well.
        """
        found: dict[str, str] = {}
        for provider in self.providers:
            found |= self.environment_of(provider)
        return found

    def environment_of(self, provider: str) -> dict[str, str]:
        """The variables of one provider. Raises ``ProviderNotFoundError``."""
        return self.find_provider(provider).environment(self.url)

    def settings_of(self, provider: str) -> dict[str, Any]:
        """The settings that point a model of the provider here: address, key, and what it needs.

        Raises ``ProviderNotFoundError``.
        """
        return self.find_provider(provider).settings(self.url)

    def model(self, id: str, **settings: Any) -> ChatModel:
        """The model ``id`` of any installed provider, with ``settings``, pointed here.

        Raises what ``get_chat_model`` raises.
        """
        provider = id.partition(":")[0] if ":" in id else get_chat_model(id).provider
        return get_chat_model(id, **{**self.settings_of(provider), **settings})

    def find_provider(self, name: str) -> OfflineProvider:
        """How the provider is pointed here. Raises ``ProviderNotFoundError``."""
        wanted = name.strip().lower().replace("_", "-")
        if wanted not in self._known:
            self._known[wanted] = offline_provider(wanted)
        return self._known[wanted]

    # --- answering

    def answer(self, answers: Scriptable | Sequence[Any] | AnswerSource) -> None:
        """From now on give ``answers``, as the constructor takes them."""
        self._source = answer_source(answers)

    def provider_of(self, request: Request) -> str:
        """The provider whose address the request was sent to; ``""`` for none."""
        first = request.path.lstrip("/").partition("/")[0]
        return first if first in self.providers else ""

    def simulator_for(self, request: Request) -> Simulator:
        """The simulator of ``request``; a provider may declare one of its own.

        Raises ``LookupError`` for a request that asks for no answer of a chat model.
        """
        provider = self.provider_of(request)
        own = self.find_provider(provider).simulator if provider else None
        if own is not None and _is_chat(own, request):
            return own
        try:
            return super().simulator_for(request)
        except LookupError:
            raise LookupError(
                "The offline server answers chat requests only;"
                f" {request.method} {request.path} is not one."
            ) from None

    def _next(self, request: Request) -> ScriptItem:
        messages = self.simulator_for(request).read_messages(request.json)
        self.calls.append(messages)
        answer = self._source(messages)
        item = script_item(answer, messages, _model_name(request), len(self.calls))
        return Delivery(item, pause=self.pause) if isinstance(item, Reply) else item


def _is_chat(simulator: Simulator, request: Request) -> bool:
    """Whether ``request`` has a path of the simulator's wire, or a body with messages in it."""
    if simulator.serves(request):
        return True
    try:
        return bool(simulator.read_messages(request.json))
    except Exception:  # noqa: BLE001 - a body of any other shape
        return False


def _model_name(request: Request) -> str:
    """The model that a request names in its body or its path."""
    in_path = re.search(r"/(?:models|deployments)/([^/:]+)", request.path)
    return str(request.json.get("model") or (in_path[1] if in_path else ""))
