"""A form with files as ``multipart/form-data`` (RFC 7578); pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from .file_content import FileContent, LocalFile

__all__ = ["file_form", "multipart_form"]


def multipart_form(
    fields: Mapping[str, str], *, name: str, filename: str, content: bytes, content_type: str
) -> tuple[bytes, str]:
    """The body of a form with ``fields`` and one file, and its content type.

    Args:
        fields: the fields before the file.
        name: the field that holds the file.
        filename: the file's name.
        content: the file.
        content_type: the file's media type.
    """
    boundary = sha256(content).hexdigest()  # no content holds its own hash
    head, tail = _around(fields, boundary, name, filename, content_type)
    return b"".join([head, content, tail]), f"multipart/form-data; boundary={boundary}"


def file_form(
    fields: Mapping[str, str], *, name: str, filename: str, file: LocalFile
) -> tuple[FileContent, str]:
    """``multipart_form`` with a file on disk, which is read while it is sent."""
    head, tail = _around(fields, file.boundary, name, filename, file.mime_type)
    content = FileContent(file, head=head, tail=tail)
    return content, f"multipart/form-data; boundary={file.boundary}"


def _around(
    fields: Mapping[str, str], boundary: str, name: str, filename: str, content_type: str
) -> tuple[bytes, bytes]:
    """What stands before and after the file."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}";'
        f' filename="{_quoted(filename)}"\r\nContent-Type: {content_type}\r\n\r\n'
    )
    written = "".join([*parts, head]).encode("utf-8", "replace")
    return written, f"\r\n--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    """``name`` between the quotes of a header, as WHATWG HTML writes it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
