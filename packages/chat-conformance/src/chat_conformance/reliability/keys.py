"""Laws about secrets: the key and the headers go to the vendor and appear nowhere else."""

from __future__ import annotations

import copy
import logging
import os
import pickle
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from chat_core import (
    ChatError,
    InvalidParameterError,
    hookimpl,
    register_observer,
    unregister_observer,
)

from ..backends import KEY
from ..http_answers import redirect
from ..laws.law import limit
from ..script import ErrorReply, Reply
from ..wire_server import WireServer
from .harness import HEADER, hidden

if TYPE_CHECKING:
    from chat_core.provider import Run

    from .harness import ReliabilityHarness

__all__ = ["KeyLaws"]

_SWITCHES = ("OPENAI_LOG", "ANTHROPIC_LOG", "GROQ_LOG", "MISTRAL_DEBUG", "HTTPX_LOG_LEVEL")
"""What SDKs read to log all they know."""


class KeyLaws:
    """A secret goes to the vendor alone: not printed, logged, pickled, raised or redirected."""

    @limit(60)
    def test_no_error_shows_a_secret(self, reliability: ReliabilityHarness) -> None:
        """Neither an error nor its traceback nor its pickle holds the key or a header."""
        with reliability.model() as model:
            raised = list(reliability.errors(model))
        assert raised
        for error in raised:
            assert hidden("".join(traceback.format_exception(error)))
            assert hidden(f"{error} {error!r} {vars(error)}")
            again = pickle.loads(pickle.dumps(error))  # noqa: S301 - we have just written it
            assert hidden(repr(vars(again)))

    @limit(60)
    def test_no_log_line_shows_a_secret(self, reliability: ReliabilityHarness) -> None:
        """With every logger at DEBUG and the SDKs' own logging on, no line holds key or header."""
        with _everything_logged() as lines, reliability.model() as model:
            for _ in reliability.errors(model):
                pass
        assert [line for line in lines if not hidden(line)] == []

    @limit(60)
    def test_no_form_of_a_model_shows_a_secret(self, reliability: ReliabilityHarness) -> None:
        """No repr, dump, copy or pickle of a model, bound or in a chain, holds key or header."""
        model = reliability.model()
        bound = model.bind(temperature=0.5)
        for shown in (
            model,
            bound,
            model | str,
            model.with_config(tags=["a"]),
            copy.deepcopy(model),
        ):
            assert hidden(f"{shown} {shown!r}")
        assert hidden(f"{model.model_dump()} {model.model_dump_json()} {vars(model)}")
        for secret in (KEY, HEADER):
            assert secret.encode() not in pickle.dumps(model)
            assert secret.encode() not in pickle.dumps(model, protocol=0)

    @limit(60)
    def test_a_wrong_setting_is_refused_without_showing_the_others(
        self, reliability: ReliabilityHarness
    ) -> None:
        """The error about a wrong setting shows neither the key nor what was mistaken for it."""
        for wrong in ({"temperature": "hot"}, {"api_keey": KEY}, {"default_headers": [HEADER]}):
            with pytest.raises(InvalidParameterError) as raised:
                reliability.model(**wrong)
            assert hidden("".join(traceback.format_exception(raised.value)))
            assert hidden(repr(vars(raised.value)))

    @limit(60)
    def test_no_event_and_no_observer_sees_a_secret(self, reliability: ReliabilityHarness) -> None:
        """Neither events nor what observers are shown of a run hold the key or a header."""
        with _observed() as seen, reliability.model() as model:
            for line in (Reply("Hello"), ErrorReply("authentication")):
                reliability.answer_everything(line)
                try:
                    seen += [repr(event) for event in model.stream_events("Hi", version="v2")]
                except ChatError as error:
                    seen.append(repr(error))
        assert len(seen) > 5
        assert hidden(" ".join(seen))

    @limit(60)
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_takes_no_secret_elsewhere(
        self, reliability: ReliabilityHarness, status: int
    ) -> None:
        """A redirect to another host is an error, and that host is not even connected to."""
        with WireServer() as elsewhere, reliability.model() as model:
            for error in reliability.ask_in_all_modes(
                model, redirect(f"{elsewhere.url}/v1/any", status)
            ):
                assert error is not None
                assert hidden(str(error))
            assert not elsewhere.requests
            assert elsewhere.open_connections == 0

    @limit(60)
    def test_the_key_goes_out_once_in_a_header(self, reliability: ReliabilityHarness) -> None:
        """A request holds the key once, in a header; path, query and body do not. The user's own
        headers go with it."""
        with reliability.model() as model:
            for _ in reliability.ask_in_all_modes(model, Reply("Hello")):
                sent = reliability.server.last
                assert str(sent.headers).count(KEY) == 1
                assert KEY not in sent.path + str(sent.query)
                assert KEY.encode() not in sent.body
                assert HEADER in sent.headers.values()


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    """The lines of all loggers, with all loggers at DEBUG and the SDKs' own logging on."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.args}")

    root, keep = logging.getLogger(), Keep(logging.DEBUG)
    loggers = [root, *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    root.addHandler(keep)
    try:
        with mock.patch.dict(os.environ, dict.fromkeys(_SWITCHES, "debug")):
            yield lines
    finally:
        root.removeHandler(keep)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _observed() -> Iterator[list[str]]:
    """What an observer is shown of every run."""
    seen: list[str] = []

    class Observer:
        @hookimpl
        def chat_run_start(self, run: Run, input: Any) -> None:
            seen.append(f"{run.metadata} {run.name} {input!r}")

        @hookimpl
        def chat_run_error(self, run: Run, error: BaseException) -> None:
            seen.append(f"{run.metadata} {error!r} {vars(error)}")

    observer = Observer()
    register_observer(observer)
    try:
        yield seen
    finally:
        unregister_observer(observer)
