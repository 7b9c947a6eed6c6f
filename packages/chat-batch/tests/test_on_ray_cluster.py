"""A batch on a cluster of Ray with two machines: processes on loopback. ``make ray`` runs it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from batch_files import MODEL, echo, ids_in, questions, results_by_id
from chat_batch import BatchStoppedError, run_batch, run_batch_on_ray
from chat_batch.on_ray.run import RayBatch
from chat_conformance import ErrorReply, OfflineServer
from chat_core import AuthenticationError, Message

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("RAY_CHECK"), reason="make ray installs Ray and runs this"
    ),
    pytest.mark.filterwarnings("default"),  # Ray warns of settings of its own
]

NODE = {"object_store_memory": 100 * 2**20}
FAST_DETECTION = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 3,
}


class Machines:
    """A head without CPUs, as the driver's machine, and two machines with one CPU each."""

    def __init__(self) -> None:
        self.ray: Any = import_module("ray")
        cluster: Any = import_module("ray.cluster_utils").Cluster
        head = {**NODE, "num_cpus": 0, "include_dashboard": False, "_system_config": FAST_DETECTION}
        self.cluster = cluster(initialize_head=True, head_node_args=head)
        self.nodes = [self.cluster.add_node(num_cpus=1, **NODE) for _ in range(2)]
        assert self.cluster.address.startswith("127.0.0.1:")
        self.ray.init(address=self.cluster.address, log_to_driver=False)

    def kill(self) -> None:
        """Kill one machine; nothing on it can end what it does."""
        self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)

    def replace(self) -> None:
        """Add a machine for each that was killed."""
        while len(self.nodes) < 2:
            self.nodes.append(self.cluster.add_node(num_cpus=1, **NODE))

    def close(self) -> None:
        self.ray.shutdown()
        self.cluster.shutdown()


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    found = Machines()
    yield found
    found.close()


def slowly(messages: list[Message]) -> str:
    """An answer that repeats the question; the server gives at most 50 a second."""
    time.sleep(0.02)
    return echo(messages)


@contextmanager
def quick_server() -> Iterator[str]:
    """The address of a server in its own process that answers every request after 50 ms."""
    script = Path(__file__).parents[3] / "scripts" / "scale" / "server.py"
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def connection(server: OfflineServer) -> dict[str, Any]:
    return {"base_url": server.url, "api_key": "k"}


def asked(server: OfflineServer) -> list[str]:
    """The ids of the rows of all requests so far, in their order."""
    numbers = [re.findall(r"\d+", call[-1].content)[0] for call in list(server.calls)]
    return [f"row-{number}" for number in numbers]


def most_in_a_minute(times: list[float]) -> int:
    """The most of ``times``, in seconds and sorted, that lie in any 60 seconds."""
    return max(bisect_left(times, begin + 60) - number for number, begin in enumerate(times))


def test_a_limit_of_the_run_holds_at_the_server_while_both_workers_start(
    machines: Machines, tmp_path: Path
) -> None:
    arrived: list[float] = []

    def note(messages: list[Message]) -> str:
        arrived.append(time.monotonic())
        return echo(messages)

    async def over_a_minute(server: OfflineServer) -> int:
        batch = RayBatch(
            questions(100),
            model=MODEL,
            out=tmp_path / "r.jsonl",
            settings=connection(server),
            max_concurrency=16,
            workers=2,
            requests_per_minute=30,
        )
        running = asyncio.create_task(batch.run())
        while len(arrived) < 30:
            await asyncio.sleep(0.05)
        first = len(arrived)
        while time.monotonic() < arrived[0] + 66:
            await asyncio.sleep(0.05)
        batch.stop("Enough")
        with pytest.raises(BatchStoppedError, match="Enough"):
            await running
        return first

    with OfflineServer(note) as server:
        first = asyncio.run(over_a_minute(server))
    found = most_in_a_minute(sorted(arrived))
    span = arrived[29] - arrived[0]
    print(
        f"\n30 requests a minute for two workers: {len(arrived)} requests, the first 30 in"
        f" {span:.2f} s, at most {found} in any 60 s at the server"
    )
    assert first == 30
    assert len(arrived) > 30
    assert found <= 31


