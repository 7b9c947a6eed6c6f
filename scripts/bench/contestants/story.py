"""What contestants of the measure `objects` ask for, and how far its stream is when they see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from pydantic import BaseModel


class Story(BaseModel):
    """A story."""

    title: str
    people: int
    body: str


async def count(stories: AsyncIterator[Any]) -> int:
    """How many objects there are."""
    seen = 0
    async for _ in stories:
        seen += 1
    return seen


async def first_title(stories: AsyncIterator[Any], url: str) -> int:
    """How many wire chunks the server has sent when the first of the fields has some text."""
    sent = 0
    async for story in stories:
        title = story.get("title") if isinstance(story, dict) else getattr(story, "title", None)
        if title and not sent:
            parts = urlsplit(url)
            with urlopen(f"{parts.scheme}://{parts.netloc}/sent") as answer:
                sent = int(answer.read())
    return sent
