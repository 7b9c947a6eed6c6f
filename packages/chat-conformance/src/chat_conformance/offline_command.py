"""The command ``offline``: starts the offline server and prints how to point a program to it."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

from chat_core import ChatError

from .offline import DEFAULT_ANSWER, OfflineServer
from .offline_providers import OfflineProvider

__all__ = ["instructions", "main"]


def main(arguments: Sequence[str]) -> int:
    """Run the command until it is interrupted.

    Returns 0 when it is, 1 if the server cannot start, 2 for a provider that is not installed.
    Exits with status 2 for wrong arguments.
    """
    options = _parser().parse_args(arguments)
    server = OfflineServer(options.answer or DEFAULT_ANSWER, pause=options.pause, port=options.port)
    try:
        wanted = [server.find_provider(name) for name in options.provider or server.providers]
        with server:
            print("\n".join(instructions(server, wanted)), flush=True)
            _wait_for_interrupt()
    except ChatError as error:
        print(f"chat_conformance: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        problem = f"port {options.port} cannot be used: {error.strerror}"
        print(f"chat_conformance: {problem}", file=sys.stderr)
        return 1
    print("The offline server has ended.")
    return 0


def instructions(server: OfflineServer, providers: Sequence[OfflineProvider]) -> Iterator[str]:
    """The lines that the command prints: for each provider what to export or to pass."""
    yield f"The offline server listens on {server.url}; Ctrl-C ends it."
    yield "It needs no key and answers every request alike (--answer TEXT, --pause SECONDS)."
    for provider in providers:
        yield f"\n{provider.name}"
        variables = provider.environment(server.url)
        if variables:
            sets = [f"{name}={value}" for name, value in variables.items()]
            powershell = [f'$env:{name}="{value}"' for name, value in variables.items()]
            yield f"  bash        export {' '.join(sets)}"
            yield f"  PowerShell  {'; '.join(powershell)}"
        given = [
            f"{name}={json.dumps(value)}" for name, value in provider.arguments(server.url).items()
        ]
        call = ", ".join([json.dumps(provider.id), *given])
        yield f"  Python      get_chat_model({call})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chat_conformance")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    offline = commands.add_parser(
        "offline",
        help="start the offline server and print how to point a program to it",
        description="Starts a server on loopback that answers in the wire of every installed"
        " provider, without a key, and prints how to point a program to it.",
    )
    offline.add_argument("provider", nargs="*", help="provider ids (default: all installed)")
    offline.add_argument(
        "--answer", metavar="TEXT", help="what to answer (default: one fixed sentence)"
    )
    offline.add_argument(
        "--pause",
        type=_seconds,
        default=0.03,
        metavar="SECONDS",
        help="between two chunks of a stream (default: 0.03)",
    )
    offline.add_argument(
        "--port", type=_port, default=0, metavar="N", help="the port (default: a free one)"
    )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError(f"a pause is 0 to 60 seconds; got {text}")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"a port is 0 to 65535; got {text}")
    return value


def _wait_for_interrupt() -> None:
    """Block until the process is interrupted (Ctrl-C) or asked to terminate."""
    ended = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: ended.set())
    while not ended.wait(3600):
        pass
