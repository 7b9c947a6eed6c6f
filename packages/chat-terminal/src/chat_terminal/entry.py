"""``main``: runs a command and turns every failure into one line and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from .exit_codes import ExitCode
from .failures import OutputClosedError, describe, one_line

__all__ = ["main"]

_DEBUG = "--debug"


def main() -> NoReturn:
    """Run the command that ``sys.argv`` names and exit."""
    arguments, debug = _take_debug(sys.argv[1:])
    _open_streams()
    code = run(arguments, debug=debug)
    try:
        sys.stdout.flush()
    except OSError:  # Python would try again at its end, and report it
        discard_output()
    sys.exit(code)


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run a command in this process; returns its exit code."""
    import typer

    from .app import make_app

    try:
        # prog_name: python -m would otherwise name the file.
        result = make_app()(arguments, prog_name="chat", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "chat"
        _report(f"{error.format_message()} (see {command} --help)", error, debug=debug)
        return ExitCode.USAGE
    except (typer.Abort, KeyboardInterrupt):
        return ExitCode.CTRL_C
    except (BrokenPipeError, OutputClosedError):
        discard_output()
        return ExitCode.CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - the last frame of the program: it reports
        line, code = describe(error)
        _report(line, error, debug=debug)
        return code
    return int(result or 0)


def discard_output() -> None:
    """Send what is still buffered for standard output nowhere: its reader is gone."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(line: str, error: BaseException, *, debug: bool) -> None:
    if debug:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    with suppress(OSError, ValueError):
        print(f"chat: {one_line(line)}", file=sys.stderr)  # noqa: T201 - a program reports here


def _take_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """``arguments`` without ``--debug``, which may stand anywhere before ``--``; whether it did."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = arguments[:end], arguments[end:]
    return [one for one in options if one != _DEBUG] + rest, _DEBUG in options


def _open_streams() -> None:
    """Make standard output and error usable whatever the locale, and there at all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller: >&-
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if sys.stdin is not None and not sys.stdin.closed and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # type: ignore[union-attr]
