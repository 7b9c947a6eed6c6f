"""Laws about requests: they contain the settings that were set and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from chat_core import CachePoint, HumanMessage, Message, SystemMessage, TextBlock

from ..backends import KEY
from ..http_answers import redirect
from ..script import Delivery, Reply
from ..wire_server import WireServer
from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["RequestLaws"]

SETTINGS: dict[str, Any] = {"temperature": 0.25, "top_p": 0.375, "max_tokens": 321}


class RequestLaws:
    """Settings reach the vendor, and the key goes nowhere else."""

    @pytest.mark.parametrize("name", SETTINGS)
    def test_what_is_set_is_sent(self, chat: Chat, name: str) -> None:
        """Temperature, ``top_p`` and ``max_tokens`` go out with the values they were given."""
        chat.sent(**{name: SETTINGS[name]})
        assert chat.server.received(SETTINGS[name])

    def test_what_is_not_set_is_not_sent(self, chat: Chat) -> None:
        """Without settings a request contains no temperature, ``top_p`` or stop sequences."""
        names = {name.lower().replace("_", "") for name in _names(chat.sent())}
        assert not names & {"temperature", "topp", "stop", "stopsequences", "seed", "topk"}

    @pytest.mark.parametrize("ttl", [None, "5m"])
    def test_a_cache_point_is_no_content(self, chat: Chat, ttl: str | None) -> None:
        """A ``CachePoint`` goes out in the vendor's shape; without the capability, not at all."""
        model = _caching_model(chat)
        plain = chat.sent(_question(), **model)
        sent = chat.sent(_question(CachePoint(ttl)), **model)
        assert chat.server.received(*_PREFIX)
        assert not chat.server.received("cache_point")
        assert "cache_point" not in set(_names(sent))
        assert sent == plain or chat.offers("cache_points")

    @needs("cache_points")
    def test_a_cache_point_is_in_the_request(self, chat: Chat) -> None:
        """With a ``CachePoint`` the request differs from that without, and by its ``ttl``."""
        model = _caching_model(chat)
        plain, marked, longer = (
            chat.sent(_question(*points), **model)
            for points in ((), (CachePoint(),), (CachePoint("5m"),))
        )
        assert plain != marked
        assert marked != longer
        assert plain != longer

    @needs("stop_sequences")
    def test_stop_sequences_are_sent(self, chat: Chat) -> None:
        """``stop`` goes out, all of it."""
        chat.sent(stop=["STOP-HERE", "OR-THERE"])
        assert chat.server.received("STOP-HERE", "OR-THERE")

    def test_a_setting_for_one_call_ends_with_it(self, chat: Chat) -> None:
        """``invoke(input, max_tokens=…)`` counts for that call alone."""
        chat.enqueue("One", "Two")
        model = chat.model()
        chat.mode.invoke(model, "Hi", max_tokens=432)
        assert chat.server.received(432)
        chat.mode.invoke(model, "Hi")
        assert not chat.server.received(432)

    def test_other_parameters_go_through_model_kwargs(self, chat: Chat) -> None:
        """``model_kwargs`` are in the request as they are."""
        sent = chat.sent(model_kwargs={"setting_of_tomorrow": {"as": "it is"}})
        assert sent["setting_of_tomorrow"] == {"as": "it is"}

    def test_the_model_is_named(self, chat: Chat) -> None:
        """The request names the model, in its path or in its body."""
        chat.sent()
        name = chat.model().model
        assert chat.server.received(name) or name in unquote(chat.server.last.path)

    def test_default_headers_are_sent(self, chat: Chat) -> None:
        """``default_headers`` go with the request."""
        chat.enqueue("Hello")
        chat.mode.invoke(chat.new_model(default_headers={"x-team": "goldfish"}), "Hi")
        assert chat.server.last.headers["x-team"] == "goldfish"

    def test_the_key_travels_in_a_header_alone(self, chat: Chat) -> None:
        """The key is neither in the URL, which proxies log, nor in the body."""
        chat.sent()
        request = chat.server.last
        assert any(KEY in value for value in request.headers.values())
        assert KEY not in request.path
        assert KEY not in str(request.query)
        assert KEY.encode() not in request.body

    def test_a_redirect_is_not_followed(self, chat: Chat) -> None:
        """A redirect to another host is an error, and that host never sees the key."""
        with WireServer() as elsewhere:
            chat.failures(redirect(f"{elsewhere.url}/v1/chat/completions"))
            assert not elsewhere.requests

    def test_cookies_are_not_kept(self, chat: Chat) -> None:
        """A cookie that the vendor sets is in no later request."""
        model = chat.new_model()
        chat.enqueue(Delivery(Reply("One"), headers={"set-cookie": "session=fish; Path=/"}), "Two")
        chat.mode.invoke(model, "Hi")
        chat.mode.invoke(model, "Hi")
        assert "cookie" not in chat.server.last.headers

    def test_connections_are_used_again(self, chat: Chat) -> None:
        """Two calls, one after the other, need one connection."""
        model = chat.new_model()
        chat.enqueue("One", "Two")
        chat.mode.invoke(model, "Hi")
        chat.mode.invoke(model, "Hi")
        first, second = chat.server.exchanges
        assert first.connection == second.connection


_PREFIX = ("Goldfish live in ponds.", "Where do goldfish live?")


def _question(*points: CachePoint) -> list[Message]:
    """A conversation with ``points`` behind a text of the user's."""
    text, question = map(TextBlock, _PREFIX)
    return [SystemMessage("Be kind."), HumanMessage([text, *points, question])]


def _caching_model(chat: Chat) -> dict[str, Any]:
    """The settings that name a model which takes cache points."""
    name = chat.subject.cache_points_model
    return {"model": name} if name else {}


def _names(wire: Any) -> Iterator[str]:
    if isinstance(wire, Mapping):
        for name, value in wire.items():
            yield name
            yield from _names(value)
    elif isinstance(wire, list):
        for value in wire:
            yield from _names(value)
