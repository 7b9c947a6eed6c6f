"""Tools: schemas from functions and classes, calls with what a model asks, and what is refused."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Generic, Literal, Optional, TypedDict, TypeVar

import pytest
from chat_core.errors import InvalidParameterError, ToolInputError
from chat_core.messages.blocks import ImageBlock, InvalidToolCall, TextBlock, ToolCall
from chat_core.messages.message import ToolMessage
from chat_core.runnables import RunnablePassthrough
from chat_core.runs.config import RunConfig
from chat_core.testing import FakeChatModel
from chat_core.tools.docstrings import split_docstring
from chat_core.tools.names import schema_name
from chat_core.tools.spec import ToolSpec
from chat_core.tools.tool import Tool, to_tool_spec, tool
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel
from typing_extensions import Doc


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
        (unspeakable, "'unspeakable': the parameter 'x' has the type Odd, which JSON cannot"),
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


# --- what models and users write


class Leaf(BaseModel):
    model_config = ConfigDict(strict=True)
    day: date
    span: tuple[int, int]
    leaves: list[Leaf] = []


Item = TypeVar("Item")


class Pair(BaseModel, Generic[Item]):
    left: Item


def test_a_recursive_class_is_an_object_at_its_root() -> None:
    """Its definitions stay, because its own fields refer to them."""
    spec = to_tool_spec(Leaf)
    assert isinstance(spec, ToolSpec)
    assert spec.parameters["type"] == "object"
    assert spec.parameters["properties"].keys() == {"day", "span", "leaves"}
    assert spec.parameters["properties"]["leaves"]["items"] == {"$ref": "#/$defs/Leaf"}
    assert "Leaf" in spec.parameters["$defs"]


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (Leaf, "Leaf"),
        (Pair[int], "Pair_int"),
        (Pair[list[Leaf]], "Pair_list_Leaf"),
        (list[Leaf], "list_Leaf"),
        (Leaf | None, "Leaf_None"),
        ("My answer: v1.5", "My_answer_v1_5"),
        ("_private", "_private"),
        ("größe", "gr_e"),
        ("!", "schema"),
    ],
)
def test_the_name_of_a_schema_has_the_alphabet_of_vendors(annotation: Any, name: str) -> None:
    """Letters, digits, underscores and hyphens."""
    assert schema_name(annotation) == name


def test_a_long_name_is_cut_and_stays_apart_from_others() -> None:
    """64 characters are what the narrowest vendor takes."""
    first, second = (schema_name("a" * 100 + end) for end in "xy")
    assert first != second
    assert {len(first), len(second)} == {64}
    spec = to_tool_spec({"title": "b" * 100, "type": "object", "properties": {}})
    assert len(spec.name) == 64  # type: ignore[union-attr]


class Depth(BaseModel):
    """A lake's depth."""

    metres: float = float("nan")
    most: float | None = float("-inf")
    samples: list[float] = [1.0, float("nan")]
    least: float = 0.5


def test_a_default_that_json_cannot_hold_is_left_out_of_the_schema() -> None:
    def sound(metres: float = float("inf"), least: float = 0.5) -> float:
        """Sound a lake."""
        return metres

    for thing in (Depth, sound):
        spec: Any = to_tool_spec(thing)
        fields = spec.parameters["properties"]
        assert {name for name, field in fields.items() if "default" in field} == {"least"}
        assert fields["least"]["default"] == 0.5
        assert "required" not in spec.parameters
    assert tool(sound).invoke({}) == float("inf")


def test_a_class_that_is_no_object_is_no_tool() -> None:
    """Arguments are always an object; a list can be an answer, and not the arguments of a tool."""
    with pytest.raises(InvalidParameterError, match=r"JSON array.*with_structured_output"):
        to_tool_spec(RootModel[list[int]])


@tool
def plan(
    city: str = Field(description="where to"),
    days: Annotated[int, Field(gt=0, description="how long")] = 3,
    tags: list[str] = Field(default_factory=lambda: ["new"], max_length=2),  # noqa: B008 - so do users
    kind: Annotated[str, "what for", Field("work", min_length=2)] = "rest",
    pet: Annotated[int, Doc("how many pets")] = 0,
) -> Any:
    """Plan it."""
    return city, days, tags, kind, pet


