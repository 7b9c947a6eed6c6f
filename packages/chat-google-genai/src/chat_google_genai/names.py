"""Names that encoder and decoder must agree on."""

from __future__ import annotations

__all__ = [
    "CODE_EXECUTION",
    "MADE_ID",
    "PART_FIELDS",
    "SIGNATURE",
    "SKIP_SIGNATURE",
    "THOUGHT",
    "TOOL_TYPE",
    "TOOL_TYPES",
]

SIGNATURE = "thoughtSignature"
"""The key of a part's signature, on the wire and in a block's ``extras``."""

THOUGHT = "thought"
"""The key that marks a part as thinking, on the wire and in a media block's ``extras``."""

PART_FIELDS = {
    "audioMetadata": "audioMetadata",
    "audioTranscription": "audioTranscription",
    "documentMetadata": "documentMetadata",
    "mediaProcessing": "mediaProcessing",
    "mediaResolution": "mediaResolution",
    "media_resolution": "mediaResolution",
    "partMetadata": "partMetadata",
    "part_metadata": "partMetadata",
    "speechMetadata": "speechMetadata",
    "spreadsheetMetadata": "spreadsheetMetadata",
    "videoMetadata": "videoMetadata",
    "video_metadata": "videoMetadata",
}
"""A key of a block's ``extras`` that goes beside the part's content → its name on the wire."""

CODE_EXECUTION = "code_execution"
"""The ``name`` of server-tool blocks for ``executableCode`` and ``codeExecutionResult`` parts."""

TOOL_TYPES = {
    "GOOGLE_SEARCH_WEB": "web_search",
    "URL_CONTEXT": "web_fetch",
    "FILE_SEARCH": "file_search",
}
"""``toolType`` of a part → the ``name`` of its block; any other type is its own name.

The type is then in the block's ``extras``, and goes back."""

TOOL_TYPE = "toolType"
"""The key of a server tool's type, on the wire and in a block's ``extras``."""

MADE_ID = "gemini-call-"
"""The prefix of a call id that was made here because Google sent none; it is not sent to Google."""

SKIP_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""``skip_thought_signature_validator`` in base64: the sentinel for calls that another model made.

Gemini 3 refuses a step whose first function call has no signature (recorded and accepted for Gemini
2.0 too; ai.google.dev, "Thought signatures").
"""
