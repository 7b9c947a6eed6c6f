"""A conversation: its messages, the model that answers next, what is kept of a broken answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attachments import read_attachments
from .exit_codes import ExitCode
from .failures import TerminalError
from .model_choice import choose_model
from .tool_loop import answer_with_tools

if TYPE_CHECKING:
    from chat_core import AIMessage, Block, ChatModel, Message

    from .output.base import StreamedOutput
    from .tool_loop import Tools

__all__ = ["Conversation"]


class Conversation:
    """Messages that any vendor may go on with.

    Args:
        output: what answers are shown with.
        tools: the functions that models may call.
        max_steps: how many answers in a row may be calls of tools.
    """

    def __init__(self, output: StreamedOutput, tools: Tools, max_steps: int) -> None:
        self.name = ""
        self.system = ""
        self.messages: list[Message] = []
        self._output = output
        self._tools = tools
        self._max_steps = max_steps
        self._model: ChatModel | None = None
        self._attached: list[Block] = []

    def use(self, name: str, options: list[str]) -> None:
        """Let the model of an id or alias answer from now on; the messages so far stay.

        Raises as ``choose_model`` does, and the model is then the one before.
        """
        model = choose_model(name, options)
        if self._model is not None:
            self._model.close()
        self._model = model
        self.name = f"{model.provider}:{model.model}"

    def attach(self, source: str) -> int:
        """Send a file along with the next question, or those that a pattern matches.

        Returns how many files the next question has. Raises ``TerminalError``.
        """
        self._attached += read_attachments(source)
        return len(self._attached)

    def clear(self) -> None:
        """Forget all messages and attachments; system text and model stay."""
        self.messages.clear()
        self._attached.clear()

    def ask(self, text: str) -> AIMessage:
        """The answer to ``text``, shown as it arrives.

        When it is interrupted, question and arrived text stay in the conversation; when nothing had
        arrived, neither does. Raises ``ChatError``, ``TerminalError`` and ``KeyboardInterrupt``.
        """
        from chat_core import HumanMessage, SystemMessage, TextBlock

        if self._model is None:
            raise TerminalError(
                "No model yet: /model PROVIDER:MODEL, or /model offline:demo", ExitCode.USAGE
            )
        question = HumanMessage([*self._attached, TextBlock(text)])
        above: list[Message] = [SystemMessage(self.system)] if self.system else []
        sent = [*above, *self.messages, question]
        try:
            answer = answer_with_tools(
                self._model, sent, self._tools, self._output, self._max_steps
            )
        except BaseException:
            self._keep_arrived(question)
            raise
        self.messages = sent[len(above) :]
        self._attached.clear()
        return answer

    def _keep_arrived(self, question: Message) -> None:
        """Keep the text alone: calls of tools without results would not be accepted again."""
        from chat_core import AIMessage

        arrived = self._output.arrived
        if arrived is not None and arrived.content:
            self.messages += [question, AIMessage(arrived.content)]
            self._attached.clear()
