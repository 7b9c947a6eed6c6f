"""What a comparison with an SDK has to cover is found in the SDK's source."""

from __future__ import annotations

from pathlib import Path

import pytest
from chat_conformance.oracle import parameters_of, variables_read

SOURCE = """
import os
from os import environ
ENV_REGION = "MADE_UP_REGION"
def read(env_var):
    return os.environ.get(env_var)
KEY = os.environ.get("MADE_UP_KEY", "")
URL = os.getenv("MADE_UP_URL")
REGION = read_env(ENV_REGION)
HOME = environ["MADE_UP_HOME"]
NOT_READ = "MADE_UP_NOTHING"
print("MADE_UP_PRINTED")
"""


def test_variables_are_found_however_a_package_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "made_up_sdk"
    (package / "tests").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "client.py").write_text(SOURCE)
    (package / "tests" / "test_client.py").write_text("import os\nos.getenv('MADE_UP_TEST')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = {"KEY", "URL", "REGION", "HOME"}
    assert variables_read("made_up_sdk") == {f"MADE_UP_{name}" for name in names}


def test_arguments_of_a_client_are_all_but_the_private_ones() -> None:
    class Client:
        def __init__(self, key: str, *, base_url: str = "", _strict: bool = False) -> None: ...

    assert parameters_of(Client) == {"key", "base_url"}
