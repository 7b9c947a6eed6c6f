"""Prompt templates: a dict of variables in, messages out.

Templates are Python format strings: ``{name}``, ``{name:>8}``, ``{name!r}``, and ``{{`` for a
brace. Attributes and indices (``{user.password}``, ``{rows[0]}``) are refused, because a template
may come from somewhere else than the program, and so is a field without a name, or a width or
precision over 1,000.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, ClassVar, TypeAlias

from ..arguments import items_of, of_type, positive_count
from ..errors import InvalidParameterError
from ..json_text import JSON
from ..messages.convert import ROLES, to_message, to_messages
from ..messages.message import BaseMessage, Message
from ..runnables.base import Runnable
from ..runnables.engine.scope import StepContext
from ..runs.events import RunType
from ..short_repr import short_repr

__all__ = ["ChatPromptTemplate", "MessagesPlaceholder", "PromptValue"]


_WIDEST = 1000
"""Characters that a width or a precision may ask for: a template must not fill the memory."""


@dataclass(slots=True)
class PromptValue:
    """What a prompt gives: messages, ready for any model."""

    messages: list[Message]

    def __post_init__(self) -> None:
        for message in items_of("messages", self.messages, "a list of messages"):
            of_type("Each of messages", message, BaseMessage, "a message")

    def to_messages(self) -> list[Message]:
        """The messages."""
        return self.messages

    def to_string(self) -> str:
        """The messages as text, one ``role: content`` a paragraph."""
        return "\n\n".join(f"{message.type}: {message.content}" for message in self.messages)


class Template:
    """A format string whose fields are plain names.

    Raises ``InvalidParameterError`` where it is not one.
    """

    __slots__ = ("_parts", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._parts = list(Formatter().parse(text))
        except ValueError as error:
            raise InvalidParameterError(
                f"The template {text!r:.100} is malformed: {error}. A literal brace is written"
                " {{ or }}."
            ) from error
        self.names: list[str] = []
        for _, name, spec, _ in self._parts:
            if name is None:
                continue
            if not name.isidentifier():
                raise InvalidParameterError(
                    f"{{{name}}} in the template {text!r:.100}: a field is a plain variable name;"
                    " attributes, indices and empty fields are not allowed. A literal brace is"
                    " written {{ or }}."
                )
            if spec:
                _check_format(name, spec)
            self.names.append(name)

    def format(self, values: Mapping[str, object]) -> str:
        """The text with ``values`` put in."""
        pieces: list[str] = []
        formatter = Formatter()
        for literal, name, spec, conversion in self._parts:
            pieces.append(literal)
            if name is None:
                continue
            value = values[name]
            try:
                if conversion:
                    value = formatter.convert_field(value, conversion)
                pieces.append(format(value, spec or ""))
            except (TypeError, ValueError) as error:
                raise InvalidParameterError(
                    f"The variable {name!r} cannot be put into the template {self.text!r:.100}:"
                    f" {error}."
                ) from error
        return "".join(pieces)


def _check_format(name: str, spec: str) -> None:
    """Raise ``InvalidParameterError`` for a format that holds a variable or too great a number."""
    if "{" in spec:
        raise InvalidParameterError(f"{{{name}:{spec}}}: a format cannot hold a variable.")
    for digits in re.findall(r"\d+", spec):
        if len(digits) > len(str(_WIDEST)) or int(digits) > _WIDEST:
            raise InvalidParameterError(
                f"{{{name}:{spec:.40}}}: a width or precision is at most {_WIDEST}."
            )


@dataclass(slots=True)
class MessagesPlaceholder:
    """Where a variable's messages go. ``optional`` lets it be absent; ``n_messages`` keeps the
    last.
    """

    variable_name: str
    optional: bool = False
    n_messages: int | None = None

    def __post_init__(self) -> None:
        of_type("variable_name", self.variable_name, str, "a str")
        if self.n_messages is not None:
            positive_count("n_messages", self.n_messages)

    def messages(self, values: Mapping[str, object]) -> list[Message]:
        """The variable's messages."""
        given = to_messages(values.get(self.variable_name) or [])
        return given[-self.n_messages :] if self.n_messages else given


