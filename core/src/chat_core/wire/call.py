"""``Call``: one request to a vendor as a protocol object, with its retries and deadlines; no I/O.

Theory of operation
-------------------
A call is pushed by a driver (``drivers.py``), which owns all I/O and all waiting:

    wait()              seconds until the rate limiter lets a request start; 0 means now
    request()           begins an attempt; the driver sends what it returns
    answered(response)  the head has arrived
    receive(data)       some bytes of the body, ``b""`` at its end; returns the values they complete
    resume()            the caller has taken these values and asks for more
    failed(error)       something was raised; returns the seconds after which to begin again at
                        ``wait()``, or raises what the call fails with
    close()             the call is over, or was left

``is_over`` is true once nothing is left to read. What ``receive`` does depends on the state, and
each state is a method that ``receive`` is bound to:

    refused    status 300 or above: collects the body, then raises what the response means
    whole      an answer that was not streamed: collects the body, then returns its one value
    drained    after the answer's end: waits a moment for the body's end, so that the connection
               can be used again

and the state of a stream, which a subclass adds: ``exchange.py`` for chat, whose values are chunks,
``operation_call.py`` for everything else.

Rules:

- Nothing is tried again once a value with output has been given out.
- Values that arrive together with a failure are delivered before it is raised (by ``resume``).
- The deadline runs while the vendor is waited for, and is paused while the caller has the values:
  ``timeout`` until the first event of a stream, ``idle_timeout`` between two that bring something,
  ``answer_timeout`` for a whole answer.
- Every error that leaves is a ``ChatError`` without secrets, or a bug, which is raised as it is.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Generic, TypeVar

from ..concurrency.deadline import Deadline
from ..errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    ChatError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
)
from ..json_text import JSONObject
from ..rate_limits.limiter import Permit, RateLimiter
from ..retry import retry_delay
from .address_hints import explain_address
from .content_encoding import Inflater, inflater_for
from .decoder import MAX_BODY_BYTES, read_refusal, too_long
from .failures import (
    dated,
    describe,
    is_proxy_refusal,
    place_of,
    proxy_refusal,
    redact,
    secrets_of,
)
from .operation import Operation
from .resource_failures import explain_resources
from .response_head import ResponseHead, head_metadata
from .tls_failures import explain_tls
from .transport import (
    Request,
    Response,
    Transport,
    is_multiplexed,
    sent_request,
    set_read_timeout,
)

__all__ = ["Call"]

logger = logging.getLogger("chat_core")

_LONGEST_REFUSAL = 1_000_000
"""Bytes of a refusal's body that are read; no error is longer."""

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Call(ABC, Generic[T]):
    """One request with its retries. ``error_from_response`` turns a refusal into our tree, purely.

    Args:
        stream: whether the answer is read as it arrives.
        headers: the caller's headers, added to the transport's.
        secrets: texts that no error may show, beside those of the headers.
        query: the caller's query parameters, added to the transport's.
        max_tokens: what bounds the answer, for the rate limiter's estimate.
        operation: what is asked for instead of a chat answer.
    """

    provider: str
    stream: bool
    transport: Transport
    error_from_response: Callable[[int, Mapping[str, str], bytes], APIError]
    timeout: float
    idle_timeout: float
    max_retries: int
    answer_timeout: float = 600.0
    rate_limiter: RateLimiter | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    query: Mapping[str, object] = field(default_factory=dict, repr=False)
    body: JSONObject = field(default_factory=dict, repr=False)
    max_tokens: int | None = None
    operation: Operation[Any] | None = None

    is_over: bool = field(default=False, init=False)
    receive: Callable[[bytes], list[T]] = field(init=False, repr=False)
    deadline: Deadline = field(init=False, repr=False)
    _failures: int = field(default=0, init=False)
    _permit: Permit | None = field(default=None, init=False)
    _has_deadline: bool = field(default=False, init=False)  # not while the limiter is waited for
    # of the present attempt
    _failure: ChatError | None = field(default=None, init=False)
    _response: Response | None = field(default=None, init=False)
    _inflater: Inflater | None = field(default=None, init=False)
    _head: ResponseHead = field(init=False, repr=False)
    _head_metadata: JSONObject = field(default_factory=dict, init=False, repr=False)
    _collected: list[bytes] = field(default_factory=list, init=False, repr=False)
    _size: int = field(default=0, init=False)
    _has_begun: bool = field(default=False, init=False)
    _has_output: bool = field(default=False, init=False)

    # --- what a subclass adds

    def load(self) -> None:
        """Import what the transport needs; called from a worker thread."""
        self.transport.load()

    @abstractmethod
    def _begin_stream(self) -> Callable[[bytes], list[T]]:
        """The state of a stream whose head has arrived: what ``receive`` is."""

    @abstractmethod
    def _read_whole(self, body: bytes) -> list[T]:
        """The value of a whole answer. Raises ``MalformedResponseError`` or ``APIError``."""

    # --- what the driver calls

    def wait(self) -> float:
        """Seconds to wait before asking again; 0 when the request may start."""
        limiter = self.rate_limiter
        if limiter is None:
            return 0.0
        if self._permit is None:
            self._permit = limiter.request_permit(self.body, self.max_tokens)
        return limiter.wait(self._permit)

    def request(self, deadline_class: type[Deadline] = Deadline) -> Request:
        """Begin an attempt: what the transport is to send. The deadline runs from now."""
        seconds = self.timeout if self.stream else self.answer_timeout
        self.deadline = deadline_class(seconds)
        self._has_deadline = True
        self._response, self._head_metadata = None, {}
        self._collected, self._size, self._failure = [], 0, None
        self._has_begun = False
        return Request(
            self.body,
            self.stream,
            timeout=min(self.timeout, seconds),
            head_timeout=seconds,
            deadline=self.deadline,
            headers=self.headers,
            query=self.query,
            operation=self.operation,
        )

    def answered(self, response: Response) -> None:
        """The head has arrived. Raises ``MalformedResponseError`` for an unknown encoding."""
        self._response = response
        if is_multiplexed(response):
            set_read_timeout(response, max(self.idle_timeout, self.deadline.seconds))
        else:
            self.deadline.watch(response.extensions.get("network_stream"))
            set_read_timeout(response, None)
        if self._permit is not None:
            self._permit.limiter.answered(self._permit, response.headers)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._head = ResponseHead(response.status_code, headers)
        state: Callable[[bytes], list[T]]
        if response.status_code >= 300:
            state = self._refused
            self.deadline.extend(min(self.timeout, self.deadline.seconds))
        elif self.stream:
            state = self._begin_stream()
        else:
            state = self._whole
        self._head_metadata = head_metadata(headers)
        self._inflater = inflater_for(headers)
        self.receive = state if self._inflater is None else self._inflated(state, self._inflater)

    def resume(self) -> None:
        """The values were taken: time runs again. Raises the failure that came with them."""
        if self.stream and not self.is_over:
            if self._failure is not None:
                raise self._failure
            # Not extend(): the new end of time is never earlier than the one before.
            deadline = self.deadline
            deadline.at = monotonic() + deadline.seconds
            deadline.paused = False

    def failed(self, error: Exception) -> float:
        """Seconds to wait before the next attempt. Raises what the call fails with."""
        if self.receive_is(self._drained):
            self.is_over = True  # the answer was whole before its connection broke
            return 0.0
        failure = self._translated(error)
        if failure is None:
            raise error
        self._failures += 1
        if isinstance(failure, APIError):
            failure.provider = failure.provider or self.provider
            if self._response is not None:  # what breaks after the head has the head's id
                failure.request_id = failure.request_id or self._head_metadata.get("request_id")
            if self._permit is not None and failure.retry_after is not None:
                self._permit.limiter.hold(failure.retry_after)
        self._end_attempt()
        if (request := sent_request(self._response)) is not None:
            redact(failure, secrets_of(request.headers))
        redact(failure, self.secrets)
        delay = retry_delay(failure, failed=self._failures, max_retries=self.max_retries)
        if delay is None or self._has_output or self._may_be_done(failure):
            raise failure
        logger.info(
            "%s: %s; retry %d of %d in %.2f s",
            self.provider,
            type(failure).__name__,
            self._failures,
            self.max_retries,
            delay,
        )
        return delay

    def close(self) -> None:
        """Stop the deadline and give the rate limiter's permit back."""
        self._end_attempt()

    # --- states of an attempt: what ``receive`` is

    def _refused(self, data: bytes) -> list[T]:
        self._collect(data)
        if not data or self._size >= _LONGEST_REFUSAL:
            raise self._refusal()
        return []

    def _whole(self, data: bytes) -> list[T]:
        if data:
            self._collect(data)
            if self._size > MAX_BODY_BYTES:
                raise too_long(self._collected[0])
            return []
        if self.deadline.expired:
            raise self._timed_out()
        values = self._read_whole(b"".join(self._collected))
        self._has_output = self.is_over = True
        return values

    def _drained(self, data: bytes) -> list[T]:
        self.is_over = not data or self.deadline.check()
        return []

    def receive_is(self, state: Callable[[bytes], list[T]]) -> bool:
        """Whether the present attempt is in ``state``."""
        return getattr(self, "receive", None) == state

    # --- steps of these

    def _inflated(
        self, state: Callable[[bytes], list[T]], inflater: Inflater
    ) -> Callable[[bytes], list[T]]:
        def receive(data: bytes) -> list[T]:
            if not data:
                return state(data)
            values: list[T] = []
            for piece in inflater.feed(data):
                values += state(piece)
                if self.is_over or self.receive != receive:
                    break
            return values

        return receive

    def _collect(self, data: bytes) -> None:
        self._collected.append(data)
        self._size += len(data)

    def _may_be_done(self, failure: ChatError) -> bool:
        """Whether the vendor may have done what must not be done twice."""
        if self.operation is None or self.operation.is_repeatable:
            return False
        return not isinstance(failure, RateLimitError | OverloadedError)

    def _end_attempt(self) -> None:
        if hasattr(self, "deadline"):
            self.deadline.cancel()
        permit, self._permit = self._permit, None
        if permit is not None:
            permit.limiter.end(permit)

    # --- what went wrong

    def _refusal(self) -> APIError:
        response = self._response
        assert response is not None
        options = self.transport.options
        if response.status_code == 407:
            request, source = sent_request(response), options.address.shown_source
            return proxy_refusal(self.provider, request, options.proxy, source)
        error = read_refusal(
            self.error_from_response,
            response.status_code,
            dated(response.headers),
            b"".join(self._collected),
        )
        if response.status_code in (404, 405):
            explain_address(error, options.address, sent_request(response))
        return error

    def _timed_out(self) -> APITimeoutError:
        if not self.stream:
            return self._answer_timed_out()
        seconds = self.deadline.seconds
        setting = "idle_timeout" if self._has_begun else "timeout"
        return APITimeoutError(
            f"No {'further ' if self._has_begun else ''}event within {seconds:g} s"
            f" ({setting}={seconds:g}). Raise {setting}= if this model needs longer."
        )

    def _answer_timed_out(self) -> APITimeoutError:
        if not self.deadline.check():
            return APITimeoutError(f"No connection within {self.timeout:g} s (timeout=).")
        seconds = self.answer_timeout
        return APITimeoutError(
            f"No answer within {seconds:g} s (answer_timeout={seconds:g}). Raise answer_timeout= if"
            " this model needs longer, or stream the answer.",
            is_retryable=False,  # the vendor may have worked, and charged, until now
        )

    def _translated(self, error: Exception) -> ChatError | None:
        """An exception from below as one of ours; ``None`` for a bug."""
        if isinstance(error, ChatError):
            return self._explained(error)
        made = self._translation(error)
        if made is not None and made.__cause__ is None:
            made.__cause__ = error
        return made

    def _explained(self, error: ChatError) -> ChatError:
        """``error``, or a better one where a provider could not connect to ask for its token."""
        if not isinstance(error, APIConnectionError):
            return error
        message = explain_resources(error, error.provider or self.provider)
        if not message:
            return error
        return error.recast(APIConnectionError, message=message, is_retryable=False)

    def _translation(self, error: Exception) -> APIError | None:
        transport = self.transport
        is_timeout = isinstance(error, (TimeoutError, *transport.timeouts))
        # HTTP libraries raise RuntimeError where a client is closed under a request.
        is_failure = isinstance(error, (*transport.failures, OSError, RuntimeError))
        response = self._response
        if response is not None and response.status_code >= 300 and (is_timeout or is_failure):
            return self._refusal()  # its status says most of it
        is_late = self._has_deadline and self.deadline.expired
        if is_timeout or (is_late and is_failure):
            return self._timed_out()
        if not is_failure:
            return None
        options = transport.options
        what = describe(error)
        place = place_of(error, options.proxy, options.address.shown_source)
        server = f"{self.provider}{place}"
        if message := explain_tls(error, server, what) or explain_resources(error, server):
            return APIConnectionError(message, is_retryable=False)
        if response is not None:
            return StreamInterruptedError(f"The connection broke during the answer ({what}).")
        return APIConnectionError(
            f"Could not reach {server} ({what}). {transport.advice}".rstrip(),
            is_retryable=not is_proxy_refusal(error, place),
        )
