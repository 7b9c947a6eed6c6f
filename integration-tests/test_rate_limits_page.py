"""Runs the blocks of ``docs/rate-limits.md`` and checks its statements."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.backends import KEY
from chat_conformance.script import Delivery, Reply
from chat_conformance.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rate-limits.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LIMIT_HEADERS = {
    "x-ratelimit-limit-requests": "1000",
    "x-ratelimit-remaining-requests": "900",
    "x-ratelimit-reset-requests": "6s",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A server to which the page's models are connected without a change to the page."""
    with ScriptedServer() as made:
        made.answer_always(Delivery(Reply("Goldfish"), headers=LIMIT_HEADERS))
        monkeypatch.setenv("GROQ_BASE_URL", made.url)
        monkeypatch.setenv("GROQ_API_KEY", KEY)
        yield made


def test_the_page_runs_as_it_stands_and_every_request_takes_its_turn(
    server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = BLOCK.findall(PAGE.read_text())
    assert {language for language, _ in blocks} == {"python"}
    names: dict[str, Any] = {}
    for _, code in blocks:
        exec(compile(code, str(PAGE), "exec"), names)
    assert [answer.content for answer in names["answers"]] == ["Goldfish"] * 5
    assert capsys.readouterr().out.count("Goldfish") == 2
    by_hand = 2
    requests, _tokens = names["limiter"]._minutes
    assert len(requests._spent) == len(server.requests) + by_hand == 7 + by_hand
    assert names["small"].rate_limiter is names["precise"].rate_limiter is names["limiter"]
    assert ("requests",) in names["limiter"]._learned
    names["model"].close()
