"""The scripted server: answers requests from a script, each in its own wire, and records them.

    with ScriptedServer() as server:
        server.enqueue(ErrorReply("rate_limit"), Reply("Hello there"))
        model = get_chat_model("groq:any", base_url=server.url, api_key="k")
        assert model.invoke("Hi").content == "Hello there"      # after one retry
        assert server.received("Hi")

The path of a request selects its wire, so no vendor is named. The server refuses requests that the
vendor would refuse. One server may serve many tests:
``forget`` empties the script and the record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from .http_answers import Answer, json_answer
from .refusals import refusal
from .simulators import SIMULATORS, ScriptItem, Simulator
from .wire_connection import Exchange, Request
from .wire_server import WireServer

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ScriptedServer", "count", "mentions"]


class ScriptedServer:
    """A scripted vendor on loopback; a context manager.

    Args:
        simulator: the simulator of all requests; by default the one whose ``paths`` match.
        provider: the id of the provider whose rulebook requests must keep; by default the rulebook
            of the wire (``rulebooks``).
        port: the port on loopback; by default a free one.

    A request that breaks a rule gets the vendor's status 400, with the rule's name in the message.
    A request for which the script has no item gets status 418, which no client retries, and sets
    ``problem``.
    """

    def __init__(
        self, simulator: Simulator | None = None, provider: str = "", *, port: int = 0
    ) -> None:
        self.simulator = simulator
        self.provider = provider
        self.wire = WireServer(handler=self._answer, check=None, port=port)
        self._script: deque[ScriptItem] = deque()
        self._again: ScriptItem | Callable[[Request], ScriptItem] | None = None
        self.problem: Exception | None = None
        """Why a request could not be answered: the script is at its end, or its wire is unknown."""

    def __enter__(self) -> Self:
        self.wire.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.wire.__exit__(kind, error, traceback)

    @property
    def url(self) -> str:
        """The root, such as ``http://127.0.0.1:53412``: good as the ``base_url`` of any model."""
        return self.wire.url

    # --- the script

    def enqueue(self, *items: ScriptItem) -> None:
        """Add items for the requests to come, one each."""
        self._script.extend(items)

    def answer_always(self, item: ScriptItem | Callable[[Request], ScriptItem]) -> None:
        """Answer all requests with ``item`` once the script is at its end; it may be a function."""
        self._again = item

    def forget(self, simulator: Simulator | None = None, provider: str = "") -> None:
        """Empty the script and the record; use ``simulator`` and ``provider`` from now on."""
        self.wire.reset()
        self.simulator = simulator
        self.provider = provider
        self._again = self.problem = None
        self._script.clear()

    def simulator_for(self, request: Request) -> Simulator:
        """The simulator of ``request``. Raises ``LookupError`` if none serves its path."""
        if self.simulator is not None:
            return self.simulator
        for simulator in SIMULATORS:
            if simulator.serves(request):
                return simulator
        raise LookupError(
            f"No simulator serves {request.method} {request.path}; set `simulator` to one of"
            " this wire (chat_conformance.simulators)."
        )

    def provider_of(self, request: Request) -> str:
        """The id of the provider whose rulebook ``request`` must keep; ``""`` for its wire's."""
        return self.provider

    def _answer(self, request: Request) -> Answer:
        try:
            simulator = self.simulator_for(request)
            if (listed := simulator.unscripted(request)) is not None:
                return listed
            item = self._script.popleft() if self._script else self._again
            if callable(item):
                item = item(request)
            if item is None:
                raise LookupError(f"The script has no item for {request.method} {request.path}")
            refused = refusal(request, simulator, self.provider_of(request))
            return refused or simulator.answer(item, request)
        except Exception as error:  # noqa: BLE001 - kept in `problem`, which the harness raises
            self.problem = error
            message = str(error) if type(error) is LookupError else repr(error)
            return json_answer({"error": {"message": message, "type": "offline_server"}}, 418)

    # --- what was received

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All exchanges so far."""
        return self.wire.exchanges

    @property
    def requests(self) -> Sequence[Request]:
        """All requests so far."""
        return self.wire.requests

    @property
    def last(self) -> Request:
        """The latest request."""
        return self.requests[-1]

    def received(self, *values: Any) -> bool:
        """Whether the latest request's body holds every one of ``values``; see ``mentions``."""
        return all(mentions(self.last.json, value) for value in values)


def mentions(wire: Any, value: Any) -> bool:
    """Whether ``value`` stands somewhere in the JSON ``wire``.

    A string may be part of a longer one, because vendors wrap text (JSON within JSON, data URLs).
    """
    return any(_matches(value, found) for found in _values(wire))


def count(wire: Any, value: str) -> int:
    """How many strings in the JSON ``wire`` are ``value``."""
    return sum(found == value for found in _values(wire))


def _matches(value: Any, found: Any) -> bool:
    if isinstance(value, str):
        return isinstance(found, str) and value in found
    return type(found) in (int, float) and found == value


def _values(wire: Any) -> Iterator[Any]:
    """Every value and every name in ``wire`` that is no container."""
    if isinstance(wire, Mapping):
        for name, value in wire.items():
            yield name
            yield from _values(value)
    elif isinstance(wire, list):
        for value in wire:
            yield from _values(value)
    else:
        yield wire
