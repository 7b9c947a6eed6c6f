"""The profile of a model: what sources or its vendor know, without what its codec refuses.

A data set describes a model wherever it runs; the codec and the rules of its provider say what can
be sent to it here. What they refuse is not in the profile:

- media, tools and schemas: a request with one is encoded, and not sent;
- the words of ``reasoning=``: those that have a parameter. A model that does not reason has ``off``
  at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import ChatError, InvalidParameterError
from ..messages.blocks import AudioBlock, Block, FileBlock, ImageBlock, TextBlock, VideoBlock
from ..messages.message import HumanMessage
from ..tools.spec import ResponseSchema
from .model_list import ListedModel, Listing
from .profile import ModelProfile
from .profile_sources import profile_from_sources

if TYPE_CHECKING:
    from .model import ChatModel
    from .wire_model import WireModel

__all__ = ["afetch_profile", "fetch_profile", "read_profile"]

_WORDS = ("off", "low", "medium", "high", "max")
_SCHEMA = {"type": "object", "title": "answer", "properties": {"text": {"type": "string"}}}
_ADDRESS = "https://example.com/a"


def read_profile(model: ChatModel) -> ModelProfile:
    """See ``VendorServices.profile``."""
    return _without_refused(model, _from_sources(model))


def fetch_profile(asked: ChatModel) -> ModelProfile:
    """See ``VendorServices.fetch_profile``."""
    model = _wire_model(asked)
    if (operation := model._profile_operation()) is not None:  # noqa: SLF001 - its own module
        return _completed(model, model.perform(operation))
    listing = model._listing()  # noqa: SLF001 - its own module
    while not listing.is_whole and _listed(model, listing) is None:
        listing.add(model.perform(listing.next_page()))
    return _completed(model, _listed(model, listing))


async def afetch_profile(asked: ChatModel) -> ModelProfile:
    """``fetch_profile`` on an event loop."""
    model = _wire_model(asked)
    if (operation := model._profile_operation()) is not None:  # noqa: SLF001 - its own module
        return _completed(model, await model.aperform(operation))
    listing = model._listing()  # noqa: SLF001 - its own module
    while not listing.is_whole and _listed(model, listing) is None:
        listing.add(await model.aperform(listing.next_page()))
    return _completed(model, _listed(model, listing))


def _wire_model(model: ChatModel) -> WireModel:
    from .wire_model import WireModel

    if isinstance(model, WireModel):
        return model
    raise InvalidParameterError(
        f"{type(model).__name__} has no list of models to ask: it sends no requests."
    )


def _listed(model: WireModel, listing: Listing) -> ListedModel | None:
    names = model._profile_names()  # noqa: SLF001 - its own module
    return next((each for each in listing.models if each.id in names), None)


def _completed(model: WireModel, vendors: ModelProfile | None) -> ModelProfile:
    """What the vendor knows, then what the sources do."""
    known = ModelProfile() if vendors is None else ModelProfile(**vendors.known())
    return _without_refused(model, known.filled_from(_from_sources(model)))


def _from_sources(model: ChatModel) -> ModelProfile:
    names = model._profile_names()  # noqa: SLF001 - its own module
    return profile_from_sources(model.provider, names)


def _without_refused(model: ChatModel, profile: ModelProfile) -> ModelProfile:
    words = tuple(_words(model))
    if profile.reasoning is False:
        words = tuple(word for word in words if word == "off")
    profile = replace(profile, reasoning_words=words)
    if _refuses(model):  # its settings contradict each other, whatever else is sent
        return profile
    if profile.input_media:
        kept = frozenset(media for media in profile.input_media if _takes(model, media))
        profile = replace(profile, input_media=kept)
    if profile.tools and _refuses(model, tools=[_SCHEMA]):
        profile = replace(profile, tools=False)
    asked = ResponseSchema("answer", _SCHEMA)
    if profile.structured_output and _refuses(model, response_schema=asked):
        profile = replace(profile, structured_output=False)
    return profile


def _words(model: ChatModel) -> Iterator[str]:
    for word in _WORDS:
        try:
            model.bind(reasoning=word).reasoning_parameters()
        except ChatError:
            continue
        yield word


def _takes(model: ChatModel, media: str) -> bool:
    """Whether a block of these media can be sent, as base64 or by its address."""
    return any(not _refuses(model, block) for block in _blocks(media))


def _blocks(media: str) -> Iterator[Block]:
    kinds: dict[str, tuple[Any, str]] = {
        "image": (ImageBlock, "image/png"),
        "audio": (AudioBlock, "audio/wav"),
        "video": (VideoBlock, "video/mp4"),
        "pdf": (FileBlock, "application/pdf"),
    }
    if media in kinds:
        kind, mime_type = kinds[media]
        named = {"name": "a.pdf"} if kind is FileBlock else {}
        yield kind(base64="AAAA", mime_type=mime_type, **named)
        yield kind(url=_ADDRESS, mime_type=mime_type, **named)


def _refuses(model: ChatModel, *blocks: Block, **options: object) -> bool:
    """Whether a request with these blocks and call options cannot be encoded."""
    message = HumanMessage([TextBlock("Hi"), *blocks])
    try:
        asked = model.bind(**options)
        asked._request_body([message], asked._options, stream=False)  # noqa: SLF001 - as above
    except ChatError:
        return True
    return False