class _MessageTemplate:
    """One message whose content is a template, or a list with templates in its text."""

    __slots__ = ("_content", "_fields", "_role", "names")

    def __init__(self, role: str, content: object, fields: Mapping[str, object]) -> None:
        if role not in ROLES:
            raise InvalidParameterError(
                f"Unknown role {role!r} in a prompt; a role is one of {', '.join(ROLES)}, or"
                " 'placeholder'."
            )
        self._role = role
        self._fields = fields
        self.names: list[str] = []
        self._content = self._compile(content)

    def _compile(self, content: object) -> object:
        if isinstance(content, str):
            template = Template(content)
            self.names += template.names
            return template
        if isinstance(content, Mapping):
            return {k: v if k == "type" else self._compile(v) for k, v in content.items()}
        if isinstance(content, list | tuple):
            return [self._compile(part) for part in content]
        return content

    def messages(self, values: Mapping[str, object]) -> list[Message]:
        content = _fill(self._content, values)
        return [to_message({"role": self._role, "content": content, **self._fields})]


def _fill(content: object, values: Mapping[str, object]) -> object:
    if isinstance(content, Template):
        return content.format(values)
    if isinstance(content, dict):
        return {key: _fill(value, values) for key, value in content.items()}
    if isinstance(content, list):
        return [_fill(part, values) for part in content]
    return content


MessageLike: TypeAlias = (
    "str | tuple[str, JSON] | Mapping[str, JSON] | BaseMessage | MessagesPlaceholder"
)
"""A message of a prompt; a ``BaseMessage`` is taken as it is, everything else is a template."""


def _as_list(messages: Any) -> list[MessageLike]:
    """The messages of a prompt; one alone may stand for a list of one."""
    if isinstance(messages, str | Mapping | BaseMessage | MessagesPlaceholder):
        return [messages]
    if isinstance(messages, tuple) and len(messages) == 2:
        role = messages[0]
        if isinstance(role, str) and (role in ROLES or role == "placeholder"):
            return [messages]
    if isinstance(messages, Iterable):
        return list(messages)
    raise InvalidParameterError(
        f"A prompt is a list of messages; got {type(messages).__name__}: {messages!r:.80}."
    )


