"""Whose mistake it is that an answer cannot be decoded: the answer's, or the decoder's own.

- Bytes that are not in the framing, and JSON values of a type that the decoder does not read, are a
  ``MalformedResponseError``.
  Constructors of blocks and chunks raise ``InvalidParameterError`` for such values.
- Any other exception of the decoder's code, a value that is ``None`` included (``null`` may stand
  anywhere), and what is no chunk, are a ``DecoderError``.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import APIError, DecoderError, InvalidParameterError, MalformedResponseError
from .body_kind import expected_but_got
from .chunk_check import NotAChunkError, WrongValueError

__all__ = ["decode_failure", "unexpected_body"]

_JSON_TYPES = (dict, list, str, int, float)
_OWN_TYPE_ERROR = re.compile(r"NoneType|^[\w.<>]+\(\) ")
"""The ``TypeError`` of a value that is ``None``, or of a function that is called wrongly."""


def decode_failure(error: Exception, data: bytes, decoder: Any) -> APIError:
    """The error that stands for ``error``, which came of decoding the JSON in ``data``.

    ``decoder`` is the object or the function that decoded it.
    """
    named = decoder if hasattr(decoder, "__qualname__") else type(decoder)
    name = f"{named.__module__}.{named.__qualname__}"
    made: APIError
    if isinstance(error, WrongValueError | InvalidParameterError):
        made = MalformedResponseError(f"The answer has a value of a wrong type: {error}", wire=data)
    elif isinstance(error, NotAChunkError):
        made = DecoderError(f"{name} {error}", wire=data)
    elif _is_over_a_type(error):
        made = MalformedResponseError(
            f"The answer has a value of a wrong type: {name} {_raised(error)}", wire=data
        )
    else:
        made = DecoderError(
            f"{name} {_raised(error)}. This is a bug of the provider's package and no fault of the"
            " answer; report it there",
            wire=data,
        )
    made.__cause__ = error
    return made


def _raised(error: Exception) -> str:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = ""
    if place is not None:
        where = f" in {place.tb_frame.f_globals.get('__name__')}, line {place.tb_lineno}"
    return f"raised {type(error).__name__}({error}){where}"


def _is_over_a_type(error: Exception) -> bool:
    """Whether ``error`` comes of a JSON value of another type than the decoder reads.

    ``null`` is no such value.
    """
    if isinstance(error, AttributeError):
        return isinstance(error.obj, _JSON_TYPES)
    return isinstance(error, TypeError) and not _OWN_TYPE_ERROR.search(str(error))


def unexpected_body(expected: str, body: bytes) -> MalformedResponseError:
    """The error of a ``body`` that is not what was ``expected``."""
    return MalformedResponseError(expected_but_got(expected, body), wire=body[:2000])
