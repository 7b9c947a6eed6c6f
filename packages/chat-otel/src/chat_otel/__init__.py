"""OpenTelemetry spans and metrics of chat models, chains and tools.

import chat_otel

chat_otel.instrument()
"""

from __future__ import annotations

from .instrumentation import Instrumentation, instrument

__version__ = "0.1.0"

__all__ = ["Instrumentation", "instrument"]
