"""The rulebook of Anthropic's Messages API.

Sources: Anthropic's documentation and the types of its SDK (``message_create_params``); for each
other rule the report it is from. Quoted texts are the vendor's own refusals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import SHARED, listed, matches
from .rule import Rulebook

__all__ = ["MESSAGES"]

Body = Mapping[str, Any]
Places = Iterator[tuple[str, Any]]

_CALL_ID = re.compile(r"[a-zA-Z0-9_-]+")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_UNIONS = ("anyOf", "oneOf", "allOf")
_FORCED = ("any", "tool")
_REFUSES_FORCED_TOOLS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-1")
_MOST_CACHE_MARKS = 4
_KEYS = {
    "text": {"type", "text", "cache_control", "citations"},
    "image": {"type", "source", "cache_control"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
    "tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
    "document": {"type", "source", "cache_control", "citations", "context", "title"},
}


def _blocks(turn: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The blocks of a turn; plain text is one text block."""
    content = turn.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return listed(content)


def _turns(body: Body) -> list[dict[str, Any]]:
    """The turns, those of one role that follow one another as one, as the vendor reads them."""
    turns: list[dict[str, Any]] = []
    for turn in listed(body.get("messages")):
        if turns and turns[-1]["role"] == turn.get("role"):
            turns[-1]["content"] = [*_blocks(turns[-1]), *_blocks(turn)]
        else:
            turns.append({"role": turn.get("role"), "content": turn.get("content")})
    return turns


def _continues_thread(body: Body) -> bool:
    """Whether the vendor holds earlier turns, so that the messages are the new ones alone."""
    thread = body.get("thread")
    return isinstance(thread, Mapping) and thread.get("type") == "continue"


def _placed(body: Body) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every block of every turn, with its place and its type."""
    for position, turn in enumerate(_turns(body)):
        for number, block in enumerate(_blocks(turn)):
            yield f"messages[{position}].content[{number}]", str(block.get("type")), block


def there_is_a_limit_of_tokens(body: Body) -> Places:
    """``max_tokens`` is required, and at least 1."""
    most = body.get("max_tokens")
    if not isinstance(most, int) or most < 1:
        yield "max_tokens", most


def the_first_turn_is_the_users(body: Body) -> Places:
    """There is a turn, and the first is the user's ("first message must use the 'user' role")."""
    turns = _turns(body)
    if (not turns or turns[0].get("role") != "user") and not _continues_thread(body):
        yield "messages[0]", turns[0].get("role") if turns else None


def roles_are_known(body: Body) -> Places:
    """The role of a turn is ``user`` or ``assistant``; ``system`` where a beta allows it."""
    for position, turn in enumerate(_turns(body)):
        if not matches(turn.get("role"), "user", "assistant", "system"):
            yield f"messages[{position}].role", turn.get("role")


def turns_have_content(body: Body) -> Places:
    """Each turn but a final assistant's has content ("all messages must have non-empty content
    except for the optional final assistant message").
    """
    turns = _turns(body)
    for position, turn in enumerate(turns):
        is_last_answer = position == len(turns) - 1 and turn.get("role") == "assistant"
        if not turn.get("content") and not is_last_answer:
            yield f"messages[{position}].content", turn.get("content")


def text_is_not_blank(body: Body) -> Places:
    """A text block has text that is not white space ("text content blocks must contain
    non-whitespace text").
    """
    blocks = [(where, block) for where, kind, block in _placed(body) if kind == "text"]
    blocks += [
        (f"system[{number}]", block) for number, block in enumerate(listed(body.get("system")))
    ]
    for where, block in blocks:
        if not str(block.get("text") or "").strip():
            yield where, block.get("text")


def the_last_turn_has_no_space_behind(body: Body) -> Places:
    """A final assistant turn does not end in white space ("final assistant content cannot end with
    trailing whitespace").
    """
    turns = _turns(body)
    last = turns[-1] if turns else {}
    blocks = _blocks(last)
    if last.get("role") == "assistant" and blocks and blocks[-1].get("type") == "text":
        text = str(blocks[-1].get("text"))
        if text != text.rstrip():
            yield "messages[-1]", text[-20:]


def no_turn_ends_in_thinking(body: Body) -> Places:
    """No assistant turn ends in thinking ("The final block in an assistant message cannot be
    `thinking`").
    """
    for position, turn in enumerate(_turns(body)):
        blocks = _blocks(turn)
        if blocks and matches(blocks[-1].get("type"), "thinking", "redacted_thinking"):
            yield f"messages[{position}]", blocks[-1].get("type")


def thinking_is_signed(body: Body) -> Places:
    """A thinking block has the signature that it came with ("thinking.signature: Field
    required").
    """
    for where, kind, block in _placed(body):
        if kind == "thinking" and not block.get("signature"):
            yield where, "thinking without signature"


