"""Messages, settings and options to the body of ``POST /api/chat``; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chat_completions.logprobs import ask_logprobs
from chat_core import InvalidParameterError
from chat_core.provider import CallOptions, ToolSpec

from .encode_messages import encode_messages
from .tool_schema import without_references

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["encode_request"]

_RENAMED = {"max_tokens": "num_predict"}
"""Common settings that have another name among the options."""


def encode_request(
    messages: Sequence[Message],
    options: CallOptions,
    *,
    model: str,
    settings: Mapping[str, Any],
    model_options: Mapping[str, Any],
    model_kwargs: Mapping[str, Any],
    stream: bool,
) -> dict[str, Any]:
    """The request body.

    Args:
        messages: the conversation.
        options: tools, the choice among them, the schema of the answer.
        model: the name of the model.
        settings: parameters of the request itself; ``None`` is left out.
        model_options: the options of the model, and under ``options`` further ones.
        model_kwargs: merged into the body last; ``options`` in it are merged one by one.
        stream: always sent, because it is true by default on the server.

    Raises:
        InvalidParameterError: for what this API cannot express.
        InvalidRequestError: for a conversation that cannot be sent.
    """
    body: dict[str, Any] = {"model": model, "stream": stream, "messages": encode_messages(messages)}
    body.update({name: value for name, value in settings.items() if value is not None})
    ask_logprobs(body)
    if options.response_schema is not None:
        body["format"] = options.response_schema.schema
    elif options.json_mode:
        body["format"] = "json"
    if tools := _tools(options):
        body["tools"] = tools
    if found := {**_options(model_options), **(model_kwargs.get("options") or {})}:
        body["options"] = found
    body.update({name: value for name, value in model_kwargs.items() if name != "options"})
    return body


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are set; ``num_predict`` wins over ``max_tokens``, and both over further."""
    named = {name: value for name, value in given.items() if value is not None}
    further: dict[str, Any] = named.pop("options", {})
    if "num_predict" in named:
        named.pop("max_tokens", None)
    return {**further, **{_RENAMED.get(name, name): value for name, value in named.items()}}


def _tools(options: CallOptions) -> list[dict[str, Any]]:
    """The tools that are offered.

    The API has no choice among them. With ``"none"`` none is offered, with a name that one alone.
    """
    if options.parallel_tool_calls is False:
        raise InvalidParameterError(
            "Ollama has no way to forbid parallel tool calls; leave parallel_tool_calls out and"
            " answer every call of a message."
        )
    choice = options.tool_choice
    if choice in (None, "auto", "none"):
        return [] if choice == "none" else [_tool(tool) for tool in options.tools]
    if choice == "any" or not isinstance(choice, str):
        raise InvalidParameterError(
            f"Ollama has no way to demand a tool call; got tool_choice={choice!r}. Leave it out, or"
            " name one tool, which is then the only one that is offered; for an object of a schema"
            " use with_structured_output(..., method='json_schema')."
        )
    chosen = [tool for tool in options.tools if _name(tool) == choice]
    if not chosen:
        names = ", ".join(map(_name, options.tools)) or "no tools"
        raise InvalidParameterError(f"tool_choice={choice!r} names no tool; there are: {names}.")
    return [_tool(tool) for tool in chosen]


def _name(tool: ToolSpec | dict[str, Any]) -> str:
    if isinstance(tool, ToolSpec):
        return tool.name
    function = tool.get("function")
    return str(function.get("name", "")) if isinstance(function, dict) else ""


def _tool(tool: ToolSpec | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, ToolSpec):
        return tool
    # The server demands both, as empty as they may be.
    parameters = {"type": "object", "properties": {}, **without_references(tool.parameters)}
    function: dict[str, Any] = {"name": tool.name, "parameters": parameters}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": function, **tool.extras}
