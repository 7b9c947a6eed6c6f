"""A model of the tests whose vendor takes operations below ``base_url``, with a key."""

from __future__ import annotations

from chat_core.provider import HTTPTransport, RequestHead, Transport
from chat_core.wire.key_function import KEY_FOLLOWS
from chat_core.wire.transport import Request
from letters_model import LettersModel

__all__ = ["PondModel"]


class PondTransport(HTTPTransport):
    """Has its operations below ``url``, with a key."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def build_head(self, request: Request) -> RequestHead:
        return RequestHead(self._url, {})

    def base_head(self) -> RequestHead:
        headers = {"authorization": f"Bearer {KEY_FOLLOWS if self.key else 'a-key'}"}
        return RequestHead(self._url, headers, {"version": "7"})


class PondModel(LettersModel):
    """A model whose vendor takes operations."""

    def _make_transport(self) -> Transport:
        return PondTransport(self.base_url or "")
