"""One call to a vendor, from request to last chunk, written once for sync and async.

``Exchange.steps`` is a generator that decides everything (retries, deadlines, decoding, what an
error is) and asks for I/O by yielding a step; ``drive`` and ``adrive`` are the two small loops that
do it:

    Prepare   →  nothing
    Send      →  the response's head
    Read      →  some bytes of its body, ``b""`` at the end
    Sleep     →  nothing; the open response is closed first
    [chunks]  →  nothing; they go to the caller

An exception of the I/O is thrown into the generator at the step that asked for it.
"""

from __future__ import annotations

import logging
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
    MutableMapping,
)
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..concurrency.cancellation import raise_if_cancelled, sleep
from ..concurrency.deadline import Deadline
from ..errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    ChatError,
    StreamInterruptedError,
)
from ..messages.message import AIMessageChunk
from ..rate_limits.limiter import Permit, RateLimiter
from ..retry import retry_delay
from .decoder import MAX_BODY_BYTES, Decoder, StreamReader, decode_reply, read_refusal, too_long
from .transport import Request, Response, Transport, lift_read_timeout

__all__ = ["Exchange", "adrive", "drive"]

logger = logging.getLogger("chat_core")

_DRAIN_SECONDS = 0.25
"""How long to wait for the body's end after the answer's, so that the connection can be reused."""

_LONGEST_REFUSAL = 1_000_000
"""Bytes of a refusal's body that are read; none has more to say."""


class Prepare(NamedTuple):
    """Make the client, so that importing an SDK is not taken for a silent vendor."""


class Send(NamedTuple):
    """Close any open response and send the request."""

    request: Request


class Read(NamedTuple):
    """Read what has arrived of the body."""


class Sleep(NamedTuple):
    """Close any open response and wait."""

    seconds: float


Step = Prepare | Send | Read | Sleep | list[AIMessageChunk]
_PREPARE = Prepare()
_READ = Read()


@dataclass(slots=True)
class Exchange:
    """What one call needs. ``error_from_response`` turns a refusal into our tree, purely."""

    provider: str
    body: dict[str, Any]
    stream: bool
    transport: Transport
    decoder: Callable[[], Decoder]
    error_from_response: Callable[[int, Mapping[str, str], bytes], APIError]
    timeout: float
    idle_timeout: float
    max_retries: int
    rate_limiter: RateLimiter | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The caller's headers."""
    max_tokens: int | None = None
    """What bounds the answer, for the rate limiter's estimate."""

    def request(self) -> Request:
        """What a transport sends."""
        return Request(self.body, self.stream, self.timeout, self.headers)

    def steps(self) -> Generator[Step, Any, None]:
        """The whole call, retries included. Raises only ``ChatError``."""
        failed = 0
        while True:
            permit = yield from self._permit()
            attempt = _Attempt(self, permit)
            try:
                yield from attempt.steps()
                return
            except ChatError as error:
                failed += 1
                if isinstance(error, APIError):
                    error.provider = error.provider or self.provider
                    if permit is not None and error.retry_after is not None:
                        permit.limiter.hold(error.retry_after)
                delay = retry_delay(error, failed=failed, max_retries=self.max_retries)
                if delay is None or attempt.has_output:
                    raise
                logger.info(
                    "%s: %s; retry %d of %d in %.2f s",
                    self.provider,
                    type(error).__name__,
                    failed,
                    self.max_retries,
                    delay,
                )
            finally:
                attempt.deadline.cancel()
                if permit is not None:
                    permit.limiter.end(permit)
            yield Sleep(delay)

    def _permit(self) -> Generator[Step, Any, Permit | None]:
        """Wait until the rate limiter lets a request start."""
        if self.rate_limiter is None:
            return None
        permit = self.rate_limiter.request_permit(self.body, self.max_tokens)
        try:
            while seconds := self.rate_limiter.wait(permit):
                yield Sleep(seconds)
        except BaseException:  # whoever leaves the queue makes room in it
            permit.limiter.end(permit)
            raise
        return permit


