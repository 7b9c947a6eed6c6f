"""chat-cost: what answers of chat models cost, in US dollars, and budgets."""

from __future__ import annotations

from .own_prices import register_price, unregister_price
from .price import price

__version__ = "0.1.0"

__all__ = ["price", "register_price", "unregister_price"]
