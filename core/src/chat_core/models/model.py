"""``ChatModel``: settings, and every way to call a model, from one method that a provider writes.

A provider that writes only ``_generate`` streams its whole answer as one chunk. One that streams
writes ``_stream`` and ``_astream``, or subclasses ``WireModel`` (``wire_model.py``), which has them
already and asks for a codec instead.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)

from ..errors import MissingAPIKeyError
from ..messages.conversation import check_conversation
from ..messages.convert import to_messages
from ..messages.message import AIMessage, AIMessageChunk, Message
from ..runnables.base import Runnable
from ..runnables.engine.accumulators import Merge
from ..runnables.engine.async_runtime import AsyncRuntime
from ..runnables.engine.scope import Chunks, StepContext
from ..runs.run import Run, RunConfig, is_traced, merge_configs, start_run
from ..wire.address import check_address
from ..wire.header_values import clean_header, clean_key, is_credential
from .settings import (
    Seconds,
    explain_validation,
    option_names,
    read_options,
    refuse_unknown,
    without_masked_key,
    without_secrets,
)
from .streams import AsyncChatStream, ChatStream
from .tracing import (
    AsyncSegments,
    RunOutput,
    Segments,
    atrace_stream,
    atrace_whole,
    model_flow,
    trace_stream,
    trace_whole,
)

if TYPE_CHECKING:
    from types import TracebackType

    from ..runnables.sequence import RunnableSequence

__all__ = ["ChatModel", "as_chunk", "reveal"]

if TYPE_CHECKING:
    Secret: TypeAlias = SecretStr | str
else:
    Secret = SecretStr  # pydantic takes a str for it, which type checkers cannot know

_CONNECTION = frozenset({"api_key", "base_url"})
"""The settings that a connection is made with; it is made anew when one of them changes."""


class ChatModel(BaseModel, Runnable[Any, AIMessage]):
    """A chat model and its settings; ``None`` means that the setting is not sent.

    Building one needs no key, no network and no vendor SDK. Objects are cheap to copy, pickle
    (without their key), survive fork, and may be used from several threads and event loops at once.

    Args:
        model: the vendor's name of the model.
        temperature, top_p, max_tokens, stop: as the vendor's documentation has them.
        timeout: seconds for connecting and for the first event of a stream.
        idle_timeout: seconds between two events that bring something.
        answer_timeout: seconds for a whole answer that is not streamed; it is not asked for again.
        max_retries: how often a failed request is sent again before its first output.
        api_key: the key; when absent the environment is read at the first request.
        base_url: what the vendor's own SDK means by it.
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

    traces_itself: ClassVar[bool] = True  # its streams tell their own runs (model_run.py)

    provider: ClassVar[str] = ""
    api_key_env: ClassVar[tuple[str, ...]] = ()
    structured_output_method: ClassVar[Literal["json_schema", "function_calling"]] = "json_schema"

    model: str = Field(min_length=1)
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    stop: list[str] | None = None
    timeout: Seconds = 60.0
    idle_timeout: Seconds = 300.0
    answer_timeout: Seconds = 600.0
    max_retries: int = Field(default=2, ge=0)
    api_key: Secret | None = None
    base_url: str | None = None
    default_headers: dict[str, Secret] | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)

    _options: dict[str, Any] = PrivateAttr(default_factory=dict)
    _config: RunConfig | None = PrivateAttr(default=None)

    def __init__(self, **settings: Any) -> None:
        cls = type(self)
        refuse_unknown(settings, cls._setting_names(), owner=cls.__name__)
        try:
            super().__init__(**without_masked_key(settings, cls.__name__))
        except ValidationError as error:
            raise explain_validation(error, cls, settings) from None

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, field in type(self).model_fields.items():
            if not field.repr:
                continue
            value = getattr(self, name)
            if name == "model" or value != field.get_default(call_default_factory=True):
                yield name, value

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except ValidationError as error:
            raise explain_validation(error, type(self), {name: value}) from None
        if name in _CONNECTION:
            self._forget_connection()

    @classmethod
    def _setting_names(cls) -> set[str]:
        names = set(cls.model_fields)
        return names | {f.alias for f in cls.model_fields.values() if f.alias}

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop_is_a_list(cls, stop: Any) -> Any:
        return [stop] if isinstance(stop, str) else stop

    @field_validator("base_url")
    @classmethod
    def _base_url_is_an_address(cls, base_url: str | None) -> str | None:
        return base_url and check_address(base_url)

    def _run(self, config: RunConfig | None) -> Run | None:
        if config or self._config:
            config = merge_configs(self._config, config)
        if not is_traced():
            return None
        return start_run("chat_model", type(self).__name__, config, metadata=self.ls_metadata())

    def _read(self, input: Any) -> list[Message]:
        messages = to_messages(input)
        if not self._vendor_holds_turns():
            check_conversation(messages)
        return messages

    # --- what a provider writes

    def _vendor_holds_turns(self) -> bool:
        """Whether a setting refers to earlier turns that the vendor stores.

        The messages may then be none, and a tool result may answer a call that is not among them.
        """
        return False

    @abstractmethod
    def _generate(self, messages: list[Message], **options: Any) -> AIMessage:
        """One whole answer. ``options`` are the fields of ``CallOptions`` that the call sets."""

    async def _agenerate(self, messages: list[Message], **options: Any) -> AIMessage:
        """``_generate`` on an event loop; unless overridden it runs in a thread."""
        import asyncio

        return await asyncio.to_thread(self._generate, messages, **options)

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[Sequence[AIMessageChunk], None, None]:
        """The answer as it arrives, in segments of chunks that arrived together.

        Unless overridden: the whole answer as one chunk.
        """
        yield [as_chunk(self._generate(messages, **options))]

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[Sequence[AIMessageChunk], None]:
        """``_stream`` on an event loop.

        Unless overridden: what ``_stream`` yields, advanced in a thread, if a subclass has written
        that; otherwise the whole answer as one chunk.
        """
        yield [as_chunk(await self._agenerate(messages, **options))]

    async def _stream_in_thread(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[Sequence[AIMessageChunk], None]:
        segments = AsyncRuntime().iterate(self._stream(messages, **options), users=True)
        try:
            async for segment in segments:
                yield segment
        finally:
            await segments.aclose()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls._astream is ChatModel._astream and cls._stream is not ChatModel._stream:
            cls._astream = cls._stream_in_thread  # type: ignore[method-assign]

    def _forget_connection(self) -> None:
        """A setting of the connection has changed; the next request opens a new one."""

    def close(self) -> None:
        """Close this model's connections for sync use; the next request opens new ones."""

    async def aclose(self) -> None:
        """Close this model's connections for sync use and on the running event loop."""

    # --- calling it

    def invoke(self, input: Any, config: RunConfig | None = None, **kwargs: Any) -> AIMessage:
        """The whole answer. ``kwargs`` are settings and options for this call alone.

        Raises ``ChatError``: ``InvalidParameterError`` before anything is sent, else ``APIError``.
        """
        if kwargs:
            return self.bind(**kwargs).invoke(input, config)
        messages = self._read(input)
        run = self._run(config)
        if run is None:
            return self._generate(messages, **self._options)
        return trace_whole(run, messages, self._stream(messages, **self._options))

    async def ainvoke(
        self, input: Any, config: RunConfig | None = None, **kwargs: Any
    ) -> AIMessage:
        """``invoke`` on an event loop."""
        if kwargs:
            return await self.bind(**kwargs).ainvoke(input, config)
        messages = self._read(input)
        run = self._run(config)
        if run is None:
            return await self._agenerate(messages, **self._options)
        return await atrace_whole(run, messages, self._astream(messages, **self._options))

    def stream(self, input: Any, config: RunConfig | None = None, **kwargs: Any) -> ChatStream:
        """The answer as it arrives. Nothing is sent before the first step.

        Wrong input raises at once; what the vendor refuses is raised by the first step, and what
        goes wrong later carries the message so far in ``partial``.
        """
        return ChatStream(self.traced_segments(input, config, kwargs)[1])

    def astream(
        self, input: Any, config: RunConfig | None = None, **kwargs: Any
    ) -> AsyncChatStream:
        """``stream`` on an event loop."""
        return AsyncChatStream(self.atraced_segments(input, config, kwargs)[1])

    def traced_segments(
        self, input: Any, config: RunConfig | None, kwargs: dict[str, Any]
    ) -> tuple[Run | None, Segments]:
        """The answer's segments, and the run that they tell if anybody listens."""
        if kwargs:
            return self.bind(**kwargs).traced_segments(input, config, {})
        messages = self._read(input)
        segments = self._stream(messages, **self._options)
        run = self._run(config)
        return run, segments if run is None else trace_stream(run, messages, segments)

    def atraced_segments(
        self, input: Any, config: RunConfig | None, kwargs: dict[str, Any]
    ) -> tuple[Run | None, AsyncSegments]:
        """``traced_segments`` on an event loop."""
        if kwargs:
            return self.bind(**kwargs).atraced_segments(input, config, {})
        messages = self._read(input)
        segments = self._astream(messages, **self._options)
        run = self._run(config)
        return run, segments if run is None else atrace_stream(run, messages, segments)

    def traced_transform(
        self, chunks: Chunks, context: StepContext, config: RunConfig | None, kwargs: dict[str, Any]
    ) -> Chunks:
        output = RunOutput()
        return Chunks(model_flow(self, chunks, context, output, config, kwargs), Merge, output)

    # --- deriving other models from it

    def bind(self, **kwargs: Any) -> Self:
        """This model with other settings and call options; connections are shared.

        Raises ``InvalidParameterError`` for a name that is neither, naming the nearest.
        """
        cls = type(self)
        refuse_unknown(kwargs, cls._setting_names() | option_names(), owner=cls.__name__)
        options = {k: kwargs.pop(k) for k in option_names() & kwargs.keys()}
        bound = self.model_copy()
        bound._options = {**self._options, **read_options(options)}  # noqa: SLF001 - our own copy
        for name, value in kwargs.items():
            setattr(bound, name, value)
        return bound

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Self:
        """This model with tools it may call.

        Args:
            tools: typed functions, pydantic classes, ``Tool`` objects, JSON schemas, or dicts in
                the vendor's own shape (server tools), which are sent as they are.
            tool_choice: ``"auto"``, ``"none"``, ``"any"`` (also ``True`` or ``"required"``), the
                name of one tool, or a dict in the vendor's shape.
            strict: ask the vendor to hold the arguments to the schema.
            parallel_tool_calls: ``False`` allows at most one call in an answer.
        """
        options: dict[str, Any] = {"tools": tools, "tool_choice": tool_choice, "strict": strict}
        if parallel_tool_calls is not None:
            options["parallel_tool_calls"] = parallel_tool_calls
        return self.bind(**{k: v for k, v in options.items() if v is not None}, **kwargs)

    def with_structured_output(
        self,
        schema: Any,
        *,
        method: Literal["json_schema", "function_calling", "json_mode"] | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
    ) -> RunnableSequence[Any, Any]:
        """A chain that answers with an object of ``schema`` instead of a message.

        Args:
            schema: a pydantic class (gives instances of it), a ``TypedDict`` or a JSON schema (give
                dicts).
            method: ``"json_schema"`` where the vendor follows a schema natively,
                ``"function_calling"`` through a forced tool, ``"json_mode"`` for any JSON object;
                by default what suits this provider.
            include_raw: answer ``{"raw": AIMessage, "parsed": …, "parsing_error": …}`` instead, and
                raise nothing when the answer does not fit.
            strict: ask the vendor to hold the answer to the schema.

        Raises ``OutputParserError`` when the answer does not fit the schema.
        """
        from .structured import structured_chain

        return structured_chain(
            self,
            schema,
            method=method or self.structured_output_method,
            include_raw=include_raw,
            strict=strict,
        )

    def with_config(self, config: RunConfig | None = None, **kwargs: Any) -> Self:
        """This model with a run name, tags, metadata or concurrency of its own."""
        bound = self.model_copy()
        bound._config = merge_configs(self._config, config, kwargs)  # noqa: SLF001 - our own copy
        return bound

    # --- what it is

    def get_api_key(self) -> str:
        """The key from ``api_key`` or the environment. Raises ``MissingAPIKeyError``.

        Raises ``InvalidParameterError`` for what no header can carry.
        """
        import os

        given = (reveal(self.api_key or ""), *map(os.environ.get, self.api_key_env))
        for key in given:
            if key and (key := clean_key(key)):
                return key
        raise MissingAPIKeyError(
            f"{type(self).__name__} needs a key: set {' or '.join(self.api_key_env)} in the"
            f" environment, or pass api_key=... to get_chat_model or {type(self).__name__}."
        )

    def get_headers(self) -> dict[str, str]:
        """``default_headers`` in the clear, for the request.

        Raises ``InvalidParameterError`` for those that HTTP does not carry.
        """
        given = self.default_headers or {}
        return {name: clean_header(name, reveal(value)) for name, value in given.items()}

    def ls_metadata(self) -> dict[str, Any]:
        """The ``ls_*`` metadata that events of this model carry."""
        metadata: dict[str, Any] = {
            "ls_provider": self.provider,
            "ls_model_name": self.model,
            "ls_model_type": "chat",
            "ls_temperature": self.temperature,
            "ls_max_tokens": self.max_tokens,
            "ls_stop": self.stop,
        }
        return {key: value for key, value in metadata.items() if value is not None}

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: neither connections nor secrets; the environment gives the key again."""
        state = super().__getstate__()
        fields = without_secrets(state["__dict__"])
        fields["default_headers"] = _public_headers(self.default_headers)
        private = {
            **without_secrets(state["__pydantic_private__"] or {}),
            **self._left_behind(),
        }
        return {**state, "__dict__": fields, "__pydantic_private__": private}

    def _left_behind(self) -> dict[str, Any]:
        """Private attributes that are not pickled, with the values they have afterwards."""
        return {}

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


def reveal(secret: SecretStr | str) -> str:
    """A secret in the clear."""
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret


def as_chunk(message: AIMessage) -> AIMessageChunk:
    """A whole answer as one chunk."""
    return AIMessageChunk(
        message.blocks,
        message.id,
        message.name,
        message.additional_kwargs,
        message.usage_metadata,
        message.response_metadata,
    )


def _public_headers(headers: dict[str, Secret] | None) -> dict[str, Secret] | None:
    """The headers whose names do not look like a credential's."""
    if headers is None:
        return None
    return {name: value for name, value in headers.items() if not is_credential(name)}
