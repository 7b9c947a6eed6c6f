"""From ids to models: every way to get one, and what each mistake is told."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path
from typing import Any

import pytest
from chat_core.errors import (
    ChatError,
    InvalidParameterError,
    ProviderNotFoundError,
    ProviderNotInstalledError,
)
from chat_core.hookspecs import ENTRY_POINT_GROUP, Provider
from chat_core.registry import (
    get_chat_model,
    list_models,
    list_providers,
    refresh_providers,
)

PLUGIN = """
from chat_core.hookspecs import Provider, hookimpl

@hookimpl
def chat_provider():
    return Provider({name!r}, "chat_core.testing:FakeChatModel", {package!r}, claims=({claim!r},))
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs pretended packages, and nothing else is installed."""
    found: list[EntryPoint] = []
    monkeypatch.syspath_prepend(tmp_path)

    def entry_points(group: str) -> list[EntryPoint]:
        return found if group == ENTRY_POINT_GROUP else []

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)

    def add(
        package: str,
        entry: str,
        claim: str = "$^",
        source: str | None = None,
        needs: str = "chat-core>=0.1",
    ) -> None:
        module = package.replace("-", "_") + "_plugin"
        code = source or PLUGIN.format(name=entry, package=package, claim=claim)
        (tmp_path / f"{module}.py").write_text(code)
        sys.modules.pop(module, None)
        folder = tmp_path / f"{package.replace('-', '_')}-1.dist-info"
        folder.mkdir()
        metadata = f"Name: {package}\nVersion: 1\nRequires-Dist: {needs}\n"
        (folder / "METADATA").write_text(metadata)
        point = EntryPoint(entry, module, ENTRY_POINT_GROUP)
        vars(point)["dist"] = PathDistribution(folder)
        found.append(point)

    refresh_providers()
    yield add
    refresh_providers()


def error_message(kind: type[ChatError], id: Any, **params: Any) -> str:
    with pytest.raises(kind) as caught:
        get_chat_model(id, **params)
    return str(caught.value)


def test_only_the_first_colon_splits_an_id(install: Install) -> None:
    install("chat-acme", "acme")
    model = get_chat_model("acme:ft:gpt-4o:org::id", responses=["x"])
    assert model.model == "ft:gpt-4o:org::id"


def test_spaces_around_the_colon_are_no_part_of_the_model(install: Install) -> None:
    install("chat-acme", "acme")
    assert get_chat_model(" acme : m ", responses=["x"]).model == "m"


@pytest.mark.parametrize("name", ["acme-labs", "ACME-Labs", "acme_labs", " acme-labs "])
def test_provider_ids_ignore_case_and_underscores(install: Install, name: str) -> None:
    install("chat-acme", "Acme_Labs")
    assert get_chat_model(f"{name}:m", responses=["x"]).model == "m"


def test_a_bare_name_finds_the_one_provider_that_claims_it(install: Install) -> None:
    install("chat-acme", "acme", claim="acme-")
    install("chat-other", "other", claim="other-")
    assert get_chat_model("acme-large", responses=["x"]).model == "acme-large"


def test_a_bare_name_that_two_claim_names_both(install: Install) -> None:
    install("chat-acme", "acme", claim="big-")
    install("chat-other", "other", claim="big-")
    assert "acme, other" in error_message(ProviderNotFoundError, "big-model")


def test_a_bare_name_that_no_provider_claims_is_refused_with_how_to_write_it(
    install: Install,
) -> None:
    install("chat-acme", "acme")
    message = error_message(ProviderNotFoundError, "mystery")
    assert "'provider:mystery'" in message
    assert "Installed: acme" in message


def test_a_misspelt_provider_is_refused_with_the_nearest_and_the_installed(
    install: Install,
) -> None:
    install("chat-acme", "acme")
    message = error_message(ProviderNotFoundError, "amce:m")
    assert "Did you mean 'acme'?" in message
    assert "Installed: acme." in message


def test_a_known_provider_that_is_missing_is_refused_with_what_to_install(install: Install) -> None:
    install("chat-acme", "acme")
    assert "pip install chat-groq" in error_message(ProviderNotInstalledError, "groq:m")
    assert "pip install chat-openai" in error_message(ProviderNotInstalledError, "DeepSeek:m")


@pytest.mark.parametrize(
    ("id", "written"),
    [
        ("gemini:m", "'google-genai:MODEL' after pip install chat-google-genai"),
        ("Azure:m", "'azure-openai:DEPLOYMENT' after pip install chat-openai"),
        ("claude:m", "'anthropic:MODEL' after pip install chat-anthropic"),
        ("litellm:m", "'openai-compatible:MODEL' with base_url="),
        ("ollama-chat:m", "'ollama:MODEL' after pip install chat-ollama"),
        ("aws_bedrock:m", "'bedrock:MODEL' after pip install chat-bedrock"),
        ("vertex_ai:m", "'google-vertexai:MODEL' after pip install chat-google-vertexai"),
        ("mistral:m", "'mistralai:MODEL' after pip install chat-mistralai"),
        ("google:m", "'google-genai:MODEL'"),
        ("gpt:m", "'openai:MODEL'"),
        ("gemnii:m", "Did you mean 'gemini'? Write 'google-genai:MODEL'"),
        ("claud:m", "Did you mean 'claude'? Write 'anthropic:MODEL'"),
        ("gemini", "'google-genai:MODEL'"),
    ],
)
def test_an_id_of_another_library_names_ours_and_its_package(
    install: Install, id: str, written: str
) -> None:
    install("chat-acme", "acme")
    assert written in error_message(ProviderNotFoundError, id)


def test_what_is_installed_is_not_to_be_installed(install: Install) -> None:
    install("chat-anthropic", "anthropic")
    message = error_message(ProviderNotFoundError, "claude:m")
    assert "Write 'anthropic:MODEL'." in message
    assert "pip install" not in message


@pytest.mark.parametrize("id", ["", "  ", None, 7])
def test_a_value_that_is_no_id_is_refused_with_what_an_id_is(install: Install, id: Any) -> None:
    assert "'provider:model'" in error_message(InvalidParameterError, id)


@pytest.mark.parametrize("id", ["acme:", "acme:  ", "acme"])
def test_a_provider_without_a_model_is_refused_with_how_to_add_one(
    install: Install, id: str
) -> None:
    install("chat-acme", "acme")
    assert "'acme:MODEL'" in error_message(InvalidParameterError, id)


def test_two_packages_that_claim_one_id_are_both_named(install: Install) -> None:
    install("chat-acme", "acme")
    install("acme-unofficial", "ACME")
    message = error_message(ProviderNotFoundError, "acme:m")
    assert "acme-unofficial and chat-acme" in message


def test_a_package_that_is_found_twice_is_one(install: Install) -> None:
    install("chat-acme", "acme")
    points: Any = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
    points.append(points[0])
    assert [p.name for p in list_providers()] == ["acme"]


def test_a_plugin_that_breaks_on_import_is_named_with_its_package(install: Install) -> None:
    install("chat-acme", "acme", source="1 / 0")
    message = error_message(ProviderNotFoundError, "acme:m")
    assert "chat-acme" in message
    assert "ZeroDivisionError" in message


def test_a_broken_package_does_not_take_the_others_with_it(install: Install) -> None:
    install("chat-acme", "acme", claim="acme-")
    install("chat-broken", "broken", source="1 / 0")
    with pytest.warns(RuntimeWarning, match="'broken' of chat-broken cannot be loaded"):
        assert [provider.name for provider in list_providers()] == ["acme"]
    with pytest.warns(RuntimeWarning, match="chat-broken"):
        assert get_chat_model("acme-large", responses=["x"]).model == "acme-large"


def test_only_the_plugin_that_the_id_names_is_loaded(install: Install) -> None:
    install("chat-acme", "acme")
    install("chat-broken", "broken", source="1 / 0")
    assert get_chat_model("acme:m", responses=["x"]).model == "m"


def test_an_unknown_parameter_is_refused_with_the_nearest(install: Install) -> None:
    install("chat-acme", "acme")
    message = error_message(InvalidParameterError, "acme:m", responses=["x"], temprature=0)
    assert "Did you mean 'temperature'?" in message


def test_a_parameter_of_the_wrong_type_is_refused_with_what_was_seen(install: Install) -> None:
    install("chat-acme", "acme")
    message = error_message(InvalidParameterError, "acme:m", responses=["x"], temperature="hot")
    assert "temperature" in message
    assert "'hot'" in message


def test_the_model_is_not_given_twice(install: Install) -> None:
    install("chat-acme", "acme")
    assert "part of the id" in error_message(InvalidParameterError, "acme:m", model="n")


def test_importing_core_brings_no_http_library_and_no_event_loop() -> None:
    code = (
        "import sys, chat_core; heavy = {'asyncio', 'concurrent.futures', 'httpx', 'httpx2',"
        " 'requests', 'ssl'}; print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("gemini", "google-genai:"),
        ("google_vertex", "google-vertexai:"),
        ("Azure-AI", "azure-openai:DEPLOYMENT'"),
        ("LiteLLM", "openai-compatible:MODEL' with base_url="),
        ("LM_Studio", "lmstudio:MODEL' after pip install chat-openai"),
        ("Grok", "xai:MODEL'"),
        ("Amazon-Bedrock", "bedrock:MODEL'"),
        ("mistral", "mistralai:"),
    ],
)
def test_an_id_of_another_library_points_to_ours(install: Install, name: str, instead: str) -> None:
    """In any case and spelling; a package that claims such an id is used instead."""
    with pytest.raises(ProviderNotFoundError, match=re.escape(instead)):
        get_chat_model(f"{name}:m")
    install("chat-other", name.lower().replace("_", "-"))
    refresh_providers()
    assert get_chat_model(f"{name}:m", responses=["ok"]).model == "m"


@pytest.mark.parametrize(
    ("model_class", "complaint"),
    [
        ("chat_missing_package.model:ChatMissing", "ModuleNotFoundError.*chat_missing_package"),
        ("chat_core.testing:ChatMissing", "AttributeError.*ChatMissing"),
        ("chat_core.testing:ForkLock", "no subclass of ChatModel"),
        ("chat_core.testing:re", "no subclass of ChatModel"),
    ],
)
def test_a_model_class_that_is_not_there_is_an_error_that_names_the_package(
    model_class: str, complaint: str
) -> None:
    """A package of another version, or half installed: what to do is in the message."""
    with pytest.raises(ProviderNotFoundError, match=complaint) as caught:
        Provider("odd", model_class, "chat-odd").load()
    assert "chat-odd" in str(caught.value)


@pytest.mark.parametrize(
    "body", ["return 3", "return Provider('odd', 'no_colon', 'chat-odd')", "1/0"]
)
def test_a_plugin_that_gives_no_provider_is_named_with_its_package(
    install: Install, body: str
) -> None:
    """The hook itself may fail, or give something else."""
    source = (
        f"from chat_core import Provider, hookimpl\n@hookimpl\ndef chat_provider():\n    {body}\n"
    )
    install("chat-odd", "odd", source=source)
    with pytest.raises(ProviderNotFoundError, match="chat-odd"):
        get_chat_model("odd:m")
    with pytest.warns(RuntimeWarning, match="chat-odd"):
        assert list_providers() == []


@pytest.mark.parametrize(
    ("model_class", "claims"), [("no_colon", ()), (":Class", ()), ("m:C", "gpt")]
)
def test_a_provider_of_another_shape_is_refused(model_class: str, claims: Any) -> None:
    with pytest.raises(InvalidParameterError, match="of a Provider"):
        Provider("odd", model_class, "chat-odd", claims)


PLUGINS_THAT_LOAD_BADLY = {
    "import chat_nowhere": "cannot be loaded (ModuleNotFoundError: No module named 'chat_nowhere')",
    "def chat_provider(): ...": "has no function chat_provider with the mark @chat_core.hookimpl",
    PLUGIN.format(name="other", package="chat-acme", claim="x"): "names its provider 'other'; the"
    " name of the entry point and of the Provider must be the same",
    "from chat_core import hookimpl\n@hookimpl\ndef chat_provider(): return 'acme'": "-> Provider:"
    " it returns str",
}


@pytest.mark.parametrize("source", PLUGINS_THAT_LOAD_BADLY)
def test_a_plugin_that_loads_badly_names_its_package_and_what_to_do(
    install: Install, source: str
) -> None:
    install("chat-acme", "acme", source=source)
    message = error_message(ProviderNotFoundError, "acme:m")
    assert PLUGINS_THAT_LOAD_BADLY[source] in message
    assert "Reinstall, update or uninstall chat-acme." in message


@pytest.mark.parametrize(
    "needs", ["chat-core<0.1", "chat-core (>=0.0.1,<0.1)", "chat_core[x]==0.0.9; x"]
)
def test_a_plugin_of_another_version_of_core_says_so(install: Install, needs: str) -> None:
    install("chat-acme", "acme", source="from chat_core import gone", needs=needs)
    message = error_message(ProviderNotFoundError, "acme:m")
    assert "chat-acme 1 was built for chat-core" in message
    assert "pip install --upgrade chat-acme chat-core" in message


ABSTRACT = """
from abc import abstractmethod
from chat_core import Provider, hookimpl
from chat_core.testing import FakeChatModel

