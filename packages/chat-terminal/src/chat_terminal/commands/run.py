"""``chat run``: one question, one answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..exit_codes import ExitCode
from ..failures import TerminalError

if TYPE_CHECKING:
    from chat_core import AIMessage, ChatModel, Message

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  chat run groq:llama-3.3-70b-versatile "Write a verse about the moon"
"""


def run(
    model: Annotated[str, typer.Argument(help="The model, as PROVIDER:MODEL, or an alias.")],
    prompt: Annotated[
        list[str] | None,
        typer.Argument(help="The question. What is piped in is appended to it, or is it."),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option("-a", "--attach", help="A file, an http(s) URL, or - for standard input."),
    ] = None,
    system: Annotated[
        str | None, typer.Option("-s", "--system", help="Instructions above the question.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("-o", "--option", help="A parameter of the provider, as NAME=VALUE."),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(help="Answer as JSON of this schema: a file, inline, or module:Class."),
    ] = None,
    tool: Annotated[
        list[str] | None,
        typer.Option("-t", "--tool", help="A function the model may call: module:function."),
    ] = None,
    max_steps: Annotated[
        int, typer.Option(min=1, help="How many answers may be calls of tools.")
    ] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print messages as JSON lines.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Print events as JSON lines.")] = False,
    usage: Annotated[
        bool, typer.Option("-u", "--usage", help="Print tokens and seconds to standard error.")
    ] = False,
    markdown: Annotated[
        bool | None,
        typer.Option(help="Render Markdown; by default on a terminal.", show_default=False),
    ] = None,
    reasoning: Annotated[
        bool, typer.Option(help="Show reasoning, dim, where Markdown is rendered.")
    ] = True,
) -> None:
    """Ask MODEL one question and print the answer as it arrives."""
    from ..model_choice import choose_model
    from ..output.choose import choose_output
    from ..report import note, note_ending, refuse_refusal, usage_line
    from ..schema_argument import read_schema
    from ..tool_loop import answer_with_tools, read_tools

    _refuse_together({"--json": json, "--events": events, "--schema": schema})
    _refuse_together({"--schema": schema, "--tool": tool})
    asked = None if schema is None else read_schema(schema)
    tools = read_tools(tool or [])
    chosen = choose_model(model, option or [])
    messages = _messages(system, " ".join(prompt or []), attach or [])
    started = time.monotonic()
    with choose_output(json=json, events=events, markdown=markdown, reasoning=reasoning) as output:
        if asked is None:
            message = answer_with_tools(chosen, messages, tools, output, max_steps)
        else:
            message = _structured(chosen, messages, asked)
    refuse_refusal(message)
    note_ending(message)
    if usage:
        note(usage_line(message, time.monotonic() - started))


def _refuse_together(given: dict[str, Any]) -> None:
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise TerminalError(f"{' and '.join(names)} cannot be given together.", ExitCode.USAGE)


def _messages(system: str | None, prompt: str, attach: list[str]) -> list[Message]:
    """The messages to send. Raises ``TerminalError`` where there is nothing to ask."""
    from chat_core import Block, HumanMessage, SystemMessage, TextBlock

    from ..attachments import STDIN, read_attachment
    from ..input_text import piped_input

    piped = "" if STDIN in attach else piped_input()
    blocks: list[Block] = [read_attachment(source) for source in attach]
    text = "\n\n".join(part for part in (prompt, piped.strip("\n")) if part.strip())
    if text:
        blocks.append(TextBlock(text))
    if not blocks:
        raise TerminalError(
            "There is no question: give it after the model, or pipe it in.", ExitCode.USAGE
        )
    human = HumanMessage(blocks)
    return [human] if system is None else [SystemMessage(system), human]


def _structured(model: ChatModel, messages: list[Message], schema: Any) -> AIMessage:
    """Prints the answer as JSON of ``schema``; returns the message it was read from.

    Raises ``OutputParserError`` for an answer that does not fit.
    """
    import json
    import sys

    from pydantic_core import to_jsonable_python

    result = model.with_structured_output(schema, include_raw=True).invoke(messages)
    if result["parsing_error"] is not None:
        raise result["parsing_error"]
    value = to_jsonable_python(result["parsed"])
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    raw: AIMessage = result["raw"]
    return raw
