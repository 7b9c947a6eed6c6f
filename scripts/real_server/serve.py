"""Serve a model with llama.cpp's own server on loopback: `python serve.py FILE [key=value …]`.

Prints the address in one line, then serves until it is killed. Settings are fields of llama.cpp's
parameters, such as `n_ctx=512` (context length in tokens) or `n_parallel=2` (answers at once).
"""

from __future__ import annotations

import signal
import sys
from typing import Any

import xllamacpp


def parameters(path: str, settings: list[str]) -> Any:
    """What the server runs with: one thread, no network, no warm-up, greedy by request."""
    given = xllamacpp.CommonParams()
    given.model.path = path
    given.hostnames, given.port = ["127.0.0.1"], 0
    given.n_ctx, given.n_parallel = 8192, 4
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 1
    given.use_jinja = given.endpoint_slots = given.offline = True
    given.warmup = given.ui = given.fit_params = False
    for setting in settings:
        name, _, value = setting.partition("=")
        setattr(given, name, int(value))
    return given


def main() -> None:
    path, *settings = sys.argv[1:]
    server = xllamacpp.Server(parameters(path, settings))
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
