"""chat-cache: answers of chat models, kept in SQLite or in memory, and replayed as they came."""

from __future__ import annotations

from .answer_cache import AnswerCache, CacheWarning
from .memory_cache import MemoryCache
from .sqlite_cache import SQLiteCache
from .with_cache import with_cache

__version__ = "0.1.0"

__all__ = ["AnswerCache", "CacheWarning", "MemoryCache", "SQLiteCache", "with_cache"]
