"""Why no answer came, in plain words: from an exception of the HTTP library, TLS or the system."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

__all__ = ["why_no_answer"]


def why_no_answer(error: BaseException, host: str, trust: str = "") -> str:
    """What kept ``host`` from answering, and what ``error`` says itself, in parentheses.

    Args:
        error: what was raised.
        host: who was asked, with its port: the server, or the proxy on the way to it.
        trust: where the trusted certificates come from, for a file of them that is not there.
    """
    causes = list(_causes(error))
    reason = next((words for each in causes if (words := _reason(each, host, trust))), "")
    cause = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"{reason} ({cause})" if reason else cause


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: BaseException, host: str, trust: str) -> str:
    match error:
        case FileNotFoundError():
            return f"a file of certificates is not there: {trust}"
        case socket.gaierror():
            return f"no address is known for {host}: is this machine online, and the name right?"
        case ConnectionRefusedError():
            return f"nothing listens at {host}"
        case ssl.SSLError():
            return f"{host} does not speak TLS as expected: is the address one with http://?"
    match type(error).__name__:
        case "ProxyError":
            return f"the proxy {host} does not let the request through"
        case "ConnectTimeout" | "ReadTimeout" if "handshake" in str(error):
            return f"{host} does not answer in TLS: is the address one with http://?"
        case "ConnectTimeout" | "ReadTimeout":
            return f"{host} does not answer in time: a firewall, or the wrong port?"
        case "RemoteProtocolError":
            return f"{host} ended the connection without an answer: is it an HTTP server?"
    return ""
