"""Text, reasoning and calls of Responses come once and whole, however events name their place.

One answer is sent in every subset of its kinds of events and with every way of naming items and
parts that servers use; it must always be read as the same answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count, product
from typing import Any

import pytest
from chat_core import AIMessage
from chat_core.provider import MessageBuilder, StreamReader, decode_reply
from chat_openai.dialect import CompatibleDialect
from chat_openai.responses_decode import ResponsesDecoder

Wire = dict[str, Any]


def said(id: str, *texts: str) -> Wire:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    status = {"role": "assistant", "status": "completed"}
    return {"type": "message", "id": id, **status, "content": parts}


def thought(id: str, *texts: str, field: str = "summary") -> Wire:
    kind = "summary_text" if field == "summary" else "reasoning_text"
    parts = [{"type": kind, "text": text} for text in texts]
    return {"type": "reasoning", "id": id, "summary": [], field: parts}


def asked(id: str, arguments: Any) -> Wire:
    names = {"id": id, "call_id": f"call_{id}", "name": "look_up"}
    return {"type": "function_call", **names, "arguments": arguments, "status": "completed"}


ANSWER = [
    thought("rs_1", "First", "First I look."),
    said("msg_1", "Let", "Let me see."),
    asked("fc_1", '{"city":"Oslo"}'),
    asked("fc_2", '{"city":"Bonn"}'),
    thought("rs_2", "Done?", field="content"),
    said("msg_2", "Let"),
]
KINDS = ("added", "part", "delta", "whole", "done", "final")
"""Announced items, parts, deltas, whole texts, finished items, the items of the final response."""


def opened(item: Wire) -> Wire:
    empty = {"content": [], "summary": [], "arguments": "", "status": "in_progress"}
    return {key: empty.get(key, value) for key, value in item.items()}


def events(answer: list[Wire], kinds: set[str]) -> Iterator[tuple[str, Wire]]:
    """Each event with its kind, placed as OpenAI places it."""
    for place, item in enumerate(answer):
        where = {"output_index": place}
        yield "added", {"type": "response.output_item.added", **where, "item": opened(item)}
        yield from inner(item, {**where, "item_id": item["id"]})
        yield "done", {"type": "response.output_item.done", **where, "item": item}
    output = answer if "final" in kinds else []
    yield "end", {"type": "response.completed", "response": {"id": "resp", "output": output}}


def inner(item: Wire, where: Wire) -> Iterator[tuple[str, Wire]]:
    if item["type"] == "function_call":
        name = "response.function_call_arguments"
        for delta in halves(item["arguments"]):
            yield "delta", {"type": f"{name}.delta", **where, "delta": delta}
        yield "whole", {"type": f"{name}.done", **where, "arguments": item["arguments"]}
        return
    for name, number, parts in (
        ("output_text", "content_index", item.get("content") if item["type"] == "message" else ()),
        ("reasoning_summary_text", "summary_index", item.get("summary")),
        ("reasoning_text", "content_index", item.get("content") if "summary" in item else ()),
    ):
        announced = "reasoning_summary_part" if number == "summary_index" else "content_part"
        for position, part in enumerate(parts or ()):
            here = {**where, number: position}
            empty = {**part, "text": ""}
            yield "part", {"type": f"response.{announced}.added", **here, "part": empty}
            for delta in halves(part["text"]):
                yield "delta", {"type": f"response.{name}.delta", **here, "delta": delta}
            yield "whole", {"type": f"response.{name}.done", **here, "text": part["text"]}
            yield "part", {"type": f"response.{announced}.done", **here, "part": part}


def halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


# --- how servers name places


def as_openai(event: Wire, _: int) -> Wire:
    return event


def without_indices(event: Wire, _: int) -> Wire:
    left_out = ("output_index", "content_index", "summary_index")
    return {key: value for key, value in event.items() if key not in left_out}


def parts_from_one(event: Wire, _: int) -> Wire:
    numbers = ("content_index", "summary_index")
    return {key: value + 1 if key in numbers else value for key, value in event.items()}


def items_from_one_in_deltas(event: Wire, _: int) -> Wire:
    shift = int("item_id" in event)
    return {k: v + shift if k == "output_index" else v for k, v in event.items()}


def one_output_index(event: Wire, _: int) -> Wire:
    return {key: 0 if key == "output_index" else value for key, value in event.items()}


def without_item_ids(event: Wire, _: int) -> Wire:
    event = {key: value for key, value in event.items() if key != "item_id"}
    return renamed(event, lambda _: None)


def ids_that_change(event: Wire, number: int) -> Wire:
    numbers = count(number * 100)
    event = {k: f"x{number}" if k == "item_id" else v for k, v in event.items()}
    return renamed(event, lambda _: f"x{next(numbers)}")


def one_id_for_all(event: Wire, _: int) -> Wire:
    event = {key: "item" if key == "item_id" else value for key, value in event.items()}
    return renamed(event, lambda _: "item")


def renamed(event: Wire, name: Callable[[str], str | None]) -> Wire:
    def rename(item: Wire) -> Wire:
        return {key: name(value) if key == "id" else value for key, value in item.items()}

    if "item" in event:
        return {**event, "item": rename(event["item"])}
    if "response" in event:
        output = [rename(item) for item in event["response"]["output"]]
        return {**event, "response": {**event["response"], "output": output}}
    return event


def without_item_ids_at_one_index(event: Wire, number: int) -> Wire:
    return one_output_index(without_item_ids(event, number), number)


def without_ids_and_indices(event: Wire, number: int) -> Wire:
    return without_indices(without_item_ids(event, number), number)


PLACES = [
    as_openai,
    without_indices,
    parts_from_one,
    items_from_one_in_deltas,
    one_output_index,
    without_item_ids,
    ids_that_change,
    one_id_for_all,
    without_item_ids_at_one_index,
    without_ids_and_indices,
]


def sent(kinds: set[str], place: Callable[[Wire, int], Wire]) -> list[Wire]:
    chosen = [wire for kind, wire in events(ANSWER, kinds) if kind in kinds or kind == "end"]
    return [place(wire, number) for number, wire in enumerate(chosen)]


def read(wires: list[Wire]) -> AIMessage:
    reader, builder = StreamReader(ResponsesDecoder(CompatibleDialect())), MessageBuilder()
    for wire in wires:
        for chunk in reader.feed(f"data: {json.dumps(wire)}\n\n".encode()):
            builder.add(chunk)
    assert reader.failure is None
    return builder.message()


def seen(message: AIMessage) -> tuple[Any, ...]:
    calls = [(call.name, call.args, call.id) for call in message.tool_calls]
    return message.reasoning, message.content, calls, message.invalid_tool_calls


WHOLE = decode_reply(
    ResponsesDecoder(CompatibleDialect()),
    json.dumps({"status": "completed", "output": ANSWER}).encode(),
).to_message()

SUBSETS = [
    {kind for kind, is_in in zip(KINDS, chosen, strict=True) if is_in}
    for chosen in product((False, True), repeat=len(KINDS))
]


def can_be_kept_apart(kinds: set[str], place: Callable[[Wire, int], Wire]) -> bool:
    """Whether the wire holds the answer and says where one item ends and the next begins."""
    bounds = kinds & {"added", "done"}
    if place is one_id_for_all and not bounds:
        return kinds == {"final"}
    if place in (without_ids_and_indices, without_item_ids_at_one_index) and "delta" in kinds:
        return bool(bounds | kinds & {"whole"})
    return bool(kinds & {"delta", "whole", "done", "final"})


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_every_mix_of_events_gives_the_answer_once_and_whole(
    place: Callable[[Wire, int], Wire],
) -> None:
    for kinds in SUBSETS:
        if not can_be_kept_apart(kinds, place):
            continue
        got, wanted = seen(read(sent(kinds, place))), seen(WHOLE)
        if not kinds & {"added", "done", "final"}:  # nothing names the calls
            got, wanted = got[:2], wanted[:2]
        assert got == wanted, sorted(kinds)


def test_every_way_to_cut_the_answer_is_tried() -> None:
    tried = [(k, p) for p in PLACES for k in SUBSETS if can_be_kept_apart(k, p)]
    assert len(tried) > 550


# --- calls


def finished(*items: Wire) -> list[Wire]:
    done = [{"type": "response.output_item.done", "output_index": 0, "item": i} for i in items]
    return [*done, {"type": "response.completed", "response": {"output": list(items)}}]


def test_two_finished_messages_at_one_index_are_both_read() -> None:
    assert read(finished(said("m1", "Yes."), said("m2", "Yes."))).content == "Yes.Yes."


def test_calls_that_run_side_by_side_at_one_index_are_kept_apart_by_their_ids() -> None:
    first, second = asked("a", '{"city":"Oslo"}'), asked("b", '{"city":"Bonn"}')
    delta = {"type": "response.function_call_arguments.delta", "output_index": 0}
    wires = [
        {"type": "response.output_item.added", "output_index": 0, "item": opened(first)},
        {"type": "response.output_item.added", "output_index": 0, "item": opened(second)},
        {**delta, "item_id": "a", "delta": '{"city":'},
        {**delta, "item_id": "b", "delta": '{"city":'},
        {**delta, "item_id": "a", "delta": '"Oslo"}'},
        {**delta, "item_id": "b", "delta": '"Bonn"}'},
    ]
    calls = read([*wires, *finished(first, second)]).tool_calls
    assert [call.args for call in calls] == [{"city": "Oslo"}, {"city": "Bonn"}]


def test_two_calls_with_the_same_name_and_arguments_stay_two() -> None:
    twice = asked("a", "{}"), asked("b", "{}")
    wires = finished(*twice)
    for kept in (wires, wires[-1:]):
        assert [call.id for call in read(kept).tool_calls] == ["call_a", "call_b"]


@pytest.mark.parametrize("arguments", [{"city": "Oslo"}, '{"city":"Oslo"}'])
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_arguments_may_be_an_object(arguments: Any, kept: int) -> None:
    item = asked("a", arguments)
    whole = {"type": "response.function_call_arguments.done", "output_index": 0, "item_id": "a"}
    begun = {"type": "response.output_item.added", "output_index": 0, "item": opened(item)}
    wires = [begun, {**whole, "arguments": arguments}, *finished(item)]
    end = {"type": "response.completed", "response": {"output": []}}
    calls = read([*wires[: kept + 1], end] if kept else wires).tool_calls
    assert len(calls) <= 1
    assert kept == 0 or calls[0].args == {"city": "Oslo"}


def test_arguments_that_only_the_announcement_holds_are_read() -> None:
    begun = {"type": "response.output_item.added", "output_index": 0, "item": asked("a", "{}")}
    end = {"type": "response.completed", "response": {"output": []}}
    assert [call.args for call in read([begun, end]).tool_calls] == [{}]


def test_a_name_that_only_the_end_of_the_arguments_holds_is_read() -> None:
    where = {"output_index": 0, "item_id": "a"}
    whole = {"type": "response.function_call_arguments.done", **where, "name": "look_up"}
    wires = [{**whole, "arguments": '{"city":"Oslo"}'}, *finished(asked("a", '{"city":"Oslo"}'))]
    (call,) = read(wires).tool_calls
    assert (call.name, call.args, call.id) == ("look_up", {"city": "Oslo"}, "call_a")


# --- texts


def test_reasoning_streamed_as_one_kind_and_listed_as_another_comes_once() -> None:
    delta = {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "Hm."}
    message = read([delta, *finished(thought("r", "Hm."))])
    assert message.reasoning == "Hm."


def test_a_final_text_that_was_trimmed_is_not_given_out_again() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi \n"}
    assert read([delta, *finished(said("m", "Hi"))]).content == "Hi \n"


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("ends", ["text", "item", "final"])
def test_a_character_cut_in_two_deltas_comes_once(number: int, ends: str) -> None:
    where = {"output_index": 0, "item_id": "m", "content_index": 0}
    delta = {"type": "response.output_text.delta", **where}
    wires = [{**delta, "delta": "See \ud83d"}, {**delta, "delta": "\udc19 here"}][:number]
    whole = said("m", "See \U0001f419 here!")
    if ends == "text":
        text = whole["content"][0]["text"]
        wires.append({"type": "response.output_text.done", **where, "text": text})
    message = read([*wires, *finished(whole)[ends == "final" :]])
    assert message.content == "See \U0001f419 here!"


def test_a_finished_item_without_content_does_not_hide_the_final_one() -> None:
    done = {"type": "response.output_item.done", "output_index": 0, "item": said("m")}
    end = {"type": "response.completed", "response": {"output": [said("m", "Hi")]}}
    assert read([done, end]).content == "Hi"


@pytest.mark.parametrize("content", ["Hi", [{"type": "text", "text": "Hi"}]])
def test_a_message_may_hold_its_text_in_other_shapes(content: Any) -> None:
    assert read(finished({**said("m"), "content": content})).content == "Hi"


def test_a_citation_goes_to_the_only_part_whatever_number_it_has() -> None:
    note = {"type": "url_citation", "url": "u"}
    cited = said("m", "Hi")
    cited["content"][0]["annotations"] = [note]
    where = {"output_index": 0, "item_id": "m", "content_index": 1}
    event = {"type": "response.output_text.annotation.added", **where, "annotation": note}
    delta = {"type": "response.output_text.delta", **where, "content_index": 0, "delta": "Hi"}
    (block,) = read([delta, event, *finished(cited)]).blocks
    assert len(block.citations) == 1  # type: ignore[union-attr]


def test_ten_times_as_many_items_cost_about_ten_times_as_much() -> None:
    """Counted in calls of functions, because time on a busy machine says little."""
    few, many = work(200), work(2000)
    assert many < 11 * few


def work(number: int) -> int:
    import sys

    items = [said(f"m{n}", f"text {n}") for n in range(number)]
    wires = finished(*[{**item, "id": None} for item in items])
    wires[-1]["response"]["output"] = [{**item, "id": None} for item in reversed(items)]
    calls = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(counted)
    try:
        read(wires)
    finally:
        sys.setprofile(None)
    return calls
