"""``chat run``: one question, one answer."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError
from .parameters import Log, Markdown, MaxSteps, Model, Options, Reasoning, Tools, Usage

if TYPE_CHECKING:
    from chat_core import Message

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  chat run offline:demo "Write a verse about the moon"
  chat run groq:llama-3.3-70b-versatile "Hello" -o temperature=0 --usage
  echo "der Mond" | chat run offline:demo "Translate into English:"
  chat run offline:demo "Who is on this picture?" -a cat.png
  chat run offline:demo "A city" --schema '{"type": "object", "properties": {"name": {}}}'
  chat run offline:demo "Which system is this?" --tool platform:system
  chat run offline:demo "Hello" --json
"""


def run(
    model: Model,
    prompt: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROMPT]...", help="The question. What is piped in follows it, or is it."
        ),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option(
            "-a", "--attach", metavar="FILE", help="A file, an http(s) URL, or - for what is piped."
        ),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option("-s", "--system", metavar="TEXT", help="Instructions above the question."),
    ] = None,
    option: Options = None,
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="SCHEMA", help="Answer as JSON: a schema's file, inline, or module:Class."
        ),
    ] = None,
    tool: Tools = None,
    max_steps: MaxSteps = 10,
    json: Annotated[bool, typer.Option("--json", help="Print messages as JSON lines.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Print events as JSON lines.")] = False,
    usage: Usage = False,
    markdown: Markdown = None,
    reasoning: Reasoning = True,
    log: Log = None,
) -> None:
    """Ask MODEL one question and print the answer as it arrives."""
    from ..model_choice import choose_model
    from ..output.choose import choose_output
    from ..report import finish
    from ..schema_argument import read_schema
    from ..settings_file import read_settings
    from ..tool_loop import answer_with_tools, read_tools

    _refuse_together({"--json": json, "--events": events, "--schema": schema})
    _refuse_together({"--schema": schema, "--tool": tool})
    is_logged = read_settings().log if log is None else log
    asked = None if schema is None else read_schema(schema)
    tools = read_tools(tool or [])
    chosen = choose_model(model, option or [])
    _point_out_files(prompt or [], attach or [])
    messages = _messages(system, " ".join(prompt or []), attach or [])
    started = time.monotonic()
    with choose_output(json=json, events=events, markdown=markdown, reasoning=reasoning) as output:
        if asked is None:
            message = answer_with_tools(chosen, messages, tools, output, max_steps)
        else:
            message = output.structured_answer(chosen, messages, asked)
    seconds = time.monotonic() - started
    name = f"{chosen.provider}:{chosen.model}"
    finish(name, messages, message, seconds, shows_usage=usage, log=is_logged)


def _refuse_together(given: dict[str, Any]) -> None:
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise TerminalError(f"{' and '.join(names)} cannot be given together.", ExitCode.USAGE)


def _point_out_files(words: list[str], attached: list[str]) -> None:
    """Report files among the words of the question: ``-a *.png`` attaches the first one alone."""
    from ..report import note

    strays = [word for word in words if word not in attached and _is_file(word)]
    if attached and strays:
        note(
            f"{', '.join(strays)}: taken as words of the question. -a takes one file,"
            " or a pattern in quotes: -a '*.png'."
        )


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):  # too long for a name, or with a null character
        return False


def _messages(system: str | None, prompt: str, attach: list[str]) -> list[Message]:
    """The messages to send. Raises ``TerminalError`` where there is nothing to ask."""
    from chat_core import Block, HumanMessage, SystemMessage, TextBlock

    from ..attachments import STDIN, read_attachments
    from ..input_text import as_text, piped_input

    prompt = as_text(os.fsencode(prompt), "the question")
    piped = "" if STDIN in attach else piped_input()
    blocks: list[Block] = [block for source in attach for block in read_attachments(source)]
    text = "\n\n".join(part for part in (prompt, piped.strip("\n")) if part.strip())
    if text:
        blocks.append(TextBlock(text))
    if not blocks:
        raise TerminalError(
            "There is no question: give it after the model, or pipe it in.", ExitCode.USAGE
        )
    human = HumanMessage(blocks)
    return [human] if system is None else [SystemMessage(system), human]
