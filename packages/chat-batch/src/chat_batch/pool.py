"""``Pool``: the models of a batch, which of them takes the next row, and which are of no use.

A row goes to the model with the fewest requests under way that is not held. A model is held while
its vendor asks to wait. A model that no row can be asked of (a wrong key, a used-up quota, an
unknown model) is closed. Fallbacks take the rows that failed before.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from chat_core import (
    AIMessage,
    APIError,
    AuthenticationError,
    ChatError,
    ChatModel,
    InvalidParameterError,
    Message,
    MissingAPIKeyError,
    ModelNotFoundError,
    QuotaExceededError,
    RateLimiter,
)
from chat_core.provider import WireModel, connection_settings, encode_row

from .cost import is_over_budget, seconds_until_allowed, with_prices
from .shared_limiter import SharedLimiter

__all__ = ["Backend", "Pool", "closes_model", "freest", "name_of"]

_PAYMENT_REQUIRED = 402
_OF_EVERY_ROW = (
    MissingAPIKeyError,
    AuthenticationError,
    ModelNotFoundError,
    QuotaExceededError,
    ImportError,
)
_DERIVED_MODELS = 64
"""How many models with settings of rows are kept for the next rows with the same settings."""


def name_of(model: ChatModel) -> str:
    """The id that results name ``model`` by."""
    return f"{model.provider}:{model.model}" if model.provider else model.model


def closes_model(error: Exception) -> bool:
    """Whether ``error`` is one that every other row would get from the same model.

    Such is an ``ImportError``: a package that is missing, or that changed while the batch ran.
    """
    if isinstance(error, APIError) and error.status == _PAYMENT_REQUIRED:
        return True
    if is_over_budget(error):
        return seconds_until_allowed(error) is None
    return isinstance(error, _OF_EVERY_ROW)


@dataclass
class Backend:
    """One model of a batch, and how it is doing.

    Args:
        model: the model; the batch retries itself, so it does not.
        limiter: what each request waits for, where the model takes no rate limiter.
        shared: what each request waits for where other processes wait for it too.
        retries: how often a request for a row is made again.
        under_way: requests that have not been answered.
        held_until: until when no request is made, in seconds of ``time.monotonic``.
        closed_by: why no row can be asked of it.
    """

    model: ChatModel
    limiter: RateLimiter | None = None
    shared: SharedLimiter | None = None
    retries: int = 0
    under_way: int = 0
    served: int = 0
    held_until: float = 0.0
    closed_by: Exception | None = None
    name: str = ""
    _derived: dict[str, ChatModel] = field(default_factory=dict, repr=False)
    _is_prepared: bool = False

    @classmethod
    def of(cls, model: ChatModel, limiter: RateLimiter | SharedLimiter | None) -> Backend:
        """``model`` as one of a batch, whose requests wait for ``limiter``."""
        settings: dict[str, Any] = {"max_retries": 0}
        retries, name = model.max_retries, name_of(model)
        if isinstance(limiter, SharedLimiter):
            bound = with_prices(model.bind(**settings))
            return cls(bound, shared=limiter, retries=retries, name=name)
        takes_limiter = "rate_limiter" in type(model).model_fields
        if limiter is not None and takes_limiter:
            settings["rate_limiter"] = limiter
        bound = with_prices(model.bind(**settings))
        own = None if takes_limiter else limiter
        return cls(bound, own, retries=retries, name=name)

    async def ask(self, messages: list[Message], settings: Mapping[str, Any]) -> AIMessage:
        """One answer. Raises what the model raises, and ``InvalidParameterError``."""
        model = self._with(settings) if settings else self.model
        if self.limiter is not None:
            await self.limiter.aacquire()
        self.under_way += 1
        self.served += 1
        try:
            if self.shared is None:
                return await model.ainvoke(messages)
            if not self._is_prepared:
                await self._prepare(messages)
            async with self.shared.permit(messages, model.max_tokens) as permit:
                message = await model.ainvoke(messages)
                permit.usage = message.usage_metadata
            return message
        finally:
            self.under_way -= 1

    async def _prepare(self, messages: list[Message]) -> None:
        """Do what takes long before the first permit: a request leaves at once after its permit."""
        with suppress(ChatError):  # the call raises it
            await self.model.aprepare()
            if isinstance(self.model, WireModel):
                await asyncio.to_thread(encode_row, self.model, messages)
        self._is_prepared = True

    def hold_until(self, due: float) -> None:
        """Make no request before ``due``, a time of ``time.monotonic``, here or elsewhere."""
        self.held_until = max(self.held_until, due)
        if self.shared is not None:
            self.shared.hold(due - time.monotonic())

    def _with(self, settings: Mapping[str, Any]) -> ChatModel:
        key = json.dumps(settings, sort_keys=True, default=repr)
        if key not in self._derived:
            fixed = connection_settings(type(self.model)) | {"model", "rate_limiter", "client"}
            if refused := sorted(fixed & settings.keys()):
                raise InvalidParameterError(
                    f"The settings of a row cannot change {', '.join(refused)}: they belong to the"
                    " connection, which all rows share."
                )
            if len(self._derived) >= _DERIVED_MODELS:
                self._derived.clear()
            self._derived[key] = self.model.bind(**settings)
        return self._derived[key]


class Pool:
    """The models of a batch: those that share its rows, its fallbacks, and those that rows name.

    Args:
        models: the models that share the rows.
        fallbacks: models that are asked one after another for a row that failed.
        open_model: makes the model of an id that a row names.
        limiter: what every request of every model waits for.
    """

    def __init__(
        self,
        models: Sequence[ChatModel],
        fallbacks: Sequence[ChatModel],
        open_model: Callable[[str], ChatModel],
        limiter: RateLimiter | SharedLimiter | None = None,
    ) -> None:
        self._limiter = limiter
        self._open_model = open_model
        self._shared = [Backend.of(model, limiter) for model in models]
        self._fallbacks = [Backend.of(model, limiter) for model in fallbacks]
        self._named: dict[str, Backend] = {}

    def backends(self, named: str | None, stage: int) -> list[Backend]:
        """Those that a row may be sent to: at stage 0 its own or the shared ones, then fallbacks.

        ``named`` is the id of the row's own model. Raises ``ChatError`` for an id that is none.
        """
        if stage:
            found = self._fallbacks[stage - 1 : stage]
        elif named is None:
            found = self._shared
        else:
            found = [self._named_backend(named)]
        return [backend for backend in found if backend.closed_by is None]

    def has_stage(self, stage: int) -> bool:
        """Whether there is a fallback for a row that failed at the stage before."""
        return stage <= len(self._fallbacks)

    def all(self) -> list[Backend]:
        """Every model of the batch so far."""
        return [*self._shared, *self._fallbacks, *self._named.values()]

    async def aclose(self) -> None:
        """Close the connections of the models that the batch has made for rows."""
        for backend in self._named.values():
            await backend.model.aclose()

    def _named_backend(self, name: str) -> Backend:
        if name not in self._named:
            self._named[name] = Backend.of(self._open_model(name), self._limiter)
        return self._named[name]


def freest(backends: Sequence[Backend]) -> Backend:
    """The one that can take a request first: not held, fewest requests under way."""
    now = time.monotonic()
    return min(
        backends,
        key=lambda backend: (max(0.0, backend.held_until - now), backend.under_way, backend.served),
    )
