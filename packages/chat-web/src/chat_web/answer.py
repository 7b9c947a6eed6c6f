"""One answer as frames: a source of chunks or events through an encoder, up to its last frame."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any, TypeVar, cast

from chat_core import StreamEvent

from .encoder import Encoder
from .events import Show, Source, events_of
from .public_errors import ErrorText, error_text, public_error

__all__ = ["abort_frames", "close_source", "encode_answer"]

T = TypeVar("T")

_log = logging.getLogger("chat_web")


async def encode_answer(
    source: Source,
    encoder: Encoder,
    *,
    show: Show | None = None,
    text: ErrorText = error_text,
) -> AsyncGenerator[list[bytes], None]:
    """The frames of ``source``, those that came together in one list.

    An exception of the source is logged and becomes the encoder's last frames; there are none if
    the encoder itself fails with it. Closing the generator, and cancelling the task that waits for
    it, closes the source.

    Args:
        source: the chunks or events.
        encoder: what writes them.
        show: what readers see of an event; ``None`` shows all.
        text: what users read of an error.
    """
    try:
        yield list(encoder.start())
        async with aclosing(cast("AsyncGenerator[StreamEvent, None]", events_of(source))) as events:
            async for event in events:
                shown = event if show is None else show(event)
                if shown is not None:
                    yield list(encoder.feed(_with_public_error(shown, text)))
        last = list(encoder.finish())
    except Exception as error:  # noqa: BLE001 - whatever it is, the reader gets a last frame
        _log.warning("An answer failed.", exc_info=error)
        last = _frames(encoder.error, public_error(error, text))
    finally:
        await close_source(source)
    yield last


def abort_frames(encoder: Encoder, text: str) -> list[bytes]:
    """The last frames of an answer that was stopped; none if the encoder fails."""
    return _frames(encoder.abort, text)


def _frames(method: Callable[[T], Iterable[bytes]], reason: T) -> list[bytes]:
    try:
        return list(method(reason))
    except Exception:  # noqa: BLE001 - the encoder may be the user's own
        _log.exception("The encoder of an answer failed at its end.")
        return []


async def close_source(source: object) -> None:
    """Close a stream, so that the vendor's call ends. Its failure is logged."""
    close: Any = getattr(source, "aclose", None)
    if close is not None:
        try:
            await close()
        except Exception:  # noqa: BLE001 - the source may be the user's own
            _log.exception("The source of an answer could not be closed.")


def _with_public_error(event: StreamEvent, text: ErrorText) -> StreamEvent:
    data = event["data"]
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, BaseException):
        return event
    return cast(StreamEvent, {**event, "data": {**data, "error": public_error(error, text)}})
