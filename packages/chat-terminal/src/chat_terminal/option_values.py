"""``--option name=value``: values as the settings of a model class, by the types of its fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .exit_codes import ExitCode
from .failures import TerminalError

if TYPE_CHECKING:
    from chat_core import ChatModel

__all__ = ["read_options"]


def read_options(model_class: type[ChatModel], options: list[str]) -> dict[str, Any]:
    """The settings that ``options`` give, each ``name=value``.

    A value is read as JSON where the field takes the result, otherwise it is the text, so that
    ``user=123`` is a text and ``seed=123`` a number. Names and values are checked by the model.
    Raises ``TerminalError`` for an option without ``=``.
    """
    settings: dict[str, Any] = {}
    for option in options:
        name, equals, text = option.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise TerminalError(f"--option is NAME=VALUE; got {option!r}.", ExitCode.USAGE)
        settings[name] = _value(model_class, name, text)
    return settings


def _value(model_class: type[ChatModel], name: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if _fits(model_class, name, value) else text


def _fits(model_class: type[ChatModel], name: str, value: object) -> bool:
    from pydantic import PydanticUserError, TypeAdapter, ValidationError

    field = model_class.model_fields.get(name)
    if field is None:
        return True
    try:
        annotation: Any = field.annotation
        TypeAdapter(annotation).validate_python(value, strict=True)
    except (PydanticUserError, ValidationError):
        return False
    return True
