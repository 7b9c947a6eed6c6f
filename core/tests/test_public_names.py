"""The names that programs import from ``chat_core``."""

from __future__ import annotations

import subprocess
import sys

import chat_core
import pytest


@pytest.mark.parametrize("name", chat_core.__all__)
def test_every_public_name_can_be_imported_and_is_documented(name: str) -> None:
    value = getattr(chat_core, name)
    assert getattr(value, "__doc__", None) or name in ("AnyMessage", "Block", "Message")


def test_dir_shows_every_public_name() -> None:
    """A prompt completes names by it, of those too that are not loaded yet."""
    code = (
        "import chat_core, chat_core.runnables as runnables;"
        "print({*chat_core.__all__} - {*dir(chat_core)} | {*runnables.__all__} - {*dir(runnables)})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="chat_core"):
        chat_core.nonsense  # noqa: B018 - the look-up is the test


def test_asking_for_a_model_loads_no_prompts_and_no_parsers() -> None:
    code = (
        "import sys, chat_core; chat_core.get_chat_model; print(sorted(m for m in sys.modules"
        " if m.startswith('chat_core.chains.') or m == 'chat_core.event_json'))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
