"""``AnswerTool``: an object as the last answer, as the arguments of a tool that ends the loop.

It works at every vendor that has tools, beside other tools. An answer in words is read as JSON, and
sent back with a request to call the tool where it is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chat_core import (
    AIMessage,
    HumanMessage,
    InvalidToolCall,
    JsonOutputParser,
    OutputParserError,
    ToolCall,
    ToolMessage,
)
from chat_core.provider import ToolSpec, read_answer_schema

from .calls import failed
from .progress import Progress, calls_of

__all__ = ["AnswerTool"]

_CALL_IT = "Call this tool with the final answer, once you have it, and not in words."
_FINAL = frozenset({"refusal", "content_filter"})


class AnswerTool:
    """The tool of a schema. Raises ``InvalidParameterError`` for what is none."""

    def __init__(self, schema: object) -> None:
        self._schema = read_answer_schema(schema)
        spec = self._schema.spec
        self.spec: ToolSpec = replace(spec, description=f"{spec.description}\n\n{_CALL_IT}".strip())

    @property
    def name(self) -> str:
        """What the model calls it."""
        return self.spec.name

    def read_calls(self, progress: Progress, answer: AIMessage) -> bool:
        """Whether a call of ``answer`` is the final answer; ``progress`` then has the object.

        A call that does not fit has its result afterwards, with what was wrong.
        """
        calls = calls_of(answer)
        own = [position for position, call in enumerate(calls) if call.name == self.name]
        for position in own:
            call = calls[position]
            try:
                progress.parsed = self._read_call(call)
            except OutputParserError as error:
                progress.add_result(position, failed(call, f"{error} Call the tool again."))
                continue
            for other, each in enumerate(calls):
                text = "This call was not run: the answer is final."
                progress.add_result(other, failed(each, text))
            taken = ToolMessage("The answer is taken.", call.id or "", name=call.name)
            progress.add_result(position, taken)
            return True
        return False

    def _read_call(self, call: ToolCall | InvalidToolCall) -> Any:
        if isinstance(call, InvalidToolCall):
            raise OutputParserError(f"The call is not valid: {call.error}.", text=call.args)
        return self._schema.read(call.args, str(call.args))

    def read_words(self, progress: Progress, answer: AIMessage) -> HumanMessage | None:
        """``None`` if ``progress`` has the object now, else the message that corrects the model.

        Raises ``OutputParserError`` for an answer after which asking again is of no use.
        """
        if answer.refusal or answer.finish_reason in _FINAL:
            error = OutputParserError(
                f"The model declined: {answer.refusal or answer.finish_reason}",
                text=answer.refusal or answer.content,
            )
            error.answer = answer
            raise error
        try:
            value = JsonOutputParser().parse(answer.content)
            progress.parsed = self._schema.read(value, answer.content)
        except OutputParserError:
            return HumanMessage(f"Give the final answer by calling the tool {self.name}.")
        return None
