"""The headers of a response that are kept in ``response_metadata``: a list of names, no secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ..json_text import JSONObject

__all__ = ["head_metadata"]

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
