"""The voices: each wire's way of saying what a script says."""

from __future__ import annotations

from .completions import CompletionsVoice
from .gemini import GeminiVoice
from .messages import MessagesVoice
from .mistral import MistralVoice
from .responses import ResponsesVoice
from .simulator import Line, Speaker, Voice

__all__ = [
    "VOICES",
    "CompletionsVoice",
    "GeminiVoice",
    "Line",
    "MessagesVoice",
    "MistralVoice",
    "ResponsesVoice",
    "Speaker",
    "Voice",
]

VOICES: tuple[Voice, ...] = (CompletionsVoice(), ResponsesVoice(), MessagesVoice(), GeminiVoice())
"""The voices that a request may find by the door it knocks at."""
