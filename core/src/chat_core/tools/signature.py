"""A function's parameters as a type that pydantic validates.

Rules:

- ``Field(...)`` as a default or in ``Annotated`` gives description, limits and default; a string in
  ``Annotated`` is the description.
- A parameter with the type ``RunConfig`` receives the config of the call. The model does not see
  it.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from ..errors import InvalidParameterError
from ..json_text import outside_json
from ..runs.config import RunConfig

__all__ = ["Signature", "described", "name_of", "read_signature", "unbound"]


@dataclass(slots=True)
class Signature:
    """What a tool takes.

    ``arguments`` is a ``TypedDict`` of the parameters that the model gives, those with a default
    not required. ``shown`` are the defaults that JSON can say, ``fields`` those that are a
    ``Field(...)``. ``config`` is the name of the parameter that receives the config.
    """

    arguments: Any
    shown: dict[str, object] = field(default_factory=dict)
    fields: dict[str, FieldInfo] = field(default_factory=dict)
    config: str | None = None

    def with_defaults(self, given: dict[str, object]) -> dict[str, object]:
        """``given`` and the defaults of ``Field(...)``, which Python would not evaluate."""
        absent = {name: info for name, info in self.fields.items() if name not in given}
        return {**given, **{n: i.get_default(call_default_factory=True) for n, i in absent.items()}}


def _parameters(function: Callable[..., object]) -> Iterable[tuple[str, inspect.Parameter]]:
    try:
        return inspect.signature(function).parameters.items()
    except ValueError as error:
        raise InvalidParameterError(
            f"{name_of(function)} cannot be a tool: Python knows no parameters of it ({error})."
        ) from error


def read_signature(function: Callable[..., object]) -> Signature:
    """The parameters of ``function``. Raises ``InvalidParameterError`` where they have no schema.

    Values absent from a call stay absent, so that the function's own defaults apply.
    """
    from pydantic import ConfigDict
    from typing_extensions import TypedDict

    hints = _hints(function)
    signature = Signature(None)
    types_: dict[str, object] = {}
    for name, parameter in _parameters(function):
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise InvalidParameterError(
                f"{name_of(function)} takes {parameter}, which has no JSON schema: a tool's"
                " parameters are named one by one."
            )
        hint = hints.get(name, Any)
        if _is_config(hint):
            signature.config = name
            continue
        hint, default = described(hint, parameter.default)
        if isinstance(default, FieldInfo):
            signature.fields[name] = default
            default = default.get_default()
        if isinstance(default, str | int | float | None) and not outside_json(default):
            signature.shown[name] = default
        is_required = default is parameter.empty
        types_[name] = hint if is_required else NotRequired[hint]
    typed_dict: Any = TypedDict  # mypy knows only literal calls of it
    signature.arguments = typed_dict(f"{name_of(function)}_arguments", types_)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    signature.arguments.__pydantic_config__ = config
    return signature


def described(hint: object, default: object = inspect.Parameter.empty) -> tuple[object, object]:
    """``hint`` with its limits and description as pydantic reads them, and the default.

    A ``Field(...)`` with a default comes back as the default; one without gives none.
    """
    metadata: list[object] = []
    if get_origin(hint) is Annotated:
        hint, *metadata = get_args(hint)
    if isinstance(default, FieldInfo):
        metadata.append(default)
        default = inspect.Parameter.empty
    kept: list[object] = []
    for item in metadata:
        if isinstance(item, FieldInfo):
            kept += _limits(item)
            if default is inspect.Parameter.empty and not item.is_required():
                default = item
        elif text := _description(item):
            kept.append(FieldInfo(description=text))
        else:
            kept.append(item)
    return (Annotated[(hint, *kept)] if kept else hint), default


def _limits(info: FieldInfo) -> list[object]:
    """What ``info`` says beside its default."""
    names = ("title", "description", "examples", "alias", "discriminator", "json_schema_extra")
    given = {name: getattr(info, name) for name in names if getattr(info, name) is not None}
    return [*info.metadata, FieldInfo(**given)] if given else list(info.metadata)


def _description(item: object) -> str | None:
    """The text of a bare string, or of ``Doc("...")`` (PEP 727)."""
    text = item if isinstance(item, str) else getattr(item, "documentation", None)
    return text if isinstance(text, str) else None


def _hints(function: Callable[..., object]) -> dict[str, object]:
    try:
        written = unbound(function)
        if not hasattr(written, "__name__"):  # an object that can be called
            written = type(written).__call__
        return get_type_hints(written, include_extras=True)
    except (NameError, TypeError) as error:
        raise InvalidParameterError(
            f"The type hints of {name_of(function)} cannot be read: {error}. Types used in a tool's"
            " signature must exist at run time (not only under TYPE_CHECKING)."
        ) from error


def _is_config(hint: object) -> bool:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        return RunConfig in get_args(hint)
    return hint is RunConfig


def name_of(function: Callable[..., object]) -> str:
    """The name of a function, or of the class of an object that can be called."""
    function = unbound(function)
    name: str = getattr(function, "__name__", type(function).__name__)
    return name


def unbound(function: Callable[..., object]) -> Callable[..., object]:
    """The function behind ``functools.partial``, which has its name, docstring and hints."""
    while isinstance(function, partial):
        function = function.func
    return function
