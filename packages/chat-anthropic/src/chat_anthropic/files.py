"""Files that Anthropic keeps. Pure.

Both the upload and each message that names the file need a word in the ``anthropic-beta`` header.
https://platform.claude.com/docs/en/build-with-claude/files
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from chat_core import MalformedResponseError
from chat_core.provider import FileStore, LocalFile, Operation, Steps, file_form

from .betas import FILES_BETA, with_beta
from .encode import BETA_HEADER
from .errors import error_in_answer

__all__ = ["AnthropicFiles"]

_PATH = "v1/files"
_REFUSED = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
"""Characters that the API refuses in a file's name."""
_LONGEST_NAME = 255


class AnthropicFiles(FileStore):
    """Anthropic's files.

    Args:
        betas: the beta words of the model.
    """

    vendor = "Anthropic"
    most_bytes: ClassVar[int | None] = 500 * 1024 * 1024
    """"Maximum file size: 500 MB per file", on the page above."""

    def __init__(self, betas: Sequence[str]) -> None:
        self._headers = {BETA_HEADER: ",".join(with_beta(betas, FILES_BETA))}

    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        """See ``FileStore``. The vendor prepares nothing."""
        content, kind = file_form({}, name="file", filename=_name(file.name), file=file)
        file_id: str = yield self._operation(
            _PATH, _file_id, "POST", content=content, content_type=kind
        )
        return file_id

    def delete(self, file_id: str) -> Steps[None]:
        """See ``FileStore``."""
        yield self._operation(f"{_PATH}/{quote(file_id, safe='')}", _deleted, "DELETE")

    def _operation(self, path: str, read: Any, method: str, **content: Any) -> Operation[Any]:
        query = {"beta": "true"}  # as Anthropic's SDK sends it
        return Operation(path, read, method, query=query, headers=self._headers, **content)


def _name(name: str) -> str:
    """``name`` with ``_`` for what the API refuses; its ending stays."""
    name = _REFUSED.sub("_", name)
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _LONGEST_NAME - len(dot + ending)]}{dot}{ending}"[-_LONGEST_NAME:]


def _checked(wire: Any) -> dict[str, Any]:
    if not isinstance(wire, dict):
        raise TypeError(f"a JSON {type(wire).__name__}, not an object")
    if (error := error_in_answer(wire)) is not None:
        raise error
    return wire


def _file_id(wire: Any) -> str:
    file_id = _checked(wire).get("id")
    if not isinstance(file_id, str) or not file_id:
        raise MalformedResponseError("The answer has no id.", wire=str(wire))
    return file_id


def _deleted(wire: Any) -> None:
    if wire is not None:
        _checked(wire)
