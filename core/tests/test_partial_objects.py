"""Objects of a class while they stream: what is there, what is not, and what is never shown."""

from __future__ import annotations

import copy
import json
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from chat_core import (
    AIMessage,
    AIMessageChunk,
    PartialObject,
    PydanticOutputParser,
    RunnableGenerator,
    event_to_json,
)
from chat_core.chains.partial_json import MISSING
from chat_core.messages.blocks import ToolCallChunk
from chat_core.models.answer_schema import read_answer_schema
from chat_core.models.growing_answers import TextReader
from chat_core.models.structured import StructuredOutput
from chat_core.testing import FakeChatModel
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    computed_field,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict


def pieces(text: str, size: int = 1, tool: str | None = None) -> list[AIMessageChunk]:
    """Chunks of ``text``, or of the arguments of a call of ``tool``."""
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    if tool is None:
        return [AIMessageChunk(part) for part in parts]
    return [
        AIMessageChunk([ToolCallChunk(None if at else tool, part, None if at else "1", 0)])
        for at, part in enumerate(parts)
    ] + [AIMessageChunk([], response_metadata={"finish_reason": "tool_calls"})]


def reading(schema: Any, *, tool: str | None = None) -> StructuredOutput:
    return StructuredOutput(read_answer_schema(schema), tool=tool)


def grown(schema: Any, text: str, size: int = 1, tool: str | None = None) -> list[Any]:
    """What a stream gives while ``text`` arrives."""

    def chunks(_: Iterator[Any]) -> Iterator[Any]:
        yield from pieces(text, size, tool)

    return list((RunnableGenerator(chunks) | reading(schema, tool=tool)).stream("x"))


class Coat(Enum):
    TABBY = "tabby"
    BLACK = "black"


class Toy(BaseModel):
    label: str
    worn: bool


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str
    lives: int = 9
    coat: Coat | None = None
    born: date | None = None
    toys: list[Toy] = []


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str
    barks: float


TOM = (
    '{"kind": "cat", "name": "Tom \\u00e9", "lives": 123, "coat": "tabby", "born": "2020-02-03",'
    ' "toys": [{"label": "ball", "worn": true}, {"label": "mouse", "worn": false}]}'
)


@pytest.mark.parametrize("tool", [None, "Cat"])
def test_an_instance_grows_field_by_field(tool: str | None) -> None:
    """The last is the validated object; those before are instances that say what they are."""
    *partial, whole = grown(Cat, TOM, tool=tool)
    assert type(whole) is Cat
    assert whole == Cat.model_validate_json(TOM)
    assert all(isinstance(each, Cat) and isinstance(each, PartialObject) for each in partial)
    assert not isinstance(whole, PartialObject)
    assert partial[0].model_fields_set == set()
    assert repr(partial[4]) == "PartialCat(kind='cat', name='To')"
    sizes = [len(each.model_fields_set) for each in partial]
    assert sizes == sorted(sizes)


def test_no_part_of_a_value_is_taken_for_it() -> None:
    """Numbers, enums, literals, dates and booleans are there when they are whole."""
    whole = Cat.model_validate_json(TOM)
    for each in grown(Cat, TOM)[:-1]:
        for name in each.model_fields_set - {"name", "toys"}:
            assert getattr(each, name) == getattr(whole, name)
        if "name" in each.model_fields_set:
            assert whole.name.startswith(each.name)
        for toy, final in zip(getattr(each, "toys", []), whole.toys, strict=False):
            assert final.label.startswith(getattr(toy, "label", ""))
            assert getattr(toy, "worn", final.worn) == final.worn


def test_what_has_not_arrived_is_no_attribute() -> None:
    """Also where the field has a default, which may not be what the answer will say."""
    partial = grown(Cat, TOM)[3]
    assert partial.model_fields_set == {"kind", "name"}
    with pytest.raises(AttributeError, match=r"Cat\.lives has not arrived yet") as caught:
        _ = partial.lives
    assert type(caught.value) is AttributeError
    with pytest.raises(AttributeError, match="colour"):
        _ = partial.colour
    assert not hasattr(partial, "born")
    assert partial.model_dump() == {"kind": "cat", "name": "T"}


def test_an_inner_object_is_validated_when_it_is_whole() -> None:
    toys = [each.toys for each in grown(Cat, TOM)[:-1] if hasattr(each, "toys")]
    kinds = [[type(toy).__name__ for toy in each] for each in toys]
    assert kinds[1] == ["PartialToy"]
    assert kinds[-2] == ["Toy", "PartialToy"]
    assert kinds[-1] == ["Toy", "Toy"]
    assert toys[-1][0] == Toy(label="ball", worn=True)


