"""What Mistral's requests and answers do otherwise than OpenAI's Chat Completions."""

from __future__ import annotations

import re
from hashlib import sha256
from string import ascii_letters, digits
from typing import Any

from chat_completions.dialect import Dialect
from chat_core import AudioBlock, ContextLengthExceededError, FileBlock
from chat_core.provider import MediaBlock, media_url

from .names import PROVIDER
from .turns import in_order

__all__ = ["DIALECT", "MistralDialect"]

_OWN_ID = re.compile(r"[a-zA-Z0-9]{9}")
_ALPHABET = digits + ascii_letters


class MistralDialect(Dialect):
    """Mistral's dialect. What its content parts mean is in ``encode.py`` and ``decode.py``."""

    provider = PROVIDER
    takes_refusals = False

    required_word = "any"
    media = frozenset(
        {
            *("image:url", "image:base64"),
            *("audio:url", "audio:base64"),
            *("file:url", "file:base64", "file:file_id"),
        }
    )

    files_hold_images = True

    padding_fields = frozenset({"p"})

    error_prose = (
        ("maximum context length", ContextLengthExceededError),
        ("too large for model", ContextLengthExceededError),
    )
    request_id_headers = ("mistral-correlation-id", "x-request-id")

    def facts(self, wire: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
        """The kept fields, and the service tier, which Mistral puts into ``usage``."""
        facts = super().facts(wire, choice)
        tier = (wire.get("usage") or {}).get("service_tier")
        return facts | {"service_tier": tier} if tier else facts

    def takes_name(self, name: str) -> bool:
        """Never: Mistral refuses names of speakers (microsoft/autogen#2457)."""
        return False

    def call_id(self, id: str) -> str:
        """Nine letters and digits, all that Mistral accepts: an id of its own, else a hash."""
        if _OWN_ID.fullmatch(id):
            return id
        number = int.from_bytes(sha256(id.encode("utf-8", "surrogatepass")).digest()[:8])
        name = ""
        for _ in range(9):
            number, digit = divmod(number, len(_ALPHABET))
            name += _ALPHABET[digit]
        return name

    def media_part(self, block: MediaBlock) -> dict[str, Any] | None:
        """Documents by URL or file id, and sound as base64 without its format."""
        if isinstance(block, AudioBlock):
            return {"type": "input_audio", "input_audio": block.url or block.base64}
        if not isinstance(block, FileBlock):
            return None
        if block.file_id is not None:
            return {"type": "file", "file_id": block.file_id}
        part = {"type": "document_url", "document_url": media_url(block)}
        if block.name:
            part["document_name"] = block.name
        return part

    def encode_turns(self, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The turns in the order that Mistral accepts (``turns.py``)."""
        return in_order(turns)


DIALECT = MistralDialect()
"""The one instance: a dialect has no state."""
