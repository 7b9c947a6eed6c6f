"""Messages, settings and options to the body of a Chat Completions request; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec

from .encode_messages import encode_messages
from .logprobs import ask_logprobs

if TYPE_CHECKING:
    from chat_core import Message

    from .dialect import Dialect

__all__ = ["encode_request"]

_LONGEST_NAME = 64
_PLAIN_NAME = re.compile(rf"[a-zA-Z0-9_-]{{1,{_LONGEST_NAME}}}")
_ODD_CHARACTERS = re.compile(r"[^a-zA-Z0-9_-]")


def encode_request(
    messages: Sequence[Message],
    *,
    model: str,
    settings: Mapping[str, Any],
    options: CallOptions,
    stream: bool,
    dialect: Dialect,
    stream_usage: bool = True,
    model_kwargs: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The request body.

    Args:
        messages: the conversation, already checked (``chat_core.messages.conversation``).
        model: the vendor's name of the model.
        settings: parameters under their wire names; ``None`` is left out, and ``max_tokens`` takes
            the name that the dialect has for it. ``logprobs`` may be a number (``Logprobs``).
        options: tools, the choice among them, the schema of the answer.
        stream: whether to ask for a stream.
        dialect: what the vendor does otherwise.
        stream_usage: whether to ask a stream for its usage; some gateways refuse the question.
        model_kwargs: merged into the body as they are, last.

    Raises:
        InvalidParameterError: for what this wire cannot say, and for more than one candidate.
    """
    body: dict[str, Any] = {"model": model, "messages": encode_messages(messages, model, dialect)}
    for name, value in settings.items():
        if value is not None:
            _refuse_parameter(name, dialect)
            body[dialect.max_tokens_field(model) if name == "max_tokens" else name] = value
    ask_logprobs(body)
    _add_tools(body, options, dialect)
    if (wanted := _response_format(options, dialect)) is not None:
        body["response_format"] = wanted
    if stream:
        body["stream"] = True
        if stream_usage:
            body["stream_options"] = {**body.get("stream_options", {}), "include_usage": True}
    body.update(model_kwargs or {})
    if not body.get("stream"):
        body.pop("stream_options", None)  # refused without a stream
    _refuse_candidates(body.get("n"))
    return body


def _refuse_parameter(name: str, dialect: Dialect) -> None:
    if name in dialect.refused_parameters:
        raise InvalidParameterError(
            f"{dialect.provider} refuses {name}=, whichever the model; leave it out. Should it take"
            f" it by now: model_kwargs={{{name!r}: …}}."
        )


def _response_format(options: CallOptions, dialect: Dialect) -> dict[str, Any] | None:
    if options.response_schema is not None:
        if not dialect.takes_json_schema:
            raise InvalidParameterError(
                f"{dialect.provider} holds no answer to a JSON schema; use"
                " with_structured_output(schema, method='function_calling')."
            )
        return _json_schema(options.response_schema)
    if options.json_mode:
        if not dialect.takes_json_object:
            by_tool = " or method='function_calling'" if dialect.tool_choices else ""
            raise InvalidParameterError(
                f"{dialect.provider} has no JSON mode; use with_structured_output(schema) with"
                f" method='json_schema'{by_tool}."
            )
        return {"type": "json_object"}
    return None


def _refuse_candidates(n: Any) -> None:
    if n is not None and n != 1:
        raise InvalidParameterError(
            f"n={n!r} asks for more than one candidate, but an answer is one message here. For"
            f" several answers use model.candidates(input, n={n}), or, of a vendor that has no"
            f" candidates, model.batch([input] * {n})."
        )


def _add_tools(body: dict[str, Any], options: CallOptions, dialect: Dialect) -> None:
    choice = options.tool_choice
    if not options.tools:
        if choice not in (None, "auto", "none"):
            raise InvalidParameterError(
                f"tool_choice={choice!r} was given without tools; use bind_tools([...])."
            )
        return
    if not dialect.tool_choices:
        raise InvalidParameterError(
            f"{dialect.provider} takes no tools: {dialect.instead_of_tools}."
        )
    body["tools"] = [_tool(tool, dialect) for tool in options.tools]
    if choice is not None:
        body["tool_choice"] = _tool_choice(choice, options, dialect)
    if options.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = options.parallel_tool_calls


def _tool(tool: ToolSpec | dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    if not isinstance(tool, ToolSpec):
        return tool
    if dialect.plain_names and _PLAIN_NAME.fullmatch(tool.name) is None:
        raise InvalidParameterError(
            f"{dialect.provider} takes names of tools of 1 to 64 letters, digits, '_' and '-';"
            f" {tool.name!r:.100} is none. Give the tool another name."
        )
    # Servers refuse a schema without a type at its root.
    parameters = {"type": "object", **tool.parameters}
    function: dict[str, Any] = {"name": tool.name, "parameters": parameters}
    if tool.description:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function, **tool.extras}


def _tool_choice(choice: str | dict[str, Any], options: CallOptions, dialect: Dialect) -> Any:
    if choice == "any":
        return _taken("required", dialect.required_word, dialect)
    if not isinstance(choice, str):
        return choice
    if choice in ("auto", "none"):
        return _taken(choice, choice, dialect)
    names = [tool.name for tool in options.tools if isinstance(tool, ToolSpec)]
    if choice not in names and len(names) == len(options.tools):
        raise InvalidParameterError(
            f"tool_choice={choice!r} names no tool; there are {', '.join(names)}, and 'auto',"
            " 'none' and 'any'."
        )
    if "named" not in dialect.tool_choices and len(options.tools) == 1:
        return _taken("required", dialect.required_word, dialect)  # the one tool is the named one
    return _taken("named", {"type": "function", "function": {"name": choice}}, dialect)


def _taken(kind: str, wire: Any, dialect: Dialect) -> Any:
    """``wire``, if the vendor takes a ``tool_choice`` of this kind."""
    if kind not in dialect.tool_choices:
        taken = ", ".join(sorted(dialect.tool_choices))
        what = {"required": "'any'", "named": "the name of a tool"}.get(kind, repr(kind))
        raise InvalidParameterError(
            f"{dialect.provider} takes no tool_choice that is {what}; it takes {taken}."
        )
    return wire


def _json_schema(schema: ResponseSchema) -> dict[str, Any]:
    # The name is not read back, so odd characters in it are replaced.
    name = _ODD_CHARACTERS.sub("_", schema.name)[:_LONGEST_NAME] or "answer"
    body: dict[str, Any] = {"name": name, "schema": schema.schema}
    if schema.description:
        body["description"] = schema.description
    if schema.strict is not None:
        body["strict"] = schema.strict
    return {"type": "json_schema", "json_schema": body}
