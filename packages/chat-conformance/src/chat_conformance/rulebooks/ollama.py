"""The rulebook of Ollama's own chat API.

Sources: Ollama's API types (``api/types.go``), which a body has to fit, and what its handler
refuses (``server/routes.go``); for each other rule the report it is from.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import SHARED, listed, matches
from .rule import Rulebook

__all__ = ["OLLAMA"]

Body = Mapping[str, Any]
Places = Iterator[tuple[str, Any]]

_ROLES = ("system", "user", "assistant", "tool")
_LEVELS = ("low", "medium", "high", "max")
_DURATION = re.compile(r"-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+|0")
_WHOLE_NUMBERS = frozenset(
    "num_ctx num_batch num_gpu main_gpu num_thread num_keep seed num_predict top_k repeat_last_n"
    " mirostat".split()
)
_NUMBERS = frozenset(
    "top_p min_p typical_p temperature repeat_penalty presence_penalty frequency_penalty"
    " mirostat_tau mirostat_eta".split()
)
_MOST_ALTERNATIVES = 20


def _placed(body: Body) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for position, message in enumerate(listed(body.get("messages"))):
        yield f"messages[{position}]", message


def _calls(body: Body) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The function of each call."""
    for where, message in _placed(body):
        for number, call in enumerate(listed(message.get("tool_calls"))):
            function = call.get("function")
            place = f"{where}.tool_calls[{number}].function"
            yield place, function if isinstance(function, Mapping) else {}


def the_model_is_named(body: Body) -> Places:
    """``model`` is a name ("model is required")."""
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model", body.get("model")


def somebody_speaks(body: Body) -> Places:
    """Some message is not the system's: else the model is loaded and nothing is written
    (can1357/oh-my-pi#7465).
    """
    if all(message.get("role") == "system" for _, message in _placed(body)):
        yield "messages", body.get("messages")


def roles_are_known(body: Body) -> Places:
    """The role of a message is one of the four of the API reference."""
    for where, message in _placed(body):
        if not matches(message.get("role"), *_ROLES):
            yield f"{where}.role", message.get("role")


def content_is_text(body: Body) -> Places:
    """``content`` and ``thinking`` are strings ("cannot unmarshal array into Go struct field")."""
    for where, message in _placed(body):
        for name in ("content", "thinking"):
            if not isinstance(message.get(name, ""), str):
                yield f"{where}.{name}", message.get(name)


def images_are_base64(body: Body) -> Places:
    """An image is base64 without a prefix ("illegal base64 data at input byte 4")."""
    for where, message in _placed(body):
        images = message.get("images")
        for number, image in enumerate(images if isinstance(images, list) else []):
            if not _is_base64(image):
                yield f"{where}.images[{number}]", image


def arguments_are_an_object(body: Body) -> Places:
    """The arguments of a call are an object ("cannot unmarshal string into Go struct field")."""
    for where, function in _calls(body):
        if not isinstance(function.get("arguments"), Mapping):
            yield f"{where}.arguments", function.get("arguments")


def calls_have_a_name(body: Body) -> Places:
    """A call has the name of its function."""
    for where, function in _calls(body):
        if not isinstance(function.get("name"), str) or not function["name"]:
            yield f"{where}.name", function.get("name")


def results_follow_a_call(body: Body) -> Places:
    """A tool message stands behind an assistant's message with calls, or another tool message."""
    before: Mapping[str, Any] = {}
    for where, message in _placed(body):
        is_first = message.get("role") == "tool" and before.get("role") != "tool"
        if is_first and not listed(before.get("tool_calls")):
            yield where, message.get("content")
        before = message


def tools_have_parameters(body: Body) -> Places:
    """A tool is a function with a name and a schema of type ``object``."""
    for number, tool in enumerate(listed(body.get("tools"))):
        function = tool.get("function")
        function = function if isinstance(function, Mapping) else {}
        parameters = function.get("parameters")
        is_object = isinstance(parameters, Mapping) and parameters.get("type") == "object"
        if not function.get("name") or not is_object:
            yield f"tools[{number}]", function


def options_have_their_type(body: Body) -> Places:
    """An option has the type of its field ("option \"num_ctx\" must be of type integer")."""
    options = body.get("options")
    for name, value in (options if isinstance(options, Mapping) else {}).items():
        kinds = (int,) if name in _WHOLE_NUMBERS else (int, float) if name in _NUMBERS else ()
        if kinds and (not isinstance(value, kinds) or isinstance(value, bool)):
            yield f"options.{name}", value
        if name == "stop" and not isinstance(value, list):
            yield "options.stop", value


def the_format_is_json_or_a_schema(body: Body) -> Places:
    """``format`` is ``"json"`` or an object ("expected \"json\" or a valid JSON Schema object")."""
    given = body.get("format")
    if given is not None and given not in ("", "json") and not isinstance(given, Mapping):
        yield "format", given


def thinking_is_a_switch_or_a_level(body: Body) -> Places:
    """``think`` is a bool or a level ("think must be a boolean or string")."""
    given = body.get("think")
    if given is not None and not isinstance(given, bool) and not matches(given, *_LEVELS):
        yield "think", given


def the_model_is_kept_for_a_duration(body: Body) -> Places:
    """``keep_alive`` is a number of seconds or a duration of Go ("time: invalid duration")."""
    given = body.get("keep_alive")
    if given is None or (isinstance(given, int | float) and not isinstance(given, bool)):
        return
    if not isinstance(given, str) or not _DURATION.fullmatch(given):
        yield "keep_alive", given


def alternatives_are_few(body: Body) -> Places:
    """``top_logprobs`` is between 0 and 20 ("top_logprobs must be between 0 and 20")."""
    given = body.get("top_logprobs")
    if given is not None and not (isinstance(given, int) and 0 <= given <= _MOST_ALTERNATIVES):
        yield "top_logprobs", given


def _is_base64(image: Any) -> bool:
    if not isinstance(image, str) or not image:
        return False
    try:
        b64decode(image, validate=True)
    except (Error, ValueError):
        return False
    return True


OLLAMA = Rulebook(
    "ollama-chat",
    *SHARED,
    the_model_is_named,
    somebody_speaks,
    roles_are_known,
    content_is_text,
    images_are_base64,
    arguments_are_an_object,
    calls_have_a_name,
    results_follow_a_call,
    tools_have_parameters,
    options_have_their_type,
    the_format_is_json_or_a_schema,
    thinking_is_a_switch_or_a_level,
    the_model_is_kept_for_a_duration,
    alternatives_are_few,
)
"""The rules of ``POST /api/chat``."""
