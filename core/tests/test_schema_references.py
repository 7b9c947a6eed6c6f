"""References of a JSON schema: those to nothing are refused wherever a schema is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chat_core.errors import InvalidParameterError
from chat_core.models.answer_schema import read_answer_schema
from chat_core.provider import ToolSpec, object_schema, to_tool_spec
from chat_core.testing import FakeChatModel
from chat_core.tools.references import refuse_dangling_references
from pydantic import BaseModel

POND = {"type": "object", "properties": {"depth": {"type": "number"}}}


def fish(home: Any, **more: Any) -> dict[str, Any]:
    """A schema with the property ``home``."""
    return {"title": "Fish", "type": "object", "properties": {"home": home}, **more}


DANGLING = {
    "no definitions": (fish({"$ref": "#/$defs/Pond"}), "#/$defs/Pond"),
    "another name": (fish({"$ref": "#/$defs/pond"}, **{"$defs": {"Pond": POND}}), "#/$defs/Pond"),
    "the older group": (fish({"$ref": "#/definitions/Pond"}, **{"$defs": {"Pond": POND}}), "Pond"),
    "in a list": (fish({"type": "array", "items": {"$ref": "#/$defs/Lake"}}), "#/$defs/Lake"),
    "in a choice": (fish({"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Lake"}]}), "Lake"),
    "in a definition": (
        fish({"$ref": "#/$defs/Pond"}, **{"$defs": {"Pond": {"items": {"$ref": "#/$defs/Eel"}}}}),
        "#/$defs/Eel",
    ),
    "an anchor": (fish({"$ref": "#pond"}), "#pond"),
    "a bare name": (fish({"$ref": "Pond"}), "Pond"),
    "a property of that name": (fish({"$ref": "#/properties/lake"}), "#/properties/lake"),
    "another document": (fish({"$ref": "lake.json#/$defs/P"}, **{"$id": "fish.json"}), "lake.json"),
    "a place of its own document": (
        fish({"$ref": "f.json#/$defs/P"}, **{"$id": "f.json"}),
        "f.json",
    ),
    "no text": (fish({"$ref": 7}), "7"),
}


@pytest.mark.parametrize("name", DANGLING)
def test_a_reference_to_nothing_is_refused_with_its_target(name: str) -> None:
    schema, target = DANGLING[name]
    inner = {key: value for key, value in schema.items() if key != "title"}
    openai = {"type": "function", "function": {"name": "fish", "parameters": inner}}
    given: list[Callable[[], object]] = [
        lambda: to_tool_spec(schema),
        lambda: to_tool_spec(ToolSpec("fish", "", inner)),
        lambda: to_tool_spec(openai),
        lambda: to_tool_spec({**openai, "cache_control": {"type": "ephemeral"}}),
        lambda: to_tool_spec({"name": "fish", "input_schema": inner, "eager": True}),
        lambda: read_answer_schema(schema),
        lambda: FakeChatModel(responses=["x"]).bind_tools([schema]),
        lambda: FakeChatModel(responses=["x"]).with_structured_output(schema),
    ]
    for read in given:
        with pytest.raises(InvalidParameterError, match=r"schema of .*\$?ref") as refusal:
            read()
        assert target in str(refusal.value)


def test_the_definitions_that_there_are_stand_in_the_error() -> None:
    schema = fish({"$ref": "#/$defs/Lake"}, **{"$defs": {"Pond": POND}})
    with pytest.raises(InvalidParameterError, match=r"'Fish'.*there are #/\$defs/Pond"):
        to_tool_spec(schema)


@pytest.mark.parametrize(
    "schema",
    [
        fish({"$ref": "#/$defs/Pond"}, **{"$defs": {"Pond": POND}}),
        fish({"$ref": "#/definitions/Pond"}, definitions={"Pond": POND}),
        fish({"$ref": "#"}),
        fish({"$ref": "#/$defs/a~1b%20c"}, **{"$defs": {"a/b c": POND}}),
        fish({"$ref": "#/$defs/Pond/anyOf/0"}, **{"$defs": {"Pond": {"anyOf": [POND]}}}),
        fish({"$ref": "#pond"}, **{"$defs": {"Pond": {**POND, "$anchor": "pond"}}}),
        fish({"$ref": "https://example.org/pond.json"}),
        fish({"$ref": ""}),
        fish({"$ref": "#/$defs/a%20b"}, **{"$defs": {"a%20b": POND}}),
        fish({"$ref": "fish.json#/$defs/Pond"}, **{"$id": "fish.json", "$defs": {"Pond": POND}}),
        fish(
            {"$ref": "fish.json#pond"},
            **{"$id": "https://example.org/fish.json", "$defs": {"P": {"$anchor": "pond"}}},
        ),
        fish(POND, dependentRequired={"$ref": ["home"]}),
        fish(POND, dependencies={"$ref": ["home"], "home": POND}),
        fish(POND, **{"$defs": None}),
        fish({"type": "object", "const": {"$ref": "#/$defs/Pond"}}),
        fish({"type": "object", "default": {"$ref": "#/$defs/Pond"}}),
        {"title": "Fish", "type": "object", "properties": {"$ref": {"type": "string"}}},
        fish({"$ref": "#/$defs/P"}, **{"$defs": {"P": {"items": {"$ref": "#/$defs/P"}}}}),
    ],
)
def test_what_leads_somewhere_or_is_no_reference_is_taken(schema: dict[str, Any]) -> None:
    refuse_dangling_references(schema, "the tool 'Fish'")
    assert isinstance(to_tool_spec(schema), ToolSpec)
    read_answer_schema(schema)


@pytest.mark.parametrize("group", ["$defs", "definitions"])
def test_definitions_of_a_list_stay_where_its_references_lead(group: str) -> None:
    schema = {"title": "Ponds", "type": "array", "items": {"$ref": f"#/{group}/Pond"}}
    parameters = read_answer_schema({**schema, group: {"Pond": POND}}).spec.parameters
    assert parameters[group] == {"Pond": POND}


@pytest.mark.parametrize(
    ("target", "moved"),
    [("#", "#/properties/value"), ("#/items/anyOf/0", "#/properties/value/items/anyOf/0")],
)
def test_references_of_a_list_to_itself_lead_to_where_the_list_is_sent(
    target: str, moved: str
) -> None:
    items = {"anyOf": [POND, {"$ref": target}]}
    schema = {"title": "Ponds", "type": "array", "items": items}
    sent = read_answer_schema(schema).spec.parameters["properties"]["value"]
    assert sent["items"]["anyOf"][1] == {"$ref": moved}
    assert items["anyOf"][1] == {"$ref": target}


def test_a_reference_that_stands_at_two_places_as_one_dict_is_moved_once() -> None:
    itself = {"$ref": "#"}
    schema = {"title": "Ponds", "type": "array", "items": {"anyOf": [itself, POND, itself]}}
    sent = read_answer_schema(schema).spec.parameters["properties"]["value"]["items"]["anyOf"]
    assert (sent[0], sent[2]) == ({"$ref": "#/properties/value"},) * 2


@pytest.mark.parametrize("word", ["anyOf", "oneOf", "allOf"])
def test_references_into_the_alternatives_of_a_root_lead_to_them_after_they_are_one_object(
    word: str,
) -> None:
    lake = {"type": "object", "properties": {"twin": {"$ref": f"#/{word}/0"}}}
    schema = {"type": "object", word: [POND, lake]}
    sent = object_schema(schema)
    refuse_dangling_references(sent, "the tool 'Lake'")
    assert sent["properties"]["twin"] == {"$ref": f"#/$defs/Alternatives/{word}/0"}
    assert sent["$defs"]["Alternatives"][word][0] == POND
    assert lake["properties"] == {"twin": {"$ref": f"#/{word}/0"}}
    assert isinstance(to_tool_spec({"name": "lake", "parameters": {word: [POND, lake]}}), ToolSpec)


class Eel(BaseModel):
    """An eel with its young."""

    young: list[Eel] = []


@pytest.mark.parametrize("kind", [Eel, list[Eel], dict[str, Eel], Eel | None])
def test_recursive_types_are_taken(kind: Any) -> None:
    read_answer_schema(kind)
