"""The options of a batch, and what they are read to: models, limits and the settings of the run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

from chat_core import ChatModel, InvalidParameterError, RateLimiter, get_chat_model
from chat_core.provider import connection_settings

from .counts import Counts

__all__ = [
    "BatchOptions",
    "Models",
    "OpenById",
    "asked_settings",
    "check_options",
    "find_limiter",
    "limiters_of",
    "open_models",
    "path_of",
    "whole_number",
]

Models: TypeAlias = "str | ChatModel | Sequence[str | ChatModel]"
"""One model or several, each as an object or by its id."""

_NOT_ASKED = frozenset(
    "model timeout idle_timeout answer_timeout max_retries rate_limiter client async_client"
    " default_headers".split()
)


class BatchOptions(TypedDict, total=False):
    """The options of a batch.

    Args:
        settings: settings of the models that are named by an id, as ``get_chat_model`` takes them.
        template: a text with ``{variables}``, messages with them, or a ``ChatPromptTemplate``;
            the input of a row is then its variables.
        fallback: ids or models that are asked, one after another, for a row that failed.
        max_concurrency: how many requests are under way at most; by default 32.
        retry_failed: ask rows again that failed in an earlier run.
        skip_bad_rows: go on without rows that cannot be read.
        max_errors: how many rows may fail before the run is stopped.
        requests_per_minute, tokens_per_minute: limits of the whole run.
        rate_limiter: a limiter that the run shares with others, instead of these two.
        open_model: makes the model of an id; by default ``get_chat_model`` with ``settings``.
        on_progress: called with the counts after each result.
        progress_every: show a bar on standard error where that is a terminal, else a line each so
            many seconds; by default neither.
    """

    settings: Mapping[str, Any] | None
    template: object
    fallback: Models
    max_concurrency: int
    retry_failed: bool
    skip_bad_rows: bool
    max_errors: int | None
    requests_per_minute: float | None
    tokens_per_minute: float | None
    rate_limiter: RateLimiter | None
    open_model: Callable[[str], ChatModel]
    on_progress: Callable[[Counts], None] | None
    progress_every: float


def check_options(options: Mapping[str, Any]) -> None:
    """Raise ``InvalidParameterError`` for an option that there is not, or of another type."""
    known = BatchOptions.__annotations__
    for name, value in options.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise InvalidParameterError(
                f"A batch has no option {name!r}.{meant} Its options: {', '.join(sorted(known))}."
            )
        if name in _CHECKS:
            wanted, is_right = _CHECKS[name]
            if not is_right(value):
                raise InvalidParameterError(f"{name} is {wanted}; got {value!r:.60}.")


def _is_seconds(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value < math.inf


_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "settings": ("a dict of settings, or None", lambda value: isinstance(value, Mapping | None)),
    "retry_failed": ("True or False", lambda value: isinstance(value, bool)),
    "skip_bad_rows": ("True or False", lambda value: isinstance(value, bool)),
    "rate_limiter": (
        "a RateLimiter, or None",
        lambda value: value is None or callable(getattr(value, "aacquire", None)),
    ),
    "open_model": ("a function from an id to a model", callable),
    "on_progress": (
        "a function that takes the counts, or None",
        lambda value: value is None or callable(value),
    ),
    "progress_every": ("a number of seconds, 0 or more", _is_seconds),
}
"""What options are that nothing else checks, in words and as a test."""


@dataclass(frozen=True)
class OpenById:
    """Makes the model of an id with ``settings``. Raises ``ChatError``. It can be pickled."""

    settings: Mapping[str, Any]

    def __call__(self, name: str) -> ChatModel:
        return get_chat_model(name, **self.settings)


def open_models(given: Models, open_model: Callable[[str], ChatModel]) -> list[ChatModel]:
    """The models that ``given`` has or names. Raises ``ChatError``."""
    if isinstance(given, str | ChatModel):
        given = [given]
    if not isinstance(given, Sequence):
        raise InvalidParameterError(
            f"model is the id of a model, a ChatModel, or a list of these; got {given!r:.60}."
        )
    models = [open_model(each) if isinstance(each, str) else each for each in given]
    for model in models:
        if not isinstance(model, ChatModel):
            raise InvalidParameterError(f"A batch asks chat models; got {model!r:.60}.")
        if model.names_one_call():
            raise InvalidParameterError(
                "An idempotency_key names one call, and each row is one: bind none to the model of"
                " a batch."
            )
    return models


def find_limiter(options: BatchOptions, models: Sequence[ChatModel]) -> RateLimiter | None:
    """What the requests of the run wait for; ``None`` without a limit.

    It follows the numbers of the vendor as well, where all models are of one vendor.
    """
    given = options.get("rate_limiter")
    requests, tokens = options.get("requests_per_minute"), options.get("tokens_per_minute")
    if given is not None and (requests is not None or tokens is not None):
        raise InvalidParameterError(
            "rate_limiter has its own limits; leave requests_per_minute and tokens_per_minute out."
        )
    if requests is None and tokens is None:
        return given
    learn = len({model.provider for model in models}) == 1
    return RateLimiter(requests_per_minute=requests, tokens_per_minute=tokens, learn=learn)


def limiters_of(
    limiter: RateLimiter | None, models: Sequence[ChatModel]
) -> list[RateLimiter | None]:
    """What the requests of a run wait for: ``limiter``, or each limiter of the models, once."""
    if limiter is not None:
        return [limiter]
    own = [getattr(model, "rate_limiter", None) for model in models]
    return list({id(each): each for each in own}.values())


def asked_settings(model: ChatModel) -> dict[str, Any]:
    """The settings of ``model`` that decide its answers: not its name, connection or limits."""
    left_out = _NOT_ASKED | connection_settings(type(model))
    settings = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in left_out and value != field.get_default(call_default_factory=True):
            settings[name] = value
    return settings


def path_of(name: str, value: Any) -> Path:
    """``value`` as a path. Raises ``InvalidParameterError`` for what is none."""
    try:
        return Path(value)
    except TypeError:
        raise InvalidParameterError(f"{name} is the path of a file; got {value!r:.80}.") from None


def whole_number(name: str, value: Any) -> int:
    """``value`` if it is 1 or more. Raises ``InvalidParameterError``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidParameterError(f"{name} is a whole number, 1 or more; got {value!r}.")
    return value
