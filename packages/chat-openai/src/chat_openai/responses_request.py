"""Messages, settings and options to the body of a Responses request; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_completions.logprobs import ask_logprobs
from chat_core import CodeExecution, InvalidParameterError
from chat_core.provider import CallOptions, ResponseSchema, ToolSpec

from .modalities import add_image_tool
from .names import HELD_BY_VENDOR, encrypts_reasoning
from .responses_encode import encode_input

if TYPE_CHECKING:
    from chat_completions.dialect import Dialect
    from chat_core import Message

__all__ = ["encode_request"]

_ENCRYPTED = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"


def encode_request(
    messages: Sequence[Message],
    *,
    model: str,
    settings: Mapping[str, Any],
    options: CallOptions,
    stream: bool,
    dialect: Dialect,
    model_kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """The request body.

    Args:
        messages: the conversation.
        model: the vendor's name of the model.
        settings: parameters under their wire names, and four of Chat Completions that are written
            otherwise here: ``max_tokens``, ``reasoning_effort``, ``verbosity``, ``logprobs``.
            ``None`` is left out.
        options: tools, the choice among them, the schema of the answer.
        stream: whether to ask for a stream.
        dialect: names the provider and the role of system messages.
        model_kwargs: merged into the body as they are, last.

    Raises:
        InvalidRequestError: a conversation that the API refuses (``encode_input``).
        InvalidParameterError: a parameter or tool choice that this wire does not have.
    """
    body: dict[str, Any] = {"model": model}
    body.update({name: value for name, value in settings.items() if value is not None})
    _rename(body)
    _add_tools(body, options)
    add_image_tool(body)
    _add_format(body, options)
    if stream:
        body["stream"] = True
    else:
        body.pop("stream_options", None)
    if body.get("store") is False and encrypts_reasoning(model):
        # Nothing is stored, so the reasoning has to come and go back with the turns.
        body["include"] = _with(body.get("include"), _ENCRYPTED)
    body.update(model_kwargs)
    body.setdefault(
        "input",
        encode_input(
            messages,
            provider=dialect.provider,
            system_role=dialect.system_role(model),
            is_stored=body.get("store") is not False,
            continues=any(body.get(name) for name in HELD_BY_VENDOR),
        ),
    )
    return body


def _rename(body: dict[str, Any]) -> None:
    """Rename the settings that Chat Completions names otherwise; this wire's own names win."""
    max_tokens = body.pop("max_tokens", None)
    if max_tokens is not None:
        body.setdefault("max_output_tokens", max_tokens)
    effort = body.pop("reasoning_effort", None)
    if effort is not None:
        body["reasoning"] = {"effort": effort, **body.get("reasoning", {})}
    verbosity = body.pop("verbosity", None)
    if verbosity is not None:
        body["text"] = {"verbosity": verbosity, **body.get("text", {})}
    ask_logprobs(body)
    if body.pop("logprobs", None):
        body["include"] = _with(body.get("include"), _LOGPROBS)


def _with(include: list[str] | None, name: str) -> list[str]:
    names = list(include or ())
    return names if name in names else [*names, name]


def _add_tools(body: dict[str, Any], options: CallOptions) -> None:
    choice = options.tool_choice
    if not options.tools:
        if choice not in (None, "auto", "none"):
            raise InvalidParameterError(
                f"tool_choice={choice!r} was given without tools; use bind_tools([...])."
            )
        return
    body["tools"] = [_tool(tool) for tool in options.tools]
    if choice is not None:
        body["tool_choice"] = _tool_choice(choice, options)
    if options.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = options.parallel_tool_calls


def _tool(tool: ToolSpec | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, ToolSpec):
        rest = dict(tool)
        # A function in the shape of Chat Completions, with fields that core does not know.
        return {**(rest.pop("function", None) or {}), **rest}
    wire: dict[str, Any] = {"type": "function", "name": tool.name, "parameters": tool.parameters}
    if tool.description:
        wire["description"] = tool.description
    # The default is true here, which would make every optional parameter a required one.
    wire["strict"] = bool(tool.strict)
    return {**wire, **tool.extras}


def _tool_choice(choice: str | dict[str, Any], options: CallOptions) -> Any:
    if choice == "any":
        return "required"
    if not isinstance(choice, str) or choice in ("auto", "none"):
        return choice
    known: list[str] = []
    for tool in options.tools:
        if isinstance(tool, ToolSpec):
            name, chosen = tool.name, {"type": "function", "name": tool.name}
        elif tool.get("name"):
            name, chosen = tool["name"], {"type": tool["type"], "name": tool["name"]}
        else:
            name, chosen = tool["type"], {"type": tool["type"]}
            if name == "code_interpreter" and choice == CodeExecution.name:
                name = choice
            if "server_label" in tool:
                name, chosen["server_label"] = tool["server_label"], tool["server_label"]
        if choice == name:
            return chosen
        known.append(name)
    raise InvalidParameterError(
        f"tool_choice={choice!r} names no tool; there are {', '.join(known)}, and 'auto', 'none'"
        " and 'any'."
    )


def _add_format(body: dict[str, Any], options: CallOptions) -> None:
    if options.response_schema is not None:
        body["text"] = {**body.get("text", {}), "format": _json_schema(options.response_schema)}
    elif options.json_mode:
        body["text"] = {**body.get("text", {}), "format": {"type": "json_object"}}


def _json_schema(schema: ResponseSchema) -> dict[str, Any]:
    wire: dict[str, Any] = {"type": "json_schema", "name": schema.name, "schema": schema.schema}
    if schema.description:
        wire["description"] = schema.description
    if schema.strict is not None:
        wire["strict"] = schema.strict
    return wire
