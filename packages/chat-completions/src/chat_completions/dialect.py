"""Where servers of the Chat Completions wire differ: one ``Dialect`` object for each provider.

A provider subclasses ``Dialect`` and overrides what its vendor does otherwise. The attributes and
methods are facts of a wire, without state, so one instance serves every call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from chat_core.blocks import Block
    from chat_core.messages import FinishReason

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


class Dialect:
    """OpenAI's own wire; override what differs.

    Attributes of requests:
        max_tokens_field: the name of ``max_tokens`` on the wire.
        required_word: the ``tool_choice`` that forces some tool.
        tool_media: where a tool result's images go: ``"inline"`` in the tool message, or ``"user"``,
            in a user message after the turn's tool results.
        media: the blocks that user messages may hold besides text, as ``kind`` or ``kind:form`` with
            the form ``url``, ``base64`` or ``file_id``.
        replays_reasoning: whether the vendor takes its plain reasoning text back in history.
        takes_broken_arguments: whether history may hold tool arguments that are not JSON.
        takes_names: whether messages may carry ``name``.

    Attributes of answers:
        provider: the provider id, put into ``response_metadata["model_provider"]``.
        reasoning_fields: where reasoning text is looked for, first match first.
        kept_fields: fields of the answer kept in ``response_metadata``.
        kept_choice_fields: the same of the choice.

    Attributes of errors:
        context_length_prose: phrases (lower case) by which a refused request is known to be too
            long, for vendors that have no code for it.
        request_id_headers: where the vendor's request id is looked for.
    """

    provider: str = "openai-compatible"

    max_tokens_field: str = "max_tokens"
    required_word: str = "required"
    tool_media: Literal["inline", "user"] = "user"
    media: frozenset[str] = frozenset(
        {"image:url", "image:base64", "audio:base64", "file:base64", "file:file_id"}
    )
    replays_reasoning: bool = False
    takes_broken_arguments: bool = True
    takes_names: bool = True

    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    kept_fields: tuple[str, ...] = ("service_tier", "system_fingerprint", "prompt_filter_results")
    kept_choice_fields: tuple[str, ...] = ("content_filter_results",)

    context_length_prose: tuple[str, ...] = ()
    request_id_headers: tuple[str, ...] = ("x-request-id",)

    # --- requests

    def system_role(self, model: str) -> str:
        """The role of a ``SystemMessage`` for ``model``: ``system`` or ``developer``."""
        return "system"

    def call_id(self, id: str) -> str:
        """A tool call's id in the form that the vendor takes: the same for the same ``id``."""
        return id

    def finish_assistant(self, wire: dict[str, Any]) -> dict[str, Any] | None:
        """The last word on an encoded assistant message; ``None`` leaves it out."""
        return wire

    # --- answers

    def usage(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any] | None:
        """The ``usage`` object of one wire object, wherever it sits."""
        return wire.get("usage") or choice.get("usage")

    def finish_reason(self, word: str) -> FinishReason:
        """The vendor's word for why the answer ended, in ours."""
        return FINISH_REASONS.get(word, "other")

    def part(self, part: dict[str, Any], position: int) -> Block | None:
        """One part of a ``content`` list that is not text; ``None`` drops it.

        ``position`` counts the parts of the answer so far.
        """
        return None

    def other_blocks(self, delta: dict[str, Any]) -> list[Block]:
        """Blocks from fields that only this vendor sends. Called for every delta with such fields."""
        return []

    other_fields: frozenset[str] = frozenset()
    """The fields of a message or delta that ``other_blocks`` reads."""
