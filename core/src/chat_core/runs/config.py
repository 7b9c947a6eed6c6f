"""``RunConfig``: the options of a call's run, and how the configs of several calls add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from ..arguments import of_type, positive_count
from ..errors import InvalidParameterError
from ..json_text import JSONObject

__all__ = ["RunConfig", "merge_configs"]


class RunConfig(TypedDict, total=False):
    """The options of a call's run.

    ``tags`` and ``metadata`` also go to the runs beneath it. ``max_concurrency`` bounds how much of
    ``batch`` and of parallel steps runs at once.
    """

    run_name: str
    tags: list[str]
    metadata: JSONObject
    max_concurrency: int | None


_KEYS = frozenset(RunConfig.__annotations__)


def merge_configs(*configs: Mapping[str, Any] | None) -> RunConfig:
    """All ``configs`` as one: tags (sorted where several give some) and metadata add up, otherwise
    the later one wins.

    Raises ``InvalidParameterError`` for a config or metadata that is no dict, an unknown key, or
    tags that are not a list of strings.
    """
    merged: JSONObject = {}
    for config in configs:
        for key, value in _read_dict("A run's config", config).items():
            if key not in _KEYS:
                raise InvalidParameterError(
                    f"Unknown key {key!r} in a run's config; known: {', '.join(sorted(_KEYS))}."
                )
            if key == "tags":
                tags = list(dict.fromkeys(_read_tags(value)))
                merged[key] = sorted({*merged[key], *tags}) if merged.get(key) else tags
            elif key == "metadata":
                merged[key] = {**merged.get(key, {}), **_read_dict(key, value)}
            elif value is None:
                merged[key] = value
            elif key == "run_name":
                merged[key] = of_type(key, value, str, "a str")
            else:
                merged[key] = positive_count(key, value)
    return cast(RunConfig, merged)


def _read_dict(name: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if value is None:
        return {}
    raise InvalidParameterError(f"{name} is a dict; got {type(value).__name__}: {value!r:.80}.")


def _read_tags(tags: object) -> list[str]:
    if not isinstance(tags, list | tuple | set | frozenset | None) or not all(
        isinstance(tag, str) for tag in tags or ()
    ):
        raise InvalidParameterError(f"tags is a list of strings; got {tags!r}.")
    return list(tags or ())
