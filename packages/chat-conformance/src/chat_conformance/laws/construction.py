"""Laws about making a model: what it needs, what it refuses, and that it shows no key."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest
from chat_core import InvalidParameterError, MissingAPIKeyError

from ..backends import KEY
from .law import one_mode

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["ConstructionLaws"]

HEADER = "secret-header-value"

HTTP_LIBRARIES = ("httpx", "httpx2", "requests", "aiohttp", "urllib3")


class ConstructionLaws:
    """Building a model costs nothing and gives nothing away."""

    @one_mode("sync")
    def test_building_needs_no_key(self, chat: Chat) -> None:
        """A model can be built where no key is to be found."""
        with _environment(chat, None):
            chat.subject.make_model(base_url=chat.server.url)

    @one_mode("sync")
    def test_building_imports_no_http_library(self, chat: Chat) -> None:
        """Building a model imports no HTTP library, and so no SDK; the first request does."""
        model = chat.subject.make_model(base_url="http://127.0.0.1:9", api_key=KEY)
        kind = type(model)
        assert _imported_by(kind.__module__, kind.__qualname__, pickle.dumps(model)) == []

    @one_mode("sync")
    def test_the_model_keeps_the_name_it_was_given(self, chat: Chat) -> None:
        """``model`` and ``provider`` are the two halves of the id."""
        provider, _, name = chat.subject.model_id.partition(":")
        model = chat.model()
        assert model.model == name
        assert model.provider == provider.lower().replace("_", "-")

    @one_mode("sync")
    def test_repr_and_str_hide_secrets(self, chat: Chat) -> None:
        """Neither the key nor a header's value is in ``repr`` or ``str``."""
        model = chat.new_model(default_headers={"x-session": HEADER})
        for shown in (repr(model), str(model), f"{model}"):
            assert KEY not in shown
            assert HEADER not in shown

    @one_mode("sync")
    def test_a_dump_hides_the_key(self, chat: Chat) -> None:
        """``model_dump`` shows no key."""
        assert KEY not in repr(chat.new_model().model_dump())

    @one_mode("sync")
    def test_a_pickle_leaves_the_key_behind(self, chat: Chat) -> None:
        """A pickled model does not contain its key."""
        assert KEY.encode() not in pickle.dumps(chat.new_model())

    @one_mode("sync")
    def test_a_pickle_keeps_the_settings(self, chat: Chat) -> None:
        """A model that comes out of a pickle has the settings that went in, its key apart."""
        model = chat.new_model(temperature=0.25, max_tokens=321)
        revived = pickle.loads(pickle.dumps(model))  # noqa: S301 - we have just written it
        assert revived.model_dump(exclude={"api_key"}) == model.model_dump(exclude={"api_key"})

    def test_a_pickled_model_answers(self, chat: Chat) -> None:
        """A model that comes out of a pickle can be asked, once it has a key again."""
        model = chat.new_model()
        chat.enqueue("Hello")
        chat.mode.invoke(model, "Hi")
        revived = pickle.loads(pickle.dumps(model)).bind(api_key=KEY)  # noqa: S301
        chat.enqueue("Hello again")
        answer = chat.mode.invoke(revived, "Hi")
        chat.mode.close(revived)
        assert answer.content == "Hello again"

    @one_mode("sync")
    def test_settings_can_be_written_to_json(self, chat: Chat) -> None:
        """``model_dump_json`` writes the settings, and they build the same model again."""
        model = chat.model(top_p=0.5)
        written = json.loads(model.model_dump_json(exclude={"api_key"}, exclude_defaults=True))
        again = type(model)(**written, api_key=KEY)
        assert again.model_dump(exclude={"api_key"}) == model.model_dump(exclude={"api_key"})

    @one_mode("sync")
    def test_a_misspelt_setting_is_refused_and_the_nearest_named(self, chat: Chat) -> None:
        """A setting that does not exist is an ``InvalidParameterError`` naming the nearest."""
        with pytest.raises(InvalidParameterError, match="'temperature'"):
            chat.subject.make_model(base_url=chat.server.url, temperatur=0)

    @one_mode("sync")
    def test_a_setting_of_the_wrong_type_is_refused_by_name(self, chat: Chat) -> None:
        """A setting with an impossible value is an ``InvalidParameterError`` that names it."""
        with pytest.raises(InvalidParameterError, match="max_tokens"):
            chat.subject.make_model(base_url=chat.server.url, max_tokens="many")

    def test_a_missing_key_is_named_at_the_first_request(self, chat: Chat) -> None:
        """Without a key the first request is a ``MissingAPIKeyError`` that names its variable."""
        names = chat.model().api_key_env
        if not names:
            pytest.skip("this model reads no key from the environment")
        with _environment(chat, None), pytest.raises(MissingAPIKeyError, match=names[0]):
            chat.mode.invoke(chat.new_model(api_key=None), "Hi")
        assert not chat.server.requests

    def test_the_key_is_read_from_the_environment(self, chat: Chat) -> None:
        """The key in the environment is the one that requests carry."""
        if not chat.model().api_key_env:
            pytest.skip("this model reads no key from the environment")
        chat.enqueue("Hello")
        with _environment(chat, "key-of-the-environment"):
            chat.mode.invoke(chat.new_model(api_key=None), "Hi")
        carried = chat.server.last.headers.values()
        assert any("key-of-the-environment" in value for value in carried)

    @one_mode("sync")
    def test_binding_leaves_the_original_alone(self, chat: Chat) -> None:
        """``bind`` gives another model and changes nothing in the one it is called on."""
        model = chat.new_model(temperature=0.25)
        assert model.bind(temperature=0.75).temperature == 0.75
        assert model.temperature == 0.25

    @one_mode("sync")
    def test_binding_refuses_what_does_not_exist(self, chat: Chat) -> None:
        """``bind`` with a misspelt name is an ``InvalidParameterError``."""
        with pytest.raises(InvalidParameterError, match="tool_chioce"):
            chat.model().bind(tool_chioce="any")

    def test_a_closed_model_can_be_asked_again(self, chat: Chat) -> None:
        """After ``close`` the next request opens new connections."""
        model = chat.new_model()
        chat.enqueue("One", "Two")
        chat.mode.invoke(model, "Hi")
        chat.mode.close(model)
        assert chat.mode.invoke(model, "Hi").content == "Two"

    def test_the_end_of_the_with_block_closes_the_connections(self, chat: Chat) -> None:
        """The (async) ``with`` block of a model ends with its connections closed."""
        chat.enqueue("Hello")
        chat.mode.inside(chat.new_model(), lambda model: chat.mode.invoke(model, "Hi"))
        assert chat.server.exchanges[-1].wait_for_disconnect(5.0)


@contextmanager
def _environment(chat: Chat, key: str | None) -> Iterator[None]:
    """The environment with ``key`` as the vendor's key; ``None`` takes every one away."""
    names = chat.model().api_key_env
    before = {name: os.environ.pop(name, None) for name in names}
    if key is not None:
        os.environ[names[0]] = key
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@cache
def _imported_by(module: str, name: str, pickled: bytes) -> list[str]:
    """The HTTP libraries that a fresh process has imported once it has revived the model."""
    code = (
        "import pickle, sys; pickle.loads(bytes.fromhex(sys.argv[1]));"
        f"print(*[name for name in {HTTP_LIBRARIES!r} if name in sys.modules])"
    )
    # Plugins of pydantic, which any installed package may bring, import libraries of their own.
    given = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYDANTIC_DISABLE_PLUGINS": "1"}
    run = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, pickled.hex()],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{module}.{name} could not be revived:\n{run.stderr}"
    return run.stdout.split()
