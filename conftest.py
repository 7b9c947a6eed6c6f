"""For every test run of the workspace: the network guard, switched on first, and importable tests.

What a test folder shares among its own tests is a module beside them, imported by its bare name.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from chat_conformance.loopback import REFUSED, refuse_everything_but_loopback

if TYPE_CHECKING:
    from collections.abc import Generator

if any(argument.startswith("--cov") for argument in sys.argv):
    os.environ["CHAT_TESTS_MEASURED"] = "1"  # for the workers of pytest-xdist too
# On Python 3.11 coverage's trace functions of threads and an audit hook exclude each other.
refuse_everything_but_loopback(audit="CHAT_TESTS_MEASURED" not in os.environ)
gc.disable()  # until all tests are collected: until then nearly nothing becomes garbage
# No credentials of AWS but those that a test makes.
for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    os.environ[variable] = os.devnull
# Logfire brings a plugin that pydantic imports, and requests with it, when a model is first built.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "logfire-plugin"
# It brings one for pytest too, which takes half a second of each run of pytest that a test starts.
os.environ["PYTEST_ADDOPTS"] = "-p no:logfire"
# How long an example takes says something about the machine, and nothing about the code. The
# examples are the same in each run, so none fails by chance; CHAT_NEW_EXAMPLES=1 makes new ones.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    derandomize=not os.environ.get("CHAT_NEW_EXAMPLES"),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")
for pattern in ("*/tests", "*/*/tests", "integration-tests"):
    sys.path += map(str, Path(__file__).parent.glob(pattern))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take long come first, so that the other workers have work until they are over."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there before the first test stays, so collections of garbage need not look at it.

    The tests and the SDKs that they import are millions of objects; laws that measure and tests of
    what is left behind collect garbage hundreds of times.
    """
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """A test fails if something in it tried to leave, even where the refusal was swallowed."""
    REFUSED.clear()
    result = yield
    if REFUSED:
        pytest.fail(f"refused by the network guard: {', '.join(REFUSED)}")
    return result
