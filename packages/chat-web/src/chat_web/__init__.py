"""chat-web: answers of chat models as server-sent events, for Starlette and FastAPI."""

from __future__ import annotations

from .encoder import Encoder
from .event_encoder import EventEncoder
from .events import visible
from .public_errors import StreamGoneError, StreamStoreError, error_text, public_error
from .response import ChatResponse
from .resumable import ResumableStreams
from .shutdown import lifespan
from .sse import frame
from .stores.memory import MemoryStore
from .stores.redis import RedisStore
from .stores.sqlite import SQLiteStore
from .stores.store import StreamStore

__version__ = "0.1.0"

__all__ = [
    "ChatResponse",
    "Encoder",
    "EventEncoder",
    "MemoryStore",
    "RedisStore",
    "ResumableStreams",
    "SQLiteStore",
    "StreamGoneError",
    "StreamStore",
    "StreamStoreError",
    "error_text",
    "frame",
    "lifespan",
    "public_error",
    "visible",
]
