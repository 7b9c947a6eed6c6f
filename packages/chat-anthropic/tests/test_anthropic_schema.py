"""JSON schemas in the vendor's subset: what stays, what becomes a hint, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from chat_anthropic.encode_tools import to_native_schema
from chat_core import InvalidParameterError

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "Full name"},
        "age": {"type": "integer", "minimum": 0},
        "home": {"$ref": "#/$defs/Home"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        "mail": {"type": "string", "format": "email"},
        "kind": {"oneOf": [{"const": "a"}, {"type": "null"}]},
    },
    "required": ["name"],
    "$defs": {"Home": {"type": "object", "properties": {"city": {"enum": ["Ulm"]}}}},
}


def test_the_shape_stays_and_every_object_is_closed() -> None:
    got = to_native_schema(PERSON)
    assert got["required"] == ["name"]
    assert got["additionalProperties"] is False
    assert got["$defs"]["Home"] == {
        "type": "object",
        "properties": {"city": {"enum": ["Ulm"]}},
        "additionalProperties": False,
    }
    assert got["properties"]["home"] == {"$ref": "#/$defs/Home"}
    assert got["properties"]["mail"] == {"type": "string", "format": "email"}


def test_what_only_narrows_a_value_becomes_a_hint() -> None:
    fields = to_native_schema(PERSON)["properties"]
    assert fields["name"] == {"type": "string", "description": "Full name (minLength: 1)"}
    assert fields["age"] == {"type": "integer", "description": "minimum: 0"}
    assert fields["tags"]["description"] == "maxItems: 3"


def test_one_of_becomes_any_of() -> None:
    kind = to_native_schema(PERSON)["properties"]["kind"]
    assert kind == {"anyOf": [{"const": "a"}, {"type": "null"}]}


def test_the_schema_given_is_not_changed() -> None:
    before = repr(PERSON)
    to_native_schema(PERSON)
    assert repr(PERSON) == before


def field(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}}


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        (field({"type": "object", "additionalProperties": {"type": "integer"}}), r"the schema\.x"),
        (field({"type": "object"}), r"the schema\.x"),
        (field({"type": "array", "prefixItems": [{"type": "string"}]}), "prefixItems"),
        ({"type": "object", "properties": {"next": {"$ref": "#"}}}, "recursion"),
        (
            {
                "$ref": "#/$defs/Node",
                "$defs": {"Node": field({"items": {"$ref": "#/$defs/Node"}, "type": "array"})},
            },
            "Node",
        ),
        (field({"$ref": "https://example.org/x.json"}), "example.org"),
    ],
)
def test_what_cannot_be_expressed_is_named_with_a_way_out(
    schema: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidParameterError, match=named) as caught:
        to_native_schema(schema)
    assert "function_calling" in caught.value.message


def test_an_object_without_fields_is_fine_when_it_is_closed() -> None:
    closed = {"type": "object", "properties": {}, "additionalProperties": False}
    assert to_native_schema(closed) == closed


def test_a_shared_definition_is_no_recursion() -> None:
    ref = {"$ref": "#/$defs/P"}
    point = {"type": "object", "properties": {"x": {"type": "number"}}}
    line = {"type": "object", "properties": {"a": ref, "b": ref}, "$defs": {"P": point}}
    assert to_native_schema(line)["properties"] == {"a": ref, "b": ref}
