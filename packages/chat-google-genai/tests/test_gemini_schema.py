"""JSON schemas in Google's subset: rewritten, described, or refused."""

from __future__ import annotations

import copy
from typing import Any, Literal

import pytest
from chat_conformance.recordings import Recording, recording_params
from chat_core import InvalidParameterError
from chat_google_genai.schema import express, express_arguments
from pydantic import BaseModel, Field


def expressed(schema: dict[str, Any]) -> dict[str, Any]:
    given = copy.deepcopy(schema)
    result = express(schema, what="the schema")
    assert schema == given, "the argument must stay as it was"
    return result


@pytest.mark.parametrize(
    ("schema", "ours"),
    [
        ({"const": "a"}, {"enum": ["a"], "type": "string"}),
        ({"const": 1}, {"enum": [1]}),
        ({"const": True}, {"type": "boolean", "description": "(one of [true])"}),
        (
            {"enum": ["a", None], "description": "d"},
            {"description": "d", "anyOf": [{"enum": ["a"], "type": "string"}, {"type": "null"}]},
        ),
        ({"enum": [1, None]}, {"anyOf": [{"enum": [1]}, {"type": "null"}]}),
        ({"const": None}, {"anyOf": [{"type": "null"}]}),
        ({"enum": [{"a": 1}]}, {"description": '(one of [{"a": 1}])'}),
        (
            {"allOf": [{"type": "string"}], "description": "d"},
            {"type": "string", "description": "d"},
        ),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"type": "string", "title": "T", "$schema": "x", "examples": []}, {"type": "string"}),
        ({"type": "integer", "default": 3}, {"type": "integer", "description": "(default: 3)"}),
        ({"type": "string", "default": None}, {"type": "string"}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "uuid"}, {"type": "string", "description": "(format: uuid)"}),
        (
            {"type": "string", "pattern": "^a", "minLength": 2, "description": "An a."},
            {"type": "string", "description": 'An a. (pattern: "^a"; minLength: 2)'},
        ),
        (
            {"exclusiveMinimum": 0, "type": "number"},
            {"type": "number", "description": "(exclusiveMinimum: 0)"},
        ),
        ({"minimum": 0, "maximum": 9, "type": "integer"},) * 2,
        ({"type": "array", "items": {"const": 1}}, {"type": "array", "items": {"enum": [1]}}),
        ({"type": "object", "additionalProperties": False},) * 2,
        (
            {"type": "object", "additionalProperties": {"const": 1}},
            {"type": "object", "additionalProperties": {"enum": [1]}},
        ),
        ({"items": True}, {"items": True}),
        (
            {"properties": {"title": {"type": "string"}, "const": True}},
            {"properties": {"title": {"type": "string"}, "const": {}}},
        ),
        ({"anyOf": [{"const": 1}, {"type": "null"}]}, {"anyOf": [{"enum": [1]}, {"type": "null"}]}),
        ({"prefixItems": [{"const": 1}]}, {"prefixItems": [{"enum": [1]}]}),
        (
            {"$defs": {"A": {"const": 1}}, "$ref": "#/$defs/A", "title": "T"},
            {"$defs": {"A": {"enum": [1]}}, "$ref": "#/$defs/A"},
        ),
        (
            {"definitions": {"A": {"type": "string"}}, "items": {"$ref": "#/definitions/A"}},
            {"$defs": {"A": {"type": "string"}}, "items": {"$ref": "#/$defs/A"}},
        ),
        (
            {"$defs": {"A": {}}, "items": {"$ref": "#/$defs/A", "description": "d"}},
            {"$defs": {"A": {}}, "items": {"description": "d", "anyOf": [{"$ref": "#/$defs/A"}]}},
        ),
    ],
)
def test_what_googles_schema_can_express_is_expressed(
    schema: dict[str, Any], ours: dict[str, Any]
) -> None:
    assert expressed(schema) == ours


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("not", {}),
        ("if", {}),
        ("allOf", [{}, {}]),
        ("patternProperties", {"^a": {}}),
        ("dependentRequired", {"a": ["b"]}),
        ("contains", {}),
        ("unevaluatedProperties", False),
    ],
)
def test_what_googles_schema_cannot_express_is_refused_by_name_and_place(
    keyword: str, value: Any
) -> None:
    schema = {"type": "object", "properties": {"deep": {"items": {keyword: value}}}}
    with pytest.raises(InvalidParameterError, match=rf"the schema, deep, items.*'{keyword}'"):
        expressed(schema)


def test_a_reference_to_elsewhere_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match=r"https://x.*\$defs"):
        expressed({"items": {"$ref": "https://x/schema"}})


@pytest.mark.parametrize("schema", [False, "string", 3])
def test_a_schema_that_is_none_is_refused(schema: Any) -> None:
    with pytest.raises(InvalidParameterError, match="cannot express the schema"):
        expressed({"properties": {"a": schema}})


def test_a_cycle_through_required_properties_is_refused() -> None:
    node = {"properties": {"next": {"$ref": "#/$defs/Node"}}, "required": ["next"]}
    with pytest.raises(InvalidParameterError, match=r"cycle.*Make one of them optional"):
        expressed({"$defs": {"Node": node}, "$ref": "#/$defs/Node"})


def test_a_cycle_through_an_optional_property_is_fine() -> None:
    node = {"properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema = {"$defs": {"Node": node}, "properties": {"a": {"$ref": "#/$defs/Node"}}}
    assert expressed(schema) == schema


def test_a_pydantic_model_with_everything_common_is_expressed() -> None:
    class Inner(BaseModel):
        kind: Literal["a"] = "a"

    class Outer(BaseModel):
        title: str = Field(pattern="^x")
        inner: Inner = Field(description="The inner one.")
        count: int | None = None
        many: list[Inner] = []

    got = expressed(Outer.model_json_schema())
    assert got["required"] == ["title", "inner"]
    assert got["properties"]["inner"] == {
        "anyOf": [{"$ref": "#/$defs/Inner"}],
        "description": "The inner one.",
    }
    assert got["properties"]["count"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]


@pytest.mark.parametrize("recording", recording_params("google-genai", "generate-content"))
def test_every_recorded_schema_of_a_tool_can_be_expressed(recording: Recording) -> None:
    """Recorded requests were accepted, so nothing in their schemas may be refused."""
    tools = (recording.request or {}).get("tools") or []
    for tool in tools if isinstance(tools, list) else [tools]:
        for declared in tool.get("functionDeclarations") or ():
            for key in ("parameters_json_schema", "parametersJsonSchema"):
                if key in declared:
                    assert expressed(declared[key])


NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"type": "string"}}},
        {"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {}},
        {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}},
        {"$ref": "#/$defs/Other", "$defs": {"Node": NODE, "Other": {"$ref": "#/$defs/Node"}}},
    ],
)
def test_the_arguments_of_a_tool_are_an_object_at_the_root(schema: dict[str, Any]) -> None:
    got = express_arguments(schema, what="tool 'f'")
    assert got["type"] == "object"
    assert "properties" in got
    assert "$ref" not in got


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"type": "array", "items": {}}, {"$ref": "#/$defs/Missing"}]
)
def test_arguments_that_are_no_object_are_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match="the arguments of a tool are an object"):
        express_arguments(schema, what="tool 'f'")
