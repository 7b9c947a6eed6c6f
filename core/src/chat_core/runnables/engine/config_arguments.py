"""The argument ``config``: what a user's function or method is given of the chain's config."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from ...runs.config import RunConfig
from .scope import StepContext

__all__ = ["config_of_function", "config_of_method"]


def config_of_function(
    function: Callable[..., object], context: StepContext
) -> dict[str, RunConfig]:
    """``{"config": …}`` if ``function`` has a parameter of that name, else nothing.

    The first parameter is the step's input, and one with a default other than ``None`` is the
    function's own; neither is taken for it.
    """
    for parameter in _parameters(function)[1:]:
        if parameter.name == "config" and parameter.default in (None, parameter.empty):
            return {"config": _config(context)}
    return {}


def config_of_method(method: Callable[..., object], context: StepContext) -> dict[str, RunConfig]:
    """``{"config": …}`` for ``invoke``, ``stream`` and their async forms as a subclass writes them.

    A method with ``**kwargs`` but without ``config`` is given it where there is something in it.
    """
    for parameter in _parameters(method)[1:]:
        if parameter.name == "config" and parameter.kind is not parameter.POSITIONAL_ONLY:
            return {"config": _config(context)}
        if parameter.kind is parameter.VAR_KEYWORD and context.config:
            return {"config": _config(context)}
    return {}


def _parameters(function: Callable[..., object]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:  # a builtin without a signature
        return []


def _config(context: StepContext) -> RunConfig:
    return {"tags": [], "metadata": {}, **(context.config or {})}
