"""Error replies of the vendor, the error class of each, and the retries that they cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)

from ..cassettes import UNREACHABLE
from ..http_answers import Answer, Close, Repeat, Reset, Stall, html, json_answer, redirect
from ..script import REQUEST_ID, STATUSES, ErrorKind, ErrorReply, Reply
from .fault import STREAM, Ends, Fact, Fault

if TYPE_CHECKING:
    from ..simulators import ScriptItem, Simulator

__all__ = ["RETRIES", "ERROR_REPLIES"]

MESSAGE = "The vendor has its reasons."
ANSWER = "Goldfish on the moon"
WAIT = 0.15

KINDS: dict[ErrorKind, tuple[str, type[APIError], bool]] = {
    "invalid_request": ("bad request", InvalidRequestError, False),
    "authentication": ("wrong key", AuthenticationError, False),
    "permission": ("not allowed", PermissionDeniedError, False),
    "not_found": ("no such model", ModelNotFoundError, False),
    "unprocessable": ("unprocessable", InvalidRequestError, False),
    "context_length": ("prompt too long", ContextLengthExceededError, False),
    "content_filter": ("blocked prompt", ContentFilterError, False),
    "rate_limit": ("rate limit", RateLimitError, True),
    "quota": ("exhausted quota", QuotaExceededError, False),
    "server_error": ("server error", ServerError, True),
    "unavailable": ("unavailable", OverloadedError, True),
    "overloaded": ("overloaded", OverloadedError, True),
}
"""Each kind of error: its row in the table, its class, and whether it is retryable."""


def _refused(kind: ErrorKind) -> Fault:
    words, error, retryable = KINDS[kind]
    return Fault(
        f"{STATUSES[kind]}, {words}",
        [ErrorReply(kind, MESSAGE, retry_after=7 if kind == "rate_limit" else None)],
        Ends(error=(error,), facts=_facts(kind, retryable)),
        # An error that is not retryable is raised after one request, whatever ``max_retries`` is.
        settings={"max_retries": 0 if retryable else 2},
        error_kinds=(kind,),
    )


def _facts(kind: ErrorKind, retryable: bool) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"is_retryable": retryable}
    if kind == "rate_limit":
        facts["retry_after"] = 7.0
    if kind == "content_filter":
        return facts  # some vendors send it with status 200
    error_reply = ErrorReply(kind)
    return facts | {
        "status": lambda simulator, status: status == simulator.status(error_reply),
        "request_id": lambda simulator, given: (
            given == (REQUEST_ID if simulator.request_id_header else None)
        ),
        "message": lambda simulator, message: MESSAGE in message,
        "code": lambda simulator, code: (
            "error_code" not in simulator.features
            or (code is not None and str(code) in str(simulator.error(error_reply)))
        ),
    }


def _dated(simulator: Simulator) -> ScriptItem:
    headers = {
        "retry-after": "Tue, 14 Nov 2023 22:13:25 GMT",
        "date": "Tue, 14 Nov 2023 22:13:20 GMT",
    }
    error_reply = ErrorReply("rate_limit", MESSAGE)
    return json_answer(simulator.error(error_reply), simulator.status(error_reply), headers=headers)


ERROR_REPLIES: tuple[Fault, ...] = (
    *map(_refused, KINDS),
    Fault(
        "429, the wait given as a date",
        [_dated],
        Ends(error=(RateLimitError,), facts={"retry_after": 5.0}),
        error_kinds=("rate_limit",),
    ),
    Fault(
        "502, a page of HTML",
        [html("<html><h1>Bad Gateway</h1></html>", 502)],
        Ends(error=(ServerError,), facts={"status": 502, "is_retryable": True}),
    ),
    Fault(
        "307 to another host: not followed",
        [redirect(UNREACHABLE)],
        Ends(error=(InvalidRequestError,), facts={"status": 307}),
    ),
    Fault(
        "403, an empty body",
        [Answer(403)],
        Ends(error=(PermissionDeniedError,), facts={"status": 403}),
    ),
    Fault(
        "401, a body cut short",
        [Answer(401, body=(b'{"error": ', Close(), b'{"message": "wrong"}}'))],
        Ends(error=(AuthenticationError,), facts={"status": 401}),
    ),
    Fault(
        "529, a body that drips",
        [Answer(529, body=(b"{", Repeat(b" ", 0.02)), framing="chunked")],
        Ends(error=(OverloadedError,), facts={"status": 529}),
        settings={"timeout": 0.5},
    ),
    Fault(
        "500, a body that never ends",
        [Answer(500, body=(b'{"error": ', Stall()), framing="chunked")],
        Ends(error=(ServerError,), facts={"status": 500}),
        settings={"timeout": 0.5},
    ),
)

_OVER = Ends(text=ANSWER, requests=2)
_ONCE_MORE = {"max_retries": 1}


def _then_answers(name: str, *first: Any, **given: Any) -> Fault:
    ends = given.pop("ends", _OVER)
    return Fault(name, [*first, Reply(ANSWER)], ends, settings=_ONCE_MORE, **given)


RETRIES: tuple[Fault, ...] = (
    _then_answers(
        "429 with a wait, then an answer",
        ErrorReply("rate_limit", retry_after=WAIT),
        ends=Ends(text=ANSWER, requests=2, at_least=WAIT),
    ),
    _then_answers("500, then an answer", ErrorReply("server_error")),
    _then_answers("503, then an answer", ErrorReply("unavailable")),
    _then_answers("529, then an answer", ErrorReply("overloaded"), error_kinds=("overloaded",)),
    _then_answers("connection reset, then an answer", Answer(before=[Reset()])),
    _then_answers(
        "error object before any output, then an answer",
        Reply(ErrorReply("overloaded")),
        methods=STREAM,
        error_kinds=("overloaded",),
    ),
    Fault(
        "500 for ever: max_retries is kept",
        [ErrorReply("server_error")],
        Ends(error=(ServerError,), requests=3),
        settings={"max_retries": 2},
    ),
    Fault(
        "429 asking for an hour: raised at once",
        [ErrorReply("rate_limit", retry_after=3600)],
        Ends(error=(RateLimitError,), facts={"retry_after": 3600.0}),
        settings={"max_retries": 2},
    ),
    Fault(
        "error after output: never asked again",
        [Reply("Gold", ErrorReply("server_error")), Reply(ANSWER)],
        Ends(text="Gold", error=(ServerError,)),
        methods=STREAM,
        settings={"max_retries": 2},
    ),
)
