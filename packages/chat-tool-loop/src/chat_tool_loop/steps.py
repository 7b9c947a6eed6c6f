"""The steps of a tool loop: an answer of the model, the results of its calls, and so on.

The text is written once for blocking code and event loops, as the steps of chains in chat-core are:
it awaits its runtime alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from chat_core import (
    AIMessage,
    InvalidParameterError,
    Runnable,
    ToolCall,
    ToolInputError,
    ToolMessage,
)
from chat_core.provider import Chunks, MessageBuilder, Runtime, StepContext, to_messages

from .answer_tool import AnswerTool
from .calls import Approve, OnError, approved_call, check_call, run_call
from .errors import TimeLimitError
from .limits import Limits, TimeIsUpError, within
from .progress import Call, Progress, calls_of
from .refused_call import refuse
from .toolbox import Toolbox, Tools, refuse_async

__all__ = ["LoopSettings", "Steps"]


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What ``run_tools`` was given, read."""

    model: Runnable[Any, Any, Any]
    toolbox: Toolbox
    limits: Limits
    approve: Approve | None
    on_error: OnError
    answer_tool: AnswerTool | None

    def __post_init__(self) -> None:
        answer_tool = self.answer_tool
        if answer_tool is not None and self.toolbox.has_name(answer_tool.name):
            raise InvalidParameterError(
                f"A tool and the response_format are both called {answer_tool.name!r}; name the"
                " tool otherwise: @tool('name')."
            )

    def refuse_async_functions(self) -> None:
        """Raise ``InvalidParameterError`` for a function that blocking code cannot call."""
        for tool in self.toolbox.current().by_name.values():
            refuse_async(tool.function, f"The tool {tool.name!r}")
        if self.approve is not None:
            refuse_async(self.approve, "approve")


class Steps:
    """The steps of one call of a loop."""

    def __init__(
        self,
        settings: LoopSettings,
        value: object,
        context: StepContext,
        kwargs: dict[str, object],
        *,
        streams: bool,
    ) -> None:
        self._settings = settings
        self._context = context
        self._kwargs = kwargs
        self._streams = streams
        self._progress = Progress(to_messages(value))
        self._arriving: MessageBuilder | None = None
        if not context.runtime.is_async:
            settings.refuse_async_functions()

    async def items(self) -> AsyncGenerator[object, None]:
        """Everything that happens, within the time limit, and then the result."""
        seconds = self._settings.limits.timeout
        if seconds is None:
            items = self._steps(self._context.runtime)
        else:
            items = within(self._context.runtime, seconds, self._steps)
        try:
            async for item in items:
                yield item
        except TimeIsUpError:
            interrupted = None if self._arriving is None else self._arriving.message()
            raise TimeLimitError(
                f"The loop took longer than {seconds:g} s (timeout); it was at answer"
                f" {self._progress.steps + (interrupted is not None)}.",
                partial=self._progress.result(interrupted),
            ) from None
        finally:
            await items.aclose()

    async def _steps(self, runtime: Runtime) -> AsyncGenerator[object, None]:
        context = self._context._replace(runtime=runtime)
        progress = self._progress
        while True:
            tools = self._settings.toolbox.current()
            answering = self._ask(tools, context)
            try:
                async for chunk in answering:
                    yield chunk
            finally:
                await answering.aclose()
            answer = progress.answer
            assert answer is not None
            if self._is_final(answer):
                break
            self._settings.limits.check(progress)
            running = self._run_calls(tools, context)
            try:
                async for item in running:
                    yield item
            finally:
                await running.aclose()
            progress.end_step()
        yield progress.result()

    async def _ask(self, tools: Tools, context: StepContext) -> AsyncGenerator[object, None]:
        """Append the model's next answer to the conversation; yield its chunks."""
        asking = self._asking(tools)
        messages = list(self._progress.messages)
        if not self._streams:
            answer: AIMessage = await asking.traced_invoke(messages, context, None, self._kwargs)
            self._progress.add_answer(answer)
            return
        builder = self._arriving = MessageBuilder()
        chunks = asking.traced_transform(Chunks.of(messages), context, None, self._kwargs)
        try:
            async for chunk in chunks:
                builder.add(chunk)
                yield chunk
        finally:
            await chunks.close()
        self._arriving = None
        self._progress.add_answer(builder.message())

    def _asking(self, tools: Tools) -> Runnable[Any, Any, Any]:
        offered = list(tools.offered)
        if self._settings.answer_tool is not None:
            offered.append(self._settings.answer_tool.spec)
        model: Any = self._settings.model
        asking: Runnable[Any, Any, Any] = model.bind_tools(offered) if offered else model
        return asking

    def _is_final(self, answer: AIMessage) -> bool:
        """Whether the loop ends with ``answer``."""
        answer_tool = self._settings.answer_tool
        if calls_of(answer):
            return answer_tool is not None and answer_tool.read_calls(self._progress, answer)
        if answer.finish_reason == "pause":  # the vendor goes on with its own tools
            return False
        if answer_tool is None:
            return True
        correction = answer_tool.read_words(self._progress, answer)
        if correction is None:
            return True
        self._progress.follow(correction)
        return False

    async def _run_calls(self, tools: Tools, context: StepContext) -> AsyncGenerator[object, None]:
        """Yield the calls, then their results as they come, which the conversation then has."""
        open_calls = self._progress.open_calls()
        for _, call in open_calls:
            if isinstance(call, ToolCall):
                yield call
        ready: list[tuple[int, ToolCall]] = []
        for position, call in open_calls:
            checked = await self._check(call, tools, context)
            if isinstance(checked, ToolMessage):
                self._progress.add_result(position, checked)
                yield checked
            else:
                ready.append((position, checked))
        results = self._results(ready, tools, context)
        try:
            async for position, result in results:
                self._progress.add_result(position, result)
                yield result
        finally:
            await results.aclose()

    async def _check(
        self, call: Call, tools: Tools, context: StepContext
    ) -> ToolCall | ToolMessage:
        """The call to run, or the result of one that is not run."""
        settings = self._settings
        try:
            asked = check_call(call, tools.by_name)
            approved: ToolCall | str = asked
            if settings.approve is not None:
                approved = await approved_call(settings.approve, asked, context)
                if isinstance(approved, ToolCall):
                    check_call(approved, tools.by_name)
        except ToolInputError as error:
            raises = settings.on_error == "raise"
            return await refuse(call, str(error), context, raises=raises)
        if isinstance(approved, ToolCall):
            return approved
        return await refuse(call, approved, context, raises=False)

    async def _results(
        self, ready: list[tuple[int, ToolCall]], tools: Tools, context: StepContext
    ) -> AsyncGenerator[tuple[int, ToolMessage], None]:
        """The results of ``ready``, run side by side, each with its position."""
        on_error = self._settings.on_error
        self._progress.start_calls()

        def branch(call: ToolCall) -> Any:
            async def run(runtime: Runtime) -> AsyncGenerator[ToolMessage, None]:
                inner = context._replace(runtime=runtime)
                yield await run_call(tools.by_name[call.name], call, inner, on_error)

            return run

        if len(ready) == 1:
            ((position, call),) = ready
            result = await run_call(tools.by_name[call.name], call, context, on_error)
            yield position, result
            return
        branches = [branch(call) for _, call in ready]
        items = context.runtime.run_parallel(branches, limit=context.limit)
        try:
            async for number, result in items:
                yield ready[number][0], result
        finally:
            await items.aclose()
