"""``Row``: one question of a batch with its id, and the digest of what is asked.

A row is read from ``{"id": …, "input": …}``, with ``"settings": {…}`` and ``"model": …`` if it has
its own. ``input`` is a text, a list of messages, or the variables of a template. Other keys are
left alone, unless they look like one of these misspelt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import blake2b
from typing import Any

from .errors import BadRowError

__all__ = ["Row", "digest_of", "read_row"]

_KEYS = ("id", "input", "settings", "model")


@dataclass(frozen=True, slots=True)
class Row:
    """One question.

    Args:
        id: what its result is found by; 7 and ``"7"`` are the same id.
        input: a text, a list of messages as ``invoke`` takes them, or variables of a template.
        settings: settings of the model for this row alone, as ``bind`` takes them.
        model: the id of the model that answers this row, instead of those of the batch.
    """

    id: str | int
    input: Any
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None

    @property
    def key(self) -> str:
        """The id as text, which rows and results are compared by."""
        return str(self.id)


def read_row(value: object) -> Row:
    """The row that ``value`` holds. Raises ``BadRowError`` that says what is wrong with it."""
    if isinstance(value, Row):
        value = {"id": value.id, "input": value.input, "settings": value.settings} | (
            {} if value.model is None else {"model": value.model}
        )
    if not isinstance(value, Mapping):
        raise BadRowError(
            f'a row is an object {{"id": …, "input": …}}; got {type(value).__name__}: {value!r:.60}'
        )
    _refuse_misspelt(value)
    settings = value.get("settings")
    if settings is not None and not isinstance(settings, Mapping):
        raise BadRowError(f'"settings" is an object; got {settings!r:.60}')
    model = value.get("model")
    if model is not None and not (isinstance(model, str) and model.strip()):
        raise BadRowError(f'"model" is the id of a model; got {model!r:.60}')
    return Row(_read_id(value), _read_input(value), dict(settings or {}), model)


def digest_of(row: Row, *, template: object = None, settings: object = None) -> str:
    """32 hexadecimal digits that differ where ``row``, ``template`` or ``settings`` differ."""
    asked = [row.input, dict(row.settings), row.model, template, settings]
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=repr)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _read_id(value: Mapping[str, Any]) -> str | int:
    given = value.get("id")
    if given is None:
        keys = ", ".join(sorted(map(str, value))) or "none"
        raise BadRowError(f'a row needs an "id"; its keys are: {keys}')
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise BadRowError(f'"id" is a text or a whole number; got {given!r:.60}')
    if isinstance(given, str) and any("\ud800" <= character <= "\udfff" for character in given):
        raise BadRowError(f'"id" holds half a character, which no file can; got {given!r:.60}')
    return given


def _read_input(value: Mapping[str, Any]) -> Any:
    given = value.get("input")
    if given is None or (isinstance(given, str | list | tuple | dict) and not given):
        raise BadRowError('a row needs an "input"; it has none')
    if isinstance(given, str) and not given.strip():
        raise BadRowError('a row needs an "input"; it is blank')
    return given


def _refuse_misspelt(value: Mapping[str, Any]) -> None:
    if len(value) <= len(_KEYS) and value.keys() <= set(_KEYS):
        return
    absent = [key for key in _KEYS if key not in value]
    for key in value:
        if key in _KEYS:
            continue
        if near := get_close_matches(str(key), absent, n=1, cutoff=0.8):
            raise BadRowError(f'unknown key "{key}". Did you mean "{near[0]}"?')
