"""For models of each vendor: what a `CachePoint` is sent as."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chat_core import CachePoint, ChatModel, InvalidRequestError, get_chat_model

__all__ = ["cache_points_table"]

MODELS = (
    "anthropic:claude-sonnet-4-5",
    "bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "bedrock:us.amazon.nova-pro-v1:0",
    "bedrock:us.meta.llama3-3-70b-instruct-v1:0",
    "openai:gpt-5.6",
    "openai:gpt-5.5",
    "google-genai:gemini-2.5-flash",
    "google-vertexai:gemini-2.5-flash",
    "groq:openai/gpt-oss-20b",
    "mistralai:mistral-small-latest",
    "fireworks:accounts/fireworks/models/qwen3-8b",
    "ollama:qwen3",
    "deepseek:deepseek-chat",
)
"""One model for each rule."""


def cache_points_table() -> Iterator[str]:
    """A row for each model, a column for each `ttl`, and one for tools."""
    yield '| model | `CachePoint()` | `CachePoint("1h")` | among tools |'
    yield "|---|---|---|---|"
    for model_id in MODELS:
        model = get_chat_model(model_id)
        cells = [_cell(model, CachePoint()), _cell(model, CachePoint("1h")), _in_tools(model)]
        yield f"| `{model_id.replace('-20251001-v1:0', '…')}` | {' | '.join(cells)} |"


def _cell(model: ChatModel, point: CachePoint) -> str:
    marks = model._cache_marks()  # noqa: SLF001 - of this project
    if marks is None:
        return "nothing"
    try:
        return f"`{json.dumps(marks.of(point))[1:-1]}`"
    except InvalidRequestError:
        return "–"


def _in_tools(model: ChatModel) -> str:
    marks = model._cache_marks()  # noqa: SLF001 - of this project
    return "the same" if marks is not None and marks.tools is not None else "nothing"
