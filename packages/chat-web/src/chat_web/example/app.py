"""The example's application: its page, the models to choose from, and answers as resumable streams.

    GET     /                  the page, with page.js and page.css
    GET     /models            {"models": [ids]}
    POST    /answers           {"model", "messages", "tools"} → the stream of an answer
    GET     /answers/{stream}  the rest of an answer, after the header Last-Event-ID
    DELETE  /answers/{stream}  stop an answer

What cannot be answered is refused with a status and {"error": {"type", "message"}}.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

from chat_core import ChatModel
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ..public_errors import StreamGoneError, StreamStoreError
from ..response import ChatResponse
from ..resumable import ResumableStreams
from ..shutdown import lifespan
from .conversation import conversation

__all__ = ["example_app"]

_FOLDER = Path(__file__).parent
_FILES = {"/": "index.html", "/page.js": "page.js", "/page.css": "page.css"}
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_MAX_BODY = 2**20


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    content: str = Field(min_length=1)


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str
    messages: list[_Turn] = Field(min_length=1)
    tools: bool = False


class _RefusedError(Exception):
    """A request that is not answered: its status and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def example_app(
    models: Mapping[str, ChatModel],
    streams: ResumableStreams,
    *,
    hosts: Iterable[str] = ("127.0.0.1", "localhost"),
) -> Starlette:
    """The application.

    Args:
        models: what the page offers, by id.
        streams: the answers, which may be resumed.
        hosts: the names under which the server is addressed; other sites that a browser has open
            cannot use it under a name of theirs.
    """

    async def names(_: Request) -> Response:
        return JSONResponse({"models": list(models)})

    async def answer(request: Request) -> Response:
        question = await _read_question(request)
        if question.model not in models:
            offered = ", ".join(models)
            raise _RefusedError(404, f"There is no model {question.model!r}; offered: {offered}.")
        chain = conversation(models[question.model], with_tools=question.tools)
        messages = [turn.model_dump() for turn in question.messages]
        events = chain.astream_events(messages, include_types=["chat_model", "tool"])
        return ChatResponse(events, resumable=streams)

    async def resume(request: Request) -> Response:
        return ChatResponse.resume(streams, stream=request.path_params["stream"])

    async def stop(request: Request) -> Response:
        try:
            await streams.stop(request.path_params["stream"])
        except StreamGoneError as error:
            raise _RefusedError(404, error.message) from error
        except StreamStoreError as error:
            raise _RefusedError(503, error.message) from error
        return Response(status_code=204)

    routes = [Route(path, _file(name)) for path, name in _FILES.items()]
    routes += [
        Route("/models", names),
        Route("/answers", answer, methods=["POST"]),
        Route("/answers/{stream}", resume, methods=["GET"]),
        Route("/answers/{stream}", stop, methods=["DELETE"]),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={_RefusedError: _refuse},
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
    )


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_: Request) -> Response:
        return FileResponse(_FOLDER / name, headers=_PAGE_HEADERS)

    return endpoint


async def _read_question(request: Request) -> _Question:
    """The question in the body. Raises ``_RefusedError`` naming what is wrong with it."""
    # A browser asks before it sends JSON to another site, so no other site can ask here.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _RefusedError(415, "The body has to be JSON, with content-type application/json.")
    body = await _read_body(request.stream())
    try:
        return _Question.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise _RefusedError(400, "The body is not JSON.") from error
        place = ".".join(map(str, first["loc"])) or "body"
        raise _RefusedError(422, f"{place}: {first['msg']}.") from error


async def _read_body(pieces: AsyncIterator[bytes]) -> bytes:
    body = b""
    async for piece in pieces:
        body += piece
        if len(body) > _MAX_BODY:
            raise _RefusedError(413, f"The body has more than {_MAX_BODY} bytes.")
    return body


async def _refuse(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, _RefusedError) else 500
    body = {"error": {"type": "refused", "message": str(error)}}
    return JSONResponse(body, status_code=status)
