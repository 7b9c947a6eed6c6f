"""The protocols of other front ends: our answers written in them, and their requests read.

``VercelEncoder`` and ``AGUIEncoder`` are encoders for ``ChatResponse``; ``read_vercel_request`` and
``read_ag_ui_request`` read the bodies that their clients send. All of it is pure: no network, no
clock, no random number.
"""

from __future__ import annotations

from .ag_ui import AGUIEncoder
from .ag_ui_request import AGUIRequest, read_ag_ui_request
from .vercel import VercelEncoder
from .vercel_request import VercelRequest, read_vercel_request

__all__ = [
    "AGUIEncoder",
    "AGUIRequest",
    "VercelEncoder",
    "VercelRequest",
    "read_ag_ui_request",
    "read_vercel_request",
]