@dataclass
class Boat:
    name: str
    built: date | None = None
    crew: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert self.name.endswith("!")


@dataclass(slots=True, frozen=True)
class Buoy:
    name: str
    depth: int = 3


@pytest.mark.parametrize(
    ("schema", "text", "absent"),
    [
        (Boat, '{"name": "Bo!", "crew": ["An", "Bo"], "built": "2020-02-03"}', "built"),
        (Buoy, '{"name": "Bo", "depth": 12}', "depth"),
    ],
)
def test_a_dataclass_grows_without_its_defaults(schema: Any, text: str, absent: str) -> None:
    """Neither ``__init__`` nor ``__post_init__`` runs before the end."""
    *partial, whole = grown(schema, text)
    assert type(whole) is schema
    assert all(isinstance(each, schema) for each in partial)
    assert partial[2].name == "B"
    assert vars(partial[2]) == {"name": "B"}
    with pytest.raises(AttributeError, match=f"{absent} has not arrived yet"):
        getattr(partial[2], absent)
    assert partial[2] != whole


class Note(TypedDict, total=False):
    text: str
    day: date
    marks: list[Literal["good", "bad"]]


def test_a_typed_dict_grows_with_values_of_its_types() -> None:
    text = '{"text": "hi", "day": "2020-02-03", "marks": ["good"]}'
    assert grown(Note, text) == [
        {},
        {"text": ""},
        {"text": "h"},
        {"text": "hi"},
        {"text": "hi", "day": date(2020, 2, 3)},
        {"text": "hi", "day": date(2020, 2, 3), "marks": []},
        {"text": "hi", "day": date(2020, 2, 3), "marks": ["good"]},
    ]


def test_a_json_schema_shows_no_part_of_what_it_holds_to_certain_values() -> None:
    schema = {
        "title": "Note",
        "type": "object",
        "properties": {
            "mark": {"anyOf": [{"enum": ["good", "bad"]}, {"type": "null"}]},
            "day": {"$ref": "#/$defs/Day"},
            "text": {"type": ["string", "null"]},
            "notes": {"type": "array", "items": {"$ref": "#"}},
        },
        "$defs": {"Day": {"type": "string", "format": "date"}},
    }
    text = '{"mark": "good", "day": "2020-02-03", "text": "hi", "notes": [{"mark": "bad"}]}'
    start = {"mark": "good", "day": "2020-02-03"}
    assert grown(schema, text) == [
        {},
        {"mark": "good"},
        start,
        {**start, "text": ""},
        {**start, "text": "h"},
        {**start, "text": "hi"},
        {**start, "text": "hi", "notes": []},
        {**start, "text": "hi", "notes": [{}]},
        {**start, "text": "hi", "notes": [{"mark": "bad"}]},
    ]


Item = TypeVar("Item")


class Box(BaseModel, Generic[Item]):
    item: Item


class Tree(BaseModel):
    name: str
    next: Tree | None = None
    leaves: list[Tree] = []


@pytest.mark.parametrize(
    ("schema", "text", "shown"),
    [
        (list[Cat], "[" + TOM + ", " + TOM + "]", "[Cat("),
        (str, '"hello"', "'hell'"),
        (list[int], "[1, 23]", "[1]"),
        (set[str], '["ab", "cd"]', "{'ab'}"),
        (tuple[str, ...], '["ab", "cd"]', "('ab', 'c')"),
        (dict[Coat, list[str]], '{"tabby": ["ab"]}', "{<Coat.TABBY: 'tabby'>: ['a']}"),
        (Cat | Dog, '{"kind": "dog", "name": "Rex", "barks": 1.5}', "PartialDog(kind='dog'"),
        (Cat | Dog, '{"barks": 1.5, "name": "Rex", "kind": "dog"}', "PartialDog(barks=1.5"),
        (Toy | Boat, '{"name": "Bo!", "crew": ["An"]}', "PartialBoat(name='Bo!', crew=['A'])"),
        (
            Annotated[Cat | Dog, Field(discriminator="kind")],
            '{"name": "Rex", "kind": "dog", "barks": 1.5}',
            "PartialDog(name='Rex', kind='dog')",
        ),
        (Cat | str, '"hello"', "'hell'"),
        (int | str | None, '"hello"', "'hell'"),
        (Box[list[Toy]], '{"item": [{"label": "ball", "worn": true}]}', "PartialToy(label='ball')"),
        (RootModel[list[Toy]], '[{"label": "ball", "worn": true}]', "PartialToy(label='ball')"),
        (
            Tree,
            '{"name": "a", "leaves": [{"name": "b", "next": {"name": "cd"}}]}',
            "PartialTree(name='a', leaves=[PartialTree(name='b', next=PartialTree(name='c'",
        ),
    ],
)
def test_any_type_grows(schema: Any, text: str, shown: str) -> None:
    answer = read_answer_schema(schema)
    text = f'{{"value": {text}}}' if answer.is_wrapped else text
    *partial, whole = grown(schema, text)
    assert any(repr(each).startswith(shown) or shown in repr(each) for each in partial), partial
    assert whole == answer.read(json.loads(text), text)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (Coat, '"tabby"'),
        (int, "123"),
        (bool, "true"),
        (date, '"2020-02-03"'),
        (Decimal, '"1.50"'),
        (Literal["a", "ab"], '"ab"'),
        (tuple[int, int], "[1, 23]"),
        (Annotated[str, Field(pattern="^[a-z]+$")], '"abc"'),
        (Coat | str, '"tabby"'),
        (date | str, '"2020-02-03"'),
    ],
)
def test_what_is_no_value_before_it_is_whole_comes_whole(schema: Any, text: str) -> None:
    assert len(grown(schema, f'{{"value": {text}}}')) == 1


class Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, strict=True)

    full_name: str = Field(alias="fullName")
    size: int = Field(validation_alias=AliasChoices("size", "length"))
    day: date | None = None
    secret: str = Field("", repr=False)
    _counter: int = PrivateAttr(5)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def doubled(self) -> int:
        return self.size * 2

    @model_validator(mode="after")
    def look_at_all(self) -> Sealed:
        assert type(self) is Sealed
        assert self.size
        return self


def test_aliases_limits_and_private_attributes_are_those_of_the_class() -> None:
    """A key that no field has is left out before the end, which refuses it."""
    text = '{"fullName": " ab c ", "secret": "s", "length": 12, "day": "2020-02-03"}'
    *partial, whole = grown(Sealed, text)
    assert [each.full_name for each in partial if hasattr(each, "full_name")][:4] == [
        "",
        "a",
        "ab",
        "ab c",
    ]
    assert partial[-2].model_fields_set == {"full_name", "secret", "size"}
    assert partial[-1].day == date(2020, 2, 3)
    assert (partial[-1].doubled, partial[0]._counter) == (24, 5)
    assert "secret" not in repr(partial[-1])
    with pytest.raises(AttributeError, match="size has not arrived yet"):
        _ = partial[0].doubled
    assert whole == Sealed.model_validate_json(text)


def test_partial_objects_are_written_as_what_they_have() -> None:
    """To a dict, to JSON, as an event, by pickle and by copy."""

    class Both(BaseModel):
        sealed: Sealed
        pet: Cat | Dog
        boat: Boat | None = None

    text = '{"sealed": {"fullName": "ab", "length": 3}, "pet": {"kind": "dog", "name": "Re'
    reader, growing = TextReader(), read_answer_schema(Both).growing()
    seen: list[Any] = [
        growing.of(found) for chunk in pieces(text) if (found := reader.add(chunk)) is not None
    ]
    sealed = {"full_name": "ab", "size": 3, "day": None, "secret": "", "doubled": 6}
    assert seen[-1].model_dump() == {"sealed": sealed, "pet": {"kind": "dog", "name": "Re"}}
    assert json.loads(seen[4].model_dump_json()) == {"sealed": {"full_name": "ab"}}
    event: Any = {"event": "on_parser_stream", "name": "a", "run_id": "1", "parent_ids": []}
    event |= {"tags": [], "metadata": {}, "data": {"chunk": seen[4]}}
    assert '"fullName":"ab"' in event_to_json(event)
    toy = grown(Toy, '{"label": "ball", "worn": true}')[3]
    assert pickle.loads(pickle.dumps(toy)) == toy == copy.deepcopy(toy)


CALLS: list[Any] = []


def noted(value: Any) -> Any:
    CALLS.append(value)
    return value.upper()


class Checked(BaseModel):
    first: Annotated[str, AfterValidator(noted)]
    second: str
    third: str

    @field_validator("second")
    @classmethod
    def fits_third(cls, value: str, info: Any) -> str:
        first: str = info.data["first"]
        return value + first

    @model_validator(mode="before")
    @classmethod
    def whole_only(cls, value: Any) -> Any:
        assert isinstance(value, dict)
        assert len(value) == 3
        return value


def test_validators_do_not_see_what_is_not_whole() -> None:
    """One that checks a value runs when it is whole; one that reads others runs at the end."""
    CALLS.clear()
    *partial, whole = grown(Checked, '{"first": "ab", "second": "cd", "third": "ef"}')
    assert set(CALLS) == {"ab"}
    assert [vars(each) for each in partial] == [
        {},
        {"first": "AB"},
        {"first": "AB", "third": ""},
        {"first": "AB", "third": "e"},
        {"first": "AB", "third": "ef"},
    ]
    assert whole.second == "cdAB"


