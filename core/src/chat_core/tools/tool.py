"""Tools: functions that a model may ask to run, with a schema made from their signature."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Generic, overload

from typing_extensions import ParamSpec, TypeVar

from ..errors import ChatError, InvalidParameterError, ToolInputError
from ..json_text import JSONObject
from ..messages.blocks import (
    AudioBlock,
    Block,
    FileBlock,
    ImageBlock,
    InvalidToolCall,
    TextBlock,
    ToolCall,
    VideoBlock,
)
from ..messages.message import ToolMessage
from ..messages.parts import read_tool_calls
from ..runnables.base import Runnable
from ..runnables.engine.scope import StepContext
from ..runs.config import RunConfig
from ..runs.events import RunType
from ..runs.run import Run
from ..validation_text import validation_text
from .schema import ToolLike, from_function, to_tool_spec
from .signature import read_signature
from .spec import ToolSpec
from .validation import validate

__all__ = ["Tool", "ToolLike", "to_tool_spec", "tool"]

P = ParamSpec("P", default=...)
R = TypeVar("R", default=Any)

_CONTENT = (TextBlock, ImageBlock, AudioBlock, VideoBlock, FileBlock)
"""The blocks that a result may consist of."""


class Tool(Runnable[Any, Any], Generic[P, R]):
    """A function as a tool: give it to ``bind_tools``, and invoke it with what the model asks.

    Called with a dict of arguments (or the bare value, where there is one parameter) it returns
    what the function returns; called with a ``ToolCall``, or one as JSON, it returns the
    ``ToolMessage`` that answers it; blocks (an image, a list of text and images) are its content as
    they are, other objects as JSON. Arguments that do not fit raise ``ToolInputError``. ``spec`` is
    what the model receives. A parameter of the type ``RunConfig`` receives the config of the call.
    Calling the object itself calls the plain function.
    """

    run_type: ClassVar[RunType] = "tool"
    traces_chunks: ClassVar[bool] = False

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> None:
        from pydantic import TypeAdapter

        if not callable(function):
            raise InvalidParameterError(
                f"A tool is made of a function; got {type(function).__name__}: {function!r:.80}."
            )
        self.function: Callable[..., R] = function
        self.spec: ToolSpec = from_function(function, name=name, description=description)
        self._signature = read_signature(function)
        self._arguments: TypeAdapter[dict[str, object]] = TypeAdapter(self._signature.arguments)
        self.__doc__ = inspect.getdoc(function)

    @property
    def name(self) -> str:
        """What the model calls it."""
        return self.spec.name

    @property
    def description(self) -> str:
        """The text from which the model learns what the tool does."""
        return self.spec.description

    def get_name(self) -> str:
        """The tool's name."""
        return self.spec.name

    def __repr__(self) -> str:
        return f"Tool({self.spec.name})"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        given = list(inspect.signature(self.function).parameters)[: len(args)]
        fields = self._signature.fields
        defaults = self._signature.with_defaults(kwargs) if fields else kwargs
        return self.function(*args, **{n: v for n, v in defaults.items() if n not in given})

    def read_arguments(self, given: object) -> dict[str, object]:
        """``given`` as the function's keyword arguments, converted to their types.

        Raises ``ToolInputError`` naming each argument that is missing, unknown or of another type.
        """
        from pydantic import ValidationError

        if not isinstance(given, Mapping):
            names = list(self.spec.parameters.get("properties", {}))
            if len(names) != 1:
                raise ToolInputError(
                    f"The tool {self.name!r} takes a dict with {', '.join(names) or 'nothing'};"
                    f" got {type(given).__name__}: {given!r:.100}"
                )
            given = {names[0]: given}
        try:
            return self._signature.with_defaults(validate(self._arguments, given))
        except ValidationError as error:
            raise ToolInputError(
                f"The tool {self.name!r} was called wrongly: {validation_text(error)}"
            ) from error
        except Exception as error:
            raise ToolInputError(
                f"The arguments of the tool {self.name!r} could not be validated"
                f" ({type(error).__name__}: {error})."
            ) from error

    def _begin(
        self, context: StepContext, config: RunConfig | None
    ) -> tuple[Run | None, StepContext]:
        run, inner = super()._begin(context, config)
        if run is not None:
            run.describe_input = _describe_call
        return run, inner

    async def _invoke(self, value: object, context: StepContext, **kwargs: object) -> object:
        call = _read_call(value)
        if call is not None and call.name != self.name:
            raise ToolInputError(
                f"This is the tool {self.name!r}; the call {call.id!r} is one of {call.name!r}."
            )
        arguments = self.read_arguments(value if call is None else call.args)
        if self._signature.config is not None:
            arguments[self._signature.config] = context.config or {}
        function = partial(self.function, **arguments)
        output = await context.runtime.call(function, run_context=context.run_context)
        if call is None or isinstance(output, ToolMessage):
            return output
        return ToolMessage(_as_content(output), call.id or "", name=self.name)


def _read_call(value: object) -> ToolCall | None:
    """The call that ``value`` is, as an object, as its JSON, or in OpenAI's shape; else ``None``.

    Raises ``ToolInputError`` for a call that is not whole.
    """
    block = value
    if isinstance(value, Mapping):
        is_json = value.get("type") == "tool_call" and isinstance(value.get("args"), Mapping)
        is_openai = value.get("type") == "function" and isinstance(value.get("function"), Mapping)
        if is_json or is_openai:
            (block,) = read_tool_calls([value])
    if isinstance(block, InvalidToolCall):
        raise ToolInputError(f"The call of the tool {block.name!r} is not valid: {block.error}.")
    return block if isinstance(block, ToolCall) else None


def _describe_call(value: object) -> tuple[object, JSONObject]:
    """The input of a tool as its events show it: the arguments, and whose call they are."""
    try:
        call = _read_call(value)
    except ChatError:
        return value, {}
    return (value, {}) if call is None else (call.args, {"tool_call_id": call.id})


def _as_content(output: object) -> str | list[Block]:
    """What a function returned, as the content of a message."""
    if isinstance(output, str):
        return output
    items: list[Any] = list(output) if isinstance(output, list | tuple) else [output]
    if any(isinstance(item, _CONTENT) for item in items):
        blocks = [TextBlock(item) if isinstance(item, str) else item for item in items]
        if all(isinstance(block, _CONTENT) for block in blocks):
            return blocks
    from pydantic_core import to_jsonable_python

    return json.dumps(to_jsonable_python(output, fallback=str), ensure_ascii=False)


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    name: str | None = None, /, *, description: str | None = None
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[..., object] | str | None = None, /, *, description: str | None = None
) -> Any:
    """Make a tool of a typed function: ``@tool``, ``@tool("name")``, ``@tool(description="…")``.

    Raises ``InvalidParameterError`` where its parameters have no JSON schema.
    """
    if callable(function):
        return Tool(function)
    if function is not None and not isinstance(function, str):
        raise InvalidParameterError(f"@tool takes a function or a name; got {function!r:.80}")
    return partial(Tool, name=function, description=description)
