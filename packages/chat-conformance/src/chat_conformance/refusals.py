"""What a vendor refuses: the answer to a request that breaks a rule of its wire."""

from __future__ import annotations

from .http_answers import Answer
from .script import ErrorReply
from .simulators import SIMULATORS, Simulator
from .wire_connection import Request

__all__ = ["refusal"]


def refusal(
    request: Request, simulator: Simulator | None = None, provider: str = ""
) -> Answer | None:
    """Status 400 with the name of the first broken rule; ``None`` if the request breaks none.

    Args:
        request: as received.
        simulator: that of the request's wire; by default the one that serves its path. A request
            on an unknown path is accepted.
        provider: the id of the provider whose rulebook counts; by default that of the wire.
    """
    if simulator is None:
        simulator = next((each for each in SIMULATORS if each.serves(request)), None)
    found = simulator.findings(request, provider) if simulator is not None else []
    if simulator is None or not found:
        return None
    error = ErrorReply("invalid_request", f"This request breaks {found[0]}")
    return simulator.error_answer(error, request)
