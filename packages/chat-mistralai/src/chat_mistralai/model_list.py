"""The list of Mistral's models, read from an answer of ``/v1/models``. Pure."""

from __future__ import annotations

from typing import Any

from chat_completions.model_list import read_models as read_completions_models
from chat_core import APIError, MalformedResponseError
from chat_core.provider import Page

from .dialect import DIALECT
from .errors import as_mistral_error

__all__ = ["read_models"]


def read_models(wire: Any) -> Page:
    """The models of an answer; see ``chat_completions.model_list``. Raises ``APIError``."""
    try:
        return read_completions_models(wire, DIALECT)
    except MalformedResponseError:
        raise
    except APIError as error:
        raise as_mistral_error(error) from None
