"""``JobServer``: a vendor's batch jobs on loopback, scripted: the making, states, rows and results.

    server = CompletionsJobServer()
    server.outcomes["2"] = ErrorReply("context_length")
    server.outcomes["3"] = Unanswered.MISSING            # no line for it in the results
    server.state = JobState.EXPIRED                      # what the vendor says from now on

A subclass writes the endpoints of one vendor, from the types of the vendor's SDK. Answers and error
bodies are written by the simulator of the vendor's wire. ``job_trial.py`` serves it.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from enum import Enum
from typing import Any, ClassVar, TypeAlias

from chat_core.provider import JobState

from ..http_answers import Answer, json_answer
from ..script import ErrorReply, Reply
from ..simulators import Simulator
from ..wire_connection import Request

__all__ = ["GONE", "NEW_WORD", "JobServer", "Outcome", "Unanswered", "no_such_path"]

NEW_WORD = "pondering"
"""A word for a state that no vendor has today."""

GONE = "No such object."
"""What the vendor says of a file that it has deleted."""


class Unanswered(Enum):
    """What becomes of a row that is neither answered nor refused."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MISSING = "missing"
    """The results do not have the row."""


Outcome: TypeAlias = Reply | ErrorReply | Unanswered


@dataclass
class JobServer(ABC):
    """The batch jobs of one vendor.

    Attributes:
        simulator: writes the answers and the error bodies of the vendor's wire.
        words: the vendor's word for each state of a job that it has a word for.
        cancels: whether the vendor's API cancels a job.
        takes_tools: whether rows may have tools.
        has_lines: whether the results are JSON Lines, not one document.
        storage, role: the arguments of ``submit`` beside rows that the vendor needs.
        own_parts: the parts of a row's request that a call does not have in its body, or has
            otherwise: the model's name, and what names the row.
        state: how far the job is; ``None`` for a word that is not known today.
        outcomes: what becomes of a row, by its id as the vendor has it.
        default: what becomes of all other rows.
        damaged: lines that stand among the results besides.
        is_gone: whether the results have been deleted.
        rows: the rows that were submitted, in the vendor's shape.
        requests: all requests so far.
    """

    simulator: ClassVar[Simulator]
    words: ClassVar[Mapping[JobState, str]]
    cancels: ClassVar[bool] = True
    takes_tools: ClassVar[bool] = True
    has_lines: ClassVar[bool] = True
    storage: ClassVar[str | None] = None
    role: ClassVar[str | None] = None
    own_parts: ClassVar[frozenset[str]] = frozenset({"model"})

    state: JobState | None = JobState.WAITING
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    default: Outcome = field(default_factory=lambda: Reply("A fish."))
    damaged: list[bytes] = field(default_factory=list)
    is_gone: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    # --- what a subclass writes

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """The answer to any request."""

    def settings(self, url: str) -> dict[str, Any]:
        """The settings of a model that sends to the server at ``url``."""
        return {"base_url": url, "api_key": "a-key"}

    def environment(self, url: str) -> dict[str, str]:
        """Variables that the vendor's other services need, to be found at ``url``."""
        return {}

    def id_of(self, row: Mapping[str, Any]) -> str:
        """The id of a row that was submitted."""
        return str(row["custom_id"])

    def body_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The request of a row that was submitted."""
        body: dict[str, Any] = row["body"]
        return body

    def stray_line(self, row: str) -> dict[str, Any]:
        """A line of the results that answers ``row``, which was not submitted."""
        return {"custom_id": row, "error": {"message": "x"}}

    # --- what they share

    def serve(self, request: Request) -> Answer:
        """Record ``request`` and answer it."""
        self.requests.append(request)
        return self.answer(request)

    @property
    def places(self) -> dict[str, str]:
        """The arguments of ``submit`` beside rows."""
        found = {"storage": self.storage, "role": self.role}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def word(self) -> str:
        """The vendor's word for ``state``."""
        return NEW_WORD if self.state is None else self.words[self.state]

    @property
    def is_over(self) -> bool:
        """Whether the results are there."""
        return self.state is not None and self.state.is_over

    def outcome(self, row: str) -> Outcome:
        """What becomes of a row."""
        return self.outcomes.get(row, self.default)

    def body(self, reply: Reply) -> dict[str, Any]:
        """The whole answer as the vendor's wire has it."""
        return self.simulator.writer(reply).body()

    def count(self, *kinds: type | Unanswered) -> int:
        """How many rows have an outcome of these kinds."""
        found = [self.outcome(self.id_of(row)) for row in self.rows]
        classes = tuple(kind for kind in kinds if isinstance(kind, type))
        return sum(each in kinds or isinstance(each, classes) for each in found)

    def lines(self, write: Callable[[str, Outcome], dict[str, Any] | None]) -> Answer:
        """The results as JSON Lines, the last row first; ``write`` writes the line of one row."""
        if self.is_gone:
            return json_answer({"error": {"message": GONE}}, 404)
        ids = [self.id_of(row) for row in reversed(self.rows)]
        made = [write(each, self.outcome(each)) for each in ids]
        lines = [json.dumps(each).encode() for each in made if each is not None]
        body = b"".join(line + b"\n" for line in [*self.damaged, *lines])
        return Answer(headers={"content-type": "application/octet-stream"}, body=body)

    def take_upload(self, request: Request) -> None:
        """Read the rows from the file of a form."""
        head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
        parts: Any = message_from_bytes(head + request.body).get_payload()
        file = next(part for part in parts if part.get_filename())
        self.take_lines(file.get_payload(decode=True))

    def take_lines(self, content: bytes) -> None:
        """Read the rows from JSON Lines."""
        self.rows = [json.loads(line) for line in content.splitlines()]


def no_such_path(request: Request) -> Answer:
    """The answer to a request that the vendor does not know."""
    return json_answer({"error": {"message": f"no {request.path}"}}, 404)