def test_every_row_is_there_once_though_a_machine_is_killed(
    machines: Machines, tmp_path: Path
) -> None:
    out, rows = tmp_path / "r.jsonl", questions(600)
    before_kill: list[tuple[set[str], int]] = []

    with OfflineServer(slowly) as server:

        def kill_half_way() -> None:
            while len(ids_in(out)) < 300:
                time.sleep(0.01)
            machines.kill()
            before_kill.append((set(ids_in(out)), len(asked(server))))

        killer = threading.Thread(target=kill_half_way)
        killer.start()
        summary = run_batch_on_ray(
            rows, model=MODEL, out=out, settings=connection(server), max_concurrency=16, workers=2
        )
        killer.join()
        requests = asked(server)
    machines.replace()
    finished, sent = before_kill[0]
    assert summary.succeeded == 600
    assert sorted(ids_in(out)) == sorted(row["id"] for row in rows)
    assert not [row for row in requests[sent:] if row in finished]
    again = len(requests) - len(set(requests))
    print(
        f"\n600 rows, one of two machines killed after {len(finished)}: 600 results, each row once;"
        f" {len(requests)} requests, {again} for rows whose answer had not arrived,"
        f" none for a finished row; {summary.seconds:.1f} s"
    )
    assert again <= 16


def test_results_are_those_of_one_process_and_a_second_run_asks_nothing(
    machines: Machines, tmp_path: Path
) -> None:
    def answer(messages: list[Message]) -> Any:
        text = messages[-1].content
        return ErrorReply("content_filter") if text == "Question 3" else f"You asked: {text}"

    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    with OfflineServer(answer) as server:
        options: Any = {"model": MODEL, "settings": connection(server), "max_concurrency": 4}
        local = run_batch(questions(40), out=here, **options)
        on_ray = run_batch_on_ray(questions(40), out=there, workers=2, **options)
        assert (on_ray.succeeded, on_ray.failed) == (local.succeeded, local.failed) == (39, 1)
        calls = len(server.calls)
        again = run_batch_on_ray(questions(40), out=there, workers=2, **options)
        assert (again.finished_before, len(server.calls)) == (40, calls)
    assert shapes(here) == shapes(there)
    assert type(results_by_id(there)["row-3"].error) is type(results_by_id(here)["row-3"].error)


def shapes(path: Path) -> dict[str, Any]:
    """Each result of a file by its id, without what differs from request to request."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.pop("seconds")
        if line["error"]:
            line["error"].pop("request_id")
        else:
            line["message"].pop("id")
            line["message"]["response_metadata"] = sorted(line["message"]["response_metadata"])
    return {line["id"]: line for line in lines}


def test_a_wrong_key_ends_the_run_with_the_error_of_the_vendor(
    machines: Machines, tmp_path: Path
) -> None:
    out = tmp_path / "r.jsonl"
    with OfflineServer(lambda _: ErrorReply("authentication")) as server:
        batch = RayBatch(
            questions(40), model=MODEL, out=out, settings=connection(server), workers=2
        )
        with pytest.raises(BatchStoppedError) as caught:
            asyncio.run(batch.run())
    assert isinstance(caught.value.__cause__, AuthenticationError)
    assert ids_in(out) == []


def test_rows_a_second_beside_one_process(machines: Machines, tmp_path: Path) -> None:
    rows, rates = questions(1000), {}
    with quick_server() as url:
        options: Any = {
            "model": MODEL,
            "settings": {"base_url": url, "api_key": "k"},
            "max_concurrency": 32,
        }
        run_batch_on_ray(questions(64), out=tmp_path / "warm.jsonl", workers=2, **options)
        runs: dict[str, Any] = {
            "one process": run_batch,
            "Ray, two workers": partial(run_batch_on_ray, workers=2),
        }
        for name, run in runs.items():
            summary = run(rows, out=tmp_path / f"{name}.jsonl", **options)
            assert summary.succeeded == len(rows)
            rates[name] = len(rows) / summary.seconds
    print("\n1,000 rows, 32 requests at once, answers after 50 ms, rows a second (at most 640):")
    for name, rate in rates.items():
        print(f"  {name:18} {rate:6.0f}")