def calls_are_answered_at_once(body: Body) -> Places:
    """The turn behind a call begins with the result of each call, once ("`tool_use` ids were found
    without `tool_result` blocks immediately after").
    """
    turns = _turns(body)
    for position, turn in enumerate(turns):
        called = [b.get("id") for b in _blocks(turn) if b.get("type") == "tool_use"]
        if not called:
            continue
        following = turns[position + 1] if position + 1 < len(turns) else {}
        results = []
        for block in _blocks(following):
            if block.get("type") != "tool_result":
                break
            results.append(block.get("tool_use_id"))
        if sorted(map(str, called)) != sorted(map(str, results)):
            yield f"messages[{position}]", f"calls {called}, results {results}"


def results_have_a_call(body: Body) -> Places:
    """A result answers a call of the turn before ("unexpected `tool_use_id` found in `tool_result`
    blocks"). Where the vendor holds earlier turns, the call may be in them.
    """
    if _continues_thread(body):
        return
    before: list[Mapping[str, Any]] = []
    for position, turn in enumerate(_turns(body)):
        called = {str(block.get("id")) for block in before if block.get("type") == "tool_use"}
        for number, block in enumerate(_blocks(turn)):
            if block.get("type") == "tool_result" and str(block.get("tool_use_id")) not in called:
                yield f"messages[{position}].content[{number}]", block.get("tool_use_id")
        before = _blocks(turn)


def call_ids_are_unique(body: Body) -> Places:
    """No two calls of a conversation have the same id ("`tool_use` ids must be unique")."""
    seen: set[str] = set()
    for where, kind, block in _placed(body):
        if kind == "tool_use":
            if str(block.get("id")) in seen:
                yield where, block.get("id")
            seen.add(str(block.get("id")))


def call_ids_are_plain(body: Body) -> Places:
    """A call id matches ``^[a-zA-Z0-9_-]+$`` ("String should match pattern")."""
    for where, kind, block in _placed(body):
        name = block.get({"tool_use": "id", "tool_result": "tool_use_id"}.get(kind, ""))
        if kind in ("tool_use", "tool_result") and not (
            isinstance(name, str) and _CALL_ID.fullmatch(name)
        ):
            yield where, name


def arguments_are_an_object(body: Body) -> Places:
    """The input of a call is an object ("Input should be a valid dictionary")."""
    for where, kind, block in _placed(body):
        if kind == "tool_use" and not isinstance(block.get("input"), Mapping):
            yield where, block.get("input")


def tool_names_are_plain(body: Body) -> Places:
    """Names of tools and calls match ``^[a-zA-Z0-9_-]{1,128}$``."""
    names = [(w, b.get("name")) for w, kind, b in _placed(body) if kind == "tool_use"]
    names += [
        (f"tools[{number}].name", tool.get("name"))
        for number, tool in enumerate(listed(body.get("tools")))
        if "input_schema" in tool
    ]
    for where, name in names:
        if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
            yield where, name


def tool_names_are_unique(body: Body) -> Places:
    """No two tools have the same name ("Tool names must be unique")."""
    names = [tool.get("name") for tool in listed(body.get("tools")) if tool.get("name")]
    if len(set(names)) < len(names):
        yield "tools", names


def tool_schemas_are_of_an_object(body: Body) -> Places:
    """The root of ``input_schema`` has ``type: object`` and no union ("input_schema does not
    support oneOf, allOf, or anyOf at the top level"; anthropics/claude-code#5319).
    """
    for number, tool in enumerate(listed(body.get("tools"))):
        schema = tool.get("input_schema")
        if "input_schema" not in tool:
            continue
        if not isinstance(schema, Mapping) or schema.get("type") != "object":
            yield f"tools[{number}].input_schema", schema
        elif any(union in schema for union in _UNIONS):
            yield f"tools[{number}].input_schema", [u for u in _UNIONS if u in schema]


def failed_results_say_why(body: Body) -> Places:
    """A result with ``is_error`` has content ("content cannot be empty if `is_error` is true")."""
    for where, kind, block in _placed(body):
        if kind == "tool_result" and block.get("is_error") is True and not block.get("content"):
            yield where, block.get("content")


def server_calls_have_their_result(body: Body) -> Places:
    """A server tool's call has its result, unless nothing but results of the caller's tools and
    further answers follow: then the vendor is yet to run it (open-gsd/gsd-pi#1330; "Server tools",
    turns that mix server and client tools).
    """
    turns = _turns(body)
    results = {block.get("tool_use_id") for _, _, block in _placed(body)}
    spoken = [
        position
        for position, turn in enumerate(turns)
        if turn.get("role") != "assistant"
        and any(block.get("type") != "tool_result" for block in _blocks(turn))
    ]
    for position, turn in enumerate(turns[: max(spoken, default=0)]):
        for number, block in enumerate(_blocks(turn)):
            if block.get("type") == "server_tool_use" and block.get("id") not in results:
                yield f"messages[{position}].content[{number}]", block.get("id")


