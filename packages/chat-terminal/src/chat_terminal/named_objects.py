"""``module:name`` and ``file.py:name`` on the command line: the Python object of that name."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from .exit_codes import ExitCode
from .failures import TerminalError

__all__ = ["find_object", "is_object_name"]


def is_object_name(text: str) -> bool:
    """Whether ``text`` reads ``module:name`` or ``file.py:name``."""
    module, colon, name = text.rpartition(":")
    return bool(colon and module) and all(part.isidentifier() for part in name.split("."))


def find_object(text: str, what: str) -> object:
    """The object that ``text`` names; modules are also found in the current folder.

    Raises ``TerminalError`` for a module that cannot be imported or has no such name; ``what`` says
    in its message what was asked for.
    """
    if not is_object_name(text):
        raise TerminalError(f"{what} is module:name or file.py:name; got {text!r}.", ExitCode.USAGE)
    source, _, name = text.rpartition(":")
    found: object = _module(source, what)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise TerminalError(
                f"{what} {text!r}: {source} has no {name!r}.{_near(found, part)}",
                ExitCode.NOT_FOUND,
            ) from None
    return found


def _module(source: str, what: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return _from_file(Path(source)) if source.endswith(".py") else import_module(source)
    except (Exception, SystemExit) as error:  # a script may end itself
        raise TerminalError(
            f"{what}: {source} cannot be imported ({type(error).__name__}: {error}).",
            ExitCode.NOT_FOUND,
        ) from error


def _from_file(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"no file {str(path)!r}")
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _near(holder: object, name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [each for each in dir(holder) if each[0] != "_"], n=3)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
