"""``chat`` without a command: a conversation."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError, describe
from ..model_completion import complete_model
from ..report import finish, note
from ..terminal_echo import without_echo
from .parameters import Log, Markdown, MaxSteps, Options, Reasoning, Tools, Usage

if TYPE_CHECKING:
    from ..conversation import Conversation

__all__ = ["EXAMPLES", "chat"]

EXAMPLES = """\b
Examples:
  chat run offline:demo "Write a verse about the moon"
  echo "Write a verse about the moon" | chat --model offline:demo
  chat doctor offline:demo
"""

_HELP = """\
/model MODEL [NAME=VALUE …]  let another model answer from now on
/system TEXT                 instructions above the conversation; without TEXT: none
/attach FILE                 send a file, files (*.png), or an http(s) URL, with the next question
/history                     print the conversation
/usage                       print the tokens of each answer, or stop doing so
/clear                       begin a new conversation with the same model
/exit                        end, as Ctrl-D does
!                            begin a question of several lines; another ! ends it
Ctrl-C stops an answer; what has arrived stays in the conversation.\
"""


def _show_versions(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        for name in ("chat-terminal", "chat-core"):
            typer.echo(f"{name} {version(name)}")
        raise typer.Exit


def chat(
    context: typer.Context,
    model: Annotated[
        str | None,
        typer.Option(
            "-m",
            "--model",
            metavar="MODEL",
            help="PROVIDER:MODEL; else the alias `default`.",
            autocompletion=complete_model,
        ),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option("-s", "--system", metavar="TEXT", help="Instructions above the conversation."),
    ] = None,
    option: Options = None,
    tool: Tools = None,
    max_steps: MaxSteps = 10,
    usage: Usage = False,
    markdown: Markdown = None,
    reasoning: Reasoning = True,
    log: Log = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_versions, is_eager=True, help="Show versions."),
    ] = False,
) -> None:
    """Talk with any chat model; with a COMMAND do something else.

    Each line is a question; /help lists what else can be typed.
    """
    if context.invoked_subcommand is not None:
        return
    from ..conversation import Conversation
    from ..output.choose import screen_output
    from ..settings_file import read_settings
    from ..tool_loop import read_tools

    settings = read_settings()
    with screen_output(markdown=markdown, reasoning=reasoning) as output:
        conversation = Conversation(output, read_tools(tool or []), max_steps)
        conversation.system = system or ""
        name = model or settings.aliases.get("default")
        if name:
            conversation.use(name, option or [])
        is_logged = settings.log if log is None else log
        Talk(conversation, shows_usage=usage, log=is_logged).run()


class Talk:
    """Reads lines until they end: questions, which are asked, and commands, which are run.

    On a terminal an error is reported and the talk goes on; from a pipe it ends the talk.
    """

    def __init__(self, conversation: Conversation, *, shows_usage: bool, log: bool) -> None:
        self._conversation = conversation
        self._shows_usage = shows_usage
        self._log = log
        self._is_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._commands: dict[str, Callable[[str], None]] = {
            "model": self._model,
            "system": self._system,
            "attach": self._attach,
            "history": self._history,
            "usage": self._usage,
            "clear": lambda _: self._conversation.clear(),
            "help": lambda _: typer.echo(_HELP),
        }

    def run(self) -> None:
        """Talk until the input ends or ``/exit``."""
        if self._is_terminal:
            self._greet()
        while True:
            try:
                text = self._question()
                if text is None or text in ("/exit", "/quit"):
                    return
                if text:
                    self._do(text)
            except KeyboardInterrupt:
                if not self._is_terminal:
                    raise
                typer.echo("\n(stopped; Ctrl-D ends)", err=True)
            except BrokenPipeError:
                raise
            except Exception as error:
                if not self._is_terminal:
                    raise
                note(describe(error)[0])

    def _greet(self) -> None:
        # Line editing and the keys for earlier lines come with the import.
        try:
            import readline
        except ImportError:
            pass
        else:
            # Python turns this off. A paste of several lines is one question, sent by Enter.
            readline.parse_and_bind("set enable-bracketed-paste on")
        name = self._conversation.name or (
            "no model yet: /model PROVIDER:MODEL; /model offline:demo needs no key"
        )
        typer.echo(f"{name} (/help lists what can be typed, Ctrl-D ends)", err=True)

    def _question(self) -> str | None:
        """The next question: a line, or the lines between two ``!``; ``None`` at the end."""
        line = self._line("> ")
        if line is None or line.strip() != "!":
            return None if line is None else line.strip()
        lines: list[str] = []
        while (line := self._line("! ")) is not None and line.strip() != "!":
            lines.append(line)
        return "\n".join(lines).strip()

    def _line(self, prompt: str) -> str | None:
        if sys.stdin is None:
            return None
        try:
            if self._is_terminal and sys.stdout.isatty():
                return input(prompt)
            if self._is_terminal:
                typer.echo(prompt, nl=False, err=True)
            line = sys.stdin.readline()
        except EOFError:
            typer.echo(err=True)
            return None
        except UnicodeDecodeError as error:
            raise TerminalError(f"standard input is not UTF-8: {error}.", ExitCode.INPUT) from error
        return line.rstrip("\n") if line else None

    def _do(self, text: str) -> None:
        if not text.startswith("/") or "\n" in text:
            self._ask(text)
            return
        name, _, rest = text[1:].partition(" ")
        if name not in self._commands:
            from difflib import get_close_matches

            near = get_close_matches(name, self._commands, n=1)
            guess = f" Did you mean /{near[0]}?" if near else ""
            raise TerminalError(f"No /{name}.{guess} /help lists them.", ExitCode.USAGE)
        self._commands[name](rest.strip())

    def _ask(self, text: str) -> None:
        started = time.monotonic()
        with without_echo():
            answer = self._conversation.ask(text)
        finish(
            self._conversation.name,
            self._conversation.messages,
            answer,
            time.monotonic() - started,
            shows_usage=self._shows_usage,
            log=self._log,
        )

    def _model(self, text: str) -> None:
        name, *options = text.split() or [""]
        if name:
            self._conversation.use(name, options)
        typer.echo(self._conversation.name or "no model yet", err=True)

    def _attach(self, source: str) -> None:
        count = self._conversation.attach(source)
        typer.echo(f"with the next question: {count} attached", err=True)

    def _system(self, text: str) -> None:
        self._conversation.system = text

    def _history(self, _: str) -> None:
        for message in self._conversation.messages:
            others = [f"[{block.type}]" for block in message.blocks if block.type != "text"]
            if shown := " ".join([*others, message.content]).strip():
                typer.echo(f"{message.type}: {shown}")

    def _usage(self, _: str) -> None:
        self._shows_usage = not self._shows_usage
