"""Where servers of the Chat Completions wire differ: one ``Dialect`` object for each provider.

A provider subclasses ``Dialect`` and overrides what its vendor does otherwise. The attributes and
methods are facts of a wire, without state, so one instance serves every call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from .facts import ANSWER_FIELDS, CHOICE_FIELDS, kept

if TYPE_CHECKING:
    from chat_core import APIError, Block
    from chat_core.provider import FinishReason, MediaBlock

__all__ = ["FINISH_REASONS", "Dialect"]

FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
    "error": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
}
"""Words of OpenAI, TGI (``eos_token``), Together (``eos``), Mistral (``model_length``), Z.AI
(``sensitive``, ``network_error``), DeepSeek (``insufficient_system_resource``) and of gateways that
hand on Anthropic's. Any other word is ``other``."""


_SPEAKER = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""The names that OpenAI takes for the participant who wrote a message (microsoft/autogen#268)."""


class Dialect:
    """OpenAI's own wire; override what differs.

    Attributes of requests:
        required_word: the ``tool_choice`` that forces some tool.
        media: the blocks that messages may hold besides text, as ``"kind:form"``; the form is
            ``url``, ``base64`` or ``file_id``.
        files_hold_images: whether an image may stand by its ``file_id`` where a file does.
        instead_of: what serves instead of a ``"kind:form"`` that is not in ``media``, a sentence
            without its full stop.
        part_types: the types of content parts that a ``NonStandardBlock`` may hold; ``None`` for
            any.
        tool_media: where the images of a tool result go: ``"inline"``, into the tool message, or
            ``"user"``, into a user message after the results of that turn.
        replays_reasoning: whether the vendor takes reasoning back in history, in the field that it
            came in, or else in the first of ``reasoning_fields``.
        takes_refusals: whether the vendor takes ``refusal`` in history; else it goes back as text.
        replays_images: whether the vendor takes back the images that it made, and what it noted
            of files that it was given.
        plain_names: whether names of tools are 1 to 64 letters, digits, ``_`` and ``-``.
        tool_choices: the kinds of ``tool_choice`` that the vendor takes (``named`` for a tool's
            name); empty where it takes no tools.
        instead_of_tools: what serves where no tools are taken, a sentence without its full stop.
        takes_json_schema, takes_json_object: the types of ``response_format`` that it takes.
        refused_parameters: parameters that all models of the vendor refuse.

    Attributes of answers:
        provider: the provider id, put into ``response_metadata["model_provider"]``.
        reasoning_fields: where reasoning text is looked for, the first that holds some wins.
        read_fields: fields of the answer that this dialect reads itself; all others that the
            decoder does not read are kept in ``response_metadata``.
        padding_fields: fields of the answer that hold random text, against guesses by length.
        other_fields: the fields of a message or delta that ``other_blocks`` reads.

    Attributes of errors:
        error_codes: the vendor's codes and types (lower case), each with its class and the status
            that it has if it comes inside an answer with status 200. A code of MiniMax's
            ``base_resp`` is written ``"base_resp:1008"``.
        error_prose: phrases (lower case) of messages and their classes, for causes that the vendor
            has no code for; looked for in errors with a status of 400 to 499, and in errors inside
            an answer.
        request_id_headers: where the vendor's request id is looked for.
    """

    provider: str = "openai"

    required_word: str = "required"
    media: frozenset[str] = frozenset(
        {"image:url", "image:base64", "audio:base64", "file:base64", "file:file_id"}
    )
    files_hold_images: bool = False
    instead_of: Mapping[str, str] = {}
    part_types: frozenset[str] | None = None
    tool_media: Literal["inline", "user"] = "user"
    replays_reasoning: bool = False
    takes_refusals: bool = True
    replays_images: bool = False
    plain_names: bool = True
    tool_choices: frozenset[str] = frozenset({"auto", "none", "required", "named"})
    instead_of_tools: str = "leave them out, or use another provider"
    takes_json_schema: bool = True
    takes_json_object: bool = True
    refused_parameters: frozenset[str] = frozenset()

    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    read_fields: frozenset[str] = frozenset()
    padding_fields: frozenset[str] = frozenset({"obfuscation"})
    other_fields: frozenset[str] = frozenset()

    error_codes: Mapping[str, tuple[type[APIError], int]] = {}
    error_prose: tuple[tuple[str, type[APIError]], ...] = ()
    request_id_headers: tuple[str, ...] = ("x-request-id",)

    # --- requests

    def system_role(self, model: str) -> str:
        """The role of a ``SystemMessage``: ``system``, or ``developer`` for some models."""
        return "system"

    def max_tokens_field(self, model: str) -> str:
        """The name of ``max_tokens``: that, or ``max_completion_tokens``."""
        return "max_tokens"

    def takes_name(self, name: str) -> bool:
        """Whether ``name`` of a message is sent as a field; any other stands before the text."""
        return _SPEAKER.fullmatch(name) is not None

    def call_id(self, id: str) -> str:
        """A tool call's id in the form that the vendor takes: the same for the same ``id``."""
        return id

    def media_part(self, block: MediaBlock) -> dict[str, Any] | None:
        """A content part for ``block`` that differs from OpenAI's; ``None`` for OpenAI's."""
        return None

    def encode_turns(self, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The last word on the encoded messages, for a vendor that demands an order of turns."""
        return turns

    # --- answers

    def usage(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any] | None:
        """The ``usage`` object of one wire object, wherever it sits."""
        return wire.get("usage") or choice.get("usage")

    def facts(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
        """The entries of ``response_metadata`` for fields that the decoder does not read."""
        read = ANSWER_FIELDS | self.read_fields | self.padding_fields
        return kept(wire, read) | kept(choice, CHOICE_FIELDS)

    def error(self, wire: dict[str, Any]) -> Any:
        """An error in a place where only this vendor puts one; ``None`` if there is none."""
        return None

    def finish_reason(self, word: str) -> FinishReason:
        """The vendor's word for why the answer ended, in ours."""
        return FINISH_REASONS.get(word, "other")

    def other_blocks(self, delta: dict[str, Any]) -> list[Block]:
        """Blocks from fields that only this vendor sends (``other_fields``)."""
        return []
