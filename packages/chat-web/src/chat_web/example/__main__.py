"""Serves the example: ``python -m chat_web.example [--model ID] [--port PORT]``."""

from __future__ import annotations

import argparse
import sys

from chat_core import ChatError, ChatModel, get_chat_model

from ..resumable import ResumableStreams
from ..stores.memory import MemoryStore
from ..stores.sqlite import SQLiteStore
from .app import example_app

_OFFLINE = ("offline:demo", "offline:think")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(arguments: list[str] | None = None) -> None:
    """Serve until a signal ends it; exits with a sentence where it cannot."""
    options = _parser().parse_args(arguments)
    try:
        import uvicorn
    except ImportError:
        sys.exit('The example is served by uvicorn: pip install "chat-web[example]"')
    try:
        models = _models(options.model or _OFFLINE, options.pause)
    except ChatError as error:
        sys.exit(f"{error}")
    store = SQLiteStore(options.store) if options.store else MemoryStore()
    is_local = options.host in _LOOPBACK
    hosts = ("127.0.0.1", "localhost", "[::1]") if is_local else ("*",)
    if not is_local:
        sys.stderr.write("Everyone who reaches this address may use these models.\n")
    sys.stdout.write(f"Chat page: http://{options.host}:{options.port}\n")
    app = example_app(models, ResumableStreams(store), hosts=hosts)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chat_web.example", description="Serve a chat page."
    )
    parser.add_argument(
        "--model", action="append", metavar="ID", help="offer this model; may be repeated"
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000, help="default: 8000")
    parser.add_argument("--store", metavar="FILE", help="keep streams in this SQLite file")
    parser.add_argument(
        "--pause", type=float, default=0.04, help="seconds between tokens of offline models"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError(f"{port} is no port: 1 to 65535")
    return port


def _models(ids: list[str] | tuple[str, ...], pause: float) -> dict[str, ChatModel]:
    """The models by id. Raises ``ChatError`` for an id that has none."""
    return {
        each: get_chat_model(each, **({"pause": pause} if each.startswith("offline:") else {}))
        for each in ids
    }


if __name__ == "__main__":
    main()
