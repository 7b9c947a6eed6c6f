"""Schemas in OpenAI's strict subset, and when a result schema is strict without being asked."""

from __future__ import annotations

import re
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar

import pytest
from chat_completions.strict_schema import strict_schema
from chat_core import HumanMessage, InvalidParameterError
from chat_core.provider import CallOptions, ResponseSchema
from chat_openai import ChatOpenAI, ChatOpenAICompatible
from pydantic import BaseModel, Field


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Home(BaseModel):
    """A place."""

    street: Annotated[str, Field(max_length=5, description="its name")]
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    note: str | None = None


class Node(BaseModel):
    value: int
    children: list[Node]


class Optional(BaseModel):
    name: str
    limit: int = 10


class Open(TypedDict):
    anything: dict[str, Any]


def schema(cls: type[BaseModel]) -> dict[str, Any]:
    return cls.model_json_schema()


def test_objects_are_closed_and_unions_are_any_of() -> None:
    wire = strict_schema(schema(Home))
    assert wire["additionalProperties"] is False
    assert wire["required"] == ["street", "pet", "note"]
    assert wire["properties"]["street"] == {
        "type": "string",
        "title": "Street",
        "description": "its name",
    }
    assert wire["properties"]["pet"]["anyOf"] == [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]
    assert wire["$defs"]["Cat"]["additionalProperties"] is False
    assert "default" not in str(wire)


def test_recursion_goes_through_references() -> None:
    wire = strict_schema(schema(Node))
    assert wire["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert wire["$defs"]["Node"]["required"] == ["value", "children"]


def test_a_reference_with_company_is_written_out() -> None:
    wire = strict_schema(
        {
            "type": "object",
            "properties": {"pet": {"$ref": "#/$defs/Cat", "description": "mine"}},
            "$defs": {"Cat": schema(Cat)},
        }
    )
    assert wire["properties"]["pet"]["description"] == "mine"
    assert wire["properties"]["pet"]["required"] == ["kind"]


def test_definitions_that_contain_each_other_stay_references() -> None:
    def linked(other: str) -> dict[str, Any]:
        link = {"$ref": f"#/$defs/{other}", "description": "the other"}
        return {"type": "object", "properties": {"other": link}, "required": ["other"]}

    wire = strict_schema({**linked("A"), "$defs": {"A": linked("B"), "B": linked("A")}})
    assert wire["properties"]["other"] == {"$ref": "#/$defs/A"}
    assert wire["$defs"]["A"]["properties"]["other"] == {"$ref": "#/$defs/B"}


@pytest.mark.parametrize(
    ("inner", "place"),
    [
        ({"type": "object"}, "open object at the schema.x"),
        ({"type": "object", "properties": {}, "additionalProperties": True}, "open object"),
        ({}, "anything"),
        ({"type": "array"}, "anything"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "prefixItems"),
        ({"allOf": [{"type": "string"}, {"type": "string"}]}, "allOf"),
    ],
)
def test_what_strict_mode_cannot_express_is_refused_by_its_place(
    inner: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidParameterError, match=place):
        strict_schema({"type": "object", "properties": {"x": inner}})


def sent(model: Any, cls: Any, **asked: Any) -> dict[str, Any]:
    """The JSON schema part of a Chat Completions request with structured output."""
    step = model.with_structured_output(cls, **asked).steps[0]
    body = step._encode(step._read("hi"), CallOptions(**step._options), stream=False)
    found: dict[str, Any] = body["response_format"]["json_schema"]
    return found


@pytest.mark.parametrize(
    ("cls", "strict"), [(Home, True), (Node, True), (Optional, None), (Open, None)]
)
def test_a_result_schema_is_strict_by_itself_only_where_that_changes_nothing(
    cls: Any, strict: bool | None
) -> None:
    """An optional property would be forced upon the model, an open object forbidden."""
    assert sent(ChatOpenAI(model="m"), cls).get("strict") is strict


def test_another_server_is_not_made_strict_unasked() -> None:
    model = ChatOpenAICompatible(model="m", base_url="http://127.0.0.1:1/v1")
    assert "strict" not in sent(model, Home)


def test_strict_on_demand_requires_every_property_of_results_and_tools() -> None:
    model = ChatOpenAI(model="m")
    bound = model.bind_tools([Optional], strict=True)
    body = bound._encode(bound._read("hi"), CallOptions(**bound._options), stream=False)
    function = body["tools"][0]["function"]
    assert function["strict"] is True
    assert function["parameters"]["required"] == ["name", "limit"]
    result = sent(model, Optional, strict=True)
    assert result["schema"]["required"] == ["name", "limit"]


T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    item: T


@pytest.mark.parametrize("api", ["chat-completions", "responses"])
@pytest.mark.parametrize(
    ("cls", "name"), [(Box[int], "Box_int"), (Box[dict[str, Box[int]]], "Box_dict_str_Box_int")]
)
def test_the_name_of_a_generic_model_has_openais_characters(api: Any, cls: Any, name: str) -> None:
    model = ChatOpenAI(model="m", api=api)
    asked = ResponseSchema(cls.__name__, schema(cls))
    sent = model._encode([HumanMessage("q")], CallOptions(response_schema=asked), stream=False)
    shape = sent["text"]["format"] if api == "responses" else sent["response_format"]["json_schema"]
    assert shape["name"].startswith(name)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", shape["name"])
