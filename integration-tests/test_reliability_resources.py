"""Many streams at once, one after another, in threads, on event loops, after forks and pickling."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import pickle
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat_conformance.backends import KEY
from chat_conformance.declared import DECLARED, GoogleGenAI, Groq
from chat_conformance.http_answers import Answer, Stall
from chat_conformance.script import Reply
from chat_conformance.scripted_server import ScriptedServer
from chat_core import APITimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chat_conformance import ChatModelConformance
    from chat_conformance.simulators import ScriptItem
    from chat_conformance.wire_connection import Request
    from chat_core import AsyncChatStream, ChatModel

subjects = pytest.mark.parametrize("subject", DECLARED, ids=lambda subject: subject.__name__)

AT_ONCE = 500
ONE_AFTER_ANOTHER = 150


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as made:
        yield made


def make(subject: type[ChatModelConformance], server: ScriptedServer) -> ChatModel:
    server.forget(subject.simulator)
    server.answer_always(echo)
    return subject.make_model(base_url=server.url, api_key=KEY, max_retries=0)


def echo(request: Request) -> Reply:
    """An answer with the number of its question: ``<17>`` is answered by ``[17]`` and more."""
    return Reply(expected(number_of(request)))


def number_of(request: Request) -> int:
    body = request.body.decode().replace("\\u003c", "<").replace("\\u003e", ">")
    return int(body.partition("<")[2].partition(">")[0])


def expected(number: int) -> str:
    return f"[{number}] goldfish on the moon"


def question(number: int) -> str:
    return f"<{number}>"


async def read(model: ChatModel, number: int) -> str:
    return "".join([chunk.content async for chunk in model.astream(question(number))])


async def first_words(stream: AsyncChatStream) -> str:
    text = ""
    while not text:
        text = (await anext(stream)).content
    return text


async def rest(stream: AsyncChatStream) -> str:
    return "".join([chunk.content async for chunk in stream])


def read_sync(model: ChatModel, number: int) -> str:
    return "".join(chunk.content for chunk in model.stream(question(number)))


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def settled(count: int) -> bool:
    """Whether, before long, no more than ``count`` files are open."""
    until = time.monotonic() + 20
    while open_files() > count and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    return open_files() <= count


@pytest.fixture
def room_for_files() -> None:
    """Open files enough for both ends of every stream; skips where the machine forbids it."""
    needed = 4 * AT_ONCE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"this machine allows {hard} open files; {needed} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))


@pytest.mark.usefixtures("room_for_files")
@subjects
def test_five_hundred_streams_at_once_do_not_wait_for_each_other_and_leave_nothing_behind(
    subject: type[ChatModelConformance], server: ScriptedServer
) -> None:
    """All are open before any is read on; then every other one completes, the rest are closed."""
    files, threads = open_files(), threading.active_count()
    assert asyncio.run(read_half_of_many(subject, server)) == {
        number: expected(number) for number in range(0, AT_ONCE, 2)
    }
    assert settled(files)
    assert server.wire.open_connections == 0
    assert threading.active_count() <= threads + 1  # the one that watches all deadlines


async def read_half_of_many(
    subject: type[ChatModelConformance], server: ScriptedServer
) -> dict[int, str]:
    """The texts of the streams with even numbers; as many others are closed early."""
    async with make(subject, server) as model:
        server.answer_always(stall_if_odd)
        streams = [model.astream(question(number)) for number in range(AT_ONCE)]
        begun = await asyncio.gather(*map(first_words, streams))
        assert server.wire.open_connections == AT_ONCE
        await asyncio.gather(*(stream.aclose() for stream in streams[1::2]))
        ends = await asyncio.gather(*map(rest, streams[::2]))
    assert len(asyncio.all_tasks()) == 1
    texts = [first + last for first, last in zip(begun[::2], ends, strict=True)]
    return dict(zip(range(0, AT_ONCE, 2), texts, strict=True))


def stall_if_odd(request: Request) -> ScriptItem:
    number = number_of(request)
    return Reply(expected(number), Stall()) if number % 2 else Reply(expected(number))


@subjects
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_streams_one_after_another_leave_nothing_behind(
    subject: type[ChatModelConformance], mode: str, server: ScriptedServer
) -> None:
    """Neither files nor threads nor connections grow with the number of streams."""
    loop = asyncio.new_event_loop()
    model = make(subject, server)

    def once(number: int) -> str:
        if mode == "sync":
            return read_sync(model, number)
        return loop.run_until_complete(read(model, number))

    for number in range(10):
        once(number)
    files, threads = open_files(), threading.active_count()
    for number in range(ONE_AFTER_ANOTHER):
        assert once(number) == expected(number)
    assert settled(files + 2)
    assert threading.active_count() <= threads + 1
    assert server.wire.open_connections <= 2
    if mode == "sync":
        model.close()
    else:
        loop.run_until_complete(model.aclose())
    loop.close()


@subjects
def test_two_event_loops_and_two_threads_share_a_model(
    subject: type[ChatModelConformance], server: ScriptedServer
) -> None:
    model = make(subject, server)
    found: dict[int, str] = {}
    done = threading.Barrier(4)  # aclose also closes what threads use

    async def on_a_loop(first: int) -> None:
        numbers = range(first, first + 10)
        texts = await asyncio.gather(*(read(model, number) for number in numbers))
        found.update(zip(numbers, texts, strict=True))
        await asyncio.to_thread(done.wait, 30)
        await model.aclose()

    def in_a_thread(first: int) -> None:
        for number in range(first, first + 10):
            found[number] = read_sync(model, number)
        done.wait(30)

    threads = [
        threading.Thread(target=lambda: asyncio.run(on_a_loop(0))),
        threading.Thread(target=lambda: asyncio.run(on_a_loop(10))),
        threading.Thread(target=in_a_thread, args=(20,)),
        threading.Thread(target=in_a_thread, args=(30,)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    model.close()
    assert found == {number: expected(number) for number in range(40)}


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@subjects
def test_a_model_that_was_used_works_after_a_fork_beside_its_parent(
    subject: type[ChatModelConformance], server: ScriptedServer
) -> None:
    """Parent and child do not write into each other's connections."""
    model = make(subject, server)
    assert read_sync(model, 1) == expected(1)
    stream = model.stream(question(2))
    begun = next(stream).content
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()

    def child() -> None:
        found = [read_sync(model, 3)]
        found.append(asyncio.run(read(model, 4)))
        model.close()
        results.put(found)

    process = context.Process(target=child)
    process.start()
    process.join(30)
    assert process.exitcode == 0
    assert results.get() == [expected(3), expected(4)]
    assert begun + "".join(chunk.content for chunk in stream) == expected(2)
    assert read_sync(model, 5) == expected(5)
    model.close()


