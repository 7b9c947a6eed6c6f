"""What laws send: one tool and one schema, each in three forms, and media blocks."""

from __future__ import annotations

from typing import Any, TypedDict

from chat_core import AudioBlock, FileBlock, ImageBlock, VideoBlock
from pydantic import BaseModel, Field

__all__ = [
    "CITY_KINDS",
    "CITY_SCHEMA",
    "DATA",
    "MEDIA_BLOCKS",
    "TOOL_KINDS",
    "City",
    "CityDict",
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
