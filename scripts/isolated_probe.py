"""Run inside an environment where one provider alone is installed: see that it is whole, and alone.

Takes what to expect as one JSON argument (written by `check_isolated_installs.py`) and stops at the
first thing that is otherwise. Imports only what every such environment has.
"""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat_core import ChatModel


def installed(module: str) -> bool:
    """Whether `module` could be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False  # its parent package is missing


def expect(truth: bool, message: str) -> None:
    if not truth:
        sys.exit(message)


def alone(expected: dict[str, Any]) -> None:
    """The registry holds what was installed, and no other vendor's SDK came along."""
    from chat_core import list_providers

    names = sorted(provider.name for provider in list_providers())
    expect(names == expected["installed"], f"list_providers() gives {names}")
    foreign = [sdk for sdk in expected["forbidden"] if installed(sdk)]
    expect(not foreign, f"SDKs of other vendors are installed: {foreign}")
    missing = [sdk for sdk in expected["lazy"] if not installed(sdk)]
    expect(not missing, f"its own SDK is not installed: {missing}")


def absent_provider_is_named(provider: str, distribution: str) -> None:
    """Asking for a provider that is not here says what to install."""
    from chat_core import ProviderNotInstalledError, get_chat_model

    try:
        get_chat_model(f"{provider}:x")
    except ProviderNotInstalledError as error:
        expect(f"pip install {distribution}" in str(error), f"the error says only: {error}")
    else:
        sys.exit(f"get_chat_model('{provider}:x') raised nothing")


def build(wanted: dict[str, str]) -> ChatModel:
    from chat_core import get_chat_model

    return get_chat_model(wanted["id"], api_key="not-a-key", base_url=wanted["base_url"])


def stream(model: ChatModel) -> int:
    """The answer comes in parts and finishes; how many parts."""
    with model, model.stream("Say something in five words.") as answer:
        parts = [chunk.content for chunk in answer if chunk.content]
    expect(len(parts) > 1, f"streamed {parts}")
    message = answer.message
    expect(message.content == "".join(parts), f"{message.content!r} is not {parts}")
    reason = message.response_metadata.get("finish_reason")
    expect(reason == "stop", f"finished with {reason!r}")
    return len(parts)


def main() -> None:
    expected = json.loads(sys.argv[1])
    runpy.run_path(expected["guard"])["refuse_everything_but_loopback"]()
    alone(expected)
    absent_provider_is_named(*expected["absent"])
    models = {name: build(wanted) for name, wanted in expected["streams"].items()}
    loaded = [sdk for sdk in expected["lazy"] if sdk in sys.modules]
    expect(not loaded, f"building a model imported {loaded}")
    for name in expected["own"]:
        print(name, end=" ")
        if name in models:
            print(f"streams in {stream(models[name])} parts;", end=" ")
        else:
            print("is not streamed, no local server speaks its wire;", end=" ")


if __name__ == "__main__":
    main()
