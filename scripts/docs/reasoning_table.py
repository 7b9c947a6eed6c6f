"""For models of each vendor: what each word of `reasoning=` is sent as."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chat_core import InvalidRequestError, get_chat_model

__all__ = ["reasoning_table"]

WORDS = ("off", "low", "medium", "high", "max", 4000)

MODELS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("openai:gpt-5", {}),
    ("openai:gpt-5.1", {}),
    ("openai:gpt-5.6", {"api": "responses"}),
    ("azure-openai:my-deployment", {"api_version": "2024-10-21"}),
    ("openai-compatible:my-model", {"base_url": "http://127.0.0.1:8000/v1"}),
    ("anthropic:claude-haiku-4-5", {}),
    ("anthropic:claude-sonnet-4-6", {}),
    ("anthropic:claude-opus-5", {}),
    ("anthropic:claude-sonnet-5-5", {}),
    ("anthropic:claude-opus-5-5", {}),
    ("google-genai:gemini-2.5-flash", {}),
    ("google-genai:gemini-2.5-pro", {}),
    ("google-vertexai:gemini-3.1-pro-preview", {}),
    ("groq:openai/gpt-oss-20b", {}),
    ("groq:qwen/qwen3-32b", {}),
    ("groq:qwen/qwen3.8-27b", {}),
    ("mistralai:mistral-small-latest", {}),
    ("mistralai:magistral-small-latest", {}),
    ("fireworks:accounts/fireworks/models/qwen3-8b", {}),
    ("fireworks:accounts/fireworks/models/gpt-oss-20b", {}),
    ("fireworks:accounts/fireworks/models/deepseek-v4-pro", {}),
    ("ollama:qwen3", {}),
    ("ollama:gpt-oss", {}),
    ("bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0", {}),
    ("bedrock:us.amazon.nova-2-lite-v1:0", {}),
    ("bedrock:openai.gpt-oss-20b-1:0", {}),
    ("bedrock:us.openai.gpt-5.6-luna", {}),
)
"""One model for each rule, the older before the newer."""

_ENVELOPES = ("generationConfig", "thinkingConfig", "additionalModelRequestFields")
_SHOWN = ("includeThoughts", "display", "reasoning_format")
"""Left out of the cells: where the parameters stand, and what makes the reasoning visible."""


def reasoning_table() -> Iterator[str]:
    """A row for each model, a column for each word; `–` where the word is refused by name."""
    yield f"| model | {' | '.join(f'`{word!r}`'.replace(chr(39), chr(34)) for word in WORDS)} |"
    yield f"|---|{'---|' * len(WORDS)}"
    for model_id, settings in MODELS:
        cells = [_cell(model_id, settings, word) for word in WORDS]
        yield f"| `{_short(model_id)}` | {' | '.join(cells)} |"


def _short(model_id: str) -> str:
    return model_id.replace("accounts/fireworks/models/", "…/").replace("-20251001-v1:0", "…")


def _cell(model_id: str, settings: dict[str, Any], word: Any) -> str:
    model = get_chat_model(model_id, reasoning=word, **settings)
    try:
        sent = model.reasoning_parameters()
    except InvalidRequestError:
        return "–"
    return "<br>".join(_lines(sent)) or "nothing"


def _lines(sent: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in sent.items():
        if name in _SHOWN:
            continue
        here = path if name in _ENVELOPES else f"{path}.{name}".lstrip(".")
        if isinstance(value, Mapping):
            yield from _lines(value, here)
        else:
            yield f"`{here}: {json.dumps(value)}`"
