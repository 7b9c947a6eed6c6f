"""Models derived from one another: what they share, and what none of them shows."""

from __future__ import annotations

import inspect
import math
import pickle
import pydoc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from chat_core.errors import APIError, InvalidParameterError
from chat_core.models.wire_model import WireModel
from chat_core.testing import FakeChatModel
from chat_core.wire.transport import Request, Response, Transport
from pydantic import Field, SecretStr

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


def test_derived_models_share_the_connection_that_either_opens_first() -> None:
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


class Signed(FakeChatModel):
    """A model with secrets of its own, of which one stands in a dict."""

    responses: Any = ("ok",)
    second_key: SecretStr
    more_keys: dict[str, SecretStr] = Field(default_factory=dict)


def test_no_secret_of_a_subclass_is_pickled() -> None:
    """A field is a secret by its type, whatever its name."""
    chat = Signed(second_key="SECRET-1", more_keys={"a": "SECRET-2"}, temperature=0.5)  # type: ignore[arg-type, dict-item]
    pickled = pickle.dumps(chat)
    assert b"SECRET" not in pickled
    assert pickle.loads(pickled).temperature == 0.5


def test_a_key_that_json_masks_is_not_taken_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment gives it again; another masked secret has no such place and is refused."""
    monkeypatch.setenv("LONELY_KEY", "from-the-environment")
    monkeypatch.setattr(LonelyModel, "api_key_env", ("LONELY_KEY",))
    written = LonelyModel(model="m", api_key="abc").model_dump_json()
    assert "abc" not in written
    assert LonelyModel.model_validate_json(written).get_api_key() == "from-the-environment"
    headers = LonelyModel(model="m", default_headers={"x-team": "red"}).model_dump_json()
    with pytest.raises(InvalidParameterError, match="default_headers"):
        LonelyModel.model_validate_json(headers)


@pytest.mark.parametrize("name", ["timeout", "idle_timeout"])
@pytest.mark.parametrize("seconds", [math.inf, -math.inf, math.nan, 1e300, 0, -1])
def test_a_wait_that_no_clock_can_keep_is_refused_by_name(name: str, seconds: float) -> None:
    """In the constructor, in ``bind`` and by assignment."""
    chat = FakeChatModel(responses=["ok"])
    for act in (
        lambda: FakeChatModel(**{"responses": ["ok"], name: seconds}),  # type: ignore[arg-type]
        lambda: chat.bind(**{name: seconds}),
        lambda: setattr(chat, name, seconds),
    ):
        with pytest.raises(InvalidParameterError, match=name):
            act()


def test_a_setting_that_is_no_number_is_refused_by_name() -> None:
    """NaN has no JSON, so the request could not be written."""
    with pytest.raises(InvalidParameterError, match="top_p"):
        FakeChatModel(responses=["ok"], top_p=math.nan)


def test_a_fake_model_takes_one_response_and_goes_on_counting_when_pickled() -> None:
    """A text is not a list of letters; the turn is what has been answered so far."""
    assert FakeChatModel(responses="hello").invoke("q").content == "hello"
    chat = FakeChatModel(responses=["a", "b", "c"])
    assert chat.bind(temperature=0).invoke("q").content == "a"
    assert chat.invoke("q").content == "b"
    assert pickle.loads(pickle.dumps(chat)).invoke("q").content == "c"


def test_help_lists_the_settings_of_a_model_with_their_types() -> None:
    """Before any model of the class was built, and after."""
    for _ in range(2):
        parameters = inspect.signature(LonelyModel).parameters
        assert "float | None" in str(parameters["temperature"])
        assert parameters["timeout"].default == 60.0
        assert parameters["model"].default is inspect.Parameter.empty
        assert "max_retries: " in pydoc.render_doc(LonelyModel)
        LonelyModel(model="m")


def test_no_header_is_pickled() -> None:
    """Names do not tell which values are secrets: a pickle holds neither name nor value."""
    model = LonelyModel(model="m").bind(
        default_headers={"X-Jwt": "topvalue"}, extra_headers={"X-Pass": "lowvalue"}
    )
    data = pickle.dumps(model)
    assert b"topvalue" not in data
    assert b"lowvalue" not in data


@pytest.mark.parametrize("name", ["extra_headers", "extra_query", "extra_body"])
def test_what_is_added_to_a_request_is_a_dict(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"{name} is a dict"):
        LonelyModel(model="m").bind(**{name: 3})


def test_an_empty_address_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="base_url"):
        LonelyModel(model="m", base_url="")
