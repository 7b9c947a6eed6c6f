"""Executes one page: `python scripts/docs/page_run.py PAGE RESULT`, in a process of its own.

Writes what each snippet printed to the file RESULT as JSON: `{"outputs": {line: text}, "failure":
text}`. The page's blocks share one namespace; `await` is allowed at their top level, as in a
notebook. The working folder is where the page's files go.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import json
import subprocess
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chat_conformance import script
from page_server import PageServer, offline
from page_snippets import Snippet, snippets

SECONDS = 60


class PageRun:
    """The state of a page between its snippets."""

    def __init__(self, page: Path, server: PageServer, runner: asyncio.Runner) -> None:
        self.page = page
        self.server = server
        self.runner = runner
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.outputs: dict[int, str] = {}

    def run(self, snippet: Snippet) -> None:
        """Execute one snippet; keep what it prints."""
        if snippet.kind == "answers":
            source = "\n" * (snippet.line - 1) + f"[{snippet.text}]"
            self.server.script(*eval(compile(source, str(self.page), "eval"), {**vars(script)}))
        elif snippet.kind == "chat":
            self.outputs[snippet.line] = self._command(snippet.text)
        else:
            printed = self._python(snippet)
            if snippet.kind == "python":
                self.outputs[snippet.line] = printed
        if self.server.problem is not None:
            raise self.server.problem

    def _python(self, snippet: Snippet) -> str:
        # The compiler is given the line of the page, for tracebacks.
        shift = snippet.line if snippet.kind == "python" else snippet.line - 1
        source = "\n" * shift + snippet.text
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(source, str(self.page), "exec", flags=flags, dont_inherit=True)
        with redirect_stdout(io.StringIO()) as printed:
            result = eval(code, self.names)
            if inspect.iscoroutine(result):
                self.runner.run(result)
        return printed.getvalue()

    def _command(self, text: str) -> str:
        finished = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if finished.returncode:
            raise RuntimeError(f"exit code {finished.returncode}\n{finished.stderr}")
        return finished.stdout


def main() -> None:
    """Execute the page; the first failure ends it."""
    page, result = Path(sys.argv[1]), Path(sys.argv[2])
    failure = ""
    # What the page imports must not find the modules beside this file.
    sys.path[:] = [entry for entry in sys.path if Path(entry) != Path(__file__).parent]
    with offline() as server, asyncio.Runner() as runner:
        run = PageRun(page, server, runner)
        for snippet in snippets(page.read_text()):
            try:
                run.run(snippet)
            except BaseException:  # noqa: BLE001 - it is reported, whatever it is
                failure = f"line {snippet.line}: {traceback.format_exc()}"
                break
        if not failure and server.left:
            failure = f"{server.left} answers at the end of the script were not asked for"
    result.write_text(json.dumps({"outputs": run.outputs, "failure": failure}))


if __name__ == "__main__":
    main()
