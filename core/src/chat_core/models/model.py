"""``ChatModel``: settings, and every way to call a model, from one method that a provider writes.

A provider that writes only ``_generate`` streams its whole answer as one chunk. One that streams
writes ``_stream`` and ``_astream``, or subclasses ``WireModel`` (``wire_model.py``), which has them
already and asks for a codec instead.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, TypeVar, overload

from pydantic import ConfigDict, PrivateAttr
from typing_extensions import Unpack

from ..errors import InvalidParameterError
from ..json_text import JSONObject
from ..messages.chunks import AIMessageChunk, as_chunk
from ..messages.conversation import check_conversation, holds_cache_points
from ..messages.convert import to_messages
from ..messages.message import AIMessage, Message
from ..runnables.base import Runnable
from ..runnables.engine.accumulators import Merge
from ..runnables.engine.scope import Chunks, StepContext
from ..runs.config import RunConfig, merge_configs
from ..runs.event_loop import call_in_thread, running_loop
from ..runs.run import Run, is_traced, start_run, use_run_context
from .model_settings import ModelSettings
from .settings import (
    Settings,
    merge_options,
    merge_setting,
    option_names,
    refuse_unknown,
    shown_options,
)
from .streams import AsyncChatStream, ChatStream
from .tracing import (
    AsyncSegments,
    RunOutput,
    Segments,
    atrace_generate,
    atrace_stream,
    atrace_whole,
    trace_generate,
    trace_stream,
    trace_whole,
)
from .vendor_services import VendorServices

if TYPE_CHECKING:
    from ..runnables.events import EventSource
    from ..runnables.sequence import RunnableSequence
    from ..tools.spec import ToolSpec
    from ..wire.candidates import CandidateWire
    from .cache_marks import CacheMarks
    from .middleware import ModelMiddleware, Step
    from .structured import WithRaw, WithRawChunk

__all__ = ["ChatModel"]

T = TypeVar("T")

_MERGED = frozenset({"default_headers", "model_kwargs"})
"""The settings that ``bind`` adds to instead of replacing them."""

Method: TypeAlias = Literal["json_schema", "function_calling", "json_mode"]


class ChatModel(ModelSettings, VendorServices, Runnable[Any, AIMessage, AIMessageChunk]):
    """A chat model and its settings; ``None`` means that the setting is not sent.

    Building one needs no key, no network and no vendor SDK. Objects are cheap to copy, pickle
    (without their key), survive fork, and may be used from several threads and event loops at once.

    Args:
        model: the vendor's name of the model.
        temperature, top_p, max_tokens, stop: as the vendor's documentation has them.
        reasoning: how much the model reasons: ``"off"``, ``"low"``, ``"medium"``, ``"high"``,
            ``"max"``, or a number of tokens; sent as the parameter that the vendor has for it.
        timeout: seconds for connecting and for the first event of a stream, whatever it brings.
        idle_timeout: seconds between two events that bring something; also from the first event,
            which many servers send at once and which holds a role alone, to the first token.
        answer_timeout: seconds for a whole answer that is not streamed.
        max_retries: how often a failed request is sent again before its first output.
        api_key: the key; when absent the environment is read at the first request.
        base_url: what the vendor's own SDK means by it; a query in it, such as ``?api-version=1``,
            goes with every request.
        default_headers: headers for every request; their values are treated as secrets.
        model_kwargs: anything else the vendor takes, merged into the request body as it is.

    Raises ``InvalidParameterError`` for a setting that is unknown or cannot be right.
    """

    traces_itself: ClassVar[bool] = True  # its streams report their own runs (tracing.py)

    structured_output_method: ClassVar[Literal["json_schema", "function_calling"]] = "json_schema"

    idempotency_header: ClassVar[str | None] = None
    """The header of a call's ``idempotency_key``; ``None`` for a vendor that has none."""

    _middleware: ClassVar[tuple[ModelMiddleware, ...]] = ()  # a wrapped model has its own
    _process_middleware: ClassVar[tuple[ModelMiddleware, ...]] = ()  # of ChatModel itself alone
    _options: Settings = PrivateAttr(default_factory=dict)
    _config: RunConfig | None = PrivateAttr(default=None)

    def _run(self, config: RunConfig | None) -> Run | None:
        if config or self._config:
            config = merge_configs(self._config, config)
        if not is_traced():
            return None
        name, metadata = type(self).__name__, self.ls_metadata()
        return start_run("chat_model", name, config, metadata=metadata, runnable=self)

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        yield from super().__repr_args__()
        yield from shown_options(self._options)
        if self._middleware:
            yield "middleware", list(self._middleware)

    def _read(self, input: object) -> list[Message]:
        messages = to_messages(input)
        if not self._vendor_holds_turns():
            check_conversation(messages)
        if holds_cache_points(messages):
            from .cache_marks import mark_messages

            return mark_messages(messages, self._cache_marks())
        return messages

    def names_one_call(self) -> bool:
        """See ``Step``."""
        return self._options.get("idempotency_key") is not None

    # --- what a provider writes

    def _cache_marks(self) -> CacheMarks | None:
        """How the wire marks the end of a cached prefix; ``None`` where there are no marks. Pure.

        Without marks cache points are left out: the vendor caches by itself, or not at all.
        """
        return None

    def _vendor_holds_turns(self) -> bool:
        """Whether a setting refers to earlier turns that the vendor stores.

        The messages may then be none, and a tool result may answer a call that is not among them.
        """
        return False

    def _request_body(
        self, messages: list[Message], options: Settings, *, stream: bool
    ) -> JSONObject | None:
        """The body of the request that a call makes; ``None`` for a model without a codec."""
        return None

    def _method_for(self, spec: ToolSpec) -> Literal["json_schema", "function_calling"]:
        """How an object of ``spec`` is asked for where the caller does not say."""
        return self.structured_output_method

    def _candidate_wire(self) -> CandidateWire | None:
        """Where the wire has several candidates; ``None`` for a model that cannot ask for them."""
        return None

    def _forces_tools(self) -> bool:
        """Whether a request may name the tool to call; otherwise its description asks for it."""
        return True

    @abstractmethod
    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        """One whole answer. ``options`` are the fields of ``CallOptions`` that the call sets."""

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        """``_generate`` on an event loop; unless overridden it runs in a thread."""
        running_loop()
        return await call_in_thread(partial(self._generate, messages, **options))

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[Sequence[AIMessageChunk], None, None]:
        """The answer as it arrives, in segments of chunks that arrived together.

        Unless overridden: the whole answer as one chunk.
        """
        yield [as_chunk(self._generate(messages, **options))]

    async def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[Sequence[AIMessageChunk], None]:
        """``_stream`` on an event loop.

        Unless overridden: what ``_stream`` yields, advanced in a thread, if a subclass has written
        that; otherwise the whole answer as one chunk.
        """
        yield [as_chunk(await self._agenerate(messages, **options))]

    async def _stream_in_thread(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[Sequence[AIMessageChunk], None]:
        from ..runnables.engine.async_runtime import AsyncRuntime  # few models stream this way

        segments = AsyncRuntime().iterate(self._stream(messages, **options), users=True)
        try:
            async for segment in segments:
                yield segment
        finally:
            await segments.aclose()

    def __init_subclass__(cls, **kwargs: Unpack[ConfigDict]) -> None:
        super().__init_subclass__(**kwargs)
        if cls._astream is ChatModel._astream and cls._stream is not ChatModel._stream:
            cls._astream = cls._stream_in_thread  # type: ignore[method-assign]

    # --- the same through middleware (middleware.py)

    def _answer(self, messages: list[Message]) -> AIMessage:
        return self._through("generate", self._generate, messages)

    def _aanswer(self, messages: list[Message]) -> Awaitable[AIMessage]:
        return self._through("agenerate", self._agenerate, messages)

    def _answer_stream(self, messages: list[Message]) -> Segments:
        return self._through("stream", self._stream, messages)

    def _answer_astream(self, messages: list[Message]) -> AsyncSegments:
        return self._through("astream", self._astream, messages)

    def _through(self, step: Step, method: Callable[..., T], messages: list[Message]) -> T:
        options = self._options_of_call()
        if not self._middleware and not self._process_middleware:
            return method(messages, **options)
        from .middleware import through_middleware  # models without middleware do not load it

        return through_middleware(self, messages, options, step, method)

    def _options_of_call(self) -> Settings:
        """The options for the four methods; tools are without cache points."""
        if not self._options.get("tools"):
            return self._options
        from .cache_marks import mark_tools

        return {**self._options, "tools": mark_tools(self._options["tools"], None)}

    # --- calling it

    def invoke(self, input: object, config: RunConfig | None = None, **kwargs: object) -> AIMessage:
        """The whole answer. ``kwargs`` are settings and options for this call alone.

        Raises ``ChatError``: ``InvalidParameterError`` before anything is sent, else ``APIError``.
        """
        if kwargs:
            return self.bind(**kwargs).invoke(input, config)
        messages = self._read(input)
        run = self._run(config)
        if run is None:
            return self._answer(messages)
        if not run.needs_chunks:
            return trace_generate(run, messages, partial(self._answer, messages))
        return trace_whole(run, messages, self._answer_stream(messages))

    async def ainvoke(
        self, input: object, config: RunConfig | None = None, **kwargs: object
    ) -> AIMessage:
        """``invoke`` on an event loop."""
        if kwargs:
            return await self.bind(**kwargs).ainvoke(input, config)
        messages = self._read(input)
        run = self._run(config)
        if run is None:
            return await self._aanswer(messages)
        if not run.needs_chunks:
            return await atrace_generate(run, messages, partial(self._aanswer, messages))
        return await atrace_whole(run, messages, self._answer_astream(messages))

    def stream(
        self, input: object, config: RunConfig | None = None, **kwargs: object
    ) -> ChatStream:
        """The answer as it arrives. Nothing is sent before the first step.

        Wrong input raises at once; what the vendor refuses is raised by the first step, and what
        goes wrong later carries the message so far in ``partial``.
        """
        return ChatStream(self.traced_segments(input, config, kwargs)[1])

    def astream(
        self, input: object, config: RunConfig | None = None, **kwargs: object
    ) -> AsyncChatStream:
        """``stream`` on an event loop."""
        return AsyncChatStream(self.atraced_segments(input, config, kwargs)[1])

    def traced_segments(
        self, input: object, config: RunConfig | None, kwargs: dict[str, object]
    ) -> tuple[Run | None, Segments]:
        """The answer's segments, and the run that they report, if something traces it."""
        if kwargs:
            return self.bind(**kwargs).traced_segments(input, config, {})
        messages = self._read(input)
        segments = self._answer_stream(messages)
        run = self._run(config)
        return run, segments if run is None else trace_stream(run, messages, segments)

    def atraced_segments(
        self, input: object, config: RunConfig | None, kwargs: dict[str, object]
    ) -> tuple[Run | None, AsyncSegments]:
        """``traced_segments`` on an event loop."""
        if kwargs:
            return self.bind(**kwargs).atraced_segments(input, config, {})
        messages = self._read(input)
        segments = self._answer_astream(messages)
        run = self._run(config)
        return run, segments if run is None else atrace_stream(run, messages, segments)

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> AIMessage:
        method: Callable[..., object] = self.ainvoke if context.runtime.is_async else self.invoke
        call = partial(method, **kwargs)
        message: AIMessage = await context.runtime.call(
            call, value, run_context=context.run_context
        )
        return message

    def traced_transform(
        self,
        chunks: Chunks,
        context: StepContext,
        config: RunConfig | None,
        kwargs: dict[str, object],
    ) -> Chunks:
        output = RunOutput()
        return Chunks(
            self._stream_as_step(chunks, context, output, config, kwargs), Merge(), output
        )

    async def _stream_as_step(
        self,
        chunks: Chunks,
        context: StepContext,
        output: RunOutput,
        config: RunConfig | None,
        kwargs: dict[str, object],
    ) -> AsyncGenerator[AIMessageChunk, None]:
        """``stream`` or ``astream``, by the runtime, as a step of a chain.

        A traced run merges its chunks itself. An untraced one is read through a stream object,
        which puts what has arrived on an error.
        """
        value = await chunks.collect()
        is_async = context.runtime.is_async
        opener = self.atraced_segments if is_async else self.traced_segments
        with use_run_context(context.run_context):
            output.run, segments = opener(value, config, kwargs)
        if output.run is not None:
            items = context.runtime.iterate(segments)
            try:
                async for segment in items:
                    for chunk in segment:
                        yield chunk
            finally:
                await items.aclose()
            return
        untold: Any = segments
        stream = AsyncChatStream(untold) if is_async else ChatStream(untold)
        chunks_of_stream = context.runtime.iterate(stream)
        try:
            async for chunk in chunks_of_stream:
                yield chunk
        finally:
            await chunks_of_stream.aclose()

    def event_source(self) -> EventSource:
        """Events taken between the chunks of the model's own stream."""
        from .events import amodel_events, model_events  # programs without events do not load it

        return model_events, amodel_events

    # --- deriving other models from it

    def bind(self, **kwargs: object) -> Self:
        """This model with other settings and call options; connections are shared.

        ``default_headers`` and ``model_kwargs`` are added to the model's own, as ``extra_headers``,
        ``extra_query`` and ``extra_body`` are to those bound before.

        Raises ``InvalidParameterError`` for a name that is neither, naming the nearest.
        """
        cls = type(self)
        refuse_unknown(kwargs, cls._setting_names() | option_names(), owner=cls.__name__)
        options = {k: kwargs.pop(k) for k in option_names() & kwargs.keys()}
        if options.get("idempotency_key") is not None and cls.idempotency_header is None:
            raise InvalidParameterError(
                f"{cls.__name__} takes no idempotency_key=: its vendor has no header for it, so a"
                " call that is sent again may be answered twice. max_retries=0 sends each once."
            )
        bound = self.model_copy()
        bound._options = merge_options(self._options, options)  # noqa: SLF001 - our own copy
        for name, value in kwargs.items():
            is_added = name in _MERGED
            setattr(
                bound, name, merge_setting(name, getattr(self, name), value) if is_added else value
            )
        bound._refuse_unapplied(kwargs)  # noqa: SLF001 - as above
        return bound

    def bind_tools(
        self,
        tools: Sequence[object],
        *,
        tool_choice: str | JSONObject | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: object,
    ) -> Self:
        """This model with tools that it may call; the model itself is not changed.

        The calls are in ``message.tool_calls``. Run each, append the answer and then one
        ``ToolMessage`` for each call to the conversation, and call the model again.

        Args:
            tools: typed functions, pydantic classes, ``Tool`` objects, JSON schemas; tools that
                the vendor runs (``WebSearch()``, ``CodeExecution()`` …); or dicts in the vendor's
                own shape, which are sent as they are.
            tool_choice: ``"auto"`` (the model decides), ``"none"``, ``"any"`` (it must call one;
                also ``True`` or ``"required"``), the name of one tool, or a dict in the vendor's
                shape.
            strict: ask the vendor to hold the arguments to the schema.
            parallel_tool_calls: ``False`` allows at most one call in an answer.
            kwargs: settings and call options, as of ``bind``.

        Raises ``InvalidParameterError`` for a tool of which no schema can be made. What the vendor
        does not offer (a choice, a name, ``strict``) is refused by the first request.
        """
        options: dict[str, object] = {"tools": tools, "tool_choice": tool_choice, "strict": strict}
        if parallel_tool_calls is not None:
            options["parallel_tool_calls"] = parallel_tool_calls
        return self.bind(**{k: v for k, v in options.items() if v is not None}, **kwargs)

    @overload
    def with_structured_output(
        self,
        schema: type[T],
        *,
        method: Method | None = None,
        include_raw: Literal[False] = False,
        strict: bool | None = None,
        retries: int = 0,
    ) -> RunnableSequence[Any, T]: ...
    @overload
    def with_structured_output(
        self,
        schema: object,
        *,
        method: Method | None = None,
        include_raw: Literal[False] = False,
        strict: bool | None = None,
        retries: int = 0,
    ) -> RunnableSequence[Any, Any]: ...
    @overload
    def with_structured_output(
        self,
        schema: Any,
        *,
        method: Method | None = None,
        include_raw: bool,
        strict: bool | None = None,
        retries: int = 0,
    ) -> RunnableSequence[Any, WithRaw, WithRawChunk]: ...
    def with_structured_output(
        self,
        schema: object,
        *,
        method: Method | None = None,
        include_raw: bool = False,
        strict: bool | None = None,
        retries: int = 0,
    ) -> RunnableSequence[Any, Any]:
        """A chain that answers with an object of ``schema`` instead of a message.

        Args:
            schema: a pydantic class or a dataclass (gives instances of it), a ``TypedDict`` or a
                JSON schema with a title (give dicts), or another type, such as ``list[City]``, a
                union, an enum or ``int``. In a stream the value grows: instances that are not whole
                are ``PartialObject``s, which have the fields that have arrived.
            method: ``"json_schema"`` where the vendor follows a schema natively,
                ``"function_calling"`` through a forced tool, ``"json_mode"`` for any JSON object,
                which the prompt describes; by default what suits this provider.
            include_raw: answer ``{"raw": AIMessage, "parsed": …, "parsing_error": …}`` instead, and
                raise nothing when the answer does not fit.
            strict: ask the vendor to hold the answer to the schema.
            retries: how often an answer that does not fit is sent back to the model, with what was
                wrong, for another; refusals are not.

        Raises ``OutputParserError`` when the answer does not fit the schema, is cut off or is a
        refusal; its ``text`` is what the model wrote. Raises ``InvalidParameterError`` for a schema
        or method that is none.
        """
        from .structured import structured_chain  # it loads the chains

        return structured_chain(
            self,
            schema,
            method=method,
            method_for=self._method_for,
            forces_tools=self._forces_tools,
            include_raw=include_raw,
            strict=strict,
            retries=retries,
        )

    def with_config(self, config: RunConfig | None = None, **kwargs: object) -> Self:
        """This model with a run name, tags, metadata or concurrency of its own."""
        bound = self.model_copy()
        bound._config = merge_configs(self._config, config, kwargs)  # noqa: SLF001 - our own copy
        return bound
