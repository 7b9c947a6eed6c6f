"""chat-profiles: what the data of models.dev know of a model, as its ``profile``.

Once it is installed ``model.profile`` of chat-core has them; nothing has to be imported.
"""

from __future__ import annotations

from .data import DATA_VARIABLE
from .source import read_profile

__version__ = "0.1.0"

__all__ = ["DATA_VARIABLE", "read_profile"]
