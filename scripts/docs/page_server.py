"""The servers and the environment that an executed page finds: every vendor, on loopback.

`startup/sitecustomize.py` sends each request that is meant for a vendor here; the host that it was
meant for decides the wire and the rules. Nothing of it is visible to the page.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path

from chat_conformance import loopback
from chat_conformance.http_answers import Answer, json_answer
from chat_conformance.script import MODEL_NAME, Delivery, Part, Reply, Text, Tokens
from chat_conformance.scripted_server import ScriptedServer
from chat_conformance.simulators import MistralSimulator, ScriptItem, Simulator
from chat_conformance.wire_connection import Request
from chat_conformance.wire_server import WireServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from provider_rows import ROWS

__all__ = ["VERSE", "PageServer", "environment", "offline"]

VERSE = (
    "Goldfish on the moon tonight,\nswimming circles, silver-white,\n"
    "no one there to feed them crumbs,\nstill they hum until dawn comes."
)
"""The answer to every request for which the page has no answers of its own."""

USUAL = Reply(VERSE, tokens=Tokens(input=19, output=42))

SERVER_VARIABLE = "DOCS_SERVER"
"""Where the server listens; read by `startup/sitecustomize.py`."""

_KEPT = re.compile(r"PATH$|HOME$|^(LANG|LC_ALL|TMPDIR|USER|VIRTUAL_ENV|SHELL|TERM)$")
_MODEL_IN_PATH = re.compile(r"/models/([^/:]+):")


class PageServer(ScriptedServer):
    """Answers as the vendor whose host the request names, with the name of the requested model."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: deque[ScriptItem] = deque()
        self.answer_always(self._next)

    @property
    def left(self) -> int:
        """How many answers of the page no request has asked for."""
        return len(self._answers)

    def script(self, *answers: ScriptItem) -> None:
        """Answer the next requests with these, one each."""
        self._answers.extend(answers)

    def simulator_for(self, request: Request) -> Simulator:
        """See `ScriptedServer`; also chooses the rules of the vendor."""
        host = request.headers.get("host", "")
        row = next((row for row in ROWS if row.host and re.search(row.host, host)), None)
        self.provider = row.provider if row else "openai-compatible"
        if self.provider == "mistralai":
            return MistralSimulator()
        return super().simulator_for(request)

    def _next(self, request: Request) -> ScriptItem:
        item = self._answers.popleft() if self._answers else USUAL
        return _in_words(_named(item, _requested_model(request)))


def _requested_model(request: Request) -> str:
    if found := _MODEL_IN_PATH.search(request.path):
        return found[1]
    return str(request.json.get("model", "")) if request.body else ""


def _named(item: ScriptItem, model: str) -> ScriptItem:
    """`item` with the model's name, unless it names one itself."""
    if isinstance(item, Delivery):
        reply = _named(item.reply, model)
        assert isinstance(reply, Reply)
        return replace(item, reply=reply)
    if isinstance(item, Reply) and item.model == MODEL_NAME and model:
        item = copy(item)
        object.__setattr__(item, "model", model)
    return item


def _in_words(item: ScriptItem) -> ScriptItem:
    """`item` with its text in deltas of one word, unless it has a `piece` of its own."""
    if isinstance(item, Delivery):
        reply = _in_words(item.reply)
        assert isinstance(reply, Reply)
        return replace(item, reply=reply)
    if not isinstance(item, Reply) or item.piece != Reply().piece:
        return item
    item = copy(item)
    object.__setattr__(item, "parts", tuple(_words(item.parts)))
    object.__setattr__(item, "piece", 16)
    return item


def _words(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Text) and not part.cited:
            yield from (Text(word) for word in re.findall(r"\s*\S+\s*", part.text))
        else:
            yield part


@contextmanager
def offline() -> Iterator[PageServer]:
    """Run the servers; within the block this process and its children reach nothing else."""
    with PageServer() as server, WireServer(handler=_token, check=None) as tokens:
        os.environ[SERVER_VARIABLE] = server.url
        os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = "key.json"
        Path("key.json").write_text(json.dumps(_service_account(tokens.url)))
        yield server


def _token(request: Request) -> Answer:
    return json_answer({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})


def _service_account(url: str) -> dict[str, str]:
    """A key file of Google Cloud whose tokens come from `url`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key": pem.decode(),
        "client_email": "robot@my-project.iam.gserviceaccount.com",
        "token_uri": f"{url}/token",
    }


def environment() -> dict[str, str]:
    """The environment of an executed page: a key of each vendor, and nothing of this machine's."""
    kept = {name: value for name, value in os.environ.items() if _KEPT.search(name)}
    exports = {name: value for row in ROWS for name, value in row.exports.items()}
    startup = Path(__file__).parent / "startup"
    return {
        **kept,
        **exports,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(startup),
        "DOCS_GUARD": loopback.__file__,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
