"""A model whose module imports an HTTP library; it needs a module of its own."""

from __future__ import annotations

import httpx
from breaking import breaks
from plain_model import PlainModel


@breaks("test_building_imports_no_http_library")
class ImportsTooMuch(PlainModel):
    """Good in all other ways."""

    def limits(self) -> httpx.Limits:
        return httpx.Limits()
