"""For which chat-core an installed package was built, by its own metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["built_for_another_core", "required_core"]

_CORE = re.compile(r"chat[-_.]core(?:\[[^\]]*\])?\s*\(?([<>=!~][^;)]*)", re.IGNORECASE)
_CLAUSE = re.compile(r"(==|>=|<=|<|>)\s*([\d.]+)")


def built_for_another_core(package: Distribution | None) -> str:
    """A sentence with what to do if ``package`` requires another chat-core; else an empty text."""
    if package is None:
        return ""
    from importlib.metadata import PackageNotFoundError, version

    wanted = required_core(package)
    try:
        installed = version("chat-core")
    except PackageNotFoundError:  # core runs from its sources
        return ""
    if _holds(wanted, installed):
        return ""
    return (
        f" {package.name} {package.version} was built for chat-core {wanted}, and chat-core"
        f" {installed} is installed: pip install --upgrade {package.name} chat-core."
    )


def required_core(package: Distribution) -> str:
    """The versions of chat-core that ``package`` requires, such as ``>=0.1,<0.2``; else ``""``."""
    found = filter(None, map(_CORE.match, package.requires or ()))
    return next((match[1].strip() for match in found), "")


def _holds(wanted: str, installed: str) -> bool:
    """Whether every clause of ``wanted`` that is understood holds."""
    have = _numbers(installed)
    for sign, text in _CLAUSE.findall(wanted):
        limit = _numbers(text)
        order = (have > limit) - (have < limit)
        if not {"==": order == 0, ">=": order >= 0, "<=": order <= 0}.get(
            sign, order < 0 if sign == "<" else order > 0
        ):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """The release of a version in three numbers: ``1.2.0rc1`` is ``(1, 2, 0)``."""
    numbers = [int(number) for number in re.findall(r"\d+", version)[:3]]
    return (*numbers, 0, 0, 0)[:3]
