"""Middleware around the calls of a chat model, such as a cache, a price or a budget.

``wrap_model(model, middleware)`` gives a copy of the model, of the same class, whose calls go
through the middleware. It is the model in everything else: it binds settings and tools, makes
chains and pickles, and a call is one run. ``use_middleware`` is for the models of a whole process.

Of several the one that was added last is asked first; those of the process are asked after those of
the model, next to the vendor. A model without middleware pays two looks at an attribute a call.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from ..arguments import of_type
from ..errors import InvalidParameterError
from ..messages.chunks import AIMessageChunk
from ..messages.message import AIMessage, Message

if TYPE_CHECKING:
    from ..json_text import JSONObject
    from .model import ChatModel
    from .settings import Settings

__all__ = [
    "ModelCall",
    "ModelMiddleware",
    "drop_middleware",
    "middleware_of",
    "through_middleware",
    "use_middleware",
    "wrap_model",
]

Model = TypeVar("Model", bound="ChatModel")
T = TypeVar("T")

Step: TypeAlias = Literal["generate", "agenerate", "stream", "astream"]
"""The methods of ``ModelMiddleware``."""

Segments = Generator[Sequence[AIMessageChunk], None, None]
AsyncSegments = AsyncGenerator[Sequence[AIMessageChunk], None]


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call: the model with the settings of the call, its messages, its options."""

    model: ChatModel
    messages: list[Message]
    options: Settings

    @classmethod
    def bound_to(cls, model: ChatModel) -> ModelCall:
        """A call without messages, with the options that are bound to ``model``."""
        return cls(model, [], model._options)  # noqa: SLF001 - of this package

    def request_body(self) -> JSONObject | None:
        """The body of the request for a whole answer, or ``None`` for a model without a codec.

        Raises ``InvalidRequestError`` for what cannot be sent.
        """
        return self.model._request_body(  # noqa: SLF001 - of this package
            self.messages, self.options, stream=False
        )

    def identity(self) -> JSONObject:
        """What decides the answer, as JSON: see ``call_identity.py``. Raises as above."""
        from .call_identity import call_identity  # only a cache asks for it

        return call_identity(self)


class ModelMiddleware:
    """What stands around the calls of a model. Each method passes the call on, unless overridden.

    ``answer`` makes the answer when it is called: not at all, once or again. A subclass overrides
    all four methods, because any of them may be asked: a traced ``invoke`` streams. Segments are
    lists of chunks that arrived together. Where it is to be pickled with a model, it can be.
    """

    def generate(self, call: ModelCall, answer: Callable[[], AIMessage]) -> AIMessage:
        """The whole answer."""
        return answer()

    async def agenerate(
        self, call: ModelCall, answer: Callable[[], Awaitable[AIMessage]]
    ) -> AIMessage:
        """``generate`` on an event loop."""
        return await answer()

    def stream(self, call: ModelCall, answer: Callable[[], Segments]) -> Segments:
        """The answer in segments. A generator: closing it closes the answer."""
        return answer()

    def astream(self, call: ModelCall, answer: Callable[[], AsyncSegments]) -> AsyncSegments:
        """``stream`` on an event loop: an async generator."""
        return answer()


def wrap_model(model: Model, middleware: ModelMiddleware) -> Model:
    """A copy of ``model`` whose calls go through ``middleware`` first.

    Raises ``InvalidParameterError`` for what is no chat model: ``with_retry``, ``with_fallbacks``
    and chains are made of a wrapped model, not the other way round.
    """
    from .model import ChatModel

    of_type("middleware", middleware, ModelMiddleware, "a ModelMiddleware")
    if not isinstance(model, ChatModel):
        raise InvalidParameterError(
            f"A chat model is needed; got {type(model).__name__}: {model!r:.80}. Wrap the model"
            " itself, before with_retry, with_fallbacks or |."
        )
    wrapped = model.model_copy()
    # Past pydantic, which takes 1 µs to find an attribute that is its own.
    object.__setattr__(wrapped, "_middleware", (middleware, *model._middleware))  # noqa: SLF001
    return wrapped


def use_middleware(middleware: ModelMiddleware) -> None:
    """Have the calls of every model of this process go through ``middleware``."""
    from .model import ChatModel

    of_type("middleware", middleware, ModelMiddleware, "a ModelMiddleware")
    ChatModel._process_middleware = (  # noqa: SLF001 - of this package
        middleware,
        *ChatModel._process_middleware,  # noqa: SLF001
    )


def drop_middleware(middleware: ModelMiddleware) -> None:
    """Undo ``use_middleware``. Nothing happens if ``middleware`` is not in use."""
    from .model import ChatModel

    in_use = ChatModel._process_middleware  # noqa: SLF001 - of this package
    left = tuple(each for each in in_use if each is not middleware)
    ChatModel._process_middleware = left  # noqa: SLF001


def middleware_of(model: ChatModel) -> tuple[ModelMiddleware, ...]:
    """What the calls of ``model`` go through: its own middleware, then that of the process."""
    return (*model._middleware, *model._process_middleware)  # noqa: SLF001 - of this package


def through_middleware(
    model: ChatModel,
    messages: list[Message],
    options: Settings,
    step: Step,
    method: Callable[..., T],
) -> T:
    """What ``method``, the model's own, answers to a call, through all middleware."""
    call = ModelCall(model, messages, options)
    answer: Callable[[], Any] = partial(method, messages, **options)
    for middleware in reversed(middleware_of(model)):
        answer = partial(getattr(middleware, step), call, answer)
    result: T = answer()
    return result
