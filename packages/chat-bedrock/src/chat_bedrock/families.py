"""Which family a model on Bedrock belongs to, and what the family takes.

The family stands in the model's id: ``us.anthropic.claude-sonnet-4-5-…`` is Anthropic's. An
inference profile or an endpoint of one's own (an ARN) may hide it; what is asked for is then sent.
https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
"""

from __future__ import annotations

import re

__all__ = ["family_of", "forces_one_tool", "forces_tools", "takes_unsigned_reasoning"]

_FAMILIES = re.compile(
    r"(?:^|[./:])(ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot(?:ai)?"
    r"|nvidia|openai|qwen|writer|xai|zai)\."
)

_FORCES_TOOLS = frozenset({"amazon", "anthropic", "mistral"})
_FORCES_ONE_TOOL = frozenset({"amazon", "anthropic"})
_REFUSES_UNSIGNED = frozenset({"anthropic", "deepseek"})


def family_of(model: str) -> str | None:
    """The vendor in the id of ``model``; ``None`` if it names none."""
    found = _FAMILIES.search(model.lower())
    return found[1] if found else None


def forces_tools(model: str) -> bool:
    """Whether ``toolChoice`` may be ``any``."""
    return family_of(model) in (None, *_FORCES_TOOLS)


def forces_one_tool(model: str) -> bool:
    """Whether ``toolChoice`` may name a tool."""
    return family_of(model) in (None, *_FORCES_ONE_TOOL)


def takes_unsigned_reasoning(model: str) -> bool:
    """Whether reasoning without a signature may be sent back.

    Claude refuses it, and so does DeepSeek ("User messages cannot contain reasoning content",
    langchain-ai/langchain-aws#401).
    """
    return family_of(model) not in _REFUSES_UNSIGNED
