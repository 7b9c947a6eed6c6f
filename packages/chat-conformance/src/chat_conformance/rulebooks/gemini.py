"""The rulebook of Google's ``generateContent``, for the Gemini API and Vertex AI.

Sources: Google's API reference and the types of its SDK; for each other rule the report it is from.
Both spellings of a key (``functionCall``, ``function_call``) are read, as Google reads both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import SHARED, leaves, listed, matches
from .rule import Rulebook

__all__ = ["GEMINI"]

Body = Mapping[str, Any]
Places = Iterator[tuple[str, Any]]

_FUNCTION_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")
_DATA = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
)
_BESIDE = {"thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"}
_CAPITAL = re.compile(r"_([a-z])")


def _camel(wire: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of ``wire`` in Google's JSON spelling."""
    return {_CAPITAL.sub(lambda m: m[1].upper(), str(key)): value for key, value in wire.items()}


def _contents(body: Body) -> list[dict[str, Any]]:
    return [_camel(content) for content in listed(_camel(body).get("contents"))]


def _turns(body: Body) -> list[dict[str, Any]]:
    """The contents, those of one role that follow one another as one."""
    turns: list[dict[str, Any]] = []
    for content in _contents(body):
        role = content.get("role", "user")
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"] += listed(content.get("parts"))
        else:
            turns.append({"role": role, "parts": [*listed(content.get("parts"))]})
    return turns


def _parts(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_camel(part) for part in listed(content.get("parts"))]


def _placed(body: Body) -> Iterator[tuple[str, dict[str, Any]]]:
    for position, content in enumerate(_contents(body)):
        for number, part in enumerate(_parts(content)):
            yield f"contents[{position}].parts[{number}]", part


