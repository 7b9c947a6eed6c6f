"""The READMEs of a release are executed where they are installed, with what they install."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "docs")]

from page_server import environment  # noqa: E402 - the path comes first
from release.readme_run import Expected, ReadmeError, execute, executed, installs  # noqa: E402
from release.stage import version_of  # noqa: E402
from workspace import Distribution, distributions  # noqa: E402

WORKSPACE = distributions()
OWN = {each.name: each for each in WORKSPACE}
LOOP = OWN["chat-tool-loop"]

ANSWERED = """\
<!-- executed -->

<!-- answers Reply("Two words") -->

```python
from chat_core import get_chat_model

print(get_chat_model("groq:some-model").invoke("Hi").content)
```

```text
Two words
```
"""


def readmes() -> Iterator[Distribution]:
    """The distributions whose README is executed."""
    for each in WORKSPACE:
        if executed((each.folder / "README.md").read_text(encoding="utf-8")):
            yield each


def run(text: str, work: Path) -> str:
    """Execute a README in the environment of this test, as that of chat-tool-loop."""
    expected = Expected(LOOP.name, LOOP.package, version_of(LOOP))
    return execute(Path(sys.executable), work, expected, executed(text), environment())


@pytest.mark.parametrize("distribution", list(readmes()), ids=lambda each: each.name)
def test_a_readme_installs_the_providers_of_its_models(distribution: Distribution) -> None:
    text = (distribution.folder / "README.md").read_text(encoding="utf-8")
    installed = {distribution.name, "chat-core", *installs(text, OWN)}
    providers = {provider for name in installed for provider in OWN[name].providers}
    blocks = "\n".join(each.text for each in executed(text) if each.kind == "python")
    assert set(re.findall(r'get_chat_model\(\s*"([\w-]+):', blocks)) <= providers


def test_what_a_readme_installs_of_others_is_left_out() -> None:
    text = "```bash\npip install chat-web opentelemetry-sdk chat-groq\n```\n"
    assert installs(text, OWN) == ["chat-web", "chat-groq"]
    assert installs("```bash\nmake all\n```\n", OWN) == []


def test_a_readme_gets_its_answers_and_has_to_ask_for_all(tmp_path: Path) -> None:
    with pytest.raises(ReadmeError, match="1 answers of its README were not asked for"):
        run(ANSWERED.replace('words")', 'words"), Reply("more")'), tmp_path)


def test_a_readme_that_prints_something_else_is_refused_with_both(tmp_path: Path) -> None:
    text = "<!-- executed -->\n```python\nprint(1)\n```\n```text\n2\n```\n"
    with pytest.raises(ReadmeError, match=r"line 2 prints\n1\n\nand not\n2"):
        run(text, tmp_path)


def test_answers_behind_a_block_that_runs_are_refused_by_their_line(tmp_path: Path) -> None:
    later = ANSWERED.replace("<!-- answers", "```python\n1\n```\n\n<!-- answers")
    with pytest.raises(ReadmeError, match="line 7 of its README: answers stand before the first"):
        run(later, tmp_path)
