"""The network guard lets loopback through and nothing else."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_conformance import loopback
from chat_conformance.loopback import LoopbackOnlyError, is_loopback

# 192.0.2.0/24 is kept for documentation (RFC 5737): no host answers there, should the guard fail.
OUTSIDE = "192.0.2.1"

loopback.refuse_everything_but_loopback()


def refused() -> list[str]:
    """What was refused so far, now accounted for: the rest would fail the test (`conftest.py`)."""
    noted = loopback.REFUSED.copy()
    loopback.REFUSED.clear()
    return noted


def udp() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def connect() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        sock.connect((OUTSIDE, 80))


def connect_ex() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        sock.connect_ex((OUTSIDE, 80))


def connect_ipv6() -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(0.2)
        sock.connect(("2001:db8::1", 80))


def send_datagram() -> None:
    with udp() as sock:
        sock.sendto(b"", (OUTSIDE, 53))


def send_message() -> None:
    with udp() as sock:
        sock.sendmsg([b""], [], 0, (OUTSIDE, 53))


def look_a_name_up() -> None:
    socket.getaddrinfo("api.example.com", 443)


def look_a_name_up_the_old_way() -> None:
    socket.gethostbyname("api.example.com")


def look_an_address_up() -> None:
    socket.gethostbyaddr(OUTSIDE)


def open_a_url() -> None:
    urllib.request.urlopen(f"http://{OUTSIDE}/", timeout=0.2)


def connect_from_asyncio() -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(OUTSIDE, 80), 0.2))


WAYS_OUT = [
    connect,
    connect_ex,
    connect_ipv6,
    send_datagram,
    send_message,
    look_a_name_up,
    look_a_name_up_the_old_way,
    look_an_address_up,
    open_a_url,
    connect_from_asyncio,
]


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_every_way_out_is_refused_and_noted(leave: Callable[[], None]) -> None:
    with pytest.raises(LoopbackOnlyError, match="only loopback addresses are allowed"):
        leave()
    assert len(refused()) == 1


def test_without_an_audit_hook_every_way_out_is_refused_all_the_same() -> None:
    code = (
        "import sys\n"
        "from chat_conformance import loopback\n"
        "sys.addaudithook = None\n"
        "loopback.refuse_everything_but_loopback(audit=False)\n"
        "import test_loopback_guard as tests\n"
        "for leave in tests.WAYS_OUT:\n"
        "    tests.test_every_way_out_is_refused_and_noted(leave)\n"
        "tests.asyncio.run(tests.test_a_loopback_server_is_reachable_by_address_and_by_name())\n"
        "print(len(tests.WAYS_OUT))\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(loopback.__file__).parents[1])])
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == f"{len(WAYS_OUT)}\n", run.stderr


def test_a_swallowed_refusal_is_still_noted() -> None:
    try:
        connect()
    except Exception:  # noqa: BLE001 - as a careless client would
        pass
    assert refused() == [f"socket.connect ('{OUTSIDE}', 80)"]


async def test_a_loopback_server_is_reachable_by_address_and_by_name() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(4))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for host in ("127.0.0.1", "localhost"):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"ping")
            assert await reader.read() == b"ping"
            writer.close()


def test_unix_sockets_stay_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may hold about 100 bytes only
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("door")
        server.listen()
        client.connect("door")


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        (b"LOCALHOST.", True),
        (None, True),
        ("", True),
        ("0.0.0.0", False),
        ("::ffff:192.0.2.1", False),
        ("fe80::1%lo", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        (7, False),
    ],
)
def test_what_counts_as_loopback(host: object, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_proxy_on_loopback_is_no_way_around() -> None:
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "*"


def test_a_script_switches_it_on_with_nothing_but_the_standard_library() -> None:
    code = (
        "import runpy, socket, sys\n"
        f"guard = runpy.run_path({loopback.__file__!r})\n"
        "guard['refuse_everything_but_loopback']()\n"
        "assert not {'pytest', 'pydantic', 'httpx'} & set(sys.modules)\n"
        f"socket.create_connection(({OUTSIDE!r}, 80), 0.2)\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "LoopbackOnlyError: socket.getaddrinfo to '192.0.2.1' refused" in run.stderr


PLANTED = """
import socket

def test_that_hides_its_refusal():
    try:
        socket.create_connection(("192.0.2.1", 80), 0.2)
    except RuntimeError:
        pass
"""


def test_a_test_that_hides_a_refusal_fails_all_the_same(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    (tmp_path / "test_planted.py").write_text(PLANTED)
    (tmp_path / "conftest.py").write_text((root / "conftest.py").read_text())
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "."],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(loopback.__file__).parents[1]),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "refused by the network guard: socket.getaddrinfo '192.0.2.1'" in run.stdout