def test_field_gives_description_default_and_limits_wherever_it_stands() -> None:
    """As a default, as in FastAPI, and in ``Annotated``; a plain text describes too."""
    properties = plan.spec.parameters["properties"]
    assert [properties[name].get("description") for name in properties] == [
        "where to",
        "how long",
        None,
        "what for",
        "how many pets",
    ]
    assert plan.spec.parameters["required"] == ["city"]
    assert plan.invoke({"city": "P"}) == ("P", 3, ["new"], "rest", 0)
    assert plan("P") == ("P", 3, ["new"], "rest", 0)
    for wrong in ({}, {"city": "P", "days": 0}, {"city": "P", "tags": ["a", "b", "c"]}):
        with pytest.raises(ToolInputError):
            plan.invoke(wrong)


GOOGLE = """Add.

More.

Args:
    a (dict[str, "x:y"]): the first,
        with more
    *b: the rest

Returns:
    the sum
"""
NUMPY = """Add.

More.

Parameters
----------
a : dict of str
    the first,
    with more
b, c
    the rest

Returns
-------
int
    the sum
"""
SPHINX = """Add.

More.

:param a: the first,
    with more
:param int b: the rest
:type a: dict
:returns: the sum
"""


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["Google", "NumPy", "Sphinx"])
def test_docstrings_of_three_styles_describe_parameters(text: str) -> None:
    """Whatever the style, the prose is what comes before its sections."""
    prose, about = split_docstring(text)
    assert prose == "Add.\n\nMore."
    assert (about["a"], about["b"]) == ("the first, with more", "the rest")
    assert about.keys() <= {"a", "b", "c"}


