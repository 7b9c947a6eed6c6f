"""Files that one provider keeps are refused at every other, whose vendor cannot read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import InvalidParameterError
from ..messages.media_limits import media_of_user

if TYPE_CHECKING:
    from ..messages.media_blocks import MediaBlock
    from ..messages.message import Message
    from .wire_model import WireModel

__all__ = ["is_kept_elsewhere", "refuse_files_of_others"]


def refuse_files_of_others(messages: Sequence[Message], model: WireModel) -> None:
    """Raise ``InvalidParameterError`` for a file that another provider than the model's keeps."""
    for position, block in media_of_user(messages):
        if is_kept_elsewhere(block, model.provider):
            raise InvalidParameterError(
                f"Message {position}: the file {block.file_id!r} is kept by {block.provider!r},"
                f" where {model.provider!r} cannot read it. {_remedy(model)}."
            )


def is_kept_elsewhere(block: MediaBlock, provider: str) -> bool:
    """Whether ``block`` names a provider that keeps its file, and another than ``provider``."""
    keeper = block.provider
    return keeper is not None and keeper.strip().lower().replace("_", "-") != provider


def _remedy(model: WireModel) -> str:
    try:
        model.file_store()
    except InvalidParameterError:
        return model.instead_of_upload
    return f"Upload it to {model.provider!r} as well: its model.upload(path) returns the block"
