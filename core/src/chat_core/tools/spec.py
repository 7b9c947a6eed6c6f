"""What one call may ask of any vendor, in our words: tools, the choice among them, a result schema.

Encoders turn these into their vendor's shape. Settings that are numbers or names (temperature,
seed) are fields of the model class instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..json_text import JSONObject

__all__ = ["CallOptions", "ResponseSchema", "ToolSpec", "joined"]


@dataclass(slots=True, frozen=True)
class ToolSpec:
    """A function the model may call. ``parameters`` is a JSON schema of an object."""

    name: str
    description: str = ""
    parameters: JSONObject = field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None
    extras: JSONObject = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class ResponseSchema:
    """A JSON schema that the whole answer must follow, where the vendor has that natively."""

    name: str
    schema: JSONObject
    description: str = ""
    strict: bool | None = None


@dataclass(slots=True, frozen=True)
class CallOptions:
    """What ``bind_tools`` and ``with_structured_output`` ask for.

    ``tools`` holds ``ToolSpec`` and, verbatim, dicts in the vendor's own shape. What encoders get
    holds no ``ServerTool``: those are in the vendor's shape by then (``server_tool_table.py``).
    ``tool_choice`` is ``"auto"``, ``"none"``, ``"any"``, the name of one tool, or a dict in the
    vendor's shape. ``json_mode`` asks for any JSON object. ``extra_headers``, ``extra_query`` and
    ``extra_body`` are added to the request's headers, query and body as they are.
    ``tool_body`` is what server tools add to the body: its dicts and lists are joined with those of
    the encoded body. ``secrets`` are texts in the request that no error may show.
    ``idempotency_key`` goes with every attempt of the call, in the header that the model's class
    names (``ChatModel.idempotency_header``).
    """

    tools: tuple[ToolSpec | JSONObject, ...] = ()
    tool_choice: str | JSONObject | None = None
    parallel_tool_calls: bool | None = None
    response_schema: ResponseSchema | None = None
    json_mode: bool = False
    extra_headers: dict[str, str] = field(default_factory=dict)
    extra_query: JSONObject = field(default_factory=dict)
    extra_body: JSONObject = field(default_factory=dict)
    idempotency_key: str | None = None
    tool_body: JSONObject = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def completed(self, body: JSONObject) -> JSONObject:
        """An encoded ``body`` with ``tool_body`` joined and ``extra_body`` on top."""
        if self.tool_body:
            body = joined(body, self.tool_body)
        return {**body, **self.extra_body} if self.extra_body else body


def joined(first: Any, second: Any) -> Any:
    """Both values as one: keys of dicts and items of lists together; of others the second."""
    if isinstance(first, dict) and isinstance(second, dict):
        both = {**first, **second}
        return {
            key: joined(first[key], second[key]) if key in first and key in second else value
            for key, value in both.items()
        }
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return [*first, *(item for item in second if item not in first)]
    return second
