"""``chat offline``: every vendor on this machine, without a key."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError
from ..input_text import as_text

__all__ = ["EXAMPLES", "offline"]

EXAMPLES = """\b
Examples:
  chat offline
  chat offline groq openai --answer "Hello there"
"""


def offline(
    provider: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROVIDER]...", help="Provider ids; by default all installed."),
    ] = None,
    answer: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What is answered; by default one sentence."),
    ] = None,
    pause: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, max=60, help="Between two chunks of a stream."),
    ] = 0.03,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="By default a free one.")
    ] = 0,
) -> None:
    """Start a server that answers as the vendors do.

    It listens on loopback until Ctrl-C, needs no key, and prints for each provider what to export
    or to pass.
    """
    try:
        from chat_conformance.offline import DEFAULT_ANSWER, OfflineServer
        from chat_conformance.offline_command import instructions
    except ImportError as error:
        raise TerminalError(
            'The offline server comes with pip install "chat-terminal[offline]".'
            " chat run offline:demo needs no server.",
            ExitCode.NOT_FOUND,
        ) from error

    if answer is not None:
        as_text(os.fsencode(answer), "--answer")
    server = OfflineServer(answer or DEFAULT_ANSWER, pause=pause, port=port)
    wanted = [server.find_provider(name) for name in provider or server.providers]
    ended = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        with server:
            for line in instructions(server, wanted):
                typer.echo(line)
            while not ended.wait(3600):
                pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise TerminalError(
            f"Port {port} cannot be used: {reason}.", ExitCode.CONNECTION
        ) from error
