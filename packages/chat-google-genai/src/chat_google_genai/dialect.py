"""How requests to the two Google APIs differ."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chat_core import InvalidParameterError

__all__ = ["GEMINI_API", "Dialect", "generation"]


_GEMINI_FILE = re.compile(r"files/|https?://generativelanguage\.googleapis\.com/.*files/")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API.

    Args:
        provider: the provider id; answers of any other are foreign (the two Google APIs refuse each
            other's signatures).
        needs_mime_type: whether a file by URI must come with its type.
        file_root: the URI below which files of the Gemini API (``files/…``) lie; ``None``
            for an API that cannot read them.
    """

    provider: str
    needs_mime_type: bool = False
    file_root: str | None = None

    def file_uri(self, file: str) -> str:
        """Return the URI of a file by its id or URL.

        Raises ``InvalidParameterError`` for one that this API cannot read.
        """
        if self.file_root is None and _GEMINI_FILE.match(file):
            raise InvalidParameterError(
                f"{file!r} is a file of the Gemini API, which {self.provider} cannot read; upload"
                " it to Cloud Storage and give its gs:// URL."
            )
        if self.file_root is not None and file.startswith("files/"):
            return self.file_root + file
        if "://" not in file:
            known = "gs://…" if self.file_root is None else "files/…"
            raise InvalidParameterError(
                f"{file!r} is no file that {self.provider} can read; it takes {known} and URLs."
            )
        return file


GEMINI_API = Dialect("google-genai", file_root="https://generativelanguage.googleapis.com/v1beta/")


def generation(model: str) -> int:
    """Return the model's generation: 3 for ``gemini-3-flash-preview``, 0 where no number is."""
    found = re.search(r"gemini-(\d+)", model)
    return int(found[1]) if found else 0
