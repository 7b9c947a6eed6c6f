"""The sizes of media that Converse takes, from ``Message`` and ``VideoSource`` of its API. Pure.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
"""

from __future__ import annotations

from chat_core.provider import MediaLimits, SizeLimit

__all__ = ["LIMITS"]

LIMITS = MediaLimits(
    "Bedrock",
    sizes={
        "image": SizeLimit(3.75),
        "file": SizeLimit(4.5, "Make it smaller, or send parts of it"),
        "video": SizeLimit(25, "Give VideoBlock('s3://bucket/film'), of at most 1 GB", True),
    },
)
