"""Names of a module that are loaded when they are first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

__all__ = ["lazy_names"]


def lazy_names(
    module: str, modules: Mapping[str, str], public: Sequence[str], *, package: str | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The functions ``__getattr__`` and ``__dir__`` of a module.

    Args:
        module: its ``__name__``.
        modules: the names that each module below ``package`` has, with spaces between them. A
            module without names is itself such a name.
        public: its ``__all__``, which ``dir`` shows.
        package: where the modules are; by default ``module`` is a package and has them.
    """
    base = package or module
    places = {name: module for module, names in modules.items() for name in names.split()}
    own_modules = {module for module, names in modules.items() if not names}

    def get(name: str) -> object:
        if name in own_modules:
            return import_module(f"{base}.{name}")
        if name not in places:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(import_module(f"{base}.{places[name]}"), name)
        setattr(sys.modules[module], name, value)  # asked for once
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[module]), *public})

    return get, names
