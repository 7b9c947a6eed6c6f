"""Settings in Google's own shape, checked by ``google.genai.types`` and spelled as on the wire.

A dict may be written in snake_case or camelCase, an object of the SDK may be given itself. The SDK
is imported by the first call that brings such a setting (about a second, once), and by no other.
"""

from __future__ import annotations

from typing import Any

from chat_core import InvalidParameterError

__all__ = ["checked"]


def checked(kind: str, value: Any, *, where: str) -> dict[str, Any]:
    """Return ``value`` as the JSON of the SDK's type ``kind``, without fields that are ``None``.

    Raises ``InvalidParameterError`` that says what is wrong with the setting ``where``.
    """
    from google.genai import types
    from pydantic import ValidationError

    expected: Any = getattr(types, kind)
    try:
        return expected.model_validate(value).model_dump(  # type: ignore[no-any-return]
            mode="json", by_alias=True, exclude_none=True
        )
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or kind}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise InvalidParameterError(
            f"{where} is no {kind} of google.genai.types ({problems}). It takes"
            f" {', '.join(expected.model_fields)}. What the SDK does not know yet goes into"
            " model_kwargs."
        ) from error
