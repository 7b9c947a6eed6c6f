"""The rulebook of Converse on Amazon Bedrock.

Sources: the service's model (``bedrock-runtime`` 2023-09-30, in botocore), the pages of its
API reference; for each other rule the report it is from. Quoted texts are the vendor's refusals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import SHARED, listed, matches
from .rule import Rulebook

__all__ = ["CONVERSE"]

Body = Mapping[str, Any]
Places = Iterator[tuple[str, Any]]

_CALL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_DOCUMENT_NAME = re.compile(r"(?:[A-Za-z0-9\-()\[\]]|\s(?!\s)){1,200}")
_KINDS = frozenset(
    "text image document video audio toolUse toolResult guardContent cachePoint reasoningContent"
    " citationsContent searchResult toolAddition toolRemoval".split()
)
_INFERENCE = frozenset({"maxTokens", "temperature", "topP", "stopSequences"})
_FORMATS = {
    "image": "png jpeg gif webp".split(),
    "document": "pdf csv doc docx xls xlsx html txt md".split(),
    "video": "mkv mov mp4 webm flv mpeg mpg wmv three_gp".split(),
    "audio": "mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm".split(),
}
_MOST_CACHE_POINTS = 4


def _placed(body: Body) -> Iterator[tuple[str, str, Any]]:
    """Every block of every turn: its place, its kind and what it holds."""
    for position, turn in enumerate(listed(body.get("messages"))):
        for number, block in enumerate(listed(turn.get("content"))):
            for kind, value in block.items():
                yield f"messages[{position}].content[{number}]", kind, value


def _ids(turn: Mapping[str, Any], kind: str) -> list[str]:
    blocks = (block.get(kind) for block in listed(turn.get("content")))
    return [str(block.get("toolUseId")) for block in blocks if isinstance(block, Mapping)]


def inference_parameters_are_known(body: Body) -> Places:
    """``inferenceConfig`` has the members of ``InferenceConfiguration`` and no others."""
    config = body.get("inferenceConfig", {})
    if not isinstance(config, Mapping) or config.keys() - _INFERENCE:
        yield "inferenceConfig", config


def the_first_turn_is_the_users(body: Body) -> Places:
    """There is a turn, and the first is the user's ("A conversation must start with a user
    message").
    """
    turns = listed(body.get("messages"))
    if not turns or turns[0].get("role") != "user":
        yield "messages[0]", turns[0].get("role") if turns else None


def roles_alternate(body: Body) -> Places:
    """Roles are ``user`` and ``assistant`` in turn ("A conversation must alternate between user and
    assistant roles").
    """
    roles = [turn.get("role") for turn in listed(body.get("messages"))]
    for position, role in enumerate(roles):
        if not matches(role, "user", "assistant") or (position and roles[position - 1] == role):
            yield f"messages[{position}].role", role


def turns_have_content(body: Body) -> Places:
    """Each turn has content ("The content field in the Message object at … is empty")."""
    for position, turn in enumerate(listed(body.get("messages"))):
        if not isinstance(turn.get("content"), list) or not turn["content"]:
            yield f"messages[{position}].content", turn.get("content")


def blocks_are_of_one_known_kind(body: Body) -> Places:
    """A block is a union: it has one member, of those in ``ContentBlock``."""
    for position, turn in enumerate(listed(body.get("messages"))):
        for number, block in enumerate(listed(turn.get("content"))):
            if len(block) != 1 or not block.keys() <= _KINDS:
                yield f"messages[{position}].content[{number}]", sorted(map(str, block))


def text_is_not_blank(body: Body) -> Places:
    """Text is not empty and not white space alone ("The text field in the ContentBlock object at …
    is blank"); boto/botocore#3525.
    """
    texts = [(where, value) for where, kind, value in _placed(body) if kind == "text"]
    texts += [
        (f"system[{n}]", b["text"]) for n, b in enumerate(listed(body.get("system"))) if "text" in b
    ]
    for where, text in texts:
        if not isinstance(text, str) or not text.strip():
            yield where, text


def the_last_turn_has_no_space_behind(body: Body) -> Places:
    """A final assistant turn does not end in white space ("final assistant content cannot end with
    trailing whitespace").
    """
    turns = listed(body.get("messages"))
    last = turns[-1] if turns else {}
    blocks = listed(last.get("content"))
    text = blocks[-1].get("text") if blocks else None
    if last.get("role") == "assistant" and isinstance(text, str) and text != text.rstrip():
        yield "messages[-1]", text[-20:]


def reasoning_is_the_assistants(body: Body) -> Places:
    """Reasoning stands in answers, with something behind it ("User messages cannot contain
    reasoning content").
    """
    for position, turn in enumerate(listed(body.get("messages"))):
        blocks = listed(turn.get("content"))
        found = [block for block in blocks if "reasoningContent" in block]
        is_last = bool(blocks) and "reasoningContent" in blocks[-1]
        if found and (turn.get("role") != "assistant" or is_last):
            yield f"messages[{position}]", "reasoningContent"


def calls_are_answered_at_once(body: Body) -> Places:
    """The turn behind a call has the result of each call, once ("Expected toolResult blocks at …
    for the following Ids").
    """
    turns = listed(body.get("messages"))
    for position, turn in enumerate(turns):
        called = _ids(turn, "toolUse") if turn.get("role") == "assistant" else []
        following = turns[position + 1] if position + 1 < len(turns) else {}
        own = set(_ids(turn, "toolResult"))  # of tools that the vendor ran
        called = [call_id for call_id in called if call_id not in own]
        results = _ids(following, "toolResult") if following.get("role") == "user" else []
        if called and sorted(called) != sorted(results):
            yield f"messages[{position}]", f"calls {called}, results {results}"


def results_have_a_call(body: Body) -> Places:
    """A result answers a call of the turn before ("The number of toolResult blocks at … exceeds the
    number of toolUse blocks of previous turn").
    """
    called: list[str] = []
    for position, turn in enumerate(listed(body.get("messages"))):
        if turn.get("role") == "user":
            for result in _ids(turn, "toolResult"):
                if result not in called:
                    yield f"messages[{position}]", result
        called = _ids(turn, "toolUse")


def call_ids_are_unique(body: Body) -> Places:
    """No two calls of a conversation have the same id ("`tool_use` ids must be unique")."""
    seen: set[str] = set()
    for where, kind, value in _placed(body):
        if kind == "toolUse" and isinstance(value, Mapping):
            if str(value.get("toolUseId")) in seen:
                yield where, value.get("toolUseId")
            seen.add(str(value.get("toolUseId")))


def call_ids_are_plain(body: Body) -> Places:
    """A call id matches ``[a-zA-Z0-9_.:-]{1,64}``."""
    for where, kind, value in _placed(body):
        call_id = value.get("toolUseId") if isinstance(value, Mapping) else None
        if matches(kind, "toolUse", "toolResult") and not (
            isinstance(call_id, str) and _CALL_ID.fullmatch(call_id)
        ):
            yield where, call_id


def arguments_are_an_object(body: Body) -> Places:
    """The input of a call is an object ("The format of the value at … is invalid")."""
    for where, kind, value in _placed(body):
        if kind == "toolUse" and not (
            isinstance(value, Mapping) and isinstance(value.get("input"), Mapping)
        ):
            yield where, value


def failed_results_say_why(body: Body) -> Places:
    """A result with the status ``error`` has content ("The content field at … cannot be empty when
    status value is error").
    """
    for where, kind, value in _placed(body):
        failed = isinstance(value, Mapping) and value.get("status") == "error"
        if kind == "toolResult" and failed and not value.get("content"):
            yield where, value.get("content")


def tool_blocks_need_tools(body: Body) -> Places:
    """A conversation with calls or results has ``toolConfig`` ("The toolConfig field must be
    defined when using toolUse and toolResult content blocks").
    """
    if body.get("toolConfig") is None:
        for where, kind, _ in _placed(body):
            if matches(kind, "toolUse", "toolResult"):
                yield where, kind


def _tools(body: Body) -> list[Mapping[str, Any]]:
    config = body.get("toolConfig")
    return listed(config.get("tools")) if isinstance(config, Mapping) else []


def tools_are_there(body: Body) -> Places:
    """``toolConfig`` has one tool at least."""
    if body.get("toolConfig") is not None and not _tools(body):
        yield "toolConfig.tools", body["toolConfig"]


def tool_names_are_plain(body: Body) -> Places:
    """Names of tools and calls match ``[a-zA-Z0-9_-]{1,64}``."""
    named = [(w, v) for w, kind, v in _placed(body) if kind == "toolUse"]
    named += [(f"toolConfig.tools[{n}]", t.get("toolSpec")) for n, t in enumerate(_tools(body))]
    for where, value in named:
        name = value.get("name") if isinstance(value, Mapping) else ""
        if isinstance(value, Mapping) and not (
            isinstance(name, str) and _TOOL_NAME.fullmatch(name)
        ):
            yield where, name


def tool_names_are_unique(body: Body) -> Places:
    """No two tools have the same name ("The tool … is already defined")."""
    specs = [tool["toolSpec"] for tool in _tools(body) if isinstance(tool.get("toolSpec"), Mapping)]
    names = [str(spec.get("name")) for spec in specs]
    if len(set(names)) < len(names):
        yield "toolConfig.tools", names


def tool_schemas_are_of_an_object(body: Body) -> Places:
    """The root of ``inputSchema.json`` has ``type: object`` ("The value at … inputSchema.json.type
    must be one of the following: object").
    """
    for number, tool in enumerate(_tools(body)):
        spec = tool.get("toolSpec")
        if not isinstance(spec, Mapping):
            continue
        schema = spec.get("inputSchema")
        schema = schema.get("json") if isinstance(schema, Mapping) else None
        if not isinstance(schema, Mapping) or schema.get("type") != "object":
            yield f"toolConfig.tools[{number}]", schema


def tool_descriptions_are_not_empty(body: Body) -> Places:
    """A description of a tool has a character at least."""
    for number, tool in enumerate(_tools(body)):
        spec = tool.get("toolSpec")
        if isinstance(spec, Mapping) and spec.get("description") == "":
            yield f"toolConfig.tools[{number}]", ""


def the_chosen_tool_is_there(body: Body) -> Places:
    """``toolChoice`` is ``auto``, ``any``, or a ``tool`` that is one of the tools."""
    config = body.get("toolConfig")
    choice = config.get("toolChoice") if isinstance(config, Mapping) else None
    if choice is None:
        return
    if not isinstance(choice, Mapping) or len(choice) != 1:
        yield "toolConfig.toolChoice", choice
        return
    ((kind, value),) = choice.items()
    names = [str((tool.get("toolSpec") or {}).get("name")) for tool in _tools(body)]
    if not matches(kind, "auto", "any", "tool") or (
        kind == "tool" and not (isinstance(value, Mapping) and value.get("name") in names)
    ):
        yield "toolConfig.toolChoice", choice


def media_have_a_known_format(body: Body) -> Places:
    """Images, documents, video and sound have a format of the service's model."""
    for where, kind, value in _placed(body):
        if kind in _FORMATS and not (
            isinstance(value, Mapping) and matches(value.get("format"), *_FORMATS[kind])
        ):
            yield where, value.get("format") if isinstance(value, Mapping) else value


def documents_have_plain_names(body: Body) -> Places:
    """A document's name has letters, digits, single spaces, hyphens, parentheses and brackets, and
    no other document of the request has it.
    """
    seen: set[str] = set()
    for where, kind, value in _placed(body):
        if kind == "document" and isinstance(value, Mapping):
            name = value.get("name")
            if not isinstance(name, str) or not _DOCUMENT_NAME.fullmatch(name) or name in seen:
                yield where, name
            seen.add(str(name))


def cache_points_are_few(body: Body) -> Places:
    """A request has four cache points at most."""
    config = body.get("toolConfig")
    tools = config.get("tools") if isinstance(config, Mapping) else None
    others = [*listed(body.get("system")), *listed(tools)]
    count = sum(1 for _, kind, _ in _placed(body) if kind == "cachePoint")
    count += sum(1 for block in others if "cachePoint" in block)
    if count > _MOST_CACHE_POINTS:
        yield "cachePoint", count


CONVERSE = Rulebook(
    "converse",
    *SHARED,
    inference_parameters_are_known,
    the_first_turn_is_the_users,
    roles_alternate,
    turns_have_content,
    blocks_are_of_one_known_kind,
    text_is_not_blank,
    the_last_turn_has_no_space_behind,
    reasoning_is_the_assistants,
    calls_are_answered_at_once,
    results_have_a_call,
    call_ids_are_unique,
    call_ids_are_plain,
    arguments_are_an_object,
    failed_results_say_why,
    tool_blocks_need_tools,
    tools_are_there,
    tool_names_are_plain,
    tool_names_are_unique,
    tool_schemas_are_of_an_object,
    tool_descriptions_are_not_empty,
    the_chosen_tool_is_there,
    media_have_a_known_format,
    documents_have_plain_names,
    cache_points_are_few,
)
