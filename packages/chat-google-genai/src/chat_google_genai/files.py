"""Files that the Gemini API keeps, by its resumable upload. Pure.

An upload is begun, which names an address; the file goes there in parts; then the API prepares it
(``PROCESSING``) until it can be named in a message (``ACTIVE``). Files are kept for 48 hours.
https://ai.google.dev/api/files
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit, urlunsplit

from chat_core import APITimeoutError, InvalidRequestError, MalformedResponseError
from chat_core.provider import FileContent, FileStore, LocalFile, Operation, Pause, Steps, join_url

from .errors import error_from_object, find_error

__all__ = ["GeminiFiles"]

_PART = 8 * 1024 * 1024
"""Bytes of a part, as in Google's SDK; the API wants a multiple of 256 KiB."""
_LONGEST_PAUSE = 5.0


class GeminiFiles(FileStore):
    """The files of the Gemini API.

    Args:
        provider: the provider id, for errors.
        base_url: the host.
        version: the version of the API.
    """

    vendor = "The Gemini API"
    most_bytes: ClassVar[int | None] = 2 * 1024 * 1024 * 1024
    """"A maximum of 2 GB per file": https://ai.google.dev/gemini-api/docs/files"""

    def __init__(self, provider: str, *, base_url: str, version: str) -> None:
        self._provider = provider
        self._base_url = base_url
        self._start_url = join_url(base_url, f"upload/{version}/files")

    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        """See ``FileStore``."""
        url: str = yield self._start(file)
        found: dict[str, Any] = {}
        for start in range(0, file.size, _PART):
            found = yield self._part(url, file, start)
        pause, waited = 0.5, 0.0
        while found.get("state") == "PROCESSING":
            if waited >= ready_timeout:
                raise APITimeoutError(
                    f"The file {found['name']!r} is not ready after {ready_timeout:g} s"
                    " (ready_timeout=). It is at the Gemini API: wait longer, or delete it with"
                    f" delete_file({found['name']!r}).",
                    provider=self._provider,
                    is_retryable=False,
                )
            pause = min(pause, _LONGEST_PAUSE, ready_timeout - waited)
            yield Pause(pause)
            waited, pause = waited + pause, pause * 2
            found = yield Operation(found["name"], self._file)
        if found.get("state") == "FAILED":
            raise self._failure(found, file)
        name: str = found["name"]
        return name

    def delete(self, file_id: str) -> Steps[None]:
        """See ``FileStore``. The id may be the file's address, too."""
        name = file_id[file_id.rindex("files/") :] if "files/" in file_id else f"files/{file_id}"
        yield Operation(quote(name), self._nothing, "DELETE")

    def _start(self, file: LocalFile) -> Operation[str]:
        return Operation(
            self._start_url,
            self._address,
            "POST",
            {"file": {"displayName": file.name, "mimeType": file.mime_type}},
            headers={
                "x-goog-upload-protocol": "resumable",
                "x-goog-upload-command": "start",
                "x-goog-upload-header-content-length": str(file.size),
                "x-goog-upload-header-content-type": file.mime_type,
            },
            reads_headers=True,
        )

    def _part(self, url: str, file: LocalFile, start: int) -> Operation[Any]:
        size = min(_PART, file.size - start)
        is_last = start + size == file.size
        return Operation(
            url,
            self._file if is_last else self._nothing,
            "POST",
            content=FileContent(file, start, size),
            content_type=file.mime_type,
            headers={
                "x-goog-upload-command": "upload, finalize" if is_last else "upload",
                "x-goog-upload-offset": str(start),
            },
        )

    def _address(self, headers: Mapping[str, str]) -> str:
        """Where the parts go: on the host that the model asks, as in Google's SDK."""
        url = headers.get("x-goog-upload-url")
        if not url:
            raise MalformedResponseError("The answer names no address for the upload.")
        base, given = urlsplit(self._base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, given.path, given.query, ""))

    def _file(self, wire: Any) -> dict[str, Any]:
        """The file of an answer, which an upload's answer wraps."""
        if not isinstance(wire, dict):
            raise MalformedResponseError("The upload's answer is no object.", wire=str(wire))
        found = wire.get("file", wire)
        if not isinstance(found, dict) or not isinstance(found.get("name"), str):
            if (error := find_error(wire, is_bare=True)) is not None:
                raise error_from_object(error, provider=self._provider)
            raise MalformedResponseError("The answer has no name of a file.", wire=str(wire))
        return found

    def _nothing(self, wire: Any) -> None:
        """Raises ``APIError`` for an answer that is an error."""
        if isinstance(wire, dict) and (error := find_error(wire, is_bare=True)) is not None:
            raise error_from_object(error, provider=self._provider)

    def _failure(self, found: Mapping[str, Any], file: LocalFile) -> InvalidRequestError:
        error = found.get("error")
        reason = error.get("message") if isinstance(error, dict) else None
        return InvalidRequestError(
            f"The Gemini API cannot read {file.name!r} ({file.mime_type}):"
            f" {reason or 'it gives no reason'}.",
            provider=self._provider,
        )
