"""Words that encoder and decoder must agree on."""

from __future__ import annotations

__all__ = ["CODE_EXECUTION", "MADE_ID", "SIGNATURE", "SKIP_SIGNATURE", "THOUGHT"]

SIGNATURE = "thoughtSignature"
"""The key of a part's signature, on the wire and in a block's ``extras``."""

THOUGHT = "thought"
"""The key that marks a part as thinking, on the wire and in a media block's ``extras``."""

CODE_EXECUTION = "code_execution"
"""The ``name`` of server-tool blocks for ``executableCode`` and ``codeExecutionResult`` parts."""

MADE_ID = "gemini-call-"
"""How a call id begins that we made because Google gave none; it is never sent to Google."""

SKIP_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""``skip_thought_signature_validator`` in base64: Google's word for calls of foreign history.

Gemini 3 refuses a step whose first function call has no signature (recorded and accepted for Gemini
2.0 too; ai.google.dev, "Thought signatures").
"""
