"""What laws send: one tool and one schema, each in three forms, and media blocks."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypedDict

from chat_core import AudioBlock, FileBlock, ImageBlock, VideoBlock
from pydantic import BaseModel, Field

__all__ = [
    "CITY_KINDS",
    "CITY_SCHEMA",
    "DATA",
    "HARD_SCHEMAS",
    "MEDIA_BLOCKS",
    "TOOL_KINDS",
    "City",
    "CityDict",
    "Reading",
    "weather_report",
]


def weather_report(city: str) -> str:
    """Return the weather in a city."""
    return f"It is sunny in {city}."


class WeatherReport(BaseModel):
    """Return the weather in a city."""

    city: str = Field(description="Its name in English.")


WEATHER_SCHEMA: dict[str, Any] = {
    "name": "weather_report",
    "description": "Return the weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}

TOOL_KINDS: dict[str, tuple[Any, str]] = {
    "function": (weather_report, "weather_report"),
    "class": (WeatherReport, "WeatherReport"),
    "schema": (WEATHER_SCHEMA, "weather_report"),
}
"""A tool as its caller may write it, and the name that it goes by."""


class City(BaseModel):
    """A city of the world."""

    name: str = Field(description="Its name in English.")
    people: int


class CityDict(TypedDict):
    """A city of the world."""

    name: str
    people: int


CITY_SCHEMA: dict[str, Any] = {
    "title": "City",
    "description": "A city of the world.",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name", "people"],
}

CITY_KINDS: dict[str, tuple[Any, str, Any]] = {
    "class": (City, "City", City(name="Oslo", people=709_000)),
    "typed_dict": (CityDict, "CityDict", {"name": "Oslo", "people": 709_000}),
    "schema": (CITY_SCHEMA, "City", {"name": "Oslo", "people": 709_000}),
}
"""A schema as its caller may write it, its name, and the object that the model answers with."""


class Reading(BaseModel):
    """What a gauge showed."""

    place: str
    level: int
    state: Literal["low", "lower"]
    day: date
    is_final: bool


class Branch(BaseModel):
    """A branch of a tree, with the branches that grow from it."""

    leaves: int
    branches: list[Branch] = []


class Ledger(BaseModel):
    """Any number of accounts, each with its balance."""

    accounts: dict[str, int]


class Spot(BaseModel):
    """A point on a map, as east and north."""

    position: tuple[int, int]


class Answer(BaseModel):
    """A city, or the words why there is none."""

    outcome: City | str


HARD_SCHEMAS: dict[str, tuple[type[BaseModel], tuple[str, ...]]] = {
    "recursive": (Branch, ("leaves", "branches")),
    "open": (Ledger, ("accounts",)),
    "tuple": (Spot, ("position",)),
    "union": (Answer, ("outcome", "people")),
}
"""Schemas that few vendors can express, and the names of fields that a request has to hold."""

DATA = "aGVsbG8gdGhlcmUgbW9vbg=="
"""Some bytes, as base64."""

MEDIA_BLOCKS: dict[str, tuple[ImageBlock | FileBlock | AudioBlock | VideoBlock, str]] = {
    "image_url": (ImageBlock("https://example.org/fish.png", mime_type="image/png"), "fish.png"),
    "image_base64": (ImageBlock(base64=DATA, mime_type="image/png"), DATA),
    "file_url": (
        FileBlock("https://example.org/fish.pdf", mime_type="application/pdf"),
        "fish.pdf",
    ),
    "file_base64": (FileBlock(base64=DATA, mime_type="application/pdf", name="fish.pdf"), DATA),
    "audio_base64": (AudioBlock(base64=DATA, mime_type="audio/wav"), DATA),
    "video_base64": (VideoBlock(base64=DATA, mime_type="video/mp4"), DATA),
}
"""Capability → a block that needs it, and what of it must be in the request."""
