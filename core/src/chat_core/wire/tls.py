"""TLS contexts, shared by the clients of a process: making one takes longer than a request."""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType
from typing import Any

__all__ = ["tls_context"]


def tls_context(library: ModuleType) -> Any:
    """The TLS context of ``library`` for the environment's ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``.

    The environment is read at each call; a context is made once for each of its values.
    """
    return _context(library, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _context(library: ModuleType, file: str | None, folder: str | None) -> Any:
    return library.create_ssl_context()
