"""Schemas for vendors that compile them: limits become hints, what has no shape is refused."""

from __future__ import annotations

from typing import Any

import pytest
from chat_core import InvalidParameterError
from chat_core.provider import to_closed_schema

CITY: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "In English", "maxLength": 40},
        "founded": {"type": "string", "format": "date"},
        "rivers": {"type": "array", "items": {"$ref": "#/$defs/River"}, "minItems": 1},
        "twin": {"oneOf": [{"type": "string", "format": "slug"}, {"type": "null"}]},
    },
    "required": ["name"],
    "$defs": {"River": {"type": "object", "properties": {"km": {"type": "number"}, "any": True}}},
}
EMPTY: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


def closed(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return to_closed_schema({"type": "object", "properties": properties, **more}, "Acme")


def test_every_object_is_closed_and_the_given_schema_stays_as_it_was() -> None:
    before = repr(CITY)
    got = to_closed_schema(CITY, "Acme")
    assert got["additionalProperties"] is False
    assert got["$defs"]["River"]["additionalProperties"] is False
    assert got["required"] == ["name"]
    assert "$schema" not in got
    assert repr(CITY) == before


def test_what_only_narrows_a_value_is_moved_into_its_description() -> None:
    got = to_closed_schema(CITY, "Acme")["properties"]
    assert got["name"] == {"type": "string", "description": "In English (maxLength: 40)"}
    assert got["founded"] == {"type": "string", "format": "date"}
    assert got["rivers"] == {"type": "array", "items": {"$ref": "#/$defs/River"}, "minItems": 1}
    assert got["twin"]["anyOf"][0] == {"type": "string", "description": 'format: "slug"'}


def test_an_object_without_keys_may_be_closed_by_its_author() -> None:
    assert closed({"nothing": EMPTY})["properties"]["nothing"] == EMPTY


@pytest.mark.parametrize(
    ("properties", "more", "named"),
    [
        ({"tags": {"type": "object"}}, {}, "open-ended object at the schema.tags"),
        ({"pair": {"prefixItems": []}}, {}, "'prefixItems' at the schema.pair"),
        ({"a": {"$ref": "#/$defs/B"}}, {"$defs": {"B": {"$ref": "#/$defs/B"}}}, "recursion in"),
        ({"a": {"items": [{"$ref": "#"}]}}, {}, "recursion in #"),
        ({"a": {"$ref": "#/$defs/C"}}, {}, "the reference '#/\\$defs/C'"),
    ],
)
def test_what_has_no_closed_shape_is_refused_by_its_place(
    properties: dict[str, Any], more: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidParameterError, match=f"Acme cannot hold.*{named}"):
        closed(properties, **more)
