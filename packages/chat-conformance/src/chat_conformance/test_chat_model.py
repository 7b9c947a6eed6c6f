"""The laws for models named by ``--chat-model``, found by ``pytest --pyargs chat_conformance``."""

from __future__ import annotations

import pytest

from .selection import selected

_chosen = selected()
if not _chosen:
    raise pytest.Collector.CollectError("Name a model: --chat-model groq:llama-3.3-70b-versatile")
for _name, _class in _chosen.items():
    _class.__module__ = __name__
    globals()[_name] = _class
