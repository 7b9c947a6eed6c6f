"""Models derived from one another: what they share, and what none of them shows."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.errors import APIError
from chat_core.models.wire_model import WireModel
from chat_core.wire.transport import Request, Response, Transport
from pydantic import Field

if TYPE_CHECKING:
    from chat_core.messages.message import Message
    from chat_core.tools.spec import CallOptions
    from chat_core.wire.decoder import Decoder


class RefusedError(Exception):
    """What this transport's one failure is."""


class CountingTransport(Transport):
    """Sends nothing; counts how many of it were made and closed."""

    made = 0
    closed = 0

    def __init__(self) -> None:
        type(self).made += 1

    def prepare(self) -> None: ...

    def aprepare(self) -> None: ...

    def send(self, request: Request) -> Response:
        raise RefusedError

    async def asend(self, request: Request) -> Response:
        raise RefusedError

    @property
    def timeouts(self) -> tuple[type[BaseException], ...]:
        return ()

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        return (RefusedError,)

    def close(self) -> None:
        type(self).closed += 1

    async def aclose(self) -> None:
        self.close()


class LonelyModel(WireModel):
    """A model whose every request fails to connect."""

    max_retries: int = 0
    servers: list[str] | None = Field(default=None, repr=False)

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        return {}

    def _decoder(self) -> Decoder:
        raise NotImplementedError

    def _make_transport(self) -> Transport:
        return CountingTransport()

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        raise NotImplementedError


def fail(model: LonelyModel, **settings: Any) -> None:
    with pytest.raises(APIError):
        model.invoke("Hi", **settings)


def test_derived_models_share_the_connection_whoever_opens_it_first() -> None:
    CountingTransport.made = CountingTransport.closed = 0
    with LonelyModel(model="m") as model:
        fail(model, temperature=0.5)
        fail(model, timeout=5.0)
        fail(model.bind(top_p=0.5))
        fail(model)
    assert (CountingTransport.made, CountingTransport.closed) == (1, 1)


def test_another_address_is_another_connection() -> None:
    CountingTransport.made = 0
    model = LonelyModel(model="m")
    fail(model)
    fail(model.bind(base_url="http://127.0.0.1:1"))
    fail(model)
    assert CountingTransport.made == 2


def test_a_pickled_model_opens_a_connection_of_its_own() -> None:
    model = LonelyModel(model="m")
    fail(model)
    CountingTransport.made = 0
    fail(pickle.loads(pickle.dumps(model)))
    assert CountingTransport.made == 1


def test_a_setting_marked_as_hidden_is_not_in_repr() -> None:
    assert "secret" not in repr(LonelyModel(model="m", servers=["secret"]))
