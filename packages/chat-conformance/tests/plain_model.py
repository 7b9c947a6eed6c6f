"""``PlainModel``: a model that keeps every law; counterexamples replace one part of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Generator, Mapping
from typing import Any, ClassVar

from chat_conformance.conformance import ChatModelConformance
from chat_core import (
    AIMessageChunk,
    APIError,
    ChatModel,
    CodeExecution,
    ListedModel,
    MCPServer,
    Message,
    TextBlock,
    WebSearch,
)
from chat_core.provider import (
    BatchJobs,
    CacheMarks,
    CallOptions,
    CandidateWire,
    FileStore,
    HTTPTransport,
    LocalFile,
    Logprobs,
    MediaLimits,
    Operation,
    Page,
    Request,
    RequestHead,
    Response,
    ServerToolEncoder,
    ServerToolTable,
    ServerToolWire,
    SizeLimit,
    Steps,
    Transport,
    WireModel,
    file_form,
    join_url,
)
from plain_jobs import PlainJobs, PlainJobServer
from plain_simulator import CAPABLE_OF, PlainSimulator
from plain_wire import (
    PROVIDER,
    SETTINGS,
    PlainDecoder,
    PlainEncoder,
    error_from_response,
)


def _web_search(tool: WebSearch) -> ServerToolWire:
    return ServerToolWire({"runs": "web_search", **tool.given()})


def _code(tool: CodeExecution) -> ServerToolWire:
    return ServerToolWire({"runs": "code"})


def _server(tool: MCPServer) -> ServerToolWire:
    return ServerToolWire({"server": tool.url, "token": tool.secret_token()})


SERVER_TOOLS = ServerToolTable(
    "Plain",
    {
        WebSearch: ServerToolEncoder(_web_search, frozenset({"max_uses", "location"})),
        CodeExecution: ServerToolEncoder(_code),
        MCPServer: ServerToolEncoder(_server, frozenset({"token"})),
    },
)
"""What the vendor runs for ``plain-tools``; for other models it runs nothing."""


class PlainTransport(HTTPTransport):
    """Sends requests; subclasses change the head, the client or the response."""

    distribution = "chat-plain"

    def __init__(self, model: PlainModel) -> None:
        super().__init__()
        self.base = model.base_url or ""
        self.url = join_url(self.base, "plain")
        self.headers = {"authorization": f"Bearer {model.get_api_key()}", **model.get_headers()}

    def build_head(self, request: Request) -> RequestHead:
        return RequestHead(self.url, self.headers)

    def base_head(self) -> RequestHead:
        return RequestHead(self.base, self.headers)

    def send(self, request: Request) -> Response:
        return self.received(super().send(request))

    async def asend(self, request: Request) -> Response:
        return self.received(await super().asend(request))

    def received(self, response: Response) -> Response:
        return response


class PlainFiles(FileStore):
    """Files that are sent as a form."""

    vendor = "Plain"

    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        content, kind = file_form({}, name="file", filename=file.name, file=file)
        file_id: str = yield Operation(
            "plain/files", lambda wire: str(wire["id"]), "POST", content=content, content_type=kind
        )
        return file_id

    def delete(self, file_id: str) -> Steps[None]:
        yield Operation(f"plain/files/{file_id}", lambda wire: None, "DELETE")


class PlainModel(WireModel):
    """The good model."""

    provider: ClassVar[str] = PROVIDER
    api_key_env: ClassVar[tuple[str, ...]] = ("PLAIN_API_KEY",)
    encoder: ClassVar[type[PlainEncoder]] = PlainEncoder
    decoder: ClassVar[type[PlainDecoder]] = PlainDecoder
    transport: ClassVar[type[PlainTransport]] = PlainTransport
    jobs: ClassVar[type[PlainJobs]] = PlainJobs
    idempotency_header: ClassVar[str | None] = "idempotency-key"

    models_path: ClassVar[str] = "plain/models"

    logprobs: Logprobs | None = None
    modalities: list[str] | None = None

    def _server_tools(self) -> ServerToolTable:
        return SERVER_TOOLS if self.model == "plain-tools" else ServerToolTable("Plain")

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in SETTINGS}

    def reasoning_parameters(self) -> dict[str, Any]:
        if self.reasoning is None:
            return {}
        return {"ponders": self.model_kwargs.get("ponders", self.reasoning)}

    def _cache_marks(self) -> CacheMarks | None:
        times = {"5m": 300, "1h": 3600}
        return CacheMarks("Plain", "keep", {"how": "short"}, times, (TextBlock,), tools="entry")

    def _encode(
        self, messages: list[Message], options: CallOptions, *, stream: bool
    ) -> dict[str, Any]:
        return self.encoder().encode(
            messages,
            options,
            model=self.model,
            settings={
                **self._settings(),
                **self.reasoning_parameters(),
                "logprobs": self.logprobs,
                "modalities": self.modalities,
            },
            model_kwargs=self.model_kwargs,
            stream=stream,
        )

    def _candidate_wire(self) -> CandidateWire | None:
        return CandidateWire("each", ("several_answers",))

    def _read_models(self, wire: Any) -> Page:
        return Page([ListedModel(name) for name in wire["models"]])

    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int] | int:
        return Operation("plain/count", lambda wire: int(wire["tokens"]), "POST", body)

    def batch_jobs(self) -> BatchJobs:
        return self.jobs()

    def file_store(self) -> FileStore:
        return PlainFiles()

    def media_limits(self) -> MediaLimits | None:
        return MediaLimits("Plain", sizes={"image": SizeLimit(1)})

    def _decoder(self) -> PlainDecoder:
        return self.decoder()

    def _make_transport(self) -> Transport:
        return self.transport(self)

    def _error_from_response(
        self, status: int, headers: Mapping[str, str], body: bytes
    ) -> APIError:
        return error_from_response(status, headers, body)


class WholeModel(PlainModel):
    """A good model that has whole answers only: its stream is core's one chunk."""

    def _stream(
        self, messages: list[Message], **options: Any
    ) -> Generator[list[AIMessageChunk], None, None]:
        yield from map(list, ChatModel._stream(self, messages, **options))

    async def _astream(
        self, messages: list[Message], **options: Any
    ) -> AsyncGenerator[list[AIMessageChunk], None]:
        async for segment in ChatModel._astream(self, messages, **options):
            yield list(segment)


class PlainConformance(ChatModelConformance):
    """The laws for ``model_class``."""

    model_id = "plain:plain-1"
    server_tool_model = "plain-tools"
    model_class: ClassVar[type[PlainModel]] = PlainModel
    capabilities = CAPABLE_OF
    simulator = PlainSimulator()
    job_server = PlainJobServer
    patience = 0.1

    @classmethod
    def make_model(cls, **settings: Any) -> PlainModel:
        return cls.model_class(**{"model": "plain-1", **settings})


def conformance_of(
    model: type[PlainModel], *, lacks: Collection[str] = ()
) -> type[PlainConformance]:
    """The laws for one model, which has all capabilities of the wire but ``lacks``."""
    facts = {"model_class": model, "capabilities": CAPABLE_OF - set(lacks)}
    return type(f"{model.__name__}Conformance", (PlainConformance,), facts)
