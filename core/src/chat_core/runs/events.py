"""The schema of stream events (version ``"v2"``), and the filters on them.

An event is a plain dict, typed by ``StreamEvent``. The life of a run is ``on_TYPE_start``, any
number of ``on_TYPE_stream``, and ``on_TYPE_end`` or ``on_TYPE_error``, where ``TYPE`` is one of
``RUN_TYPES``; prompts and tools have no ``stream`` events. ``data`` holds:

    start     ``input``, where the whole input is known by then
    stream    ``chunk``
    end       ``output``, and ``input``
    error     ``error`` (the exception), and ``input`` where it is known
    on_custom_event    the object that was given to ``dispatch_custom_event``, not in a dict

The first event delivered carries what was given to ``stream_events`` as its ``input``, and the end
of that run does not repeat it. All events of one run share their ``tags``, ``parent_ids`` and
``metadata`` objects: read them, do not change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, get_args

from ..arguments import items_of
from ..errors import InvalidParameterError
from ..json_text import JSONObject

__all__ = ["RUN_TYPES", "EventFilter", "RunType", "StreamEvent", "refuse_unknown_version"]

RunType = Literal["chat_model", "chain", "prompt", "parser", "tool"]

RUN_TYPES: tuple[str, ...] = get_args(RunType)

VERSIONS = ("v2",)


class StreamEvent(TypedDict):
    """One thing that happened in a run. ``parent_ids`` begins with the root's id."""

    event: str
    name: str
    run_id: str
    parent_ids: list[str]
    tags: list[str]
    metadata: JSONObject
    data: Any


def refuse_unknown_version(version: str) -> None:
    """Raise ``InvalidParameterError``, naming the known versions, unless ``version`` is one."""
    if version not in VERSIONS:
        raise InvalidParameterError(
            f"Unknown event version {version!r}; known: {', '.join(map(repr, VERSIONS))}."
        )


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which runs are reported: any of what is included, and none of what is excluded.

    Raises ``InvalidParameterError`` for a type that does not exist, a ``str`` where a list belongs,
    and a value that is both included and excluded.
    """

    include_names: Sequence[str] | None = None
    include_types: Sequence[str] | None = None
    include_tags: Sequence[str] | None = None
    exclude_names: Sequence[str] | None = None
    exclude_types: Sequence[str] | None = None
    exclude_tags: Sequence[str] | None = None

    def __post_init__(self) -> None:
        for kind in ("names", "types", "tags"):
            include = getattr(self, f"include_{kind}")
            exclude = getattr(self, f"exclude_{kind}")
            for side, values in (("include", include), ("exclude", exclude)):
                if values is not None:
                    items_of(f"{side}_{kind}", values, "a list of strings")
            both = sorted(set(include or ()) & set(exclude or ()))
            if both:
                raise InvalidParameterError(
                    f"{', '.join(map(repr, both))} cannot stand in both include_{kind} and"
                    f" exclude_{kind}."
                )
        for value in (*(self.include_types or ()), *(self.exclude_types or ())):
            if value not in RUN_TYPES:
                raise InvalidParameterError(
                    f"No runs of type {value!r}; the types are {', '.join(RUN_TYPES)}."
                )

    def wants(self, name: str, run_type: str, tags: Iterable[str]) -> bool:
        """Whether events of such a run are delivered."""
        includes = (self.include_names, self.include_types, self.include_tags)
        if any(values is not None for values in includes) and not (
            name in (self.include_names or ())
            or run_type in (self.include_types or ())
            or any(tag in (self.include_tags or ()) for tag in tags)
        ):
            return False
        return not (
            name in (self.exclude_names or ())
            or run_type in (self.exclude_types or ())
            or any(tag in (self.exclude_tags or ()) for tag in tags)
        )