def images_have_a_known_type(body: Body) -> Places:
    """An image is JPEG, PNG, GIF or WebP ("Input should be 'image/jpeg', 'image/png', 'image/gif'
    or 'image/webp'").
    """
    for where, kind, block in _placed(body):
        source = block.get("source")
        if (
            kind == "image"
            and isinstance(source, Mapping)
            and source.get("type") == "base64"
            and not matches(source.get("media_type"), *_IMAGES)
        ):
            yield where, source.get("media_type")


def blocks_have_no_output_fields(body: Body) -> Places:
    """A block has the keys of the SDK's ``…BlockParam`` and no others ("Extra inputs are not
    permitted").
    """
    for where, kind, block in _placed(body):
        allowed = _KEYS.get(kind)
        if allowed is not None and set(block) - allowed:
            yield where, sorted(set(block) - allowed)


def tool_choice_needs_tools(body: Body) -> Places:
    """``tool_choice`` is only sent with ``tools``."""
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping) and choice.get("type") != "none" and not body.get("tools"):
        yield "tool_choice", choice


def the_chosen_tool_is_there(body: Body) -> Places:
    """A tool that ``tool_choice`` names is one of ``tools`` ("Tool '…' not found in provided
    tools").
    """
    choice = body.get("tool_choice")
    if isinstance(choice, Mapping) and choice.get("type") == "tool":
        names = [tool.get("name") for tool in listed(body.get("tools"))]
        if choice.get("name") not in names:
            yield "tool_choice", choice


def tools_are_not_forced_while_thinking(body: Body) -> Places:
    """A tool is not forced while the model thinks ("Thinking may not be enabled when tool_choice
    forces tool use"), nor at models that refuse it (What's new in Claude Opus 5.5).
    """
    choice, thinking = body.get("tool_choice"), body.get("thinking")
    if not isinstance(choice, Mapping) or not matches(choice.get("type"), *_FORCED):
        return
    if isinstance(thinking, Mapping) and thinking.get("type") == "enabled":
        yield "tool_choice", "forced while thinking is enabled"
    if str(body.get("model")).startswith(_REFUSES_FORCED_TOOLS):
        yield "tool_choice", f"forced at {body.get('model')}"


def thinking_fits_the_answer(body: Body) -> Places:
    """``budget_tokens`` is at least 1,024 and less than ``max_tokens``."""
    thinking = body.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, Mapping) else None
    most = body.get("max_tokens")
    if isinstance(budget, int) and not 1024 <= budget < (most if isinstance(most, int) else 0):
        interleaved = "tools" in body  # with interleaved thinking the budget may exceed it
        if budget < 1024 or not interleaved:
            yield "thinking.budget_tokens", budget


def cache_marks_are_few(body: Body) -> Places:
    """At most four blocks have ``cache_control`` ("A maximum of 4 blocks with cache_control may be
    provided").
    """
    marked = [where for where, _, block in _placed(body) if block.get("cache_control")]
    for key in ("system", "tools"):
        marked += [key for each in listed(body.get(key)) if each.get("cache_control")]
    if len(marked) > _MOST_CACHE_MARKS:
        yield "cache_control", marked


def stop_sequences_are_not_blank(body: Body) -> Places:
    """A stop sequence has a character that is not white space ("each stop sequence must contain
    non-whitespace").
    """
    stops = body.get("stop_sequences")
    for number, stop in enumerate(stops if isinstance(stops, list) else []):
        if not str(stop).strip():
            yield f"stop_sequences[{number}]", stop


MESSAGES = Rulebook(
    "messages",
    *SHARED,
    there_is_a_limit_of_tokens,
    the_first_turn_is_the_users,
    roles_are_known,
    turns_have_content,
    text_is_not_blank,
    the_last_turn_has_no_space_behind,
    no_turn_ends_in_thinking,
    thinking_is_signed,
    calls_are_answered_at_once,
    results_have_a_call,
    call_ids_are_unique,
    call_ids_are_plain,
    arguments_are_an_object,
    tool_names_are_plain,
    tool_names_are_unique,
    tool_schemas_are_of_an_object,
    failed_results_say_why,
    server_calls_have_their_result,
    images_have_a_known_type,
    blocks_have_no_output_fields,
    tool_choice_needs_tools,
    the_chosen_tool_is_there,
    tools_are_not_forced_while_thinking,
    thinking_fits_the_answer,
    cache_marks_are_few,
    stop_sequences_are_not_blank,
)
