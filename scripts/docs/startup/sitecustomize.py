"""Runs when Python starts for an executed page or a command of it: the network guard, and the way
to the offline server.

A request to any host but an address on loopback is sent to the server that `DOCS_SERVER` names,
with the `Host` header that it had. `http://localhost:…` counts as another host, so that pages may
show servers on this machine; `http://127.0.0.1:…` is left as it is.
"""

from __future__ import annotations

import importlib.util
import os
import runpy
from typing import Any

SERVER_VARIABLE = "DOCS_SERVER"
GUARD_VARIABLE = "DOCS_GUARD"
"""The file of the network guard, which need not be installed where this runs."""


def redirected(request: Any) -> Any:
    """`request`, sent to the offline server unless its address is on loopback."""
    server = os.environ.get(SERVER_VARIABLE)
    if server and request.url.host not in ("127.0.0.1", "::1"):
        host, _, port = server.removeprefix("http://").partition(":")
        request.url = request.url.copy_with(scheme="http", host=host, port=int(port))
    return request


def redirect(library: Any) -> None:
    """Redirect what the transports of an HTTP library send."""
    send = library.HTTPTransport.handle_request
    asend = library.AsyncHTTPTransport.handle_async_request

    def handle_request(self: Any, request: Any) -> Any:
        meant = request.url
        try:
            return send(self, redirected(request))
        finally:
            request.url = meant  # which errors name

    async def handle_async_request(self: Any, request: Any) -> Any:
        meant = request.url
        try:
            return await asend(self, redirected(request))
        finally:
            request.url = meant

    library.HTTPTransport.handle_request = handle_request
    library.AsyncHTTPTransport.handle_async_request = handle_async_request


runpy.run_path(os.environ[GUARD_VARIABLE])["refuse_everything_but_loopback"]()
for name in ("httpx", "httpx2"):
    if importlib.util.find_spec(name):
        redirect(importlib.import_module(name))
