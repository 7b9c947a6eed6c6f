"""What a batch raises beside the errors of its rows.

InvalidParameterError (chat_core)   an argument that cannot be right
├── BadRowError                     rows that cannot be read, each named by its line
└── OtherRunError                   an output file whose results are not of these rows
ChatError (chat_core)
├── OutputError                     the output file cannot be opened or written
└── BatchStoppedError               the run ended before its last row; ``summary``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_core import ChatError, InvalidParameterError

if TYPE_CHECKING:
    from .counts import BatchSummary

__all__ = ["BadRowError", "BatchStoppedError", "OtherRunError", "OutputError"]


class BadRowError(InvalidParameterError):
    """A row that cannot be asked: no JSON, no id, no input, or an id that an earlier row has."""


class OtherRunError(InvalidParameterError):
    """The output file holds results that are not those of the rows, settings or models given."""


class OutputError(ChatError):
    """The output file cannot be opened, locked or written; the system's reason is the cause."""


class BatchStoppedError(ChatError):
    """A run that ended before its last row; every finished row is in the output.

    ``summary`` counts what was done. ``__cause__`` is the error that ended the run, if one did.
    """

    def __init__(self, message: str, *, summary: BatchSummary) -> None:
        super().__init__(message)
        self.summary = summary
