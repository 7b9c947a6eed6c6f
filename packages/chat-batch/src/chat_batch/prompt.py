"""From the input of a row to messages: a text, messages as they are, or a template's variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chat_core import ChatPromptTemplate, InvalidParameterError, Message
from chat_core.provider import parse_json, to_messages

from .errors import BadRowError

__all__ = ["Prompt", "read_template"]


class Prompt:
    """Makes the messages of each row; with ``template`` the row's input is its variables.

    ``template`` is a text with ``{variables}``, messages with them, or a ``ChatPromptTemplate``.
    ``source`` is what the digest of a row holds of it.
    """

    def __init__(self, template: object = None) -> None:
        self.source: object = None
        self._template: ChatPromptTemplate | None = None
        if template is None:
            return
        given: Any = template
        self._template = (
            given if isinstance(given, ChatPromptTemplate) else ChatPromptTemplate(given)
        )
        self.source = repr(self._template.messages)
        if not self._template.input_variables:
            raise InvalidParameterError(
                f"The template {given!r:.60} has no variable, such as {{text}}: every row would ask"
                " the same."
            )

    def messages(self, input: Any) -> list[Message]:
        """The messages for the input of a row. Raises ``BadRowError``."""
        try:
            if self._template is None:
                return self._read(input)
            return self._template.invoke(input).messages
        except BadRowError:
            raise
        except InvalidParameterError as error:
            raise BadRowError(str(error).rstrip(".")) from error

    def _read(self, input: Any) -> list[Message]:
        if isinstance(input, Mapping) and not {"role", "type"} & input.keys():
            raise BadRowError('its "input" has variables, and there is no template')
        return to_messages(input)


def read_template(text: str) -> Any:
    """The template of a command line: a file of text or of JSON messages, or the text itself.

    Raises ``InvalidParameterError`` for a file that cannot be read.
    """
    path = Path(text)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # too long for a name, or with a null character
        is_file = False
    if not is_file:
        if "{" not in text:
            raise InvalidParameterError(
                f"--template {text!r:.60} is neither a file nor a text with a {{variable}}."
            )
        return text
    try:
        content = path.read_text(encoding="utf-8")
        return parse_json(content) if path.suffix == ".json" else content
    except (OSError, ValueError) as error:
        raise InvalidParameterError(f"--template {text!r} cannot be read: {error}.") from error