def test_a_value_that_does_not_fit_is_not_shown() -> None:
    """The end raises what is wrong with it."""
    answer = FakeChatModel(responses=['{"label": "a b", "worn": "perhaps", "more": 1}'])
    stream = answer.with_structured_output(Toy).stream("x")
    seen = [next(stream), next(stream), next(stream)]
    assert vars(seen[-1]) == {"label": "a b"}
    with pytest.raises(Exception, match="does not fit Toy: worn"):
        list(stream)


def test_a_key_that_comes_twice_counts_as_it_came_last() -> None:
    text = '{"label": "ab", "worn": true, "label": "cd"}'
    *partial, whole = grown(Toy, text)
    assert [vars(each) for each in partial[-4:]] == [
        {"label": "ab", "worn": True},
        {"worn": True, "label": ""},
        {"worn": True, "label": "c"},
        {"worn": True, "label": "cd"},
    ]
    assert whole == Toy(label="cd", worn=True)


def test_making_a_partial_object_does_not_subclass_by_the_users_rules() -> None:
    """Neither ``__init_subclass__`` nor the metaclass of pydantic runs."""
    made: list[type] = []

    class Registered(BaseModel):
        name: str

        def __init_subclass__(cls, **kwargs: Any) -> None:
            made.append(cls)

    seen = grown(Registered, '{"name": "ab"}')
    assert len(seen) > 1
    assert made == []


def test_text_around_the_json_is_left_out() -> None:
    text = (
        '<think>{"label": "no"}</think>Here:\n```json\n{"label": "ab", "worn": true}\n```\nDone {}'
    )
    assert [vars(each) for each in grown(Toy, text)[:-1]] == [
        {},
        {"label": ""},
        {"label": "a"},
        {"label": "ab"},
        {"label": "ab", "worn": True},
    ]


def test_the_parser_of_a_class_streams_the_same_objects() -> None:
    chain = FakeChatModel(responses=['{"label": "a b", "worn": true}']) | PydanticOutputParser(Toy)
    seen = list(chain.stream("x"))
    assert [type(each).__name__ for each in seen] == ["PartialToy"] * 3 + ["Toy"]
    assert chain.invoke("x") == seen[-1]


async def test_objects_grow_in_events_and_on_a_loop() -> None:
    chain = FakeChatModel(responses=['{"label": "a b", "worn": true}']).with_structured_output(Toy)
    on_loop = [each async for each in chain.astream("x")]
    assert on_loop == list(chain.stream("x"))
    events = [e async for e in chain.astream_events("x", include_types=["parser"])]
    blocking = list(chain.stream_events("x", include_types=["parser"]))
    for reported in (events, blocking):
        streamed = [e["data"]["chunk"] for e in reported if e["event"] == "on_parser_stream"]
        assert streamed == on_loop
    assert type(events[-1]["data"]["output"]) is Toy
    after = list((chain | RunnableGenerator(each_name)).stream("x"))
    assert after == ["PartialToy"] * 3 + ["Toy"]


def each_name(toys: Iterator[Any]) -> Iterator[str]:
    for toy in toys:
        yield type(toy).__name__


class Report(BaseModel):
    title: str
    body: str = ""
    toys: list[Toy] = []


@pytest.mark.parametrize("part", ["body", "toys"])
def test_an_answer_twice_as_long_costs_twice_as_much(part: str) -> None:
    """CPU of reading one long text, and of many objects."""

    def cpu(kilobytes: int) -> float:
        count = kilobytes * 1000 // (4 if part == "body" else 32)
        value: Any = "abc " * count
        if part == "toys":
            value = [{"label": "a ball", "worn": True}] * count
        chunks = pieces(json.dumps({"title": "t", part: value}), 16)
        answer = read_answer_schema(Report)
        started = time.process_time()
        reader, growing = TextReader(), answer.growing()
        for chunk in chunks:
            found = reader.add(chunk)
            if found is not None:
                assert growing.of(found) is not MISSING or not found.frames
        return time.process_time() - started

    ratios: list[float] = []
    while len(ratios) < 8 and min(ratios, default=3) > 2.2:
        ratios.append(cpu(200) / cpu(100))
    assert min(ratios) <= 2.2


def test_a_chain_with_an_answer_that_has_grown_can_be_pickled() -> None:
    answer = reading(Toy)
    assert answer.answer.growing() is not None
    chain: Any = pickle.loads(pickle.dumps(answer))
    assert chain.invoke(AIMessage('{"label": "a", "worn": true}')) == Toy(label="a", worn=True)
