"""``with_cache``: an answer is asked for once and replayed as it came."""

from __future__ import annotations

import asyncio
import pickle
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chat_cache import AnswerCache, CacheWarning, MemoryCache, SQLiteCache, with_cache
from chat_core import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    InvalidParameterError,
    Message,
    StrOutputParser,
    merge_chunks,
)
from chat_core.provider import ModelCall
from chat_core.testing import FakeChatModel
from counting_model import CHUNKS, CountingModel


@pytest.fixture(params=["memory", "sqlite"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AnswerCache:
    return MemoryCache() if request.param == "memory" else SQLiteCache(tmp_path / "answers.db")


def unmarked(chunk: AIMessageChunk | AIMessage) -> Any:
    """``chunk`` without the mark of a cache."""
    facts = {name: v for name, v in chunk.response_metadata.items() if name != "cached"}
    usage = {name: value for name, value in (chunk.usage_metadata or {}).items() if name != "cost"}
    return (type(chunk), chunk.blocks, chunk.id, facts, usage)


async def test_a_stream_is_replayed_chunk_by_chunk_however_it_is_asked_for_again(
    cache: AnswerCache,
) -> None:
    model = with_cache(CountingModel(), cache)
    first = list(model.stream("hi"))
    again = list(model.stream("hi"))
    over = [chunk async for chunk in model.astream("hi")]
    assert [unmarked(c) for c in again] == [unmarked(c) for c in first]
    assert over == again
    assert model.asked == 1


async def test_invoke_and_stream_share_an_answer(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    streamed = merge_chunks(model.stream("hi")).to_message()
    assert unmarked(model.invoke("hi")) == unmarked(streamed)
    assert unmarked(await model.ainvoke("hi")) == unmarked(streamed)
    whole = model.invoke("ho")
    [chunk] = model.stream("ho")
    assert unmarked(chunk.to_message()) == unmarked(whole)
    assert unmarked(model.invoke("ho")) == unmarked(whole)
    assert model.asked == 2


def test_a_replayed_answer_is_marked_and_costs_nothing(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    fresh = model.invoke("hi")
    assert "cached" not in fresh.response_metadata
    cached = model.invoke("hi")
    assert cached.response_metadata["cached"] is True
    assert cached.usage_metadata is not None
    assert (cached.usage_metadata.cost, cached.usage_metadata.output_tokens) == (0.0, 9)
    list(model.stream("ho"))
    first, *_, last = model.stream("ho")
    assert first.response_metadata == last.response_metadata == {"cached": True}


def test_events_of_a_replay_are_those_of_the_model(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)

    def shown() -> list[object]:
        def data(event: Any) -> object:
            known = event["data"].get("chunk") or event["data"].get("output")
            return unmarked(known) if known is not None else event["data"]["input"]

        return [(e["event"], e["name"], e["metadata"], data(e)) for e in model.stream_events("hi")]

    first = shown()
    assert shown() == first
    assert model.asked == 1


def test_a_chain_with_tools_and_retries_is_answered_from_the_cache(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    tool = {"name": "look", "parameters": {"type": "object", "properties": {}}}
    for _ in range(2):
        message = model.bind_tools([tool]).with_retry().invoke("hi")
        assert message.tool_calls[0].args == {"city": "Rome"}
        assert "".join((model | StrOutputParser()).stream("hi")) == "It is nine\ud800"
    assert model.asked == 2


def test_a_conversation_over_several_answers_is_replayed_at_once(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(finish="stop"), cache)
    for _ in range(2):
        conversation: list[Message] = [HumanMessage("hi")]
        for question in ("and then?", "and then?"):
            answer = model.invoke(conversation)
            text = AIMessage(
                answer.content,
                id=answer.id,
                usage_metadata=answer.usage_metadata,
                response_metadata=answer.response_metadata,
            )
            conversation += [text, HumanMessage(question)]
    assert model.asked == 2


def test_what_decides_the_answer_tells_requests_apart(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    model.invoke("hi")
    others: list[Callable[[], object]] = [
        lambda: model.invoke("ho"),
        lambda: model.invoke("hi", temperature=1),
        lambda: model.bind(model="other").invoke("hi"),
        lambda: model.bind(base_url="http://127.0.0.1:1").invoke("hi"),
        lambda: model.invoke("hi", json_mode=True),
    ]
    for other in others:
        asked = model.asked
        other()
        assert model.asked == asked + 1
        other()
        assert model.asked == asked + 1


def test_the_order_of_keys_and_secrets_do_not_tell_requests_apart(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    model.bind(model_kwargs={"a": 1, "b": 2}, api_key="one").invoke("hi")
    model.bind(model_kwargs={"b": 2, "a": 1}, api_key="other").invoke("hi")
    model.bind(model_kwargs={"a": 1, "b": 2}, default_headers={"X": "1"}).invoke("hi")
    assert model.asked == 1


def test_a_key_of_the_users_own_decides_instead(cache: AnswerCache) -> None:
    def last_word(call: ModelCall) -> object:
        word = call.messages[-1].content.split()[-1]
        return None if word == "never" else {"word": word}

    model = with_cache(CountingModel(), cache, key=last_word)
    for text in ("one fish", "another fish", "a bird", "never", "never"):
        model.invoke(text)
    assert model.asked == 4


# --- what is kept


@pytest.mark.parametrize(
    ("finish", "is_kept"),
    [
        ("stop", True),
        ("length", True),
        ("refusal", True),
        ("other", True),
        ("content_filter", False),
        ("error", False),
        ("pause", False),
    ],
)
def test_the_finish_reason_says_whether_an_answer_is_kept(finish: str, is_kept: bool) -> None:
    model = with_cache(CountingModel(finish=finish), MemoryCache())
    model.invoke("hi")
    model.invoke("hi")
    assert model.asked == (1 if is_kept else 2)


def test_a_stream_that_is_left_or_breaks_off_is_not_kept(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    with model.stream("hi") as stream:
        next(stream)
    broken = with_cache(CountingModel(fails=True), cache)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            list(broken.stream("hi"))
    list(model.stream("hi"))
    assert (model.asked, broken.asked) == (2, 2)


async def test_an_async_stream_that_is_left_is_not_kept(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    async with model.astream("hi") as stream:
        await stream.__anext__()
    await model.ainvoke("hi")
    assert model.asked == 2


def test_what_json_does_not_give_back_exactly_is_not_kept() -> None:
    odd = AIMessage("hi", response_metadata={"when": object(), "finish_reason": "stop"})
    model = FakeChatModel(responses=[odd])
    kept = with_cache(model, MemoryCache(), key=lambda call: "one")
    kept.invoke("hi")
    kept.invoke("hi")
    assert len(model.calls) == 2


def test_a_message_whose_blocks_would_merge_comes_back_as_it_was() -> None:
    from chat_core import TextBlock

    answer = AIMessage([TextBlock("a"), TextBlock("b")])
    model = with_cache(FakeChatModel(responses=[answer, "other"]), MemoryCache())
    model.invoke("hi")
    assert model.invoke("hi").blocks == answer.blocks


def test_changing_an_answer_does_not_change_what_is_kept(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    for _ in range(3):
        message = model.invoke("hi")
        assert message.response_metadata["model_name"] == "counted-1"
        message.response_metadata["model_name"] = "changed"


# --- limits


def test_an_answer_that_is_too_old_is_asked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    clock = SimpleNamespace(monotonic=lambda: now, time=lambda: now)
    for kind in (MemoryCache, SQLiteCache):
        monkeypatch.setattr(sys.modules[kind.__module__], "time", clock)
    for cache in (MemoryCache(max_age=60), SQLiteCache(tmp_path / "a.db", max_age=60)):
        model = with_cache(CountingModel(), cache)
        model.invoke("hi")
        model.invoke("hi")
        now += 61
        model.invoke("hi")
        assert model.asked == 2


@pytest.mark.parametrize("make", [lambda _: MemoryCache(2), None], ids=["entries", "bytes"])
def test_the_oldest_answers_are_dropped_first(make: Any, tmp_path: Path) -> None:
    probe = SQLiteCache(tmp_path / "probe.db")
    with_cache(CountingModel(), probe).invoke("one")
    room = int(probe.size() * 2.5)
    caches = (
        [MemoryCache(2)]
        if make
        else [MemoryCache(max_bytes=room), SQLiteCache(tmp_path / "b.db", max_bytes=room)]
    )
    for cache in caches:
        model = with_cache(CountingModel(), cache)
        for text in ("one", "two", "three"):
            model.invoke(text)
        model.invoke("three")
        model.invoke("two")
        assert model.asked == 3
        model.invoke("one")
        assert model.asked == 4


def test_an_answer_larger_than_all_the_room_is_not_kept(tmp_path: Path) -> None:
    for cache in (MemoryCache(max_bytes=10), SQLiteCache(tmp_path / "a.db", max_bytes=10)):
        model = with_cache(CountingModel(), cache)
        model.invoke("hi")
        model.invoke("hi")
        assert model.asked == 2


def test_a_cleared_cache_is_empty(cache: AnswerCache) -> None:
    model = with_cache(CountingModel(), cache)
    model.invoke("hi")
    cache.clear()
    model.invoke("hi")
    model.invoke("hi")
    assert model.asked == 2


async def test_a_replay_can_take_its_time() -> None:
    model = with_cache(CountingModel(), MemoryCache(), pace=0.01)
    list(model.stream("hi"))
    began = time.monotonic()
    list(model.stream("hi"))
    assert time.monotonic() - began >= 0.01 * len(CHUNKS)
    began = time.monotonic()
    assert len([c async for c in model.astream("hi")]) == 8
    assert time.monotonic() - began >= 0.01 * len(CHUNKS)


# --- at the same time


class SlowModel(CountingModel):
    """Takes 50 ms for an answer."""

    def _generate(self, messages: Any, **options: object) -> AIMessage:
        time.sleep(0.05)
        return super()._generate(messages, **options)

    async def _agenerate(self, messages: Any, **options: object) -> AIMessage:
        await asyncio.sleep(0.05)
        return super()._generate(messages, **options)


async def test_of_equal_requests_at_the_same_time_one_is_sent_if_asked_for(
    cache: AnswerCache,
) -> None:
    single = with_cache(SlowModel(), cache, single_flight=True)
    answers = await single.abatch(["hi"] * 50)
    assert {answer.content for answer in answers} == {"It is nine\ud800"}
    assert single.asked == 1
    assert len(single.batch(["ho"] * 8, max_concurrency=8)) == 8
    assert single.asked == 2
    every = with_cache(SlowModel(), MemoryCache())
    await every.abatch(["hi"] * 5)
    assert every.asked == 5


def test_when_the_first_of_equal_requests_fails_the_next_is_sent() -> None:
    model = with_cache(CountingModel(fails=True), MemoryCache(), single_flight=True)
    results = model.batch(["hi"] * 4, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError] * 4
    assert model.asked == 4


def test_a_call_does_not_wait_for_one_of_its_own_thread_or_task() -> None:
    model = with_cache(CountingModel(), MemoryCache(), single_flight=True)
    pairs = list(zip(model.stream("hi"), model.stream("hi"), strict=True))
    assert [one.blocks for one, _ in pairs] == [other.blocks for _, other in pairs]

    async def in_one_task() -> int:
        async with model.astream("ho") as stream:
            await stream.__anext__()
            return len((await model.ainvoke("ho")).blocks)

    assert asyncio.run(asyncio.wait_for(in_one_task(), 5)) == 3


async def test_a_waiter_that_is_cancelled_leaves_the_others_alone() -> None:
    model = with_cache(SlowModel(), MemoryCache(), single_flight=True)
    tasks = [asyncio.create_task(model.ainvoke("hi")) for _ in range(3)]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    first, gone, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(gone, asyncio.CancelledError)
    assert isinstance(first, AIMessage)
    assert isinstance(third, AIMessage)
    assert model.asked == 1


def test_threads_write_and_read_one_file_at_once(tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "answers.db", max_bytes=20_000)
    model = with_cache(CountingModel(), cache)
    with ThreadPoolExecutor(8) as pool:
        texts = [f"question {number % 40}" for number in range(400)]
        answers = list(pool.map(model.invoke, texts))
    assert len({answer.content for answer in answers}) == 1
    assert cache.size() <= 20_000


# --- a cache that fails


class BrokenCache(AnswerCache):
    """A cache of a user whose server is down."""

    def __init__(self, address: str = "redis://none") -> None:
        self.address = address

    def get(self, key: bytes) -> bytes | None:
        raise OSError("no route to the cache")

    def put(self, key: bytes, answer: bytes) -> None:
        raise OSError("no route to the cache")

    def clear(self) -> None:
        pass


def test_a_cache_that_fails_warns_once_and_the_model_answers() -> None:
    model = with_cache(CountingModel(), BrokenCache())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            assert model.invoke("hi").tool_calls
    assert [str(each.message).count("no route") for each in caught] == [1, 1]
    assert model.asked == 3


def test_an_entry_that_is_no_answer_is_asked_for_anew_and_replaced() -> None:
    cache = MemoryCache()
    keys: list[bytes] = []
    put = cache.put
    cache.put = lambda key, answer: (keys.append(key), put(key, answer))[1]  # type: ignore[method-assign,func-returns-value]
    model = with_cache(CountingModel(), cache)
    model.invoke("hi")
    put(keys[0], b'{"format": 1, "segments": 5}')
    with pytest.warns(CacheWarning, match="an answer that is none"):
        model.invoke("hi")
    model.invoke("hi")
    assert model.asked == 2


def test_a_model_with_a_cache_is_pickled(tmp_path: Path) -> None:
    model = with_cache(CountingModel(), SQLiteCache(tmp_path / "a.db"), single_flight=True)
    model.invoke("hi")
    copy = pickle.loads(pickle.dumps(model))
    assert copy.invoke("hi").response_metadata["cached"] is True
    assert "SQLiteCache(" in repr(copy)
    empty = pickle.loads(pickle.dumps(with_cache(CountingModel(), MemoryCache(5))))
    empty.invoke("hi")
    assert empty.asked == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MemoryCache(10**400), "max_entries is a number above 0"),
        (lambda: with_cache(CountingModel(), "answers.db"), "cache is a SQLiteCache"),  # type: ignore[arg-type]
        (lambda: with_cache(CountingModel(), MemoryCache(), key="k"), "key is a function"),  # type: ignore[arg-type]
        (lambda: with_cache(CountingModel(), MemoryCache(), pace=-1), "pace is a number above 0"),
        (lambda: with_cache(CountingModel().with_retry(), MemoryCache()), "Wrap the model"),  # type: ignore[type-var]
        (lambda: MemoryCache(0), "max_entries is a number above 0"),
        (lambda: SQLiteCache("a.db", max_age=float("nan")), "max_age is a number above 0"),
        (lambda: SQLiteCache(""), "path is the path of a file"),
    ],
)
def test_what_cannot_be_right_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        make()


@pytest.mark.parametrize("key", [{(1, 2): 3}, {1: "a", "b": 2}])
def test_a_key_that_json_cannot_write_is_named(key: Any) -> None:
    model = with_cache(CountingModel(), MemoryCache(), key=lambda call: key)
    with pytest.raises(InvalidParameterError, match="key= has returned what JSON cannot write"):
        model.invoke("hi")
