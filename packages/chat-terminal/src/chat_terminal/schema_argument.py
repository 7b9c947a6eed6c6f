"""``--schema``: a JSON schema from a file or inline, or a class as ``module:Class``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .exit_codes import ExitCode
from .failures import TerminalError
from .input_text import as_text, read_file
from .named_objects import find_object, is_object_name

__all__ = ["read_schema"]


def read_schema(text: str) -> Any:
    """The schema that ``text`` holds or names. Raises ``TerminalError`` for what is none.

    A JSON schema without a title is given one, because vendors ask for a name.
    """
    if text.lstrip().startswith("{"):
        return _from_json(text, "--schema")
    path = Path(text)
    if is_object_name(text) and not path.exists():
        return find_object(text, "--schema")
    return _from_json(as_text(read_file(path), repr(text)), repr(text))


def _from_json(text: str, name: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise TerminalError(f"{name} is not JSON: {error}.", ExitCode.USAGE) from error
    if not isinstance(schema, dict):
        raise TerminalError(
            f"{name} is a JSON schema, an object; got {type(schema).__name__}.", ExitCode.USAGE
        )
    return schema if {"title", "name"} & schema.keys() else {"title": "answer", **schema}
