"""``docs/rate-limits.md``: its blocks are run, and what it says of them holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_conformance.backends import KEY
from chat_conformance.offline import OfflineServer
from chat_conformance.script import Delivery, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rate-limits.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOLD = {
    "x-ratelimit-limit-requests": "1000",
    "x-ratelimit-remaining-requests": "900",
    "x-ratelimit-reset-requests": "6s",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OfflineServer]:
    """A vendor that the page's models reach without being told of it."""
    with OfflineServer() as made:
        made.answer_always(Delivery(Reply("Goldfish"), headers=TOLD))
        monkeypatch.setenv("GROQ_BASE_URL", made.url)
        monkeypatch.setenv("GROQ_API_KEY", KEY)
        yield made


def test_the_page_runs_as_it_stands_and_every_request_takes_its_turn(
    server: OfflineServer, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = BLOCK.findall(PAGE.read_text())
    assert {language for language, _ in blocks} == {"python"}
    told: dict[str, Any] = {}
    for _, code in blocks:
        exec(compile(code, str(PAGE), "exec"), told)
    assert [answer.content for answer in told["answers"]] == ["Goldfish"] * 5
    assert capsys.readouterr().out.count("Goldfish") == 2
    by_hand = 2
    requests, _tokens = told["limiter"]._minutes
    assert len(requests._spent) == len(server.requests) + by_hand == 7 + by_hand
    assert told["small"].rate_limiter is told["precise"].rate_limiter is told["limiter"]
    assert ("requests",) in told["limiter"]._learned
    told["model"].close()
