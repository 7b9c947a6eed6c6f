"""The executor of pages: what of a page runs, and what it reports where output differs."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from chat_core import list_providers

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "docs")]

from page_outputs import differences, rewrite  # noqa: E402 - the path comes first
from page_regions import with_regions, without_outputs  # noqa: E402
from page_snippets import PageError, fences, snippets  # noqa: E402
from provider_rows import ROWS  # noqa: E402
from shown_commands import wrong_names  # noqa: E402


def page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(dedent(text))
    return path


def test_python_and_commands_of_chat_are_executed_and_other_blocks_are_shown() -> None:
    text = dedent(
        """\
        ```python
        a = 1
        ```
        ```bash
        pip install chat-groq
        ```
        ```bash
        chat run groq:x hi
        ```
        ```json
        {}
        ```
        """
    )
    assert [(each.kind, each.line) for each in snippets(text)] == [("python", 1), ("chat", 7)]
    assert [each.language for each in fences(text)] == ["python", "bash", "bash", "json"]


def test_a_page_with_the_output_that_its_code_prints_has_no_differences(tmp_path: Path) -> None:
    right = """\
        ```python
        for n in range(2):
            print(n, "  ")
        ```

        ```text
        0
        1
        ```
        """
    assert differences(page(tmp_path, right)) == []
    (wrong,) = differences(page(tmp_path, right.replace("        1\n", "        2\n")))
    assert "page.md:6" in wrong
    assert "-2\n+1" in wrong


def test_output_that_is_not_shown_is_a_difference(tmp_path: Path) -> None:
    (wrong,) = differences(page(tmp_path, "```python\nprint(7)\n```\n"))
    assert "page.md:1" in wrong
    assert "+7" in wrong


def test_outputs_are_written_replaced_and_removed_where_the_code_stands(tmp_path: Path) -> None:
    before = """\
        # Title

        ```python
        print("new")
        ```

        1. In a list:

           ```python
           print("in the list")
           ```

        ```python
        x = 1
        ```

        ```text
        of an older program
        ```

        The end.
        """
    path = page(tmp_path, before)
    assert rewrite(path) == ""
    assert path.read_text() == dedent(
        """\
        # Title

        ```python
        print("new")
        ```

        ```text
        new
        ```

        1. In a list:

           ```python
           print("in the list")
           ```

           ```text
           in the list
           ```

        ```python
        x = 1
        ```

        The end.
        """
    )
    assert differences(path) == []


def test_await_is_allowed_at_the_top_and_the_loop_stays_the_same(tmp_path: Path) -> None:
    text = """\
        ```python
        import asyncio

        queue = asyncio.Queue()
        waiting = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        ```

        ```python
        await queue.put(5)
        print(await waiting)
        ```

        ```text
        5
        ```
        """
    assert differences(page(tmp_path, text)) == []


def test_scripted_answers_are_those_of_the_vendor_that_is_asked(tmp_path: Path) -> None:
    text = """\
        <!-- answers
        Reply("from Groq"),
        Reply(Reasoning("hm", seal="s"), "from Anthropic"),
        ErrorReply("permission"),
        -->

        ```python
        from chat_core import PermissionDeniedError, get_chat_model

        for id in ("groq:llama-3.3-70b-versatile", "anthropic:claude-haiku-4-5"):
            answer = get_chat_model(id).invoke("Hi")
            print(answer.response_metadata["model_name"], repr(answer.reasoning), answer.content)
        try:
            get_chat_model("google-vertexai:gemini-2.5-flash").invoke("Hi")
        except PermissionDeniedError as error:
            print(error.status)
        ```

        ```text
        llama-3.3-70b-versatile '' from Groq
        claude-haiku-4-5 'hm' from Anthropic
        403
        ```
        """
    assert differences(page(tmp_path, text)) == []


def test_an_answer_that_no_request_asks_for_is_a_failure(tmp_path: Path) -> None:
    (wrong,) = differences(page(tmp_path, '<!-- answers\nReply("unused")\n-->\n'))
    assert "1 answers" in wrong


def test_a_failure_names_the_line_of_the_page(tmp_path: Path) -> None:
    (wrong,) = differences(page(tmp_path, "\n\n```python\nok = 1\nraise ValueError(ok)\n```\n"))
    assert 'page.md", line 5' in wrong
    assert "ValueError: 1" in wrong


def test_prepared_code_runs_and_a_block_with_a_reason_does_not(tmp_path: Path) -> None:
    text = """\
        <!-- prepare
        hidden = "prepared"
        -->

        <!-- not run: it needs a second machine -->

        ```python
        raise SystemError
        ```

        ```python
        print(hidden)
        ```

        ```text
        prepared
        ```
        """
    assert differences(page(tmp_path, text)) == []


def test_another_host_is_not_reached_and_an_address_on_loopback_is(tmp_path: Path) -> None:
    text = """\
        ```python
        import socket

        from chat_core import APIConnectionError, get_chat_model

        try:
            socket.create_connection(("192.0.2.1", 80))
        except RuntimeError as error:
            print("refused" in str(error))
        try:
            get_chat_model("groq:x", base_url="http://127.0.0.1:9", max_retries=0).invoke("Hi")
        except APIConnectionError:
            print("no server there")
        ```

        ```text
        True
        no server there
        ```
        """
    assert differences(page(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("```python\nx = 1\n", "line 1: the block has no end"),
        ("\n<!-- answers\nReply()\n", "line 2: the comment has no end"),
        ("<!-- not run: -->\n```python\nx\n```\n", "followed by the reason"),
        ("<!-- not run: needs a key -->\n```bash\nls\n```\n", "directly before a python block"),
    ],
)
def test_a_page_that_cannot_be_read_says_where_and_why(text: str, reason: str) -> None:
    with pytest.raises(PageError, match=reason):
        snippets(text)


def test_names_that_no_package_has_are_found() -> None:
    text = (
        "```bash\npip install chat-groq 'chat-core[aiohttp]' chat-grok\nexport GROQ_API_KEY=k\n"
        "pip install --editable my-own\n```\n"
        '```powershell\n$env:GROQ_API_KEY = "k"\n$env:GROK_API_KEY = "k"\n```\n'
    )
    assert list(wrong_names(text)) == [
        (1, "no package 'chat-grok' is known"),
        (6, "no package reads the variable 'GROK_API_KEY'"),
    ]


def test_a_generated_part_is_written_and_its_outputs_stay() -> None:
    empty = "# x\n\n<!-- generated: provider-tabs -->\n<!-- /generated -->\n\nafter\n"
    written = with_regions(empty)
    assert "pip install chat-groq" in written
    assert '$env:GROQ_API_KEY = "your-key"' in written
    assert "ChatVertexAI(model=" in written
    shown = written.replace(
        "print(repr(model))\n```\n", "print(repr(model))\n```\n\n```text\nm\n```\n"
    )
    assert shown != written
    assert with_regions(shown) == shown
    assert without_outputs(shown) == written
    outdated = shown.replace("pip install chat-groq", "pip install chat-grok")
    assert with_regions(outdated) == written


def test_a_generated_part_that_nothing_writes_is_refused() -> None:
    with pytest.raises(LookupError, match=r"nothing writes 'tabs'; there are .*provider-tabs"):
        with_regions("<!-- generated: tabs -->\n<!-- /generated -->\n")


def test_answers_come_word_by_word_and_a_piece_of_their_own_is_kept(tmp_path: Path) -> None:
    text = """\
        <!-- answers
        Reply("Hello there you"),
        Reply("Hello there you", piece=5),
        -->

        ```python
        from chat_core import get_chat_model

        for _ in range(2):
            print([c.content for c in get_chat_model("mistralai:m").stream("Hi") if c.content])
        ```

        ```text
        ['Hello ', 'there ', 'you']
        ['Hello', ' ther', 'e you']
        ```
        """
    assert differences(page(tmp_path, text)) == []


def test_a_page_that_ends_its_process_is_a_failure_with_the_code(tmp_path: Path) -> None:
    text = (
        "```python\nimport os, sys\nprint('why', file=sys.stderr, flush=True)\nos._exit(3)\n```\n"
    )
    (wrong,) = differences(page(tmp_path, text))
    assert "ended its process, code 3: why" in wrong


def test_a_wrong_answer_names_the_line_of_its_comment(tmp_path: Path) -> None:
    (wrong,) = differences(page(tmp_path, '\n<!-- answers\nRepl("x")\n-->\n'))
    assert 'page.md", line 3' in wrong
    assert "name 'Repl' is not defined" in wrong


def test_every_provider_is_a_row_of_the_pages() -> None:
    without_key = {"offline", "openai-compatible"}
    installed = {each.name for each in list_providers() if not each.settings} - without_key
    assert {row.provider for row in ROWS} == installed
