"""The folder of ``chat`` and the settings in it: aliases, and whether answers are logged.

The folder is ``CHAT_HOME``, else ``chat`` in ``XDG_CONFIG_HOME``, else ``.config/chat`` in the home
folder. The settings are ``settings.json`` in it. Reading makes no folder and no file.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .exit_codes import ExitCode
from .failures import TerminalError

__all__ = [
    "Settings",
    "file_in_folder",
    "folder",
    "read_settings",
    "storage_error",
    "write_settings",
]


@dataclass
class Settings:
    """``aliases``: short name → model id. ``log``: whether answers are logged by default."""

    aliases: dict[str, str] = field(default_factory=dict)
    log: bool = False


def folder() -> Path | None:
    """The folder of ``chat``; ``None`` where the environment names no place for one."""
    for variable, below in (("CHAT_HOME", ""), ("XDG_CONFIG_HOME", "chat")):
        if place := os.environ.get(variable):
            return Path(place, below)
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and the system knows no folder of this user
        return None
    return home / ".config" / "chat" if home.is_absolute() else None


def file_in_folder(name: str) -> Path:
    """The path of a file in the folder, which is made. Raises ``TerminalError``."""
    place = folder()
    if place is None:
        raise TerminalError(
            "There is no folder for settings: set CHAT_HOME or HOME.", ExitCode.STORAGE
        )
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)  # the log is private
    except OSError as error:
        raise storage_error(f"The folder {str(place)!r} cannot be made", error) from error
    return place / name


def read_settings() -> Settings:
    """The settings; those of a new user where there is no file. Raises ``TerminalError``."""
    place = folder()
    path = place / "settings.json" if place else None
    if path is None or not _is_there(path):
        return Settings()
    try:
        found = json.loads(path.read_bytes())
        return Settings(
            aliases={str(name): str(model) for name, model in found.get("aliases", {}).items()},
            log=found.get("log") is True,
        )
    except (OSError, ValueError, AttributeError) as error:
        raise storage_error(f"The settings {str(path)!r} cannot be read", error) from error


def write_settings(settings: Settings) -> None:
    """Replace the settings file, whole or not at all. Raises ``TerminalError``."""
    path = file_in_folder("settings.json")
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, suffix=".json", delete=False, encoding="utf-8"
        ) as file:
            json.dump(asdict(settings), file, indent=2, ensure_ascii=False)
        Path(file.name).replace(path)
    except OSError as error:
        raise storage_error(f"The settings {str(path)!r} cannot be written", error) from error


def storage_error(what: str, error: Exception) -> TerminalError:
    """``what`` went wrong with a file, and the operating system's reason."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return TerminalError(f"{what}: {reason}.", ExitCode.STORAGE)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