class Base(FakeChatModel):
    @abstractmethod
    def _new_in_core(self): ...

    @abstractmethod
    def _also_new(self): ...

class ChatAcme(Base):
    def _also_new(self): ...

@hookimpl
def chat_provider():
    return Provider("acme", "chat_acme_plugin:ChatAcme", "chat-acme")
"""


@pytest.mark.parametrize(
    ("needs", "built", "remedy"),
    [
        ("chat-core<0.1", "chat-acme 1 was built for chat-core <0.1, and chat-core", "chat-core."),
        ("chat-core>=0.1", "chat-acme was built for chat-core >=0.1.", "write them."),
    ],
)
def test_a_model_class_that_lacks_methods_of_this_core_names_package_and_methods(
    install: Install, needs: str, built: str, remedy: str
) -> None:
    install("chat-acme", "acme", source=ABSTRACT, needs=needs)
    message = error_message(ProviderNotFoundError, "acme:m", responses=["x"])
    assert "of chat-acme lacks what this chat-core requires of it: _new_in_core." in message
    assert built in message
    assert "pip install --upgrade chat-acme" in message
    assert message.endswith(remedy)


def test_what_fits_or_cannot_be_read_is_no_other_version(install: Install) -> None:
    for number, needs in enumerate(
        ("chat-core>=0.1,<2", "chat-core", "chat-core~=1.0", "pluggy<1")
    ):
        install(f"chat-acme{number}", f"acme{number}", source="1/0", needs=needs)
        assert "was built for" not in error_message(ProviderNotFoundError, f"acme{number}:m")


def test_a_list_of_models_is_asked_for_by_the_id_of_a_provider(install: Install) -> None:
    install("chat-acme", "acme")
    with pytest.raises(ProviderNotFoundError, match="The id of the provider alone is 'acme'"):
        list_models("acme:bird")
    nothing: Any = None
    with pytest.raises(InvalidParameterError, match="provider is the id of a provider"):
        list_models(nothing)
