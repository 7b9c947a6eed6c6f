"""``ExitCode``: what the command ``chat`` exits with, and what each code means."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """The exit codes of every command; ``meaning`` is the sentence that the documentation has."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, "The command did what it was asked for."
    UNEXPECTED = 1, "An error that no other code stands for, probably a bug; see `chat --debug`."
    USAGE = 2, "A command, option, model id or parameter that cannot be right; nothing was sent."
    KEY = 3, "No key was found, or the vendor refused the key."
    NOT_FOUND = 4, "No such provider, package, model, tool, schema, alias or log entry."
    CONNECTION = 5, "The vendor could not be reached, or did not answer in time."
    REFUSED = 6, "The vendor refused the request, or the model declined to answer."
    UNAVAILABLE = 7, "A rate limit, a used-up quota, or a vendor that fails or is overloaded."
    INTERRUPTED = 8, "The answer ended before it was whole, or could not be read."
    INPUT = 9, "Standard input or an attachment could not be read."
    STORAGE = 10, "The keyring, the settings, the log or an output file could not be used."
    NO_RESULT = 11, "The answer does not fit the schema, or the tool calls did not end."
    FAILED_ROWS = 12, "A batch has ended, and rows of it have failed or could not be read."
    CTRL_C = 130, "Ctrl-C was pressed; what had arrived was printed."
    CLOSED_PIPE = 141, "The reader of standard output ended first, as `| head` does."
    TERMINATED = 143, "A batch was asked to end (SIGTERM); what had arrived was kept."
