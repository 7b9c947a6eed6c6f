"""Models that break a law of counting tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from breaking import breaks
from chat_core import TokenCount
from chat_core.provider import Operation
from plain_model import PlainModel


@breaks("test_the_vendor_counts_what_would_be_sent")
class CountsWithoutTools(PlainModel):
    def _count_tokens(self, body: Mapping[str, Any]) -> Operation[int] | int:
        return super()._count_tokens({k: v for k, v in body.items() if k != "tools"})


@breaks("test_nothing_is_estimated_unasked")
class EstimatesWithoutTools(PlainModel):
    def count_tokens(self, input: object, **kwargs: Any) -> TokenCount:
        return super().count_tokens(input, **{"estimate": not kwargs.get("tools"), **kwargs})

    async def acount_tokens(self, input: object, **kwargs: Any) -> TokenCount:
        return await super().acount_tokens(input, **{"estimate": not kwargs.get("tools"), **kwargs})


@breaks("test_an_estimate_is_marked")
class HidesThatItEstimates(PlainModel):
    def count_tokens(self, input: object, **kwargs: Any) -> TokenCount:
        return replace(super().count_tokens(input, **kwargs), is_estimate=False)

    async def acount_tokens(self, input: object, **kwargs: Any) -> TokenCount:
        return replace(await super().acount_tokens(input, **kwargs), is_estimate=False)
