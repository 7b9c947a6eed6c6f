"""``instrument``: from now on every run of the process is reported as a span, with metrics."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError, register_observer, unregister_observer
from opentelemetry import metrics, trace

from .conventions import CAPTURE_VARIABLE, SCHEMA_URL
from .cost import prepare_costs
from .metrics import Instruments
from .observer import SpanObserver

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

__all__ = ["Instrumentation", "instrument"]

_log = logging.getLogger("chat_otel")
_lock = threading.Lock()
_active: Instrumentation | None = None


class Instrumentation:
    """What ``instrument`` has set up; ``uninstrument`` ends it."""

    def __init__(self, observer: SpanObserver, options: tuple[object, ...]) -> None:
        self._observer = observer
        self._options = options

    def has(self, options: tuple[object, ...]) -> bool:
        """Whether it was set up with ``options``."""
        return self._options == options

    def uninstrument(self) -> None:
        """Report no run that begins from now on; those under way are reported to their end.

        A second call does nothing.
        """
        global _active
        with _lock:
            if _active is not self:
                return
            _active = None
        self._observer.stop(lambda: unregister_observer(self._observer))


def instrument(
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    capture_content: bool | None = None,
) -> Instrumentation:
    """Report every run from now on.

    Args:
        tracer_provider: makes the spans; by default the process's, set before or after this call.
        meter_provider: makes the metrics; by default the process's.
        capture_content: whether messages, arguments and results stand on the spans; by default
            what ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says, otherwise not.

    Where chat-cost is installed, its list of prices is loaded now, which takes up to a second.
    Where it was called before, what it returned then is returned; options that differ from those
    given then are logged as a warning and have no effect. Raises ``InvalidParameterError`` for an
    option of another type.
    """
    global _active
    _require(tracer_provider, "tracer_provider", "get_tracer", "a TracerProvider")
    _require(meter_provider, "meter_provider", "get_meter", "a MeterProvider")
    if not isinstance(capture_content, bool | None):
        raise InvalidParameterError(
            f"capture_content is True, False or None; got {capture_content!r:.80}."
        )
    options = (tracer_provider, meter_provider, capture_content)
    with _lock:
        if _active is None:
            prepare_costs()
            observer = _make_observer(tracer_provider, meter_provider, capture_content)
            register_observer(observer)
            _active = Instrumentation(observer, options)
        elif not _active.has(options):
            _log.warning(
                "chat_otel.instrument() was called before with other options, which stay in force;"
                " call uninstrument() first."
            )
        return _active


def _require(given: object, name: str, method: str, wanted: str) -> None:
    if given is not None and not callable(getattr(given, method, None)):
        raise InvalidParameterError(
            f"{name} is {wanted} of OpenTelemetry; got {type(given).__name__}: {given!r:.80}."
        )


def _make_observer(tracer_provider: Any, meter_provider: Any, capture: bool | None) -> SpanObserver:
    from . import __version__

    tracer = trace.get_tracer("chat_otel", __version__, tracer_provider, SCHEMA_URL)
    meter = metrics.get_meter("chat_otel", __version__, meter_provider, SCHEMA_URL)
    captured = _captured_by_environment() if capture is None else capture
    return SpanObserver(tracer, Instruments(meter), capture_content=captured)


_CAPTURED = {
    "": False,
    "event_only": False,
    "false": False,
    "no_content": False,
    "span_and_event": True,
    "span_only": True,
    "true": True,
}
"""The values of the variable. Content is put on spans alone: no events are sent."""


def _captured_by_environment() -> bool:
    value = os.environ.get(CAPTURE_VARIABLE, "").strip().lower()
    if value not in _CAPTURED:
        _log.warning(
            "%s=%s is unknown, so no content is captured; known: %s.",
            CAPTURE_VARIABLE,
            value,
            ", ".join(name for name in _CAPTURED if name),
        )
    return _CAPTURED.get(value, False)
