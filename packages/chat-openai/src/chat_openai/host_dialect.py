"""What a host of ``hosts.py`` does otherwise, as a dialect of Chat Completions."""

from __future__ import annotations

from .dialect import CompatibleDialect
from .hosts import Host

__all__ = ["HostDialect"]


class HostDialect(CompatibleDialect):
    """The wire of one host; what its row leaves open is as at any other server."""

    def __init__(self, host: Host, *, replays_reasoning: bool = True) -> None:
        super().__init__(replays_reasoning=replays_reasoning)
        self.provider = host.id
        self._max_tokens = host.max_tokens.value if host.max_tokens else None
        if host.reasoning:
            first = host.reasoning.value
            others = (field for field in self.reasoning_fields if field != first)
            self.reasoning_fields = (first, *others)
        if host.tool_choices:
            self.tool_choices = frozenset(host.tool_choices.value)
        if host.instead_of_tools:
            self.instead_of_tools = host.instead_of_tools.value
        if host.json_object:
            self.takes_json_object = host.json_object.value
        if host.json_schema:
            self.takes_json_schema = host.json_schema.value
        if host.refused:
            self.refused_parameters = frozenset(host.refused.value)

    def max_tokens_field(self, model: str) -> str:
        """The host's own name of ``max_tokens``, or that of OpenAI's models (``openai/o3``)."""
        return self._max_tokens or super().max_tokens_field(model.removeprefix("openai/"))