class ChatPromptTemplate(Runnable[Any, PromptValue]):
    """Messages with variables in them.

    Args:
        messages: templates such as ``("system", "You are {who}.")``, ``{"role", "content"}`` dicts
            or a ``str`` (from the human), ``MessagesPlaceholder("history")`` or ``("placeholder",
            "{history}")`` (optional), and finished messages.
        partial_variables: values, or functions of no arguments that give them, for some variables.

    Called with a dict that has the variables (and whatever else), or with the bare value where
    there is one variable. A variable that is missing, and a name that looks like an optional one
    misspelt, raise ``InvalidParameterError`` naming it.
    """

    run_type: ClassVar[RunType] = "prompt"
    traces_chunks: ClassVar[bool] = False

    def __init__(
        self,
        messages: Sequence[MessageLike] | MessageLike,
        *,
        partial_variables: Mapping[str, object] | None = None,
    ) -> None:
        if partial_variables is not None:
            of_type("partial_variables", partial_variables, Mapping, "a dict")
        self.messages = _as_list(messages)
        self._parts = [_compile(message) for message in self.messages]
        required: dict[str, None] = {}
        optional: dict[str, None] = {}
        for part in self._parts:
            if isinstance(part, MessagesPlaceholder):
                (optional if part.optional else required)[part.variable_name] = None
            else:
                required.update(dict.fromkeys(part.names))
        self.partial_variables = dict(partial_variables or {})
        self._known = {**required, **optional}
        self._refuse_unknown(self.partial_variables)
        self.input_variables = [name for name in required if name not in self.partial_variables]

    @classmethod
    def from_messages(cls, messages: Sequence[MessageLike]) -> ChatPromptTemplate:
        """The same as calling the class."""
        return cls(messages)

    @classmethod
    def from_template(cls, template: str) -> ChatPromptTemplate:
        """A prompt of one message from the human."""
        return cls([("human", template)])

    def __repr__(self) -> str:
        return f"ChatPromptTemplate({short_repr(self.messages)})"

    def partial(self, **values: object) -> ChatPromptTemplate:
        """The same with some variables given already, as values or functions of no arguments."""
        return ChatPromptTemplate(
            self.messages, partial_variables={**self.partial_variables, **values}
        )

    def format_messages(self, **values: object) -> list[Message]:
        """The messages with ``values`` put in.

        Raises ``InvalidParameterError`` for missing or unknown variables.
        """
        self._refuse_unknown(values)
        return self._format(values)

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> PromptValue:
        return PromptValue(self._format(self._variables(value)))

    def _variables(self, value: object) -> Mapping[str, object]:
        if isinstance(value, Mapping):
            return value
        if len(self.input_variables) == 1 and value is not None:
            return {self.input_variables[0]: value}
        raise InvalidParameterError(
            f"This prompt takes a dict of {_named(self._known) or 'no variables'}; got"
            f" {type(value).__name__}: {value!r:.100}"
        )

    def _format(self, given: Mapping[str, object]) -> list[Message]:
        missing = [name for name in self.input_variables if name not in given]
        if missing:
            raise InvalidParameterError(
                f"The prompt's variables {_named(missing)} are missing; it takes"
                f" {_named(self._known)} and got {_named(given) or 'none'}. A literal brace is"
                " written {{ or }}."
            )
        self._refuse_misspelt(given)
        values = {name: _resolve(value) for name, value in self.partial_variables.items()}
        values.update(given)
        messages: list[Message] = []
        for part in self._parts:
            messages += part.messages(values)
        return messages

    def _refuse_unknown(self, given: Iterable[str]) -> None:
        unknown = [name for name in given if name not in self._known]
        if unknown:
            raise InvalidParameterError(
                f"The prompt has no variables {_named(unknown)}; it takes"
                f" {_named(self._known) or 'none'}."
            )

    def _refuse_misspelt(self, given: Mapping[str, object]) -> None:
        """A step before may give more than the prompt takes, but nothing that looks like a variable
        which may be absent, and is: its value would be lost without a word.
        """
        absent = self._known.keys() - given.keys() - self.partial_variables.keys()
        unknown = [name for name in given if name not in self._known] if absent else []
        if not unknown:
            return
        from difflib import get_close_matches

        for name in unknown:
            if near := get_close_matches(str(name), absent, n=1):
                raise InvalidParameterError(
                    f"The prompt has no variable {name!r}. Did you mean {near[0]!r}? It takes"
                    f" {_named(self._known)}."
                )


class _Finished:
    """A message that is taken as it is."""

    __slots__ = ("_message", "names")

    def __init__(self, message: BaseMessage) -> None:
        self._message = to_message(message)
        self.names: list[str] = []

    def messages(self, values: Mapping[str, object]) -> list[Message]:
        return [self._message]


def _compile(message: MessageLike) -> _MessageTemplate | MessagesPlaceholder | _Finished:
    if isinstance(message, BaseMessage):
        return _Finished(message)
    if isinstance(message, MessagesPlaceholder):
        return message
    if isinstance(message, str):
        return _MessageTemplate("human", message, {})
    if isinstance(message, Mapping):
        fields = dict(message)
        return _MessageTemplate(fields.pop("role", ""), fields.pop("content", ""), fields)
    given: Any = message
    if isinstance(given, tuple | list) and len(given) == 2:
        role, content = given
        if role == "placeholder":
            return _placeholder(content)
        return _MessageTemplate(role, content, {})
    raise InvalidParameterError(
        'A message of a prompt is ("role", "template"), a dict, a str, a message or a'
        f" MessagesPlaceholder; got {type(message).__name__}: {message!r:.100}"
    )


def _placeholder(content: object) -> MessagesPlaceholder:
    names = Template(content).names if isinstance(content, str) else []
    if len(names) != 1 or content != f"{{{names[0]}}}":
        raise InvalidParameterError(
            f'A placeholder is ("placeholder", "{{name}}"); got {content!r}'
        )
    return MessagesPlaceholder(names[0], optional=True)


def _resolve(value: object) -> object:
    return value() if callable(value) else value


def _named(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
