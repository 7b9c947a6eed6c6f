"""The parameters of a request, read off the fields of a model's class: each is written once."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from chat_core.provider import WireModel

__all__ = ["parameters", "request_settings"]

_COMMON = ("max_tokens", "temperature", "top_p", "stop")
"""The settings of every model that are parameters of a request."""


def request_settings(
    model: WireModel, owner: type[WireModel], *, local: Collection[str] = ()
) -> dict[str, Any]:
    """The values of ``parameters(owner)`` in ``model`` under their own names, but for ``local``.

    ``local`` names the fields of ``owner`` that are no parameters.
    """
    return {name: getattr(model, name) for name in parameters(owner) if name not in local}


@cache
def parameters(owner: type[WireModel]) -> tuple[str, ...]:
    """The common parameters and every field that ``owner`` adds to those of a ``WireModel``.

    A field that a subclass of ``owner`` adds is its user's and no parameter.
    """
    own = [name for name in owner.model_fields if name not in WireModel.model_fields]
    return (*_COMMON, *own)
