"""What kind of body some bytes begin, in the words that errors use.

A framing refuses what it cannot read; the user then needs to know what came instead: the login page
of a proxy, one JSON object from a server that ignores ``stream``, the framing of another vendor.
"""

from __future__ import annotations

import re
from zlib import crc32

from ..json_text import parse_json

__all__ = [
    "BINARY_FRAMES",
    "JSON_ARRAY",
    "JSON_OBJECT",
    "NDJSON",
    "SERVER_SENT_EVENTS",
    "describe_body",
    "expected_but_got",
    "is_not_utf8",
    "is_other_framing",
]

SERVER_SENT_EVENTS = "server-sent events"
NDJSON = "lines of JSON (NDJSON)"
BINARY_FRAMES = "binary frames (application/vnd.amazon.eventstream)"
JSON_ARRAY = "a JSON array"
JSON_OBJECT = "one JSON object"
HTML = "an HTML page"
XML = "XML"
GZIP = "bytes compressed with gzip"
BINARY = "binary data"
EMPTY = "an empty body"
OTHER_TEXT = "text that is not JSON"
JSON_VALUE = "a JSON value that is no object"

_READ = 2000
"""Bytes that are looked at."""

_BLANK = b" \t\r\n\xef\xbb\xbf"
_EVENT_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
_NEXT_OBJECT = re.compile(rb"\}[ \t]*\r?\n[ \t\r\n]*\{")
_VALUE = re.compile(rb'["0-9-]|true|false|null')


def describe_body(body: bytes) -> str:
    """What ``body`` is, or begins like; one of the names above."""
    head = body[:_READ]
    if head[:2] == b"\x1f\x8b":
        return GZIP
    if len(head) >= 12 and crc32(head[:8]) == int.from_bytes(head[8:12]):
        return BINARY_FRAMES
    head = head.lstrip(_BLANK)
    if not head:
        return EMPTY
    if b"\0" in head:
        return BINARY
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> str:
    if head.startswith(_EVENT_FIELDS):
        return SERVER_SENT_EVENTS
    first = head[:1]
    if first == b"{":
        return NDJSON if _NEXT_OBJECT.search(head) else JSON_OBJECT
    if first == b"[":
        return JSON_ARRAY
    if first == b"<":
        start = head[:500].lower()
        return HTML if b"<html" in start or b"<!doctype" in start else XML
    if _VALUE.match(head):
        return JSON_VALUE
    return OTHER_TEXT


def is_other_framing(body: bytes) -> bool:
    """Whether ``body``, which is no complete JSON, is another framing than the rest of its stream.

    Text, or the beginning of a JSON object, may be a frame that was cut off.
    """
    kinds = (HTML, XML, BINARY_FRAMES, SERVER_SENT_EVENTS, NDJSON)
    return describe_body(body) in kinds


def is_not_utf8(body: bytes) -> bool:
    """Whether ``body`` is no UTF-8, nor the beginning of any."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return False


def expected_but_got(expected: str, body: bytes) -> str:
    """The sentence of an error: what was expected, and what ``body`` is."""
    kind = describe_body(body)
    if kind == HTML:
        kind = f"{kind}: is base_url right?"
    elif kind in (JSON_OBJECT, JSON_ARRAY, JSON_VALUE) and not _is_json(body):
        kind = f"{kind} that is cut off or not valid JSON"
    return f"Expected {expected}, got {kind}"


def _is_json(body: bytes) -> bool:
    try:
        parse_json(body)
    except ValueError:
        return False
    return True
