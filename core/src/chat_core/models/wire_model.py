"""``WireModel``: a chat model made of a codec and a transport; the base of every provider here.

A provider says how a request is encoded, what decodes the answer, who carries the bytes and what a
refusal means. Streaming and whole answers, sync and async, retries and deadlines follow from that.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, SecretStr, field_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from ..concurrency.fork_lock import Shared
from ..errors import APIError, InvalidParameterError
from ..json_text import JSONObject
from ..messages.blocks import CachePoint
from ..messages.chunks import AIMessageChunk, settle
from ..messages.message import AIMessage, Message
from ..runs.event_loop import running_loop
from ..wire.address import without_user
from .model import ChatModel
from .model_settings import LIMITS, Secret, connection_settings, reveal
from .settings import Settings, call_options, merge_setting

if TYPE_CHECKING:
    from ..messages.media_limits import MediaLimits
    from ..rate_limits.limiter import RateLimiter
    from ..tools.spec import CallOptions
    from ..wire.decoder import Decoder
    from ..wire.exchange import Exchange
    from ..wire.operation import Operation
    from ..wire.operation_call import OperationCall
    from ..wire.transport import Transport
    from .batch_jobs import BatchJobs
    from .file_store import FileStore
    from .model_list import ListedModel, Listing, Page
    from .server_tool_table import ServerToolTable
else:
    RateLimiter = Any  # loaded where one is given: 2 ms that most models need not pay

__all__ = ["WireModel"]

T = TypeVar("T")

_MEDIA = frozenset({"image", "audio", "video", "file"})
"""The types of media blocks, whose classes are loaded where a message has one."""


class WireModel(ChatModel):
    """A model behind a codec. Subclasses write the four methods below and their settings.

    Args:
        rate_limiter: how often this model, and others that are given the same object, may send.
        client, async_client: a client of the vendor's SDK that you made; it then carries each call,
            and stays open. A model with one cannot be pickled.
        http_client, async_http_client: your own ``httpx`` or ``httpx2`` client; you close it. A
            model with one cannot be pickled.
        proxy: the URL of a proxy, instead of the environment's. A pickle keeps it without the
            user's name and password.
        verify: whether certificates are checked; a path to those that are trusted; an
            ``ssl.SSLContext``. By default the environment and the operating system decide.
        cert: your certificate, for servers that ask for one: a path, or a tuple of certificate,
            key and password.
        http2: offer HTTP/2; needs the package ``h2``.
        http_engine: ``aiohttp`` reads streams on event loops with less CPU, and has no blocking
            calls; needs ``chat-core[aiohttp]``.
    """

    rate_limiter: SkipJsonSchema[RateLimiter] | None = Field(default=None, exclude=True)
    client: SkipJsonSchema[Any] = Field(default=None, exclude=True, repr=False)
    async_client: SkipJsonSchema[Any] = Field(default=None, exclude=True, repr=False)
    http_client: SkipJsonSchema[Any] = Field(default=None, exclude=True, repr=False)
    async_http_client: SkipJsonSchema[Any] = Field(default=None, exclude=True, repr=False)
    proxy: Secret | None = None
    verify: bool | str | SkipJsonSchema[Any] = True
    cert: str | tuple[str, ...] | None = None
    http2: bool = False
    http_engine: Literal["httpx", "aiohttp"] = "httpx"

    applies: ClassVar[frozenset[str]] = LIMITS
    no_model_list: ClassVar[str] = "its package does not know where the vendor lists them"
    """Why a class without a ``models_path`` lists no models; the end of a sentence."""
    _shared: Shared[Transport] = PrivateAttr(default_factory=Shared)

    @field_validator("rate_limiter")
    @classmethod
    def _rate_limiter_is_one(cls, given: Any) -> Any:
        if given is not None:
            from ..rate_limits.limiter import RateLimiter

            if not isinstance(given, RateLimiter):
                raise PydanticCustomError(
                    "is_instance_of", "Input should be an instance of RateLimiter"
                )
        return given

    @abstractmethod
    def _encode(self, messages: list[Message], options: CallOptions, *, stream: bool) -> JSONObject:
        """The request body. Pure. Raises ``InvalidRequestError`` for what cannot be sent."""

    @abstractmethod
    def _decoder(self) -> Decoder:
        """A new decoder for one answer."""

    def _decoder_for(self, options: CallOptions) -> Decoder:
        """A new decoder for one answer to a call with ``options``; by default ``_decoder()``."""
        return self._decoder()

    @abstractmethod
    def _make_transport(self) -> Transport:
        """What sends requests with these settings. Raises ``MissingAPIKeyError``."""

    def _make_client_transport(self) -> Transport:
        """What sends requests with ``client`` and ``async_client``; see ``ClientTransport``."""
        raise InvalidParameterError(f"{type(self).__name__} takes no client of an SDK.")

    @abstractmethod
    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        """What a response with status 300 or above means. Pure."""

    no_server_tools: ClassVar[str] = "its package does not know how its vendor runs them"
    """Why a class that does not override ``_server_tools`` has none; the end of a sentence."""

    def _server_tools(self) -> ServerToolTable:
        """How the wire has the tools that the vendor runs; by default it has none. Pure."""
        from .server_tool_table import ServerToolTable

        return ServerToolTable(f"The provider {self.provider!r}", reason=self.no_server_tools)

    def _call_options(self, options: Settings) -> CallOptions:
        """The options of a call for the codec.

        Raises ``InvalidParameterError`` for a server tool that the vendor lacks.
        """
        asked = call_options(options)
        return self._with_wire_tools(asked) if asked.tools else asked

    def _options_of_call(self) -> Settings:
        return self._options  # `_call_options` places the cache points of tools

    def _with_wire_tools(self, asked: CallOptions) -> CallOptions:
        asked = self._with_server_tools(asked)
        if not any(isinstance(tool, CachePoint) for tool in asked.tools):
            return asked
        from .cache_marks import mark_tools

        return replace(asked, tools=mark_tools(asked.tools, self._cache_marks()))

    def _with_server_tools(self, asked: CallOptions) -> CallOptions:
        from .server_tools import ServerTool

        if not any(isinstance(tool, ServerTool) for tool in asked.tools):
            return asked
        table = self._server_tools()
        encoded = table.encode(asked, self.get_headers())
        for name, value in encoded.tool_body.items():
            own = self.model_kwargs.get(name, getattr(self, name, None))
            if own is not None and not (isinstance(own, list | tuple) and isinstance(value, list)):
                raise InvalidParameterError(
                    f"{name}= is set beside a tool that sets it as well; leave one of them out, or"
                    " give the tool as a dict in the vendor's shape."
                )
        return encoded

    def _request_body(
        self, messages: list[Message], options: Settings, *, stream: bool
    ) -> JSONObject:
        from .server_tool_table import with_digests

        asked = call_options(options)
        if asked.tools:
            asked = self._with_wire_tools(with_digests(asked))
        return self._whole_body(messages, asked, stream=stream)

    def _whole_body(
        self, messages: list[Message], asked: CallOptions, *, stream: bool
    ) -> JSONObject:
        if any(block.type in _MEDIA for message in messages for block in message.blocks):
            self._check_files(messages)
            self._check_media(messages)
        return asked.completed(self._encode(messages, asked, stream=stream))

    def _check_files(self, messages: list[Message]) -> None:
        from .kept_files import refuse_files_of_others

        refuse_files_of_others(messages, self)

    def _check_media(self, messages: list[Message]) -> None:
        limits = self.media_limits()
        if limits is not None:
            from ..messages.media_limits import check_media

            check_media(messages, limits)

    def media_limits(self) -> MediaLimits | None:
        """What the vendor takes of media, so that more is refused before it is sent; or unknown."""
        return None

    def _exchange(self, messages: list[Message], options: Settings, *, stream: bool) -> Exchange:
        from ..wire.exchange import Exchange

        asked = self._call_options(options)
        own = dict(self.get_headers())
        if asked.idempotency_key is not None and self.idempotency_header is not None:
            own = merge_setting(
                "extra_headers", own, {self.idempotency_header: asked.idempotency_key}
            )
        headers = merge_setting("extra_headers", own, asked.extra_headers)
        return Exchange(
            provider=self.provider,
            body=self._whole_body(messages, asked, stream=stream),
            stream=stream,
            headers=headers,
            secrets=asked.secrets,
            query=asked.extra_query,
            transport=self._transport(),
            decoder=lambda: self._decoder_for(asked),
            error_from_response=self._error_from_response,
            timeout=self.timeout,
            idle_timeout=self.idle_timeout,
            answer_timeout=self.answer_timeout,
            max_retries=self.max_retries,
            rate_limiter=self.rate_limiter,
            max_tokens=self.max_tokens,
        )

    def _transport(self) -> Transport:
        """The transport of this model and its copies."""
        # Not self._shared: pydantic takes 1 µs to find a private attribute.
        shared: Shared[Transport] = (self.__pydantic_private__ or {})["_shared"]
        return shared.made or shared.get(self._connect)

    def last_address(self) -> str:
        """See ``ModelSettings``. Models that share a connection share it."""
        return "" if self._shared.made is None else self._shared.made.last_address()

    def _connect(self) -> Transport:
        """A new transport with this model's HTTP settings, or with the user's client of the SDK."""
        from ..wire.address_hints import GivenAddress
        from ..wire.http_options import HTTPOptions

        if self._has_client():
            self._refuse_settings_of_client()
            transport = self._make_client_transport()
            transport.options = HTTPOptions(address=GivenAddress("client="))
            return transport
        from ..wire.key_function import KeyFunction

        options = HTTPOptions(
            client=self.http_client,
            async_client=self.async_http_client,
            proxy=reveal(self.proxy) if self.proxy else None,
            verify=self.verify,
            cert=self.cert,
            http2=self.http2,
            engine=self.http_engine,
            address=GivenAddress(*self.address_source(), self.base_url_suffix),
        )
        options.check()
        transport = self._make_transport()
        transport.options = options
        if callable(self.api_key):
            transport.key = KeyFunction(self.api_key)
        return transport

    def _has_client(self) -> bool:
        return self.client is not None or self.async_client is not None

    def _refuse_settings_of_client(self) -> None:
        given = "client" if self.client is not None else "async_client"
        for name in sorted(connection_settings(type(self))):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise InvalidParameterError(
                    f"{name}= would have no effect beside {given}=: set it on that client, or leave"
                    f" {given}= out."
                )

    def __getstate__(self) -> dict[Any, Any]:
        """See ``ModelSettings``. Of the proxy's URL the user's name and password stay behind.

        Raises ``InvalidParameterError`` for a model with clients or a TLS context: without them,
        the model would send elsewhere, past a proxy, or trust other certificates.
        """
        self._refuse_unpicklable("pickled", instead="pickle")
        state = super().__getstate__()
        fields = dict(state["__dict__"])
        if self.proxy:
            fields["proxy"] = SecretStr(without_user(reveal(self.proxy)))
        return {**state, "__dict__": fields}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """A deep copy. Raises ``InvalidParameterError`` for a model that cannot be pickled."""
        self._refuse_unpicklable("copied deeply", instead="copy")
        return super().__deepcopy__(memo)

    def _refuse_unpicklable(self, done: str, *, instead: str) -> None:
        """Raise ``InvalidParameterError`` if a setting is one of those that cannot be pickled."""
        for name, without in self._unpicklable().items():
            if getattr(self, name) != without:
                raise InvalidParameterError(
                    f"{type(self).__name__} cannot be {done} with its {name}=; {instead}"
                    f" model.bind({name}={without}) and set it again afterwards."
                )

    def _unpicklable(self) -> dict[str, bool | None]:
        """The settings that cannot be pickled, with the values that can be pickled instead."""
        names = ("client", "async_client", "http_client", "async_http_client")
        wanted: dict[str, bool | None] = dict.fromkeys(names)
        if not isinstance(self.verify, bool | str):
            wanted["verify"] = True
        return wanted

    no_batch_jobs: ClassVar[str] = "its package does not know them"
    """Why a class that does not override ``batch_jobs`` has none; the end of a sentence."""

    def batch_jobs(self) -> BatchJobs:
        """How the vendor's batch jobs are asked for. Raises ``InvalidParameterError`` for none."""
        raise InvalidParameterError(
            f"The provider {self.provider!r} cannot submit batch jobs: {self.no_batch_jobs}."
            " chat_batch.run_batch and `chat batch` ask any model row by row."
        )

    no_files: ClassVar[str] = "its package does not know how the vendor keeps them"
    """Why a class that does not override ``file_store`` keeps none; the end of a sentence."""
    instead_of_upload: ClassVar[str] = "FileBlock.from_path(…) sends a file with the message"
    """What serves instead; a sentence without its full stop."""

    def file_store(self) -> FileStore:
        """How the vendor keeps files. Raises ``InvalidParameterError`` for one that does not."""
        raise InvalidParameterError(
            f"The provider {self.provider!r} cannot upload files: {self.no_files}."
            f" {self.instead_of_upload}."
        )

    no_counting: ClassVar[str] = "its package does not know how the vendor counts them"
    """Why a class that does not override ``_count_tokens`` counts none; the end of a sentence."""

    def _count_tokens(self, body: JSONObject) -> Operation[int] | int:
        """What asks the vendor for the input tokens of a request with ``body``, or their number.

        Raises ``InvalidParameterError`` for what cannot be counted.
        """
        raise InvalidParameterError(
            f"The provider {self.provider!r} cannot count tokens: {self.no_counting}."
            " estimate=True estimates them from the text; the usage of an answer has the vendor's"
            " count."
        )

    models_path: ClassVar[str] = ""
    """Where the vendor lists its models, as the path of an ``Operation``."""

    def _read_models(self, wire: Any) -> Page:
        """What the JSON of the vendor's list of models means. Pure. Raises ``APIError``.

        For classes with a ``models_path``.
        """
        raise NotImplementedError

    @classmethod
    def list_models(cls, **settings: Any) -> Sequence[ListedModel]:
        """The models that the vendor lists; ``settings`` are those of the connection.

        Raises ``APIError``, ``MissingAPIKeyError``, or ``InvalidParameterError`` for a vendor that
        has no such list, an unknown setting or a client of an SDK.
        """
        with cls(**{"model": "any", **settings}) as model:
            listing = model._listing()
            while not listing.is_whole:
                listing.add(model.perform(listing.next_page()))
        return listing.models

    @classmethod
    async def alist_models(cls, **settings: Any) -> Sequence[ListedModel]:
        """``list_models`` on an event loop."""
        async with cls(**{"model": "any", **settings}) as model:
            listing = model._listing()
            while not listing.is_whole:
                listing.add(await model.aperform(listing.next_page()))
        return listing.models

    def _listing(self) -> Listing:
        """The vendor's list of models. Raises ``InvalidParameterError`` if it has none."""
        from .model_list import Listing

        if not self.models_path:
            raise InvalidParameterError(
                f"The provider {self.provider!r} cannot list models: {self.no_model_list}."
            )
        return Listing(self.models_path, self._read_models)

    def perform(self, operation: Operation[T]) -> T:
        """What ``operation`` asks the vendor for, over this model's connection.

        Raises ``APIError``, ``MissingAPIKeyError``, or ``InvalidParameterError`` for a model whose
        requests a client of an SDK sends.
        """
        from ..wire.drivers import run_call

        (value,) = [v for values in run_call(self._operation_call(operation)) for v in values]
        return value

    async def aperform(self, operation: Operation[T]) -> T:
        """``perform`` on an event loop."""
        from ..wire.drivers import arun_call

        answer = arun_call(self._operation_call(operation))
        (value,) = [value async for values in answer for value in values]
        return value

    def perform_lines(self, operation: Operation[T]) -> Generator[T, None, None]:
        """What each line of the answer means, as the lines arrive; raises like ``perform``.

        Closing the generator closes the connection.
        """
        from ..wire.drivers import run_call

        with closing(run_call(self._operation_call(operation, stream=True))) as answer:
            for values in answer:
                yield from values

    async def aperform_lines(self, operation: Operation[T]) -> AsyncGenerator[T, None]:
        """``perform_lines`` on an event loop."""
        from ..wire.drivers import arun_call

        async with aclosing(arun_call(self._operation_call(operation, stream=True))) as answer:
            async for values in answer:
                for value in values:
                    yield value

    def _operation_call(self, operation: Operation[T], *, stream: bool = False) -> OperationCall[T]:
        from ..wire.operation_call import OperationCall

        if self._has_client():
            raise InvalidParameterError(
                f"{type(self).__name__} sends chat requests alone through a client of an SDK; ask"
                f" that client itself for {operation.path!r}, or give base_url= and api_key="
                " instead."
            )
        transport = self._transport()
        if not transport.takes_operations:
            raise InvalidParameterError(f"{type(transport).__name__} sends chat requests alone.")
        return OperationCall(
            operation=operation,
            provider=self.provider,
            stream=stream,
            headers=self.get_headers(),
            transport=transport,
            error_from_response=self._error_from_response,
            timeout=self.timeout,
            idle_timeout=self.idle_timeout,
            answer_timeout=self.answer_timeout,
            max_retries=self.max_retries,
            rate_limiter=self.rate_limiter,
        )

    # What moves bytes is loaded by the first request: building a model does not pay for it.

    def _segments(
        self, messages: list[Message], options: Settings, *, stream: bool
    ) -> Generator[list[AIMessageChunk], None, None]:
        from ..wire.drivers import run_call

        return run_call(self._exchange(messages, options, stream=stream))

    def _asegments(
        self, messages: list[Message], options: Settings, *, stream: bool
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        from ..wire.drivers import arun_call

        return arun_call(self._exchange(messages, options, stream=stream))

    def _generate(self, messages: list[Message], **options: object) -> AIMessage:
        segments = self._segments(messages, options, stream=False)
        (reply,) = [chunk for segment in segments for chunk in segment]
        return settle(reply)

    async def _agenerate(self, messages: list[Message], **options: object) -> AIMessage:
        segments = self._asegments(messages, options, stream=False)
        (reply,) = [chunk async for segment in segments for chunk in segment]
        return settle(reply)

    def _stream(
        self, messages: list[Message], **options: object
    ) -> Generator[list[AIMessageChunk], None, None]:
        return self._segments(messages, options, stream=True)

    def _astream(
        self, messages: list[Message], **options: object
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        return self._asegments(messages, options, stream=True)

    def _forget_connection(self) -> None:
        self._shared = Shared()

    def prepare(self) -> None:
        """See ``ChatModel``."""
        _load_calls()
        self._transport().prepare()

    async def aprepare(self) -> None:
        """See ``ChatModel``."""
        from asyncio import to_thread

        running_loop()
        transport = self._transport()
        await to_thread(_load_calls)
        if transport.needs_loading():
            await to_thread(transport.load)
        transport.aprepare()

    def close(self) -> None:
        """Close this model's connections for sync use; the next request opens new ones."""
        if (transport := self._shared.forget()) is not None:
            transport.close()

    async def aclose(self) -> None:
        """Close this model's connections for sync use and on the running event loop."""
        if (transport := self._shared.forget()) is not None:
            await transport.aclose()


def _load_calls() -> None:
    """Import what every call needs."""
    from ..wire import drivers, exchange  # noqa: F401
