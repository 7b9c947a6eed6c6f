"""Models that break a law of files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from breaking import breaks
from chat_core import FileBlock, Message
from chat_core.provider import FileStore, LocalFile, Operation, Steps
from plain_model import PlainFiles, PlainModel


class _ByName(PlainFiles):
    def upload(self, file: LocalFile, *, ready_timeout: float) -> Steps[str]:
        yield from super().upload(file, ready_timeout=ready_timeout)
        return file.name


@breaks("test_an_uploaded_file_is_named_in_the_next_request")
class NamesFilesByTheirPath(PlainModel):
    def file_store(self) -> FileStore:
        return _ByName()


@breaks("test_an_uploaded_file_names_its_provider")
class ForgetsWhoKeepsFiles(PlainModel):
    def upload(self, path: Any, **given: Any) -> FileBlock:
        return replace(super().upload(path, **given), provider=None)

    async def aupload(self, path: Any, **given: Any) -> FileBlock:
        return replace(await super().aupload(path, **given), provider=None)


@breaks("test_a_file_that_another_provider_keeps_is_refused_by_name")
class SendsFilesOfAnyone(PlainModel):
    def _check_files(self, messages: list[Message]) -> None:
        pass


class _Emptying(PlainFiles):
    def delete(self, file_id: str) -> Steps[None]:
        yield Operation(f"plain/files/{file_id}", lambda wire: None, "POST")


@breaks("test_an_uploaded_file_is_deleted")
class DeletesNothing(PlainModel):
    def file_store(self) -> FileStore:
        return _Emptying()


@breaks("test_a_file_that_no_vendor_keeps_is_refused_by_name", lacks={"file_upload"})
class InventsFiles(PlainModel):
    def upload(self, path: Any, **given: Any) -> FileBlock:
        return FileBlock(file_id=str(path))

    async def aupload(self, path: Any, **given: Any) -> FileBlock:
        return FileBlock(file_id=str(path))


@breaks("test_an_image_that_is_too_large_is_refused_before_sending")
class SendsImagesOfAnySize(PlainModel):
    def _check_media(self, messages: list[Message]) -> None:
        pass
