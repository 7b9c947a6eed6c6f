"""Images in answers, for wires that take images from users alone.

An image that a model made (Gemini, a compatible gateway) may stand in a conversation that goes to
another vendor. It goes into the user's turn that follows the answer and the results of its calls,
after a text that says where it comes from. If no user's message follows there, one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace

from .blocks import Block, ImageBlock, TextBlock
from .message import AIMessage, HumanMessage, Message, ToolMessage

__all__ = ["images_to_user"]

_FROM_ANSWER = "From the assistant's answer before:"


def images_to_user(
    messages: Sequence[Message], is_moved: Callable[[AIMessage, ImageBlock], bool]
) -> list[Message]:
    """``messages`` with the images of answers for which ``is_moved`` is true in users' turns.

    A moved image loses its ``extras``, which its own vendor alone understands.
    """
    moved: list[Message] = []
    waiting: list[Block] = []
    for message in messages:
        if isinstance(message, HumanMessage) and waiting:
            moved.append(_with_images(message, waiting))
            waiting = []
            continue
        if waiting and not isinstance(message, ToolMessage):
            moved.append(HumanMessage(waiting))
            waiting = []
        images = _images(message, is_moved)
        moved.append(_without(message, images) if images else message)
        if images:
            plain = [replace(image, extras={}, index=None) for image in images]
            waiting += [TextBlock(_FROM_ANSWER), *plain]
    return [*moved, HumanMessage(waiting)] if waiting else moved


def _images(
    message: Message, is_moved: Callable[[AIMessage, ImageBlock], bool]
) -> list[ImageBlock]:
    if not isinstance(message, AIMessage):
        return []
    return [b for b in message.blocks if isinstance(b, ImageBlock) and is_moved(message, b)]


def _without(message: Message, images: list[ImageBlock]) -> Message:
    rest = copy(message)
    rest.blocks = tuple(b for b in message.blocks if not any(b is image for image in images))
    return rest


def _with_images(message: HumanMessage, images: list[Block]) -> HumanMessage:
    joined = copy(message)
    joined.blocks = (*images, *message.blocks)
    return joined
