"""The conformance kit: the same tests for every chat-core provider, offline.

``OfflineServer`` and what its answers are made of serve tests of any program.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conformance import ChatModelConformance
    from .gaps import Gap
    from .offline import OfflineServer
    from .reliability import ChatModelReliability
    from .script import Call, Candidates, ErrorReply, Picture, Reasoning, Reply, Sound

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Candidates",
    "ChatModelConformance",
    "ChatModelReliability",
    "ErrorReply",
    "Gap",
    "OfflineServer",
    "Picture",
    "Reasoning",
    "Reply",
    "Sound",
]

_PLACES = {
    "Call": "script",
    "Candidates": "script",
    "ChatModelConformance": "conformance",
    "ChatModelReliability": "reliability",
    "ErrorReply": "script",
    "Gap": "gaps",
    "OfflineServer": "offline",
    "Picture": "script",
    "Reasoning": "script",
    "Reply": "script",
    "Sound": "script",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    setattr(sys.modules[__name__], name, value)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
