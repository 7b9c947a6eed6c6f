"""``refuse``: the result of a call that is not run, which events report as a tool's run that fails.

So that a page that shows events has an end for each call that it has shown.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NoReturn

from chat_core import RunConfig, Runnable, ToolInputError, ToolMessage
from chat_core.provider import Run, StepContext

from .progress import Call

__all__ = ["refuse"]


async def refuse(call: Call, text: str, context: StepContext, *, raises: bool) -> ToolMessage:
    """The result of ``call`` with ``text`` as its error; with ``raises`` the error is raised."""
    try:
        await _RefusedCall(call.name or "", text).traced_invoke(call, context, None, {})
    except ToolInputError:
        if raises:
            raise
    return ToolMessage(text, call.id or "", status="error", name=call.name)


class _RefusedCall(Runnable[Any, Any]):
    run_type: ClassVar[Literal["tool"]] = "tool"
    traces_chunks: ClassVar[bool] = False

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text

    def get_name(self) -> str:
        """What the model called."""
        return self._name

    def _begin(
        self, context: StepContext, config: RunConfig | None
    ) -> tuple[Run | None, StepContext]:
        run, inner = super()._begin(context, config)
        if run is not None:
            run.describe_input = _describe
        return run, inner

    async def _invoke(self, value: Any, context: StepContext, **kwargs: object) -> NoReturn:
        raise ToolInputError(self._text)


def _describe(call: Any) -> tuple[object, dict[str, Any]]:
    """The arguments, and whose call they are, as a tool's own events have them."""
    return call.args, {"tool_call_id": call.id}