def _named(part: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = part.get(key)
    return value if isinstance(value, Mapping) else {}


def there_is_a_content(body: Body) -> Places:
    """``contents`` is a list that is not empty ("contents is not specified")."""
    if not _contents(body):
        yield "contents", body.get("contents")


def roles_are_known(body: Body) -> Places:
    """The role of a content is ``user`` or ``model`` ("Please use a valid role: user, model")."""
    for position, content in enumerate(_contents(body)):
        if not matches(content.get("role", "user"), "user", "model"):
            yield f"contents[{position}].role", content.get("role")


def contents_have_parts(body: Body) -> Places:
    """A content has a part ("must include at least one parts field")."""
    for position, content in enumerate(_contents(body)):
        if not _parts(content):
            yield f"contents[{position}].parts", content.get("parts")
    system = _camel(body).get("systemInstruction")
    if isinstance(system, Mapping) and not listed(system.get("parts")):
        yield "systemInstruction.parts", system.get("parts")


def parts_have_one_value(body: Body) -> Places:
    """A part has exactly one kind of data ("contents.parts must have one initialized field"), and
    beside it nothing but marks; a signature may stand alone.
    """
    for where, part in _placed(body):
        kinds = [key for key in _DATA if part.get(key) is not None]
        unknown = set(part) - set(_DATA) - _BESIDE
        is_signature = not kinds and part.get("thoughtSignature")
        if unknown or (len(kinds) != 1 and not is_signature):
            yield where, sorted(part)


def text_is_not_empty(body: Body) -> Places:
    """A text part has text, unless it carries a signature ("must not be empty"; thought signatures
    may stand on an empty part).
    """
    for where, part in _placed(body):
        if part.get("text") == "" and not part.get("thoughtSignature"):
            yield where, part


def a_model_turn_is_not_thought_alone(body: Body) -> Places:
    """A model's turn has a part that is no thought."""
    for position, content in enumerate(_contents(body)):
        parts = _parts(content)
        if content.get("role") == "model" and parts and all(part.get("thought") for part in parts):
            yield f"contents[{position}]", "thoughts alone"


def roles_alternate(body: Body) -> Places:
    """User and model take turns, the user first ("Please ensure that multiturn requests alternate
    between user and model").
    """
    before = "model"
    for position, content in enumerate(_contents(body)):
        role = content.get("role", "user")
        if role == before:
            yield f"contents[{position}].role", role
        before = role


def calls_are_answered_at_once(body: Body) -> Places:
    """The content behind a turn with calls has as many responses, in the same order, by the same
    names ("the number of function response parts is equal to the number of function call parts of
    the function call turn"; google-gemini/gemini-cli#5443).
    """
    contents = _turns(body)
    for position, content in enumerate(contents):
        calls = [_named(p, "functionCall") for p in _parts(content) if p.get("functionCall")]
        if content.get("role") != "model" or not calls:
            continue
        following = contents[position + 1] if position + 1 < len(contents) else {}
        responses = [_named(p, "functionResponse") for p in _parts(following)]
        called = [call.get("name") for call in calls]
        answered = [response.get("name") for response in responses if response]
        if called != answered:
            yield f"contents[{position}]", f"calls {called}, responses {answered}"


def responses_have_a_call(body: Body) -> Places:
    """A function response follows a turn with calls ("function response turn comes immediately
    after a function call turn").
    """
    before: list[dict[str, Any]] = []
    for position, content in enumerate(_turns(body)):
        parts = _parts(content)
        if any(part.get("functionResponse") for part in parts) and not any(
            part.get("functionCall") for part in before
        ):
            yield f"contents[{position}]", "a function response without a call before it"
        before = parts


def response_ids_are_those_of_the_calls(body: Body) -> Places:
    """A response repeats the id of its call, where the call has one."""
    before: list[Any] = []
    for position, content in enumerate(_turns(body)):
        ids = [r.get("id") for p in _parts(content) if (r := _named(p, "functionResponse"))]
        if ids and len(ids) == len(before) and ids != before and any(before):
            yield f"contents[{position}]", f"calls {before}, responses {ids}"
        before = [c.get("id") for p in _parts(content) if (c := _named(p, "functionCall"))]


def arguments_are_objects(body: Body) -> Places:
    """The arguments of a call and the value of a response are JSON objects."""
    for where, part in _placed(body):
        call, response = _named(part, "functionCall"), _named(part, "functionResponse")
        if call and not isinstance(call.get("args", {}), Mapping):
            yield where, call.get("args")
        if response and not isinstance(response.get("response"), Mapping):
            yield where, response.get("response")


def responses_have_no_reference(body: Body) -> Places:
    """A function response has no key ``$ref``: Google resolves it, and answers 400
    (vercel/ai#14369).
    """
    for where, part in _placed(body):
        for place, value in leaves(_named(part, "functionResponse").get("response")):
            if value == "$ref" and place.endswith("(key)"):
                yield where, place


def function_names_are_plain(body: Body) -> Places:
    """A function's name begins with a letter or underscore and has letters, digits, ``_.:-``
    ("Invalid function name").
    """
    names = [
        (where, _named(part, kind).get("name"))
        for where, part in _placed(body)
        for kind in ("functionCall", "functionResponse")
        if part.get(kind)
    ]
    names += [
        (f"tools[{number}]", declared.get("name"))
        for number, tool in enumerate(listed(body.get("tools")))
        for declared in listed(_camel(tool).get("functionDeclarations"))
    ]
    for where, name in names:
        if not isinstance(name, str) or not _FUNCTION_NAME.fullmatch(name):
            yield where, name


def function_names_are_unique(body: Body) -> Places:
    """No two functions have the same name ("Duplicate function declaration found")."""
    names = [
        declared.get("name")
        for tool in listed(body.get("tools"))
        for declared in listed(_camel(tool).get("functionDeclarations"))
    ]
    if len(set(map(str, names))) < len(names):
        yield "tools", names


def media_have_a_type(body: Body) -> Places:
    """Inline data has a ``mimeType`` and data."""
    for where, part in _placed(body):
        inline = part.get("inlineData")
        if isinstance(inline, Mapping):
            given = _camel(inline)
            if not given.get("mimeType") or not given.get("data"):
                yield where, sorted(given)


def the_chosen_functions_are_there(body: Body) -> Places:
    """``allowedFunctionNames`` names functions that are declared."""
    config = _camel(_named(_camel(body), "toolConfig")).get("functionCallingConfig")
    allowed = _camel(config).get("allowedFunctionNames") if isinstance(config, Mapping) else None
    declared = {
        each.get("name")
        for tool in listed(body.get("tools"))
        for each in listed(_camel(tool).get("functionDeclarations"))
    }
    for name in allowed or ():
        if name not in declared:
            yield "toolConfig", name


GEMINI = Rulebook(
    "generate-content",
    *SHARED,
    there_is_a_content,
    roles_are_known,
    contents_have_parts,
    parts_have_one_value,
    text_is_not_empty,
    a_model_turn_is_not_thought_alone,
    roles_alternate,
    calls_are_answered_at_once,
    responses_have_a_call,
    response_ids_are_those_of_the_calls,
    arguments_are_objects,
    responses_have_no_reference,
    function_names_are_plain,
    function_names_are_unique,
    media_have_a_type,
    the_chosen_functions_are_there,
)
