"""The head of a response, and what of it is kept in ``response_metadata``: no secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..json_text import JSONObject

__all__ = ["ResponseHead", "head_metadata"]


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """What of a response stands before its body.

    Args:
        status: the HTTP status.
        headers: their names are in lower case.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


_REQUEST_IDS = (
    "request-id",
    "x-request-id",
    "mistral-correlation-id",
    "apim-request-id",
    "x-amzn-requestid",
)
"""The names under which vendors send the id of a request, the most specific first."""

_KEPT = re.compile(
    r"(?:.*-)?ratelimit-[a-z-]+|retry-after(?:-ms)?|[a-z-]*processing-ms|openai-(?:version|model)"
    r"|server-timing|x-envoy-upstream-service-time|x-groq-region|x-ms-(?:region|deployment-name)"
    r"|fireworks-[a-z-]+|x-kong-(?:upstream|proxy)-latency"
)
"""Headers with rate limits, times, regions and versions."""


def head_metadata(headers: Mapping[str, str]) -> JSONObject:
    """``request_id`` and ``headers``, each only if the response has it.

    Args:
        headers: their names in lower case.
    """
    metadata: JSONObject = {}
    request_id = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)
    if request_id:
        metadata["request_id"] = request_id
    kept = {name: value for name, value in headers.items() if _is_kept(name)}
    if kept:
        metadata["headers"] = kept
    return metadata


@lru_cache(maxsize=256)  # the same names come with each answer: saves 1 µs for each header
def _is_kept(name: str) -> bool:
    return _KEPT.fullmatch(name) is not None
