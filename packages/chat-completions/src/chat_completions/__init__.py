"""The Chat Completions wire, pure: messages to requests, answers and streams to chunks.

A provider makes a ``Dialect`` of its own and hands it to ``encode_request``, ``CompletionsDecoder``
and ``error_from_response``.
"""

from .decode import CompletionsDecoder
from .dialect import Dialect
from .encode import encode_request
from .errors import error_from_response

__all__ = ["CompletionsDecoder", "Dialect", "encode_request", "error_from_response"]
