"""``ChatModelConformance``: the laws, for one model. Subclass it and name the model.

    class TestGroq(ChatModelConformance):
        model_id = "groq:llama-3.3-70b-versatile"
        capabilities = {"streaming", "tools", "structured_output"}
        gaps = {"test_a_redirect_is_not_followed": Gap("the SDK follows", "https://…")}

pytest runs each law in both modes, blocking and on an event loop. ``gaps`` is the only way to
exempt a model from a law: the law is run all the same, and the run fails if it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from chat_core import get_chat_model

from .capabilities import read_capabilities
from .laws.answers import AnswerLaws
from .laws.broken import BrokenLaws
from .laws.citations import CitationLaws
from .laws.construction import ConstructionLaws
from .laws.early_exits import EarlyExitLaws
from .laws.errors import ErrorLaws
from .laws.events import EventLaws
from .laws.history import HistoryLaws
from .laws.media import MediaLaws
from .laws.reasoning import ReasoningLaws
from .laws.requests import RequestLaws
from .laws.retries import RetryLaws
from .laws.secrets import SecretLaws
from .laws.streams import StreamLaws
from .laws.structured import StructuredLaws
from .laws.timeouts import TimeoutLaws
from .laws.together import TogetherLaws
from .laws.tools import ToolLaws
from .suite import Suite

if TYPE_CHECKING:
    from chat_core import ChatModel

    from .laws.law import Law
    from .simulators import Simulator

__all__ = ["LAWS", "ChatModelConformance"]


class ChatModelConformance(
    ConstructionLaws,
    RequestLaws,
    AnswerLaws,
    StreamLaws,
    HistoryLaws,
    ToolLaws,
    StructuredLaws,
    MediaLaws,
    ReasoningLaws,
    CitationLaws,
    EventLaws,
    EarlyExitLaws,
    TogetherLaws,
    TimeoutLaws,
    ErrorLaws,
    RetryLaws,
    BrokenLaws,
    SecretLaws,
    Suite,
):
    """The laws for one model.

    Attributes:
        model_id: as ``get_chat_model`` takes it.
        settings: what the model needs besides, such as ``{"api": "responses"}``.
        capabilities: what it can do (``capabilities.CAPABILITIES``); ``None`` means all that its
            wire offers.
        gaps: see ``Suite``.
        simulator: the simulator of its wire; by default chosen by the path of its requests.
        llmock_path: the path of ``base_url`` at llmock, where llmock speaks this wire.
        patience: seconds of silence that laws about time limits wait for; long enough for the first
            chunk on a slow machine.
        live_keys: environment variables that may hold the key for live runs; by default the
            model's own.
    """

    model_id: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}
    capabilities: ClassVar[Collection[str] | None] = None
    simulator: ClassVar[Simulator | None] = None
    llmock_path: ClassVar[str | None] = None
    patience: ClassVar[float] = 0.15
    live_keys: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def make_model(cls, **settings: Any) -> ChatModel:
        """The model, with ``settings`` on top of the class's own."""
        return get_chat_model(cls.model_id, **{**cls.settings, **settings})

    @classmethod
    def subject(cls) -> type[ChatModelConformance]:
        """The class itself."""
        return cls

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.capabilities is not None:
            read_capabilities(cls.capabilities, owner=cls.__name__)


LAWS: Mapping[str, Law] = ChatModelConformance.laws
"""Every law of this suite by name."""
