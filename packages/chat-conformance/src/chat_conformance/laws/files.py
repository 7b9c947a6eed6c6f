"""Laws about files: kept by the vendor and named in messages, or refused by name; and too large."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from chat_core import (
    ChatError,
    FileBlock,
    HumanMessage,
    ImageBlock,
    InvalidParameterError,
    TextBlock,
)

from .law import needs

if TYPE_CHECKING:
    from ..harness import Chat

__all__ = ["FileLaws"]

_CONTENT = b"%PDF-1.4 of goldfish"
_MOST_MEGABYTES = 12.0
"""Media of larger limits would take too long to make."""


class FileLaws:
    """What a vendor keeps is uploaded once and named afterwards; nothing is dropped."""

    @needs("file_upload")
    def test_an_uploaded_file_is_named_in_the_next_request(self, chat: Chat) -> None:
        """The file is sent as it is, and the message that holds its block has the vendor's id."""
        block = _upload(chat)
        kept = chat.simulator.kept_file
        assert block.file_id == kept
        assert any(_CONTENT in request.body for request in chat.server.requests)
        chat.sent([HumanMessage([TextBlock("Sum this up"), block])])
        assert chat.server.received(kept, "Sum this up")

    @needs("file_upload")
    def test_an_uploaded_file_names_its_provider(self, chat: Chat) -> None:
        """The block has the id of the provider that keeps the file."""
        assert _upload(chat).provider == chat.model().provider

    def test_a_file_that_another_provider_keeps_is_refused_by_name(self, chat: Chat) -> None:
        """The error names who keeps the file and who was asked; nothing is sent."""
        block = FileBlock(file_id="file-1", provider="another-vendor", mime_type="application/pdf")
        chat.enqueue("I see.")
        refusal = ""
        try:
            chat.ask([HumanMessage([TextBlock("Sum this up"), block])])
        except ChatError as error:
            refusal = str(error)
        assert not chat.server.requests
        assert "'another-vendor'" in refusal
        assert chat.model().provider in refusal

    @needs("file_upload")
    def test_an_uploaded_file_is_deleted(self, chat: Chat) -> None:
        """One request with the method DELETE has the id of the block in its path."""
        block = _upload(chat)
        chat.mode.delete_file(chat.model(), block)
        request = chat.server.last
        assert (request.method, request.path.endswith(f"/{block.file_id}")) == ("DELETE", True)

    def test_a_file_that_no_vendor_keeps_is_refused_by_name(self, chat: Chat) -> None:
        """A vendor that keeps no files is named in the error, with what serves; nothing is sent."""
        if chat.subject.capabilities is None or chat.offers("file_upload"):
            pytest.skip("offered: file_upload")
        refusal = ""
        try:
            _upload(chat)
        except InvalidParameterError as error:
            refusal = str(error)
        assert not chat.server.requests
        assert type(chat.model()).provider in refusal

    def test_an_image_that_is_too_large_is_refused_before_sending(self, chat: Chat) -> None:
        """An image above the limit that the class declares is refused with both sizes."""
        limits = getattr(chat.model(), "media_limits", lambda: None)()
        limit = limits and (limits.sizes.get("image") or limits.total)
        if limit is None or limit.megabytes > _MOST_MEGABYTES:
            pytest.skip("no small limit of images is declared")
        data = "A" * (int(limit.megabytes * 1024 * 1024 * 4 / 3) // 4 * 4 + 8)
        chat.enqueue("I see.")
        refusal = ""
        try:
            chat.ask([HumanMessage([ImageBlock(base64=data, mime_type="image/png")])])
        except ChatError as error:
            refusal = str(error)
        assert not chat.server.requests
        assert f"at most {limit.megabytes:g} MB" in refusal


def _upload(chat: Chat) -> FileBlock:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "goldfish.pdf"
        path.write_bytes(_CONTENT)
        return chat.mode.upload(chat.model(), path)