@subjects
def test_a_pickled_model_works_elsewhere_with_the_key_of_the_environment(
    subject: type[ChatModelConformance], server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make(subject, server)
    assert read_sync(model, 1) == expected(1)
    for name in model.api_key_env:
        monkeypatch.setenv(name, KEY)
    pickled = pickle.dumps(model)
    assert KEY.encode() not in pickled
    copy: ChatModel = pickle.loads(pickled)
    if not copy.api_key_env:
        copy.api_key = KEY
    assert read_sync(copy, 2) == expected(2)
    copy.close()
    assert read_sync(model, 3) == expected(3)
    model.close()


INTERRUPTED = """
    import signal, sys, threading
    from chat_core import get_chat_model
    from chat_core import StrOutputParser

    signal.signal(signal.SIGINT, signal.default_int_handler)
    model = get_chat_model({model!r}, base_url={url!r}, api_key="k", max_retries=0)
    runnable = model | StrOutputParser() if {chain!r} else model
    try:
        if {streamed!r}:
            for chunk in runnable.stream("Hi"):
                pass
        else:
            runnable.invoke("Hi")
    except KeyboardInterrupt:
        print("interrupted", threading.active_count() <= 3, flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "invoke"])
@pytest.mark.parametrize("chain", [False, True], ids=["model", "chain"])
@pytest.mark.parametrize("subject", [Groq, GoogleGenAI], ids=lambda subject: subject.__name__)
def test_ctrl_c_interrupts_a_call_that_waits_and_hangs_up(
    subject: type[ChatModelConformance], chain: bool, streamed: bool, server: ScriptedServer
) -> None:
    """Not by the end of the process, which goes on."""
    server.forget(subject.simulator)
    server.answer_always(Reply("Gold", Stall()) if streamed else Answer(before=[Stall()]))
    program = INTERRUPTED.format(
        model=subject.model_id, url=server.url, chain=chain, streamed=streamed
    )
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert server.wire.wait_for_requests(1, 30)
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        assert server.wire.wait_for_disconnect(10)  # the process waits for its input, and lives
        output = run.communicate("", timeout=30)
    assert output == ("interrupted True\n", "")


def test_a_listener_without_answers_fills_no_queue() -> None:
    """A connection that the server never accepts ends in a timeout of ours, in both modes."""
    with socket.socket() as unanswered:
        unanswered.bind(("127.0.0.1", 0))
        unanswered.listen(1)
        url = f"http://127.0.0.1:{unanswered.getsockname()[1]}"
        model = Groq.make_model(base_url=url, api_key=KEY, max_retries=0, answer_timeout=0.3)
        began = time.monotonic()
        with pytest.raises(APITimeoutError):
            model.invoke("Hi")
        assert time.monotonic() - began < 5
        model.close()
