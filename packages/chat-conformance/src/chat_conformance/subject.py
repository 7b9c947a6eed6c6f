"""``Subject``: what is declared of a model under test, and how the model is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from chat_core import get_chat_model

from .capabilities import read_capabilities

if TYPE_CHECKING:
    from chat_core import ChatModel

    from .job_servers import JobServer
    from .simulators import Simulator

__all__ = ["Subject"]


class Subject:
    """A model under test.

    Attributes:
        model_id: as ``get_chat_model`` takes it.
        settings: further settings that the model needs, such as ``{"api": "responses"}``.
        capabilities: what it can do (``capabilities.CAPABILITIES``); ``None`` means all that its
            wire offers.
        reasoning_model: the name of a model that reasons, for laws about ``reasoning=``; by default
            the one in ``model_id``.
        cache_points_model: the name of a model whose prefixes can be marked, for laws about
            ``CachePoint``; by default the one in ``model_id``.
        server_tool_model: the name of a model whose vendor runs tools, for laws about these; by
            default the one in ``model_id``.
        simulator: the simulator of its wire; by default chosen by the path of its requests.
        job_server: the class of the server of its vendor's batch jobs (``job_servers``), for laws
            that need the capability ``batch_jobs``.
        environment: variables beside key and address that point a program to a server; ``{url}``
            in a value is the server's address for this provider.
        llmock_path: the path of ``base_url`` at llmock; ``None`` if llmock lacks this wire.
        patience: seconds of silence that laws about time limits wait for; long enough for the first
            chunk on a slow machine.
        live_keys: environment variables that may hold the key for live runs; by default the
            model's own.
    """

    model_id: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}
    capabilities: ClassVar[Collection[str] | None] = None
    reasoning_model: ClassVar[str] = ""
    cache_points_model: ClassVar[str] = ""
    server_tool_model: ClassVar[str] = ""
    simulator: ClassVar[Simulator | None] = None
    job_server: ClassVar[type[JobServer] | None] = None
    environment: ClassVar[Mapping[str, str]] = {}
    llmock_path: ClassVar[str | None] = None
    patience: ClassVar[float] = 0.15
    live_keys: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def make_model(cls, **settings: Any) -> ChatModel:
        """The model, with ``settings`` on top of the class's own."""
        return get_chat_model(cls.model_id, **{**cls.settings, **settings})

    @classmethod
    def provider(cls) -> str:
        """The provider id in ``model_id``; ``""`` for a bare model name."""
        provider, colon, _ = cls.model_id.partition(":")
        return provider.strip().lower().replace("_", "-") if colon else ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.capabilities is not None:
            read_capabilities(cls.capabilities, owner=cls.__name__)
