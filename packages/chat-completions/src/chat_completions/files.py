"""Files that servers of the Chat Completions wire keep: OpenAI's ``/files``, also Azure's and
Mistral's. Pure.

https://platform.openai.com/docs/api-reference/files
https://docs.mistral.ai/api/endpoint/files
"""

from __future__ import annotations

from typing import Any, ClassVar

from chat_core.provider import FileStore, LocalFile, Operation, Steps, file_form

from .batch_jobs import ReadsAnswers, segment
from .dialect import Dialect

__all__ = ["CompletionsFiles"]


class CompletionsFiles(FileStore):
    """Files that are uploaded as a form with a purpose.

    Args:
        dialect: what the vendor's error codes mean.
        vendor: the vendor's name, for people.
        root: what stands in front of ``files``.
        purpose: what the vendor calls files for messages.
    """

    most_bytes: ClassVar[int | None] = 512 * 1024 * 1024
    """OpenAI, Azure and Mistral: "up to 512 MB", each in the reference of its files."""

    def __init__(self, dialect: Dialect, *, vendor: str, root: str, purpose: str) -> None:
        self.vendor = vendor
        self._read = ReadsAnswers(dialect)
        self._path = f"{root}files"
        self._purpose = purpose

    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        """See ``FileStore``. The vendor prepares nothing."""
        fields = {"purpose": self._purpose}
        content, kind = file_form(fields, name="file", filename=file.name, file=file)
        file_id: str = yield Operation(
            self._path, self._read.id, "POST", content=content, content_type=kind
        )
        return file_id

    def delete(self, file_id: str) -> Steps[None]:
        """See ``FileStore``."""
        yield Operation(f"{self._path}/{segment(file_id)}", self._deleted, "DELETE")

    def _deleted(self, wire: Any) -> None:
        if wire is not None:
            self._read.object(wire)
