"""``VendorServices``: what a model offers beside answers; each method loads what it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import os

    from ..messages.media_blocks import FileBlock, MediaBlock
    from ..messages.message import AIMessage
    from ..runs.config import RunConfig
    from ..wire.operation import Operation
    from .candidates import Candidate, CandidatesCall
    from .model import ChatModel
    from .profile import ModelProfile
    from .token_count import TokenCount

__all__ = ["VendorServices"]


class VendorServices:
    """Several candidates, counting tokens, profiles, files. A base class of ``ChatModel``.

    Of candidates the prompt is paid for once. The token counts of the request are on the message
    that came first, those of the others are ``None``, so their sum is right. A call is one run,
    whose output is the candidate with index 0; its metadata has their number, ``ls_candidates``.
    """

    def candidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> list[AIMessage]:
        """``n`` answers to one request. ``kwargs`` are settings and options for this call alone.

        A vendor may send fewer. Raises ``ChatError`` like ``invoke``, and ``InvalidParameterError``
        where the vendor has no candidates; ``batch([input] * n)`` asks any model.
        """
        call = _candidates_call(self, input, n, kwargs, stream=False)
        return call.whole(config)

    async def acandidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> list[AIMessage]:
        """``candidates`` on an event loop."""
        call = _candidates_call(self, input, n, kwargs, stream=False)
        return await call.awhole(config)

    def stream_candidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> Generator[Candidate, None, None]:
        """``(index, chunk)`` as they arrive; the chunks of one index add up to its message.

        Wrong input raises at once. Closing the generator closes the connection.
        """
        call = _candidates_call(self, input, n, kwargs, stream=True)
        return call.stream(config)

    def astream_candidates(
        self, input: object, config: RunConfig | None = None, *, n: int, **kwargs: object
    ) -> AsyncGenerator[Candidate, None]:
        """``stream_candidates`` on an event loop."""
        call = _candidates_call(self, input, n, kwargs, stream=True)
        return call.astream(config)

    def count_tokens(
        self,
        input: object,
        *,
        tools: Sequence[object] | None = None,
        estimate: bool = False,
        **kwargs: object,
    ) -> TokenCount:
        """The tokens of what ``invoke(input)`` would send, counted by the vendor.

        Args:
            input: messages, as of ``invoke``.
            tools: tools, as of ``bind_tools``; otherwise those that are bound.
            estimate: estimate the tokens from the text instead, which sends nothing.
            kwargs: settings and call options, as of ``invoke``.

        Raises ``InvalidParameterError`` for a vendor that counts no tokens, and like ``invoke``.
        """
        from .token_count import count_tokens

        return count_tokens(_bound(self, kwargs), input, tools, estimate=estimate)

    async def acount_tokens(
        self,
        input: object,
        *,
        tools: Sequence[object] | None = None,
        estimate: bool = False,
        **kwargs: object,
    ) -> TokenCount:
        """``count_tokens`` on an event loop."""
        from .token_count import acount_tokens

        return await acount_tokens(_bound(self, kwargs), input, tools, estimate=estimate)

    @property
    def profile(self) -> ModelProfile:
        """What is known of the model: limits, media, tools, reasoning, list prices. Sends nothing.

        Installed packages know it: chat-profiles a data set of models, chat-cost prices;
        ``register_profile_source`` adds what you know. What this model's provider or settings
        refuse is not in it.
        """
        from .profile_reading import read_profile

        return read_profile(cast("ChatModel", self))

    def fetch_profile(self) -> ModelProfile:
        """``profile``, with what the vendor's list of models has put first. Sends requests.

        Raises ``InvalidParameterError`` for a vendor that has no such list, and like ``invoke``.
        """
        from .profile_reading import fetch_profile

        return fetch_profile(cast("ChatModel", self))

    async def afetch_profile(self) -> ModelProfile:
        """``fetch_profile`` on an event loop."""
        from .profile_reading import afetch_profile

        return await afetch_profile(cast("ChatModel", self))

    def _profile_names(self) -> tuple[str, ...]:
        """What lists of models may call this one, the most exact name first; none is unknown."""
        return (cast("ChatModel", self).model,)

    def _profile_operation(self) -> Operation[ModelProfile] | None:
        """What asks the vendor for this model alone; ``None`` where its list is read instead."""
        return None

    def upload(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        mime_type: str | None = None,
        ready_timeout: float = 600.0,
    ) -> FileBlock:
        """Have the vendor keep a copy of a file. Returns the block that names it in messages.

        Other providers refuse that block. The file is read while it is sent. A retry begins at its
        start.

        Args:
            path: where the file lies.
            name: what the vendor is to call it; by default the last part of ``path``.
            mime_type: its type; by default what the ending of its name means.
            ready_timeout: how many seconds a vendor that prepares the file may take.

        Raises ``InvalidParameterError`` for a vendor that keeps no files, for an empty path, for a
        file that is empty, too large, of no known type or that changes meanwhile; ``OSError`` for
        one that cannot be read; ``APITimeoutError`` for one that is not ready in time; and like
        ``invoke``.
        """
        from .file_store import upload

        return upload(cast("ChatModel", self), path, name, mime_type, ready_timeout)

    async def aupload(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        mime_type: str | None = None,
        ready_timeout: float = 600.0,
    ) -> FileBlock:
        """``upload`` on an event loop."""
        from .file_store import aupload

        return await aupload(cast("ChatModel", self), path, name, mime_type, ready_timeout)

    def delete_file(self, file: MediaBlock | str) -> None:
        """Have the vendor delete its copy of a file.

        ``file`` is what ``upload`` returned, or its ``file_id``. Raises ``APIError`` where the
        vendor has none, and ``InvalidParameterError`` for a vendor that keeps no files or a block
        whose file another provider keeps.
        """
        from .file_store import delete_file

        delete_file(cast("ChatModel", self), file)

    async def adelete_file(self, file: MediaBlock | str) -> None:
        """``delete_file`` on an event loop."""
        from .file_store import adelete_file

        await adelete_file(cast("ChatModel", self), file)


def _candidates_call(
    model: Any, input: object, n: int, kwargs: dict[str, object], *, stream: bool
) -> CandidatesCall:
    from .candidates import CandidatesCall

    return CandidatesCall(model, input, n, kwargs, stream=stream)


def _bound(model: Any, kwargs: dict[str, object]) -> ChatModel:
    return cast("ChatModel", model.bind(**kwargs) if kwargs else model)
