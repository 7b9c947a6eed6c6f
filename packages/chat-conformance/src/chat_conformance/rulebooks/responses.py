"""The rulebook of OpenAI's Responses API.

Sources: OpenAI's API reference and the types of its SDK (``response_input_param``); for each other
rule the report it is from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import SHARED, listed, matches
from .rule import Rulebook
from .schemas import FUNCTION_NAME, open_places

__all__ = ["COMPATIBLE_RESPONSES", "RESPONSES"]

Body = Mapping[str, Any]
Places = Iterator[tuple[str, Any]]

_ROLES = ("system", "developer", "user", "assistant")
_INPUT_PARTS = ("input_text", "input_image", "input_file", "input_audio")
_OUTPUT_PARTS = ("output_text", "refusal")
_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
_LONGEST_CALL_ID = 64
_LEAST_TOKENS = 16


def _items(body: Body) -> list[Mapping[str, Any]]:
    return listed(body.get("input"))


def _kind(item: Mapping[str, Any]) -> str:
    """The type of an item; one with a role and no type is a message."""
    return str(item.get("type") or ("message" if "role" in item else ""))


def there_is_an_input(body: Body) -> Places:
    """``input`` is text or a list that is not empty."""
    if not body.get("input") and not body.get("previous_response_id"):
        yield "input", body.get("input")


def messages_have_a_role(body: Body) -> Places:
    """The role of a message is one of the four of the API reference."""
    for position, item in enumerate(_items(body)):
        if _kind(item) == "message" and not matches(item.get("role"), *_ROLES):
            yield f"input[{position}].role", item.get("role")


def content_parts_fit_their_role(body: Body) -> Places:
    """An assistant's parts are output parts, all others' are input parts ("Invalid value:
    'input_text'. Supported values are: 'output_text' and 'refusal'").
    """
    for position, item in enumerate(_items(body)):
        if _kind(item) != "message":
            continue
        allowed = _OUTPUT_PARTS if item.get("role") == "assistant" else _INPUT_PARTS
        for number, part in enumerate(listed(item.get("content"))):
            if not matches(part.get("type"), *allowed):
                yield f"input[{position}].content[{number}].type", part.get("type")


def messages_have_content(body: Body) -> Places:
    """The content of a message is not empty."""
    for position, item in enumerate(_items(body)):
        if _kind(item) == "message" and item.get("content") in (None, []):
            yield f"input[{position}].content", item.get("content")


def calls_have_an_output(body: Body) -> Places:
    """Each function call has one output behind it ("No tool output found for function call …")."""
    items = _items(body)
    for position, item in enumerate(items):
        if _kind(item) != "function_call":
            continue
        outputs = [
            later
            for later in items[position + 1 :]
            if _kind(later) == "function_call_output"
            and later.get("call_id") == item.get("call_id")
        ]
        if len(outputs) != 1:
            yield f"input[{position}]", f"{len(outputs)} outputs of {item.get('call_id')!r}"


def outputs_have_a_call(body: Body) -> Places:
    """Each output follows an item with its ``call_id``, unless that stands in the previous response
    ("No tool call found for function call output with call_id …").
    """
    if body.get("previous_response_id") or body.get("conversation"):
        return
    called: set[Any] = set()
    for position, item in enumerate(_items(body)):
        if _kind(item) != "function_call_output":
            called.add(str(item.get("call_id")))
        elif str(item.get("call_id")) not in called:
            yield f"input[{position}].call_id", item.get("call_id")


def call_ids_are_short(body: Body) -> Places:
    """A ``call_id`` has 1 to 64 characters ("string too long. Expected a string with maximum length
    64").
    """
    for position, item in enumerate(_items(body)):
        if _kind(item) in ("function_call", "function_call_output"):
            name = item.get("call_id")
            if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_CALL_ID:
                yield f"input[{position}].call_id", name


def item_ids_are_unique(body: Body) -> Places:
    """No two items have the same id ("Duplicate item found with id …")."""
    seen: set[Any] = set()
    for position, item in enumerate(_items(body)):
        name = item.get("id")
        if name is not None and _kind(item) != "item_reference":
            if str(name) in seen:
                yield f"input[{position}].id", name
            seen.add(str(name))


def item_ids_have_their_prefix(body: Body) -> Places:
    """An item's id begins with what its type demands ("Expected an ID that begins with 'fc'")."""
    for position, item in enumerate(_items(body)):
        prefix, name = _PREFIXES.get(_kind(item)), item.get("id")
        if prefix and name is not None and not str(name).startswith(prefix):
            yield f"input[{position}].id", name


def reasoning_is_followed_by_its_item(body: Body) -> Places:
    """A reasoning item is followed by the output item that came behind it ("Item 'rs_…' of type
    'reasoning' was provided without its required following item").
    """
    items = _items(body)
    for position, item in enumerate(items):
        if _kind(item) != "reasoning":
            continue
        following = items[position + 1] if position + 1 < len(items) else {}
        kind = _kind(following)
        is_output = kind not in ("", "function_call_output") and not (
            kind == "message" and following.get("role") != "assistant"
        )
        if not is_output:
            yield f"input[{position}]", f"reasoning followed by {kind or 'nothing'}"


def reasoning_has_a_summary(body: Body) -> Places:
    """A reasoning item has a list ``summary`` ("Missing required parameter: …summary")."""
    for position, item in enumerate(_items(body)):
        if _kind(item) == "reasoning" and not isinstance(item.get("summary"), list):
            yield f"input[{position}].summary", item.get("summary")


def arguments_are_json_text(body: Body) -> Places:
    """The arguments of a call are a string; servers parse it as a JSON object."""
    import json

    for position, item in enumerate(_items(body)):
        if _kind(item) != "function_call":
            continue
        try:
            is_object = isinstance(json.loads(item.get("arguments")), dict)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            is_object = False
        if not is_object:
            yield f"input[{position}].arguments", item.get("arguments")


def function_names_are_plain(body: Body) -> Places:
    """Names of tools, calls and schemas match ``^[a-zA-Z0-9_-]{1,64}$`` (API reference)."""
    names = [
        (f"tools[{number}].name", tool.get("name"))
        for number, tool in enumerate(listed(body.get("tools")))
        if tool.get("type") == "function"
    ]
    names += [
        (f"input[{position}].name", item.get("name"))
        for position, item in enumerate(_items(body))
        if _kind(item) == "function_call"
    ]
    wanted = _format(body)
    if wanted.get("type") == "json_schema":
        names.append(("text.format.name", wanted.get("name")))
    for where, name in names:
        if not isinstance(name, str) or not FUNCTION_NAME.fullmatch(name):
            yield where, name


def parameters_are_of_an_object(body: Body) -> Places:
    """The root of a function's parameters has ``type: object``."""
    for number, tool in enumerate(listed(body.get("tools"))):
        parameters = tool.get("parameters")
        if tool.get("type") == "function" and (
            not isinstance(parameters, Mapping) or parameters.get("type") != "object"
        ):
            yield f"tools[{number}].parameters", parameters


def strict_schemas_are_closed(body: Body) -> Places:
    """A strict schema closes each object and requires each property."""
    for number, tool in enumerate(listed(body.get("tools"))):
        if tool.get("strict") is True:
            yield from open_places(tool.get("parameters"), f"tools[{number}].parameters")
    wanted = _format(body)
    if wanted.get("strict") is True:
        yield from open_places(wanted.get("schema"), "text.format.schema")


def strict_answers_are_objects(body: Body) -> Places:
    """The root of a strict response schema is an object."""
    wanted = _format(body)
    if wanted.get("strict") is True:
        root = wanted.get("schema")
        if not isinstance(root, Mapping) or root.get("type") != "object":
            yield "text.format.schema", root


def _format(body: Body) -> Mapping[str, Any]:
    text = body.get("text")
    wanted = text.get("format") if isinstance(text, Mapping) else None
    return wanted if isinstance(wanted, Mapping) else {}


def tool_choice_needs_tools(body: Body) -> Places:
    """``tool_choice`` is only sent with ``tools``."""
    if body.get("tool_choice") not in (None, "none", "auto") and not body.get("tools"):
        yield "tool_choice", body["tool_choice"]


def stream_options_need_a_stream(body: Body) -> Places:
    """``stream_options`` is only sent with ``stream: true``."""
    if body.get("stream_options") is not None and body.get("stream") is not True:
        yield "stream_options", body["stream_options"]


def chat_models_have_no_encrypted_reasoning(body: Body) -> Places:
    """A ``-chat-latest`` model refuses ``reasoning.encrypted_content``
    (pydantic/pydantic-ai#3326).
    """
    wanted = body.get("include")
    if (
        str(body.get("model")).endswith("-chat-latest")
        and isinstance(wanted, list)
        and "reasoning.encrypted_content" in wanted
    ):
        yield "include", wanted


def there_are_tokens_enough(body: Body) -> Places:
    """``max_output_tokens`` is at least 16 ("Expected a value >= 16")."""
    most = body.get("max_output_tokens")
    if isinstance(most, int) and most < _LEAST_TOKENS:
        yield "max_output_tokens", most


RESPONSES = Rulebook(
    "responses",
    *SHARED,
    there_is_an_input,
    messages_have_a_role,
    content_parts_fit_their_role,
    messages_have_content,
    calls_have_an_output,
    outputs_have_a_call,
    call_ids_are_short,
    item_ids_are_unique,
    item_ids_have_their_prefix,
    reasoning_is_followed_by_its_item,
    reasoning_has_a_summary,
    arguments_are_json_text,
    function_names_are_plain,
    parameters_are_of_an_object,
    strict_schemas_are_closed,
    strict_answers_are_objects,
    tool_choice_needs_tools,
    stream_options_need_a_stream,
    chat_models_have_no_encrypted_reasoning,
    there_are_tokens_enough,
)
"""OpenAI's own."""

COMPATIBLE_RESPONSES = RESPONSES.without("item_ids_have_their_prefix")
"""What each server with this wire refuses: others make ids of their own (DeepSeek: UUIDs)."""
