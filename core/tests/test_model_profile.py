"""``model.profile``: from sources, in order, without what the model refuses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest
from chat_core import (
    ChatModel,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    InvalidRequestError,
    ListedModel,
    ModelProfile,
    register_profile_source,
    unregister_profile_source,
)
from chat_core.models import profile_sources
from chat_core.testing import FakeChatModel

PERCH = ModelProfile(context_window=8192, tools=True)


class PondModel(FakeChatModel):
    """Takes images by their address and no schema; reasons by two words."""

    takes_tools: bool = True

    def _request_body(self, messages: Any, options: Any, *, stream: bool) -> Any:
        for message in messages:
            for block in message.blocks:
                if block.type != "text" and not (block.type == "image" and block.url):
                    raise InvalidRequestError(f"no {block.type}")
        if options.get("response_schema") or (options.get("tools") and not self.takes_tools):
            raise InvalidRequestError("no schema")
        return {}

    def reasoning_parameters(self) -> Any:
        if self.reasoning not in ("off", "high"):
            raise InvalidRequestError("no such word")
        return {"thinks": self.reasoning}


@pytest.fixture(autouse=True)
def no_installed_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_sources, "_installed", tuple)


@pytest.fixture
def know() -> Iterator[Callable[[ModelProfile], None]]:
    """Registers a source that knows one profile of every model."""
    sources: list[Any] = []

    def register(profile: ModelProfile) -> None:
        sources.append(lambda provider, names: profile)
        register_profile_source(sources[-1])

    yield register
    for source in sources:
        unregister_profile_source(source)


def test_nothing_is_known_without_a_source() -> None:
    assert PondModel(responses=["Glub."]).profile == ModelProfile(reasoning_words=("off", "high"))


def test_the_source_registered_last_is_asked_first(know: Any) -> None:
    know(PERCH)
    know(ModelProfile(context_window=4096, name="Perch"))
    found = PondModel(responses=["Glub."]).profile
    assert (found.context_window, found.name, found.tools) == (4096, "Perch", True)


def test_a_source_gets_the_provider_and_the_names_of_the_model() -> None:
    asked: list[Any] = []

    def source(provider: str, names: tuple[str, ...]) -> None:
        asked.append((provider, names))

    register_profile_source(source)
    try:
        model = PondModel(responses=["Glub."], model="perch-2")
        assert model.profile.name is None
    finally:
        unregister_profile_source(source)
    assert asked == [(model.provider, ("perch-2",))]


def test_what_the_model_refuses_is_not_claimed(know: Any) -> None:
    everything = frozenset({"image", "audio", "video", "pdf", "smell"})
    know(ModelProfile(input_media=everything, tools=True, structured_output=True, reasoning=True))
    model = PondModel(responses=["Glub."])
    assert model.profile == ModelProfile(
        input_media=frozenset({"image"}),
        tools=True,
        structured_output=False,
        reasoning=True,
        reasoning_words=("off", "high"),
    )
    assert model.bind(takes_tools=False).profile.tools is False


def test_what_is_unknown_stays_unknown(know: Any) -> None:
    know(ModelProfile(reasoning=False))
    found = PondModel(responses=["Glub."]).profile
    assert (found.input_media, found.tools, found.structured_output) == (None, None, None)
    assert found.reasoning_words == ("off",)


def test_settings_that_contradict_each_other_take_nothing_away(know: Any) -> None:
    class Refusing(PondModel):
        def _request_body(self, messages: Any, options: Any, *, stream: bool) -> Any:
            raise InvalidRequestError("temperature beside reasoning")

    know(ModelProfile(input_media=frozenset({"image"}), tools=True))
    found = Refusing(responses=["Glub."]).profile
    assert (found.input_media, found.tools) == (frozenset({"image"}), True)


def test_a_model_that_sends_nothing_has_no_vendor_to_ask() -> None:
    model = PondModel(responses=["Glub."])
    with pytest.raises(InvalidParameterError, match="PondModel has no list of models"):
        model.fetch_profile()
    with pytest.raises(InvalidParameterError, match="PondModel has no list of models"):
        asyncio.run(model.afetch_profile())


def test_a_source_is_a_function_and_registered_once(know: Any) -> None:
    def source(provider: str, names: tuple[str, ...]) -> None:
        return None

    wrong: Any = PERCH
    with pytest.raises(InvalidParameterError, match="is a function"):
        register_profile_source(wrong)
    with pytest.raises(InvalidParameterError, match="not registered"):
        unregister_profile_source(source)
    register_profile_source(source)
    try:
        with pytest.raises(InvalidParameterError, match="already"):
            register_profile_source(source)
    finally:
        unregister_profile_source(source)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda provider, names: names.pond, "failed .AttributeError"),
        (lambda provider: None, "failed .TypeError"),
        (lambda provider, names: {"context_window": 8}, "returned dict"),
    ],
)
def test_a_source_that_fails_is_named(wrong: Any, words: str) -> None:
    register_profile_source(wrong)
    try:
        with pytest.raises(InvalidParameterError, match=words):
            _ = PondModel(responses=["Glub."]).profile
    finally:
        unregister_profile_source(wrong)


def test_an_installed_source_that_cannot_be_loaded_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> Any:
        raise ImportError("no pond")

    entries = [
        SimpleNamespace(name="b", value="b:read", load=lambda: lambda provider, names: PERCH),
        SimpleNamespace(name="a", value="a:read", load=broken),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda group: entries)
    with pytest.warns(RuntimeWarning, match=r"'a:read'.*ImportError: no pond"):
        (source,) = profile_sources._load_installed()
    assert source("pond", ()) == PERCH


def test_a_profile_is_filled_from_another_and_shows_what_is_known() -> None:
    other = ModelProfile(context_window=1, input_media=frozenset({"pdf", "audio"}), tools=False)
    filled = PERCH.filled_from(other)
    assert repr(filled) == (
        "ModelProfile(context_window=8192, input_media=['audio', 'pdf'], tools=True)"
    )
    assert repr(ListedModel("perch-2", context_window=8)) == (
        "ListedModel('perch-2', context_window=8)"
    )
    assert other.known().keys() == {"context_window", "input_media", "tools"}


def test_building_a_model_loads_no_profiles() -> None:
    code = (
        "import sys, chat_core; chat_core.get_chat_model('offline:demo');"
        "print([name for name in sys.modules if 'profile' in name and 'chat' in name])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_model_with_a_profile_still_takes_messages(know: Any) -> None:
    know(PERCH)
    model: ChatModel = PondModel(responses=["Glub."])
    assert model.profile.context_window == 8192
    assert model.invoke([HumanMessage([ImageBlock(url="https://a.example/x")])]).content == "Glub."
