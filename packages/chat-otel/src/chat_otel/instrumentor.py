"""``ChatInstrumentor``: what ``opentelemetry-instrument`` calls, found by its entry point.

It has the methods that the command uses and derives from no class, so that
``opentelemetry-instrumentation`` is needed by those alone who start programs with its command.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .instrumentation import Instrumentation, instrument

__all__ = ["ChatInstrumentor"]


class ChatInstrumentor:
    """Instruments the process; the options of ``instrument`` are those of ``chat_otel``."""

    def __init__(self) -> None:
        self._instrumentation: Instrumentation | None = None

    def instrumentation_dependencies(self) -> Collection[str]:
        """The requirements of what is instrumented: none beside those of this package."""
        return ()

    def instrument(self, **options: Any) -> None:
        """``chat_otel.instrument`` with those of ``options`` that it takes."""
        taken = ("tracer_provider", "meter_provider", "capture_content")
        given = {name: options[name] for name in taken if name in options}
        self._instrumentation = instrument(**given)

    def uninstrument(self, **options: Any) -> None:
        """Undo ``instrument``."""
        if self._instrumentation is not None:
            self._instrumentation.uninstrument()
            self._instrumentation = None
