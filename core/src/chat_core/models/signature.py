"""The signature of a model's class: its settings with their types, for ``help`` and editors."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["SettingsSignature"]


class SettingsSignature:
    """A descriptor: the signature of the pydantic class that it is read from.

    It is made when it is asked for, because the constructor itself takes any keyword.
    """

    def __get__(self, instance: object, owner: type[BaseModel]) -> Signature:
        parameters = [
            Parameter(
                field.alias or name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty
                if field.is_required()
                else field.get_default(call_default_factory=True),
                annotation=field.annotation,
            )
            for name, field in owner.model_fields.items()
        ]
        return Signature(parameters, return_annotation=None)