class _Attempt:
    """One request and its answer."""

    def __init__(self, exchange: Exchange, permit: Permit | None) -> None:
        self.exchange = exchange
        self.permit = permit
        self.deadline = Deadline(exchange.timeout)
        self.has_begun = False
        self.has_output = False
        self.in_body = False

    def steps(self) -> Generator[Step, Any, None]:
        exchange = self.exchange
        try:
            yield _PREPARE
            self.deadline.extend(exchange.timeout)
            response: Response = yield Send(exchange.request())
            self.deadline.watch(response.extensions.get("network_stream"))
            lift_read_timeout(response)
            if self.permit is not None:
                self.permit.limiter.answered(self.permit, response.headers)
            if response.status_code >= 300:
                body = yield from self._refusal()
                headers = _dated(response.headers)
                raise read_refusal(
                    exchange.error_from_response, response.status_code, headers, body
                )
            self.in_body = True
            if exchange.stream:
                yield from self._chunks()
            else:
                body = yield from self._body()
                reply = [decode_reply(exchange.decoder(), body)]
                if self.permit is not None:
                    self.permit.note(reply)
                yield reply
        except ChatError:
            raise
        except Exception as error:
            translated = self._translate(error)
            if translated is None:
                raise
            raise translated from error

    def _body(self) -> Generator[Step, bytes, bytes]:
        pieces: list[bytes] = []
        size = 0
        while data := (yield _READ):
            pieces.append(data)
            size += len(data)
            if size > MAX_BODY_BYTES:
                raise too_long(pieces[0])
        if self.deadline.expired:
            raise self._timed_out()
        return b"".join(pieces)

    def _refusal(self) -> Generator[Step, bytes, bytes]:
        """The body of a refusal, as far as it comes: the status has said the most of it."""
        body = b""
        try:
            while len(body) < _LONGEST_REFUSAL and (data := (yield _READ)):
                body += data
        except Exception as error:
            if self._translate(error) is None:
                raise
        return body

    def _chunks(self) -> Generator[Step, bytes, None]:
        reader = StreamReader(self.exchange.decoder())
        held: list[AIMessageChunk] = []
        while True:
            data = yield _READ
            if not data and self.deadline.expired:
                raise self._timed_out()
            chunks = reader.feed(data) if data else reader.finish()
            if not self.has_output and (chunks or reader.ended):
                # The first event has come; reasoning models may think for minutes after it.
                self.has_begun = True
                self.deadline.extend(self.exchange.idle_timeout)
                # A role or an id is no output yet: an error after it can still be retried.
                held += chunks
                self.has_output = any(chunk.blocks for chunk in held)
                whole = reader.ended and reader.failure is None
                chunks, held = (held, []) if self.has_output or whole else ([], held)
            if chunks:
                if self.permit is not None:
                    self.permit.note(chunks)
                self.deadline.pause()
                yield chunks
                self.deadline.extend(self.exchange.idle_timeout)
            elif self.deadline.check():
                raise self._timed_out()
            if reader.failure is not None:
                raise reader.failure
            if reader.ended:
                yield from self._drain(data)
                return

    def _drain(self, data: bytes) -> Generator[Step, bytes, None]:
        """Read the body's end, if it comes soon, so that the connection returns to the pool."""
        self.deadline.extend(_DRAIN_SECONDS)
        try:
            while data and not self.deadline.check():
                data = yield _READ
        except Exception as error:
            if self._translate(error) is None:
                raise

    def _timed_out(self) -> APITimeoutError:
        seconds = self.deadline.seconds
        setting = "idle_timeout" if self.has_begun else "timeout"
        waited_for = "event" if self.exchange.stream else "answer"
        return APITimeoutError(
            f"No {'further ' if self.has_begun else ''}{waited_for} within {seconds:g} s"
            f" ({setting}={seconds:g}). Raise {setting}= if this model needs longer."
        )

    def _translate(self, error: Exception) -> APIError | None:
        """An exception from below as one of ours; ``None`` for a bug, which is raised as it is."""
        transport = self.exchange.transport
        if self.deadline.expired or isinstance(error, (TimeoutError, *transport.timeouts)):
            return self._timed_out()
        # HTTP libraries raise RuntimeError where a client is closed under a request.
        if not isinstance(error, (*transport.failures, OSError, RuntimeError)):
            return None
        what = _deepest(error)
        if self.in_body:
            return StreamInterruptedError(f"The connection broke during the answer ({what}).")
        return APIConnectionError(f"Could not reach {self.exchange.provider} ({what}).")


def _dated(headers: Mapping[str, str]) -> Mapping[str, str]:
    """``headers`` with the time of their arrival as their ``Date``, should they have none.

    So a recipient has to keep them (RFC 9110, 6.6.1), and codecs read a ``Retry-After`` that is a
    date without a clock of their own.
    """
    if isinstance(headers, MutableMapping) and "date" not in headers:
        from email.utils import formatdate

        headers["date"] = formatdate(usegmt=True)
    return headers


def _deepest(error: BaseException) -> str:
    """What went wrong at the bottom: SDKs say "Connection error." of everything beneath them."""
    text = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        if str(cause):
            text = f"{type(cause).__name__}: {cause}"
        cause = cause.__cause__
    return text


def drive(exchange: Exchange) -> Generator[list[AIMessageChunk], None, None]:
    """Run ``exchange`` in blocking code; yields the chunks that arrived together."""
    transport = exchange.transport
    response: Response | None = None
    body: Iterator[bytes] = iter(())
    steps = exchange.steps()
    try:
        step = next(steps)
        while True:
            result: Any = None
            try:
                if step is _READ:
                    result = next(body, b"")
                elif step.__class__ is list:
                    yield step
                else:
                    if response is not None:
                        response.close()
                        response = None
                    if isinstance(step, Send):
                        raise_if_cancelled()
                        response = result = transport.send(step.request)
                        body = response.iter_bytes()
                    elif isinstance(step, Sleep):
                        sleep(step.seconds)
                    else:
                        transport.prepare()
            except Exception as error:  # noqa: BLE001 - steps() decides what it is
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration:
        return
    finally:
        steps.close()
        if response is not None:
            response.close()


async def _no_body() -> bytes:
    return b""


async def adrive(exchange: Exchange) -> AsyncGenerator[list[AIMessageChunk], None]:
    """``drive`` on an event loop."""
    from asyncio import sleep, timeout

    transport = exchange.transport
    response: Response | None = None
    read: Callable[[], Awaitable[bytes]] = _no_body
    steps = exchange.steps()
    try:
        step = next(steps)
        while True:
            result: Any = None
            try:
                if step is _READ:
                    try:
                        result = await read()
                    except StopAsyncIteration:
                        result = b""
                elif step.__class__ is list:
                    yield step
                else:
                    if response is not None:
                        await response.aclose()
                        response = None
                    if isinstance(step, Send):
                        # The library's own timeout starts anew with every byte of the head.
                        async with timeout(exchange.timeout):
                            response = result = await transport.asend(step.request)
                        read = response.aiter_bytes().__anext__
                    elif isinstance(step, Sleep):
                        await sleep(step.seconds)
                    else:
                        transport.aprepare()
            except Exception as error:  # noqa: BLE001 - steps() decides what it is
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration:
        return
    finally:
        steps.close()
        if response is not None:
            await response.aclose()
