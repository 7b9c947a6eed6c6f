"""Binary frames as Bedrock sends them. Source: AWS' page "Event stream encoding"."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from typing import Any
from zlib import crc32

__all__ = ["event", "frame"]


def frame(payload: Mapping[str, Any], **headers: str) -> bytes:
    """One binary frame; ``message_type="event"`` stands for the header ``:message-type``."""
    names = {f":{name.replace('_', '-')}": value for name, value in headers.items()}
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(v)) + v.encode()
        for name, v in names.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(body), len(head))
    rest = prelude + struct.pack(">I", crc32(prelude)) + head + body
    return rest + struct.pack(">I", crc32(rest))


def event(wire: Mapping[str, Any]) -> bytes:
    payload = {"bytes": base64.b64encode(json.dumps(wire).encode()).decode(), "p": "abc"}
    return frame(payload, message_type="event", event_type="chunk")
