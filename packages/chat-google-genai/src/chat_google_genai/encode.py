"""The request body: contents, generation config, tools and the choice among them. Pure.

``body["model"]`` is the model's resource name (``models/gemini-2.5-flash``); ``client.py`` moves it
into the path, where Google expects it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chat_core import InvalidParameterError
from chat_core.provider import CallOptions, ToolSpec, refuse_additional_kwargs

from .contents import encode_messages
from .request_fields import merge_body, merge_dicts
from .schema import express, express_arguments
from .server_tools import LISTS_CALLS, lists_server_calls
from .tool_names import wire_name

if TYPE_CHECKING:
    from chat_core import Message

    from .dialect import Dialect

__all__ = ["RequestSettings", "encode_request"]

Wire = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """What the settings of a model add to its requests.

    Args:
        model: the model's resource name.
        body: fields of the body; the tool choice of a call is merged into ``toolConfig``.
        model_kwargs: what the user adds, merged into the body last, dict by dict.
    """

    model: str
    body: Wire = field(default_factory=dict)
    model_kwargs: Wire = field(default_factory=dict)


def encode_request(
    messages: Sequence[Message],
    options: CallOptions,
    settings: RequestSettings,
    dialect: Dialect,
) -> Wire:
    """Return the body of ``generateContent`` and ``streamGenerateContent``.

    Raises:
        InvalidRequestError: a conversation that cannot be sent.
        InvalidParameterError: a block, schema or option that Google cannot express.
    """
    if options.parallel_tool_calls is False:
        raise InvalidParameterError(
            f"{dialect.provider} has no way to forbid parallel tool calls; leave"
            " parallel_tool_calls out and answer every call of a message."
        )
    refuse_additional_kwargs(messages, dialect.provider)
    body: Wire = {
        "model": settings.model,
        **encode_messages(messages, dialect=dialect, model=settings.model),
    }
    body |= settings.body
    if form := _response_format(options):
        body["generationConfig"] = body.get("generationConfig", {}) | form
    if options.tools:
        body["tools"] = _tools(options.tools)
    if choice := _tool_config(options, dialect, settings.model):
        body["toolConfig"] = merge_dicts(body.get("toolConfig", {}), choice)
    body = merge_body(body, settings.model_kwargs)
    _refuse_candidates(body, dialect)
    return body


def _tools(tools: Sequence[ToolSpec | Wire]) -> list[Wire]:
    declarations = [_declaration(tool) for tool in tools if isinstance(tool, ToolSpec)]
    names = [declaration["name"] for declaration in declarations]
    for name in names:
        if names.count(name) > 1:
            raise InvalidParameterError(f"Two tools are called {name!r}; Google refuses that.")
    functions = [{"functionDeclarations": declarations}] if declarations else []
    return [*functions, *(dict(tool) for tool in tools if not isinstance(tool, ToolSpec))]


def _declaration(tool: ToolSpec) -> Wire:
    wire: Wire = {"name": wire_name(tool.name)}
    if tool.description:
        wire["description"] = tool.description
    if tool.parameters:
        wire["parametersJsonSchema"] = express_arguments(
            tool.parameters, what=f"tool {tool.name!r}"
        )
    return wire | tool.extras


def _tool_config(options: CallOptions, dialect: Dialect, model: str) -> Wire:
    kinds = {isinstance(tool, ToolSpec) for tool in options.tools}
    listed: Wire = {}
    if len(kinds) > 1 and lists_server_calls(dialect, model):
        listed = {LISTS_CALLS: True}
    return {**listed, **_tool_choice(options)}


def _tool_choice(options: CallOptions) -> Wire:
    choice = options.tool_choice
    if isinstance(choice, dict):
        return choice
    functions = [tool for tool in options.tools if isinstance(tool, ToolSpec)]
    if choice in (None, "auto"):
        # VALIDATED: calls keep their schema.
        strict = any(tool.strict for tool in functions)
        mode: Wire = {"mode": "VALIDATED"} if strict else {"mode": "AUTO"} if choice else {}
    elif choice == "none":
        mode = {"mode": "NONE"}
    elif choice == "any":
        mode = {"mode": "ANY"}
    else:
        names = [tool.name for tool in functions]
        if choice not in names:
            raise InvalidParameterError(
                f"tool_choice={choice!r} is none of the tools: {', '.join(names) or 'no tools'}."
            )
        mode = {"mode": "ANY", "allowedFunctionNames": [wire_name(choice)]}
    return {"functionCallingConfig": mode} if mode else {}


def _response_format(options: CallOptions) -> Wire:
    if options.response_schema is not None:
        schema = express(options.response_schema.schema, what="the response schema")
        if options.response_schema.description:
            schema.setdefault("description", options.response_schema.description)
        return {"responseMimeType": "application/json", "responseJsonSchema": schema}
    if options.json_mode:
        return {"responseMimeType": "application/json"}
    return {}


def _refuse_candidates(body: Wire, dialect: Dialect) -> None:
    config = body.get("generationConfig") or body.get("generation_config") or {}
    count = config.get("candidateCount", config.get("candidate_count"))
    if count is not None and count != 1:
        raise InvalidParameterError(
            f"candidate_count={count} asks {dialect.provider} for several answers, but an answer is"
            f" one message here; use model.candidates(input, n={count}), or batch."
        )
