"""Keys and headers as a request's head can carry them, refused here without being shown.

HTTP libraries refuse what they cannot send with errors that quote it, secret or not.
"""

from __future__ import annotations

import re

from ..errors import InvalidParameterError

__all__ = ["KEY_FOLLOWS", "clean_header", "clean_key", "is_credential"]

KEY_FOLLOWS = "key-that-a-function-returns"
"""What stands in a head for a key that a function returns (``key_function.py``)."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""``token`` of RFC 9110, section 5.6.2."""

_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})
"""Headers that tell where a body ends (RFC 9112, section 6); they are written with the body."""

_CREDENTIAL = re.compile("key|token|auth|secret|cookie|credential|password|signature", re.I)


def is_credential(name: str) -> bool:
    """Whether a header of this name may hold a secret."""
    return _CREDENTIAL.search(name) is not None


def clean_key(key: str) -> str:
    """``key`` without the white space around it, such as the line end of the file it came from.

    Raises ``InvalidParameterError`` for what is no key.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidParameterError(
            "The API key holds characters that no key has, such as a typographic quote or a line"
            " end; copy it again from the vendor's console."
        )
    return key


def clean_header(name: str, value: str, setting: str = "default_headers") -> str:
    """The value of the header ``name``, given in ``setting``, without white space around it.

    Raises ``InvalidParameterError`` for a name or value that HTTP does not carry, and for a header
    that belongs to the body.
    """
    if not _NAME.fullmatch(name):
        raise InvalidParameterError(f"{setting}: {name!r} is no name of an HTTP header.")
    if name.lower() in _OF_THE_BODY:
        raise InvalidParameterError(
            f"{setting}: {name!r} marks where the request's body ends, and is set with each body;"
            " leave it out."
        )
    value = value.strip()
    if not (value.isascii() and value.replace("\t", " ").isprintable()):
        raise InvalidParameterError(
            f"{setting}: the value of {name!r} holds characters that no header carries;"
            " printable ASCII is what all servers take (others can be percent-encoded)."
        )
    return value
