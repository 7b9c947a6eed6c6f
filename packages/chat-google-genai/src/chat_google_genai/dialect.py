"""In what the two Google APIs differ while a request is encoded."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["GEMINI_API", "Dialect", "generation"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API.

    Args:
        provider: the provider id; answers of any other are foreign (the two Google APIs refuse each
            other's signatures).
        needs_mime_type: whether a file by URI must come with its type.
        file_root: what a ``files/…`` id is appended to; ``None`` where ids are whole URIs.
    """

    provider: str
    needs_mime_type: bool = False
    file_root: str | None = None

    def file_uri(self, file_id: str) -> str:
        """The URI of an uploaded file."""
        if self.file_root and file_id.startswith("files/"):
            return self.file_root + file_id
        return file_id


GEMINI_API = Dialect("google-genai", file_root="https://generativelanguage.googleapis.com/v1beta/")


def generation(model: str) -> int:
    """The number of the model's generation: 3 for ``gemini-3-flash-preview``, 0 if it says none."""
    found = re.search(r"gemini-(\d+)", model)
    return int(found[1]) if found else 0
