"""What one call may ask of any vendor, in our words: tools, the choice among them, a result schema.

Encoders turn these into their vendor's shape. Settings that are numbers or names (temperature,
seed) are fields of the model class instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..json_text import JSONObject

__all__ = ["CallOptions", "ResponseSchema", "ToolSpec"]


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
