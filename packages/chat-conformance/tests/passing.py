"""``Passing``: a stream that wraps another one; subclasses change one thing."""

from __future__ import annotations

from typing import Any, ClassVar

from plain_model import PlainModel


class Passing:
    """Passes everything on to ``stream``; subclasses change one thing."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Any:
        return iter(self._stream)

    def __next__(self) -> Any:
        return next(self._stream)

    def __aiter__(self) -> Any:
        return self._stream.__aiter__()

    def __anext__(self) -> Any:
        return self._stream.__anext__()

    def __enter__(self) -> Any:
        return self._stream.__enter__()

    def __exit__(self, *error: Any) -> Any:
        return self._stream.__exit__(*error)

    async def __aenter__(self) -> Any:
        return await self._stream.__aenter__()

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)


class Streaming(PlainModel):
    """A model whose streams are put into ``around``."""

    around: ClassVar[type[Passing]] = Passing

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.around(super().stream(input, config, **kwargs))

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.around(super().astream(input, config, **kwargs))


class EventStreaming(PlainModel):
    """A model whose streams of events are put into ``around``."""

    around: ClassVar[type[Passing]] = Passing

    def stream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.around(super().stream_events(input, config, **kwargs))

    def astream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        return self.around(super().astream_events(input, config, **kwargs))


class PassingEvents(Passing):
    """Passes events on, each through ``event``."""

    def event(self, event: Any) -> Any:
        """What becomes of an event; ``None`` drops it."""
        return event

    def __iter__(self) -> Any:
        events = iter(self._stream)
        try:
            for event in events:
                changed = self.event(event)
                if changed is not None:
                    yield changed
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    async def __aiter__(self) -> Any:
        events = self._stream.__aiter__()
        try:
            async for event in events:
                changed = self.event(event)
                if changed is not None:
                    yield changed
        finally:
            await events.aclose()
