"""Sizes of media in words; pure."""

from __future__ import annotations

__all__ = ["base64_bytes", "megabytes"]


def megabytes(size: int) -> str:
    """``size`` in bytes as text: ``7.2 MB``, a MB being 1,000,000 bytes; small ones in bytes."""
    if size < 100_000:
        return f"{size} bytes"
    return f"{size / 1_000_000:,.1f}".removesuffix(".0") + " MB"


def base64_bytes(base64: str) -> int:
    """The length of what ``base64`` stands for, without decoding it."""
    return len(base64) * 3 // 4 - base64[-2:].count("=")
