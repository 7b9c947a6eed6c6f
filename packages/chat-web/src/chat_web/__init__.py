"""chat-web: answers of chat models as server-sent events, for Starlette and FastAPI."""

from __future__ import annotations

from .encoder import Encoder
from .event_encoder import EventEncoder
from .events import visible
from .public_errors import StreamGoneError, StreamStoreError, error_text, public_error
from .response import ChatResponse
from .shutdown import lifespan

__version__ = "0.1.0"

__all__ = [
    "ChatResponse",
    "Encoder",
    "EventEncoder",
    "StreamGoneError",
    "StreamStoreError",
    "error_text",
    "lifespan",
    "public_error",
    "visible",
]