def test_reading_a_docstring_takes_time_in_proportion_to_its_length() -> None:
    """100 kB of what each style could stumble over."""
    for piece in ("a" * 100, "a (", ":", ":param ", " ", "a: b\n    ", "-", "Args:\n", "\n---\n"):
        start = time.process_time()
        for head in ("Args:\n    ", "Parameters\n-----\n", ":param a: ", ""):
            split_docstring(head + piece * (100_000 // len(piece)))
        assert time.process_time() - start < 2, piece


def test_a_strict_model_takes_what_json_can_say() -> None:
    """A date is text and a tuple a list; Python's own objects are taken too."""

    @tool
    def first(leaf: Leaf) -> str:
        """Give the day."""
        return leaf.day.isoformat()

    given = {"day": "2025-01-02", "span": [1, 2]}
    assert first.invoke({"leaf": given}) == "2025-01-02"
    assert first.invoke({"leaf": Leaf(day=date(2025, 1, 2), span=(1, 2))}) == "2025-01-02"


def look(value: Any) -> Any:
    return {}[value]


def test_a_validator_that_breaks_is_an_error_of_the_arguments() -> None:
    """It may raise anything; the model's arguments led to it."""

    @tool
    def find(x: Annotated[int, BeforeValidator(look)]) -> int:
        """Find."""
        return x

    with pytest.raises(ToolInputError, match="KeyError"):
        find.invoke({"x": 1})


@tool
def whose(x: int, settings: RunConfig | None = None) -> Any:
    """Tell whose it is."""
    return (settings or {}).get("metadata")


def test_a_parameter_of_type_run_config_receives_the_config() -> None:
    """The model does not see it, and arguments cannot set it."""
    assert list(whose.spec.parameters["properties"]) == ["x"]
    config: RunConfig = {"metadata": {"user": "u"}, "tags": ["t"]}
    assert whose.invoke({"x": 1}, config) == {"user": "u"}
    assert (RunnablePassthrough() | whose).invoke({"x": 1}, config) == {"user": "u"}
    with pytest.raises(ToolInputError, match="settings"):
        whose.invoke({"x": 1, "settings": {"metadata": {}}})


@pytest.mark.parametrize(
    "call",
    [
        {"type": "tool_call", "name": "add", "args": {"a": 1}, "id": "c", "more": 1},
        {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
    ],
)
def test_a_tool_call_as_json_is_answered_by_its_tool_message(call: dict[str, Any]) -> None:
    """In our JSON and in OpenAI's."""
    assert add.invoke(call) == ToolMessage("3", "c", name="add")


def test_a_call_that_is_not_whole_is_not_run() -> None:
    """Its arguments were cut off, or are no JSON."""
    broken = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a'}}
    for call in (broken, InvalidToolCall("add", '{"a', "c", "cut off")):
        with pytest.raises(ToolInputError, match="'add' is not valid"):
            add.invoke(call)


def test_events_of_a_tool_show_its_arguments_and_whose_call_failed() -> None:
    """Beneath a chain and by itself."""

    @tool
    def fail(a: int) -> int:
        """Fail."""
        raise LookupError

    call = ToolCall("fail", {"a": 1}, "c")
    for runnable in (fail, RunnablePassthrough() | fail):
        seen: list[Any] = []
        with pytest.raises(LookupError):
            seen.extend(iter(Collecting(seen, runnable.stream_events(call))))
        start = next(event for event in seen if event["event"] == "on_tool_start")
        end = next(event for event in seen if event["event"] == "on_tool_error")
        assert start["data"] == {"input": {"a": 1}}
        assert (end["data"]["input"], end["data"]["tool_call_id"]) == ({"a": 1}, "c")


class Collecting:
    """Puts into a list what it iterates over, so that it is there after an error."""

    def __init__(self, seen: list[Any], items: Any) -> None:
        self.seen, self.items = seen, items

    def __iter__(self) -> Any:
        for item in self.items:
            self.seen.append(item)
        return iter(())


PICTURE = ImageBlock(url="https://example.org/map.png")


@pytest.mark.parametrize(
    ("output", "blocks"),
    [
        (PICTURE, [PICTURE]),
        ([PICTURE], [PICTURE]),
        (["The map:", PICTURE], [TextBlock("The map:"), PICTURE]),
        ((TextBlock("none"),), [TextBlock("none")]),
        (["a", "b"], [TextBlock('["a", "b"]')]),
        ([], [TextBlock("[]")]),
    ],
)
def test_blocks_that_a_tool_returns_are_the_content_of_its_message(
    output: Any, blocks: list[Any]
) -> None:
    @tool
    def draw(place: str) -> Any:
        """Draw a map."""
        return output

    assert list(draw.invoke(ToolCall("draw", {"place": "x"}, "c")).blocks) == blocks


def test_a_config_in_annotated_is_the_config() -> None:
    @tool
    def user(x: int, settings: Annotated[RunConfig, "of the call"]) -> Any:
        """Return the user."""
        return settings.get("metadata")

    assert list(user.spec.parameters["properties"]) == ["x"]
    assert user.invoke({"x": 1}, {"metadata": {"user": "u"}}) == {"user": "u"}


FIELDS = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": FIELDS["properties"]},
        {"type": ["object", "null"], "properties": FIELDS["properties"]},
        {"$ref": "#/$defs/A", "$defs": {"A": FIELDS}},
        {"allOf": [FIELDS]},
        {"anyOf": [FIELDS, {"type": "null"}]},
    ],
)
def test_the_parameters_of_a_tool_given_as_a_dict_are_an_object_at_the_root(
    schema: dict[str, Any],
) -> None:
    shapes = (
        {"name": "f", "parameters": schema},
        {"type": "function", "function": {"name": "f", "parameters": schema}},
        {"name": "f", "input_schema": schema},
    )
    for shape in shapes:
        spec = to_tool_spec(shape)
        assert isinstance(spec, ToolSpec)
        assert spec.parameters["type"] == "object"
        assert spec.parameters["properties"] == FIELDS["properties"]


@pytest.mark.parametrize(
    "schema", [True, [1], "x", {"type": "array"}, {"anyOf": [{"type": "null"}]}]
)
def test_parameters_that_are_no_object_are_refused_by_the_tools_name(schema: Any) -> None:
    with pytest.raises(InvalidParameterError, match="'f': The arguments of a tool are an object"):
        to_tool_spec({"name": "f", "parameters": schema})


@pytest.mark.parametrize("schema", [None, {}, FIELDS, {**FIELDS, "anyOf": [{"required": ["a"]}]}])
def test_parameters_that_are_an_object_stay_as_they_are(schema: Any) -> None:
    spec = to_tool_spec({"name": "f", "parameters": schema})
    assert isinstance(spec, ToolSpec)
    assert spec.parameters == (schema or {"type": "object", "properties": {}})
