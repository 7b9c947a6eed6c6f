"""``ModelSettings``: what a chat model is configured with, checked when it is set.

It has the fields, the key, the headers, what is pickled, and the end of its connections. Calling is
in ``ChatModel`` (``model.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_serializer,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from ..errors import ChatError, InvalidParameterError, MissingAPIKeyError
from ..json_text import JSONObject
from ..short_repr import short_repr
from ..wire.address import check_address, shown_address
from ..wire.header_values import KEY_FOLLOWS, clean_header, clean_key
from .reasoning_setting import Reasoning, read_reasoning
from .settings import (
    Seconds,
    explain_validation,
    refuse_unknown,
    without_masked_key,
    without_secrets,
)
from .signature import SettingsSignature

__all__ = ["LIMITS", "Connection", "ModelSettings", "Secret", "connection_settings", "reveal"]

if TYPE_CHECKING:
    Secret: TypeAlias = SecretStr | str
else:
    Secret = SecretStr  # pydantic takes a str for it, which type checkers cannot know

_OF_EVERY_CONNECTION = frozenset(
    "api_key base_url http_client async_http_client proxy verify cert http2 http_engine".split()
)


LIMITS = frozenset({"timeout", "idle_timeout", "answer_timeout", "max_retries"})
"""The settings that bound a call, which its model has to apply itself."""


class Connection:
    """Marks a setting that a connection is made with: ``Annotated[str | None, Connection]``.

    The connection is made anew when it changes. A client of the vendor's SDK (``client``,
    ``async_client``) has such settings itself.
    """


@cache
def connection_settings(model_class: type[ModelSettings]) -> frozenset[str]:
    """The names of the settings of ``model_class`` that a connection is made with."""
    fields = model_class.model_fields.items()
    return _OF_EVERY_CONNECTION.union(n for n, field in fields if Connection in field.metadata)


class ModelSettings(BaseModel):
    """The settings of a chat model; ``None`` means that the setting is not sent.

    Args:
        model: the vendor's name of the model.
        temperature, top_p, max_tokens, stop: as the vendor's documentation has them.
        reasoning: how much the model reasons: ``"off"``, ``"low"``, ``"medium"``, ``"high"``,
            ``"max"``, or a number of tokens; sent as the parameter that the vendor has for it. The
            vendor's own parameters win over it.
        timeout: seconds for connecting and for the first event of a stream, whatever it brings.
        idle_timeout: seconds between two events that bring something; also from the first event,
            which many servers send at once and which holds a role alone, to the first token.
        answer_timeout: seconds for a whole answer that is not streamed; it is not asked for again.
        max_retries: how often a failed request is sent again before its first output.
        api_key: the key, or a function or an async function that returns it, which is asked before
            each request and once more after a 401; when absent, the environment is read when a
            connection is made.
        base_url: what the vendor's own SDK means by it; a query in it, such as ``?api-version=1``,
            goes with every request.
        default_headers: headers for every request; their values are treated as secrets.
        model_kwargs: anything else the vendor takes, merged into the request body as it is.

    Raises ``InvalidParameterError`` for a setting that is unknown or cannot be right.
    """

    model_config = ConfigDict(
        extra="forbid",
        protected_namespaces=(),
        validate_assignment=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        defer_build=True,  # the schemas of base classes are never used
    )

    provider: ClassVar[str] = ""
    api_key_env: ClassVar[tuple[str, ...]] = ()
    base_url_env: ClassVar[tuple[str, ...]] = ()
    """Variables of the environment with an address that stands for ``base_url``."""
    base_url_suffix: ClassVar[str] = ""
    """What the vendor's own ``base_url`` ends in, such as ``/v1``; empty for a host alone."""
    applies: ClassVar[frozenset[str]] = frozenset()
    """Which of ``LIMITS`` the model applies; another that is given is refused by name."""
    address_settings: ClassVar[tuple[str, ...]] = ("base_url",)
    """The settings that an address may be given by."""

    model: str = Field(min_length=1)
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    stop: list[str] | None = None
    reasoning: Reasoning | None = None
    timeout: Seconds = 60.0
    idle_timeout: Seconds = 300.0
    answer_timeout: Seconds = 600.0
    max_retries: int = Field(default=2, ge=0)
    api_key: Secret | SkipJsonSchema[Callable[[], Any]] | None = None
    base_url: str | None = None
    default_headers: dict[str, Secret] | None = None
    model_kwargs: JSONObject = Field(default_factory=dict)

    __signature__: ClassVar[Any] = SettingsSignature()

    def __init__(self, **settings: object) -> None:
        cls = type(self)
        refuse_unknown(settings, cls._setting_names(), owner=cls.__name__)
        try:
            super().__init__(**without_masked_key(settings, cls.__name__))
        except ValidationError as error:
            raise explain_validation(error, cls, settings) from None
        self._refuse_unapplied(settings)

    def _refuse_unapplied(self, given: Iterable[str]) -> None:
        """Raise ``InvalidParameterError`` for a limit that would have no effect."""
        cls = type(self)
        if "reasoning" in given and self.reasoning is not None:
            self._refuse_reasoning_without_parameters()
        if cls.applies is LIMITS:
            return
        for name in LIMITS.difference(cls.applies).intersection(given):
            value = getattr(self, name)
            is_trivial = name == "max_retries" and value == 0
            if value != cls.model_fields[name].default and not is_trivial:
                raise InvalidParameterError(
                    f"{cls.__name__} does not apply {name}=: it would have no effect. Leave it out"
                    " (with_retry() retries any model). A class that applies it says so:"
                    f" `applies = frozenset({{{name!r}}})`; a WireModel applies all of them."
                )

    def _refuse_reasoning_without_parameters(self) -> None:
        cls = type(self)
        if cls.reasoning_parameters is ModelSettings.reasoning_parameters:
            raise InvalidParameterError(
                f"{cls.__name__} does not apply reasoning=: it would have no effect. Leave it out."
                " A class that applies it overrides reasoning_parameters()."
            )

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        for name, field in type(self).model_fields.items():
            if not field.repr:
                continue
            value = getattr(self, name)
            if name == "api_key" and callable(value):
                value = "a function"  # its own text may hold a secret
            if name == "base_url" and isinstance(value, str):
                value = shown_address(value)
            if name == "model" or value != field.get_default(call_default_factory=True):
                yield name, _Shown(value)

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        """What notebooks show: a table of the settings."""
        from .settings_table import settings_table

        return settings_table(type(self).__name__, self.__repr_args__())

    if not TYPE_CHECKING:  # a type checker refuses names that are no setting

        def __setattr__(self, name: str, value: object) -> None:
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                raise explain_validation(error, type(self), {name: value}) from None
            if name in connection_settings(type(self)) or name in ("client", "async_client"):
                self._forget_connection()

    @classmethod
    def _setting_names(cls) -> set[str]:
        names = set(cls.model_fields)
        return names | {f.alias for f in cls.model_fields.values() if f.alias}

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop_is_a_list(cls, stop: object) -> object:
        return [stop] if isinstance(stop, str) else stop

    @field_validator("reasoning", mode="before")
    @classmethod
    def _reasoning_is_a_word(cls, reasoning: object) -> object:
        return read_reasoning(reasoning)

    @field_validator("base_url")
    @classmethod
    def _base_url_is_an_address(cls, base_url: str | None) -> str | None:
        return None if base_url is None else check_address(base_url)

    def _forget_connection(self) -> None:
        """A setting of the connection has changed; the next request opens a new one."""

    def prepare(self) -> None:
        """Do now what the first blocking call would have to do before it sends: imports,
        certificates, HTTP client. Nothing is sent.

        Raises ``ChatError`` for settings that no request can be made with.
        """

    async def aprepare(self) -> None:
        """``prepare`` for the running event loop; what takes long is done in a worker thread."""

    def close(self) -> None:
        """Close this model's connections for sync use; the next request opens new ones."""

    async def aclose(self) -> None:
        """Close this model's connections for sync use and on the running event loop."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def get_api_key(self) -> str:
        """The key from ``api_key`` or the environment. Raises ``MissingAPIKeyError``.

        For a key that a function returns this is ``KEY_FOLLOWS``, which the transport replaces.
        Raises ``InvalidParameterError`` for what no header can carry.
        """
        import os

        for key in (self._own_key(), *map(os.environ.get, self.api_key_env)):
            if key and (key := clean_key(key)):
                return key
        raise MissingAPIKeyError(
            f"{type(self).__name__} needs a key: set {' or '.join(self.api_key_env)} in the"
            f" environment, or pass api_key=... to get_chat_model or {type(self).__name__}.",
            provider=self.provider,
        )

    def _own_key(self) -> str:
        """``api_key`` in the clear; empty without one."""
        if self.api_key is None:
            return ""
        if not callable(self.api_key):
            return reveal(self.api_key)
        return KEY_FOLLOWS

    @field_serializer("api_key", mode="wrap", when_used="json")
    def _key_in_json(self, key: object, write: SerializerFunctionWrapHandler) -> object:
        return None if callable(key) else write(key)

    def address_source(self) -> tuple[str, str]:
        """The setting or the variable that the address comes from, and the address.

        Both are empty where the vendor's own address is used.
        """
        import os

        for name in self.address_settings:
            if given := getattr(self, name):
                return f"{name}=", str(given)
        for name in self.base_url_env:
            if given := os.environ.get(name):
                return f"{name} of the environment", given
        return "", ""

    def last_address(self) -> str:
        """The address that this model's connection has last sent to; empty before, or unknown."""
        return ""

    def get_headers(self) -> dict[str, str]:
        """``default_headers`` in the clear, for the request.

        Raises ``InvalidParameterError`` for those that HTTP does not carry.
        """
        given = self.default_headers or {}
        return {name: clean_header(name, reveal(value)) for name, value in given.items()}

    def reasoning_parameters(self) -> JSONObject:
        """The vendor's parameters that ``reasoning`` is sent as; pure, and empty without it.

        Those that are set by the vendor's own name stand here as they are set. Raises
        ``InvalidRequestError`` for what this model has no parameter for.
        """
        return {}

    def ls_metadata(self) -> JSONObject:
        """The ``ls_*`` metadata that events of this model carry.

        With ``reasoning`` set, ``ls_reasoning`` is its value and ``ls_reasoning_parameters`` what
        is sent for it.
        """
        metadata: JSONObject = {
            "ls_provider": self.provider,
            "ls_model_name": self.model,
            "ls_model_type": "chat",
            "ls_temperature": self.temperature,
            "ls_max_tokens": self.max_tokens,
            "ls_stop": self.stop,
        }
        if self.reasoning is not None:
            metadata["ls_reasoning"] = self.reasoning
            with suppress(ChatError):  # the request of this run raises it
                metadata["ls_reasoning_parameters"] = self.reasoning_parameters()
        return {key: value for key, value in metadata.items() if value is not None}

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: no connection, key or header; the environment gives the key again."""
        state = super().__getstate__()
        fields = without_secrets(state["__dict__"])
        if callable(fields["api_key"]):
            fields["api_key"] = None  # functions that know a secret are mostly not picklable
        fields["default_headers"] = None
        private = {
            **without_secrets(state["__pydantic_private__"] or {}),
            **self._left_behind(),
        }
        options = dict(private.get("_options") or {})
        if options.pop("extra_headers", None):  # headers of calls are secrets as those of a model
            private["_options"] = options
        return {**state, "__dict__": fields, "__pydantic_private__": private}

    def _left_behind(self) -> dict[str, object]:
        """Private attributes that are not pickled, with the values they have afterwards."""
        return {}


class _Shown:
    """A value whose ``repr`` is short."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return short_repr(self.value)


def reveal(secret: SecretStr | str) -> str:
    """A secret in the clear."""
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret
