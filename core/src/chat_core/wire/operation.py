"""``Operation``: a request to a vendor other than a chat call, as a value; no I/O.

A list of models, the upload of a file, a batch job: each is a method, a path, a body and a function
that reads the answer. ``WireModel.perform`` sends one over the model's own connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from .file_content import FileContent

__all__ = ["Operation"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Operation(Generic[T_co]):
    """A request and what its answer means.

    Args:
        path: below the vendor's base address (``"models"``); with a slash in front, below its host
            (``"/v1/files"``); or a whole address. The key goes to the vendor's host alone: what
            lies on another host is asked for without key and without headers of the model.
        read: what the answer means. Pure. ``perform`` calls it once with the answer's JSON, which
            is ``None`` for an empty body; ``perform_lines`` with the bytes of each line. Raises
            ``APIError``.
        method: the HTTP method.
        body: the JSON object to send.
        content: the bytes or the file to send instead, of ``content_type``; see
            ``multipart_form``.
        query: query parameters.
        headers: headers of this request; they replace those of the model.
        reads_headers: ``read`` is called with the answer's headers instead, under names in lower
            case.
        is_repeatable: whether the vendor may do it twice. Otherwise it is sent again only after a
            refusal for too many requests or too much load.
    """

    path: str
    read: Callable[[Any], T_co]
    method: str = "GET"
    body: Mapping[str, object] | None = None
    content: bytes | FileContent | None = field(default=None, repr=False)
    content_type: str = "application/json"
    query: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    reads_headers: bool = False
    is_repeatable: bool = True
