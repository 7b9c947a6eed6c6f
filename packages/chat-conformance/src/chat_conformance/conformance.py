"""``ChatModelConformance``: the laws, for one model. Subclass it and name the model.

    class TestGroq(ChatModelConformance):
        model_id = "groq:llama-3.3-70b-versatile"
        capabilities = {"streaming", "tools", "structured_output"}
        gaps = {"test_a_redirect_is_not_followed": Gap("the SDK follows", "https://…")}

pytest runs each law in both modes, blocking and on an event loop. ``gaps`` is the only way to
exempt a model from a law: the law is run all the same, and the run fails if it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .laws.answers import AnswerLaws
from .laws.batch_jobs import BatchJobLaws
from .laws.broken import BrokenLaws
from .laws.citations import CitationLaws
from .laws.construction import ConstructionLaws
from .laws.counting import CountingLaws
from .laws.early_exits import EarlyExitLaws
from .laws.errors import ErrorLaws
from .laws.events import EventLaws
from .laws.files import FileLaws
from .laws.growing import GrowingLaws
from .laws.history import HistoryLaws
from .laws.lossless import LosslessLaws
from .laws.media import MediaLaws
from .laws.model_list import ModelListLaws
from .laws.output import OutputLaws
from .laws.profiles import ProfileLaws
from .laws.reasoning import ReasoningLaws
from .laws.requests import RequestLaws
from .laws.retries import RetryLaws
from .laws.secrets import SecretLaws
from .laws.server_tools import ServerToolLaws
from .laws.streams import StreamLaws
from .laws.structured import StructuredLaws
from .laws.timeouts import TimeoutLaws
from .laws.together import TogetherLaws
from .laws.tool_loop import ToolLoopLaws
from .laws.tools import ToolLaws
from .subject import Subject
from .suite import Suite

if TYPE_CHECKING:
    from .laws.law import Law

__all__ = ["LAWS", "ChatModelConformance"]


class ChatModelConformance(
    ConstructionLaws,
    RequestLaws,
    AnswerLaws,
    StreamLaws,
    HistoryLaws,
    LosslessLaws,
    ToolLaws,
    ToolLoopLaws,
    ServerToolLaws,
    StructuredLaws,
    GrowingLaws,
    MediaLaws,
    FileLaws,
    OutputLaws,
    CountingLaws,
    ModelListLaws,
    ProfileLaws,
    ReasoningLaws,
    CitationLaws,
    EventLaws,
    EarlyExitLaws,
    TogetherLaws,
    BatchJobLaws,
    TimeoutLaws,
    ErrorLaws,
    RetryLaws,
    BrokenLaws,
    SecretLaws,
    Suite,
    Subject,
):
    """The laws for one model: ``Subject`` documents what to declare, ``Suite`` the gaps."""

    @classmethod
    def subject(cls) -> type[ChatModelConformance]:
        """The class itself."""
        return cls


LAWS: Mapping[str, Law] = ChatModelConformance.laws
"""Every law of this suite by name."""
