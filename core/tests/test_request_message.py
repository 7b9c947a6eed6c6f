"""The HTTP library's request that a transport makes, beside the one that its client would make."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from chat_core.provider import HTTPTransport, Operation, Request, RequestHead

_CONTENT = '{"text":"snow \u2744"}'.encode()


class Plain(HTTPTransport):
    """Sends to one address with one library."""

    def __init__(self, library: ModuleType, head: RequestHead) -> None:
        super().__init__()
        self._library = library
        self._head = head

    def library(self) -> ModuleType:
        return self._library

    def build_head(self, request: Request) -> RequestHead:
        return self._head


def facts(message: Any) -> dict[str, Any]:
    """What a server sees of a request, and what observers of requests read."""
    return {
        "method": message.method,
        "url": str(message.url),
        "headers": sorted(message.headers.multi_items()),
        "content": message.content,
        "sent": b"".join(message.stream),
        "timeout": message.extensions["timeout"],
    }


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
@pytest.mark.parametrize(
    "head",
    [
        RequestHead("https://models.example/v1/chat", {"Authorization": "Bearer k"}),
        RequestHead("http://models.example:8080/v1?version=1", query={"alt": "sse", "a[]": [1, 2]}),
        RequestHead("https://models.example/v1", {"Host": "other.example"}, method="put"),
        RequestHead("https://m\u00fcller.example/v1/a b"),
    ],
)
def test_a_request_equals_the_one_that_the_librarys_client_builds(
    name: str, head: RequestHead
) -> None:
    transport = Plain(import_module(name), head)
    request = Request({"text": "snow \u2744"}, headers={"X-Own": "1"}, query={"trace": "on"})
    ours = transport._message(transport.sync(), request, head, None, None)
    with transport.library().Client() as client:
        query = {**head.query, "trace": "on"}
        theirs = client.build_request(
            head.method,
            client.build_request("POST", head.url).url.copy_merge_params(query),
            headers={n: v for n, v in ours.headers.items() if n not in ("host", "content-length")}
            | {name.lower(): value for name, value in head.headers.items()},
            content=_CONTENT,
            timeout=60.0,
        )
    transport.close()
    assert facts(ours) == facts(theirs)


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_an_operation_without_a_body_sends_none(name: str) -> None:
    head = RequestHead("https://models.example/v1/models", method="GET")
    transport = Plain(import_module(name), head)
    request = Request({}, operation=Operation("models", read=list))
    sent = facts(transport._message(transport.sync(), request, head, None, None))
    assert (sent["method"], sent["content"], sent["sent"]) == ("GET", b"", b"")
    transport.close()
