"""The rulebook of Chat Completions, as OpenAI keeps it, and what its kin keep otherwise.

Sources: OpenAI's API reference and the types of its SDK; for each other rule the report it is from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import SHARED, listed, matches
from .rule import Rulebook
from .schemas import FUNCTION_NAME, open_places

__all__ = ["COMPATIBLE", "COMPLETIONS", "FIREWORKS", "GROQ", "MISTRAL"]

Body = Mapping[str, Any]
Places = Iterator[tuple[str, Any]]

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_PARTS = {
    "user": ("text", "image_url", "input_audio", "file"),
    "assistant": ("text", "refusal"),
    "system": ("text",),
    "developer": ("text",),
    "tool": ("text",),
}
_ASSISTANT_KEYS = {"role", "content", "name", "refusal", "audio", "tool_calls", "function_call"}
_LONGEST_CALL_ID = 40
_MISTRAL_CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")


def _messages(body: Body) -> list[Mapping[str, Any]]:
    return listed(body.get("messages"))


def _calls(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return listed(message.get("tool_calls"))


def _function(wire: Mapping[str, Any]) -> Mapping[str, Any]:
    function = wire.get("function")
    return function if isinstance(function, Mapping) else {}


def there_is_a_message(body: Body) -> Places:
    """``messages`` is a list that is not empty."""
    if not _messages(body):
        yield "messages", body.get("messages")


def roles_are_known(body: Body) -> Places:
    """The role of a message is one of the six of the API reference."""
    for position, message in enumerate(_messages(body)):
        if not matches(message.get("role"), *_ROLES):
            yield f"messages[{position}].role", message.get("role")


def calls_are_answered_at_once(body: Body) -> Places:
    """The tool messages that follow a turn answer each of its calls, once ("An assistant message
    with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'").
    """
    messages = _messages(body)
    for position, message in enumerate(messages):
        called = [call.get("id") for call in _calls(message)]
        if message.get("role") != "assistant" or not called:
            continue
        answered = []
        for later in messages[position + 1 :]:
            if later.get("role") != "tool":
                break
            answered.append(later.get("tool_call_id"))
        if sorted(map(str, called)) != sorted(map(str, answered)):
            yield f"messages[{position}]", f"calls {called}, answers {answered}"


def results_have_a_call(body: Body) -> Places:
    """A tool message follows the turn that made its call ("messages with role 'tool' must be a
    response to a preceeding message with 'tool_calls'").
    """
    open_calls: set[Any] = set()
    for position, message in enumerate(_messages(body)):
        if message.get("role") == "assistant":
            open_calls = {str(call.get("id")) for call in _calls(message)}
        elif message.get("role") == "tool":
            if str(message.get("tool_call_id")) not in open_calls:
                yield f"messages[{position}].tool_call_id", message.get("tool_call_id")
        else:
            open_calls = set()


def call_ids_are_unique_in_a_turn(body: Body) -> Places:
    """No two calls of one turn have the same id."""
    for position, message in enumerate(_messages(body)):
        ids = [call.get("id") for call in _calls(message)]
        if len(set(map(str, ids))) < len(ids):
            yield f"messages[{position}].tool_calls", ids


def call_ids_are_short(body: Body) -> Places:
    """A call id has 1 to 40 characters (microsoft/autogen#6377, agno-agi/agno#5382)."""
    for position, message in enumerate(_messages(body)):
        for number, call in enumerate(_calls(message)):
            name = call.get("id")
            if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_CALL_ID:
                yield f"messages[{position}].tool_calls[{number}].id", name


def tool_calls_are_not_empty(body: Body) -> Places:
    """``tool_calls`` is absent or has a call ("[] is too short - 'messages.1.tool_calls'")."""
    for position, message in enumerate(_messages(body)):
        if message.get("tool_calls") == []:
            yield f"messages[{position}].tool_calls", []


def arguments_are_json_text(body: Body) -> Places:
    """``function.arguments`` is a string; servers parse it as a JSON object."""
    import json

    for position, message in enumerate(_messages(body)):
        for number, call in enumerate(_calls(message)):
            if call.get("type") not in (None, "function"):
                continue
            arguments = _function(call).get("arguments")
            try:
                is_object = isinstance(json.loads(arguments), dict)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                is_object = False
            if not is_object:
                yield f"messages[{position}].tool_calls[{number}].function.arguments", arguments


def a_turn_has_content(body: Body) -> Places:
    """Content is text or a list that is not empty; null only beside a call, a refusal or audio."""
    others = ("tool_calls", "function_call", "refusal", "audio")
    for position, message in enumerate(_messages(body)):
        is_answer = message.get("role") == "assistant" and any(message.get(key) for key in others)
        if message.get("content") in (None, []) and not is_answer:
            yield f"messages[{position}].content", message.get("content")


def content_parts_fit_their_role(body: Body) -> Places:
    """Parts of content have a type that the role may send (the SDK's ``…ContentPartParam``)."""
    for position, message in enumerate(_messages(body)):
        allowed = _PARTS.get(str(message.get("role")))
        for number, part in enumerate(listed(message.get("content"))):
            if allowed and not matches(part.get("type"), *allowed):
                yield f"messages[{position}].content[{number}].type", part.get("type")


def assistant_turns_have_no_output_fields(body: Body) -> Places:
    """An assistant turn has the keys of ``ChatCompletionAssistantMessageParam`` and no others."""
    for position, message in enumerate(_messages(body)):
        if message.get("role") == "assistant" and set(message) - _ASSISTANT_KEYS:
            yield f"messages[{position}]", sorted(set(message) - _ASSISTANT_KEYS)


def function_names_are_plain(body: Body) -> Places:
    """Names of tools, calls and schemas match ``^[a-zA-Z0-9_-]{1,64}$`` (API reference)."""
    names = [
        (f"tools[{number}].function.name", _function(tool).get("name"))
        for number, tool in enumerate(listed(body.get("tools")))
        if tool.get("type") == "function"
    ]
    names += [
        (f"messages[{position}].tool_calls[{number}].function.name", _function(call).get("name"))
        for position, message in enumerate(_messages(body))
        for number, call in enumerate(_calls(message))
        if call.get("type") in (None, "function")
    ]
    schema = _response_schema(body)
    if schema is not None:
        names.append(("response_format.json_schema.name", schema.get("name")))
    for where, name in names:
        if not isinstance(name, str) or not FUNCTION_NAME.fullmatch(name):
            yield where, name


def tools_are_not_empty(body: Body) -> Places:
    """``tools`` is absent or has a tool ("[] is too short - 'tools'")."""
    if body.get("tools") == []:
        yield "tools", []


def parameters_are_of_an_object(body: Body) -> Places:
    """The root of a function's parameters has ``type: object`` ("schema must be a JSON Schema of
    'type: \\"object\\"', got 'type: \\"None\\"'").
    """
    for number, tool in enumerate(listed(body.get("tools"))):
        parameters = _function(tool).get("parameters")
        if parameters is not None and (
            not isinstance(parameters, Mapping) or parameters.get("type") != "object"
        ):
            yield f"tools[{number}].function.parameters", parameters


def strict_schemas_are_closed(body: Body) -> Places:
    """A strict schema closes each object and requires each property (guide to structured
    outputs).
    """
    for number, tool in enumerate(listed(body.get("tools"))):
        if _function(tool).get("strict") is True:
            where = f"tools[{number}].function.parameters"
            yield from open_places(_function(tool).get("parameters"), where)
    schema = _response_schema(body)
    if schema is not None and schema.get("strict") is True:
        yield from open_places(schema.get("schema"), "response_format.json_schema.schema")


def strict_answers_are_objects(body: Body) -> Places:
    """The root of a strict response schema is an object ("schema must be a JSON Schema of 'type:
    "object"'").
    """
    schema = _response_schema(body)
    if schema is not None and schema.get("strict") is True:
        root = schema.get("schema")
        if not isinstance(root, Mapping) or root.get("type") != "object":
            yield "response_format.json_schema.schema", root


def _response_schema(body: Body) -> Mapping[str, Any] | None:
    wanted = body.get("response_format")
    schema = wanted.get("json_schema") if isinstance(wanted, Mapping) else None
    return schema if isinstance(schema, Mapping) else None


def stream_options_need_a_stream(body: Body) -> Places:
    """``stream_options`` is only sent with ``stream: true`` (BerriAI/litellm#5803)."""
    if body.get("stream_options") is not None and body.get("stream") is not True:
        yield "stream_options", body.get("stream_options")


def tool_settings_need_tools(body: Body) -> Places:
    """``tool_choice`` and ``parallel_tool_calls`` are only sent with ``tools`` ("'tool_choice' is
    only allowed when 'tools' are specified").
    """
    for key in ("tool_choice", "parallel_tool_calls"):
        if body.get(key) not in (None, "none") and not body.get("tools"):
            yield key, body[key]


def the_chosen_tool_is_there(body: Body) -> Places:
    """A function that ``tool_choice`` names is one of ``tools``."""
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        names = [_function(tool).get("name") for tool in listed(body.get("tools"))]
        if _function(choice).get("name") not in names:
            yield "tool_choice", choice


def one_limit_of_tokens(body: Body) -> Places:
    """``max_tokens`` and ``max_completion_tokens`` exclude each other."""
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        yield "max_tokens", "max_tokens and max_completion_tokens"


def image_addresses_are_urls(body: Body) -> Places:
    """``image_url.url`` is an http, https or data URL."""
    for position, message in enumerate(_messages(body)):
        for number, part in enumerate(listed(message.get("content"))):
            image = part.get("image_url")
            if part.get("type") != "image_url" or image is None:
                continue
            url = image.get("url") if isinstance(image, Mapping) else image
            if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:")):
                yield f"messages[{position}].content[{number}].image_url", str(url)[:40]


def mistral_call_ids_have_nine_characters(body: Body) -> Places:
    """Mistral's call ids are nine letters and digits ("Tool call id was … but must be a-z, A-Z,
    0-9, with a length of 9").
    """
    for position, message in enumerate(_messages(body)):
        ids = [call.get("id") for call in _calls(message)]
        if message.get("role") == "tool":
            ids.append(message.get("tool_call_id"))
        for name in ids:
            if not isinstance(name, str) or not _MISTRAL_CALL_ID.fullmatch(name):
                yield f"messages[{position}]", name


def mistral_users_do_not_follow_tools(body: Body) -> Places:
    """At Mistral a tool message is followed by a tool or assistant message ("Unexpected role 'user'
    after role 'tool'").
    """
    messages = _messages(body)
    for position, message in enumerate(messages[1:], start=1):
        if messages[position - 1].get("role") == "tool" and message.get("role") not in (
            "tool",
            "assistant",
        ):
            yield f"messages[{position}].role", message.get("role")


def mistral_ends_with_a_question(body: Body) -> Places:
    """At Mistral the last message is of a user or a tool, or an assistant's with ``prefix``
    ("Expected last role User or Tool (or Assistant with prefix True) for serving").
    """
    last = _messages(body)[-1] if _messages(body) else {}
    if last.get("role") == "assistant" and last.get("prefix") is not True:
        yield "messages[-1].role", "assistant"


_KIN = (
    *SHARED,
    there_is_a_message,
    roles_are_known,
    calls_are_answered_at_once,
    results_have_a_call,
    call_ids_are_unique_in_a_turn,
    tool_calls_are_not_empty,
    arguments_are_json_text,
    a_turn_has_content,
    parameters_are_of_an_object,
    stream_options_need_a_stream,
    tool_settings_need_tools,
    the_chosen_tool_is_there,
    image_addresses_are_urls,
)

COMPATIBLE = Rulebook("openai-compatible", *_KIN)
"""What each server with this wire refuses, whoever made it."""

COMPLETIONS = Rulebook(
    "chat-completions",
    *_KIN,
    call_ids_are_short,
    tools_are_not_empty,
    content_parts_fit_their_role,
    assistant_turns_have_no_output_fields,
    function_names_are_plain,
    strict_schemas_are_closed,
    strict_answers_are_objects,
    one_limit_of_tokens,
)
"""OpenAI's own."""

GROQ = Rulebook("groq", *_KIN, function_names_are_plain, strict_schemas_are_closed)
FIREWORKS = Rulebook("fireworks", *_KIN, function_names_are_plain)
MISTRAL = Rulebook(
    "mistralai",
    *_KIN,
    function_names_are_plain,
    mistral_call_ids_have_nine_characters,
    mistral_users_do_not_follow_tools,
    mistral_ends_with_a_question,
)
