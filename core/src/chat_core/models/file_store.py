"""``FileStore``: how a vendor keeps files, as pure functions; and the calls that use it.

A file is read while it is sent (``wire/file_content.py``), over the connection of the model, with
its key, retries and errors.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from ..arguments import of_type
from ..errors import InvalidParameterError
from ..messages.media_blocks import FileBlock, MediaBlock
from ..messages.media_limits import megabytes
from ..wire.file_content import LocalFile, open_local_file
from .kept_files import is_kept_elsewhere
from .steps import Steps, aperform_steps, perform_steps

if TYPE_CHECKING:
    from .model import ChatModel
    from .wire_model import WireModel

__all__ = ["FileStore", "adelete_file", "aupload", "delete_file", "upload"]


class FileStore(ABC):
    """The files that one vendor keeps. All methods are pure."""

    vendor: str
    """The vendor's name, for people."""
    most_bytes: ClassVar[int | None] = None
    """The most bytes of one file."""

    @abstractmethod
    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        """Hand ``file`` over. Returns the id of the vendor's copy.

        ``ready_timeout`` is how many seconds a vendor that prepares the file may take. Raises
        ``APITimeoutError`` after them, and ``APIError`` for a file that the vendor cannot prepare.
        """

    @abstractmethod
    def delete(self, file_id: str) -> Steps[None]:
        """Delete the vendor's copy."""


def upload(
    model: ChatModel,
    path: str | os.PathLike[str],
    name: str | None,
    mime_type: str | None,
    ready_timeout: float,
) -> FileBlock:
    """See ``VendorServices.upload``."""
    _check_timeout(ready_timeout)
    wire_model, store = _store(model)
    file = _checked(open_local_file(path, name=name, mime_type=mime_type), store)
    steps = store.upload(file, ready_timeout=ready_timeout)
    return _block(file, perform_steps(wire_model, steps), wire_model)


async def aupload(
    model: ChatModel,
    path: str | os.PathLike[str],
    name: str | None,
    mime_type: str | None,
    ready_timeout: float,
) -> FileBlock:
    """``upload`` on an event loop."""
    from asyncio import to_thread

    _check_timeout(ready_timeout)
    wire_model, store = _store(model)
    found = await to_thread(open_local_file, path, name=name, mime_type=mime_type)
    file = _checked(found, store)
    steps = store.upload(file, ready_timeout=ready_timeout)
    return _block(file, await aperform_steps(wire_model, steps), wire_model)


def delete_file(model: ChatModel, file: MediaBlock | str) -> None:
    """See ``VendorServices.delete_file``."""
    wire_model, store = _store(model)
    perform_steps(wire_model, store.delete(_file_id(file, wire_model)))


async def adelete_file(model: ChatModel, file: MediaBlock | str) -> None:
    """``delete_file`` on an event loop."""
    wire_model, store = _store(model)
    await aperform_steps(wire_model, store.delete(_file_id(file, wire_model)))


def _store(model: ChatModel) -> tuple[WireModel, FileStore]:
    from .wire_model import WireModel

    if not isinstance(model, WireModel):
        raise InvalidParameterError(
            f"{type(model).__name__} keeps no files: no vendor is behind it."
            " FileBlock.from_path(…) sends a file with the message."
        )
    return model, model.file_store()


def _check_timeout(seconds: float) -> None:
    of_type("ready_timeout", seconds, (int, float), "a number of seconds, 0 or more")
    if not seconds >= 0:  # NaN too
        raise InvalidParameterError(
            f"ready_timeout is a number of seconds, 0 or more; got {seconds}."
        )


def _checked(file: LocalFile, store: FileStore) -> LocalFile:
    most = store.most_bytes
    if most is not None and file.size > most:
        raise InvalidParameterError(
            f"The file {file.path!r} has {megabytes(file.size)}; {store.vendor} keeps files of at"
            f" most {megabytes(most)}. Give a smaller one, or a part of it."
        )
    return file


def _block(file: LocalFile, file_id: str, model: WireModel) -> FileBlock:
    return FileBlock(
        file_id=file_id, provider=model.provider, mime_type=file.mime_type, name=file.name
    )


def _file_id(file: MediaBlock | str, model: WireModel) -> str:
    found = file if isinstance(file, str) else getattr(file, "file_id", None)
    if not found:
        raise InvalidParameterError(
            f"A file of the vendor is given by its id, or as the block that upload(…) returned; got"
            f" {file!r:.80}."
        )
    if not isinstance(found, str) or {".", ".."} & set(found.split("/")):
        raise InvalidParameterError(f"{found!r:.80} is no id of a file; upload(…) returns one.")
    if isinstance(file, MediaBlock) and is_kept_elsewhere(file, model.provider):
        raise InvalidParameterError(
            f"The file {found!r} is kept by {file.provider!r}, not by {model.provider!r}; delete it"
            f" with a model of {file.provider!r}."
        )
    return found
