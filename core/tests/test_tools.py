"""Tools: schemas from functions and classes, calls with what a model asks, and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, Optional, TypedDict

import pytest
from chat_core.errors import InvalidParameterError, ToolInputError
from chat_core.messages.blocks import ToolCall
from chat_core.messages.message import ToolMessage
from chat_core.testing import FakeChatModel
from chat_core.tools.spec import ToolSpec
from chat_core.tools.tool import Tool, to_tool_spec, tool
from pydantic import BaseModel, Field


class Place(BaseModel):
    """Where."""

    title: str
    number: int = 1


def book(
    guests: int,
    place: Place,
    day: Annotated[date, Field(description="the day")],
    kind: Literal["lunch", "dinner"] = "dinner",
    note: str | None = None,
    *,
    tags: list[str],
) -> str:
    """Book a table.

    Ask first.

    Args:
        guests: how many come,
            children included
        day: not this one
        note (str): for the waiter: "quiet, please"

    Returns:
        the number of the booking
    """
    return f"{guests} at {place.title} on {day} for {kind}, {tags}"


def test_a_functions_schema_comes_from_its_hints_and_docstring() -> None:
    spec = to_tool_spec(book)
    assert isinstance(spec, ToolSpec)
    assert spec.name == "book"
    assert spec.description == "Book a table.\n\nAsk first."
    assert spec.parameters["required"] == ["guests", "place", "day", "tags"]
    assert spec.parameters["type"] == "object"
    properties = spec.parameters["properties"]
    assert properties["guests"] == {
        "type": "integer",
        "description": "how many come, children included",
    }
    assert properties["day"] == {"type": "string", "format": "date", "description": "the day"}
    assert properties["kind"] == {
        "type": "string",
        "enum": ["lunch", "dinner"],
        "default": "dinner",
    }
    assert properties["note"]["description"] == 'for the waiter: "quiet, please"'
    assert properties["note"]["default"] is None
    assert properties["tags"] == {"type": "array", "items": {"type": "string"}}
    assert properties["place"] == {"$ref": "#/$defs/Place"}
    assert spec.parameters["$defs"]["Place"]["properties"]["title"] == {"type": "string"}


def test_classes_describe_a_tool_by_their_fields() -> None:
    class Search(BaseModel):
        """Look something up.

        Args:
            query: what to look for
        """

        query: str
        title: str = ""

    class Typed(TypedDict):
        """Typed."""

        x: int

    @dataclass
    class Data:
        x: int

    spec = to_tool_spec(Search)
    assert isinstance(spec, ToolSpec)
    assert (spec.name, spec.description) == ("Search", "Look something up.")
    assert spec.parameters == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "what to look for"},
            "title": {"type": "string", "default": ""},
        },
        "required": ["query"],
    }
    one_int = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    assert to_tool_spec(Typed) == ToolSpec("Typed", "Typed.", one_int)
    assert to_tool_spec(Data) == ToolSpec("Data", "", one_int)


EMPTY = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("wire", "spec"),
    [
        (
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": EMPTY, "strict": True},
            },
            ToolSpec("f", "d", EMPTY, True),
        ),
        ({"type": "function", "function": {"name": "f"}}, ToolSpec("f")),
        ({"type": "function", "name": "f", "parameters": EMPTY}, ToolSpec("f")),
        ({"name": "f", "description": "d", "parameters": EMPTY}, ToolSpec("f", "d")),
        ({"name": "f", "input_schema": EMPTY}, ToolSpec("f")),
        (
            {"title": "f", "description": "d", "type": "object", "properties": {"a": {}}},
            ToolSpec("f", "d", {"type": "object", "properties": {"a": {}}}),
        ),
    ],
)
def test_known_shapes_of_dicts_are_read(wire: dict[str, Any], spec: ToolSpec) -> None:
    assert to_tool_spec(wire) == spec


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "web_search"},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"google_search": {}},
        {"google_search": {}, "url_context": {}},
        {"name": "f", "input_schema": EMPTY, "cache_control": {"type": "ephemeral"}},
        {"type": "custom", "name": "f", "format": {"type": "text"}},
        {"type": "function", "function": {"name": "f", "vendor": 1}},
    ],
)
def test_any_other_dict_goes_to_the_vendor_verbatim(wire: dict[str, Any]) -> None:
    assert to_tool_spec(wire) is wire


class VendorTool(BaseModel):
    max_uses: int | None = Field(default=None, alias="maxUses")
    domains: list[str] | None = None


def test_an_object_of_a_vendor_s_own_type_goes_as_its_json() -> None:
    assert to_tool_spec(VendorTool(maxUses=3)) == {"maxUses": 3}


def starred(*numbers: int) -> None: ...


def unresolvable(x: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821


class Odd:
    """Of no use to JSON."""


def unspeakable(x: Odd) -> None: ...


@pytest.mark.parametrize(
    ("thing", "complaint"),
    [
        (lambda x: x, "'<lambda>' is no name for a tool"),
        (starred, r"takes \*numbers.*named one by one"),
        (unresolvable, "type hints of unresolvable cannot be read: .*Nowhere"),
        (unspeakable, "No JSON schema can be made of unspeakable"),
        (3, "A tool is a typed function.*got int: 3"),
        (int, "int is a plain class"),
        ({}, "keys none"),
        ({"a": 1, "b": 2}, r"keys \['a', 'b'\]"),
        ({"type": "object", "properties": {}}, 'named by its "title"; this one has none'),
        ({"type": "function", "function": {"description": "d"}}, "A tool needs a name; got None"),
    ],
)
def test_what_gives_no_schema_is_refused_with_the_reason(thing: Any, complaint: str) -> None:
    with pytest.raises(InvalidParameterError, match=complaint):
        to_tool_spec(thing)


# --- use_run_context


@tool
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


def test_a_tool_converts_its_arguments_and_keeps_the_functions_defaults() -> None:
    assert add.invoke({"a": "3"}) == 5
    assert asyncio.run(add.ainvoke({"a": 1, "b": 1})) == 2
    assert add(4, 4) == 8
    booking = tool(book).invoke(
        {"guests": 2, "place": {"title": "Sea"}, "day": "2025-01-02", "tags": ["x"]}
    )
    assert booking == "2 at Sea on 2025-01-02 for dinner, ['x']"


def test_a_tool_of_one_parameter_takes_the_bare_value() -> None:
    @tool
    def shout(text: str) -> str:
        """Shout."""
        return text.upper()

    assert shout.invoke("a") == "A"
    with pytest.raises(ToolInputError, match="takes a dict with a, b; got str: 'x'"):
        add.invoke("x")


def test_a_tool_call_is_answered_by_its_tool_message() -> None:
    message = add.invoke(ToolCall("add", {"a": 1}, "call_1"))
    assert message == ToolMessage("3", "call_1", name="add")

    @tool
    def find(q: Optional[str] = None) -> dict[str, Any]:  # noqa: UP045 - users write it so
        """Find."""
        return {"found": ["ä"], "at": date(2025, 1, 2)}

    assert find.invoke(ToolCall("find", {}, "c")).content == '{"found": ["ä"], "at": "2025-01-02"}'


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "a: Field required"),
        ({"a": "three"}, "a: Input should be a valid integer"),
        ({"a": 1, "c": 1}, "c: Extra inputs are not permitted"),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ToolInputError, match=f"'add' was called wrongly: .*{complaint}"):
        add.invoke(arguments)


def test_async_tools_run_on_the_loop_and_parameters_may_have_any_name() -> None:
    @tool("fetch_it", description="Fetch.")
    async def fetch(function: str, run_context: int, schema: str, value: str = "v") -> str:
        await asyncio.sleep(0)
        return f"{function} {run_context} {schema} {value}"

    assert isinstance(fetch, Tool)
    assert (fetch.name, fetch.description) == ("fetch_it", "Fetch.")
    arguments = {"function": "f", "run_context": 1, "schema": "s"}
    assert asyncio.run(fetch.ainvoke(arguments)) == "f 1 s v"
    with pytest.raises(InvalidParameterError, match=r"^fetch is async"):
        fetch.invoke(arguments)


def test_a_partial_and_an_object_that_can_be_called_are_tools_too() -> None:
    def weigh(thing: str, unit: str) -> str:
        """Weigh it."""
        return f"{thing} in {unit}"

    class Scale:
        """A scale."""

        def __call__(self, thing: str) -> str:
            return thing

    weigh_grams = Tool(partial(weigh, unit="g"))
    assert (weigh_grams.name, weigh_grams.description) == ("weigh", "Weigh it.")
    assert weigh_grams.invoke({"thing": "fish"}) == "fish in g"
    assert Tool(Scale()).name == "Scale"
    assert Tool(Scale()).invoke({"thing": "fish"}) == "fish"


def test_tools_bind_to_a_model_as_they_are() -> None:
    model = FakeChatModel(responses=["x"]).bind_tools([add, book, {"type": "web_search"}])
    assert model.invoke("x").content == "x"


def test_a_decorator_of_something_else_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="@tool takes a function or a name; got 3"):
        tool(3)  # type: ignore[call-overload]
