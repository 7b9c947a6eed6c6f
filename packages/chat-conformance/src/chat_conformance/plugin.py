"""The pytest plugin: options, backends, gaps, and the report of a run.

    pytest --pyargs chat_conformance --chat-model groq:llama-3.3-70b-versatile
    pytest test_mine.py --backend live            against the vendor, with a key in the environment
    pytest test_mine.py --backend cassette        from recordings, without a server
    pytest test_mine.py --backend cassette --record            record them from the vendor
    pytest test_mine.py --backend cassette --record offline    record them from the offline server
    pytest test_mine.py --backend live -m everywhere    without the laws that need a scripted answer
    pytest test_mine.py --conformance-report run.json          the outcome of each law

pytest loads this module in every run where the package is installed, so it imports the rest of the
kit only inside functions.
"""

from __future__ import annotations

from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .backends import Backend
    from .first_cause import FirstCause
    from .harness import Chat, Harness
    from .offline import OfflineServer
    from .reliability.harness import ReliabilityHarness
    from .subject import Subject
    from .suite import Suite

pytest.register_assert_rewrite("chat_conformance.laws", "chat_conformance.reliability")

BACKENDS = ("offline", "cassette", "live")

_WRONG = pytest.StashKey[str]()
_SEEN = pytest.StashKey[str]()
_CAUSE: pytest.StashKey[FirstCause] = pytest.StashKey()
"""The first cause, on the item that reports it."""

THEMES = (
    *("construction", "requests", "answers", "streams", "history", "lossless", "tools"),
    "tool_loop",
    "server_tools",
    *("structured", "growing"),
    *("output", "counting", "model_list", "profiles"),
    *("media", "files", "reasoning", "citations", "events", "early_exits", "together"),
    "batch_jobs",
    *("timeouts", "errors", "retries", "broken", "secrets", "faults", "keys", "hostile"),
)
"""The themes of the laws, each a marker: ``-m "tools or streams"``."""

_MOST_HUNG = 3
"""Laws of one model that may reach their time limit; the others are then left out."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the kit's options."""
    group = parser.getgroup("chat-conformance", "conformance of chat models")
    group.addoption(
        "--chat-model",
        action="append",
        default=[],
        metavar="ID",
        help="a model for `--pyargs chat_conformance`, such as groq:llama-3.3-70b-versatile",
    )
    group.addoption(
        "--backend",
        choices=BACKENDS,
        default="offline",
        help="where requests go: the offline servers, recordings, or the vendor itself",
    )
    group.addoption(
        "--record",
        nargs="?",
        const="live",
        choices=("live", "offline"),
        help="with --backend cassette: write the recordings anew, from the vendor or offline",
    )
    group.addoption(
        "--cassettes",
        metavar="FOLDER",
        help="where recordings are (default: `cassettes` beside the test file)",
    )
    group.addoption(
        "--conformance-report", metavar="FILE", help="write the outcome of every law as JSON"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the themes as markers; check what only the command line can get wrong."""
    for theme in THEMES:
        config.addinivalue_line("markers", f"{theme}: laws of chat-conformance about {theme}")
    config.addinivalue_line("markers", "everywhere: laws that any backend can be held to")
    if config.getoption("record") and config.getoption("backend") != "cassette":
        raise pytest.UsageError("--record goes with --backend cassette")
    if config.getoption("chat_model"):
        from .selection import select, unusable

        for chosen in config.getoption("chat_model"):
            if (why := unusable(chosen)) is not None:
                raise pytest.UsageError(f"--chat-model: {why}")
        select(config.getoption("chat_model"))
    from .outcomes import Outcomes

    config.pluginmanager.register(Outcomes(), "chat_conformance_outcomes")


# --- which laws, in which ways


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each law in its ways, and those for everywhere against llmock too."""
    suite = _suite(metafunc.cls)
    if suite is None:
        return
    if (why := _unusable(suite)) is not None:
        raise pytest.Collector.CollectError(why)
    if "chat" not in metafunc.fixturenames:
        return
    from .laws.law import Law

    law = Law.of(metafunc.function)
    cases = [(mode, "") for mode in law.modes]
    if (
        law.everywhere
        and suite.subject().llmock_path is not None
        and metafunc.config.getoption("backend") == "offline"
    ):
        cases += [(mode, "llmock") for mode in law.modes]
    ids = ["-".join(filter(None, case)) for case in cases]
    metafunc.parametrize("chat", cases, ids=ids, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark laws by theme; turn gaps into strict expected failures: a closed gap fails the run."""
    laws: dict[tuple[type[Suite], str], list[pytest.Function]] = {}
    for item in items:
        suite = _suite(getattr(item, "cls", None))
        if suite is not None and isinstance(item, pytest.Function):
            laws.setdefault((suite, item.originalname), []).append(item)
            if (law := suite.laws.get(item.originalname)) is not None:
                item.add_marker(law.theme)
                if law.everywhere:
                    item.add_marker("everywhere")
    some_left_out = (
        config.getoption("lf", default=False)
        or config.getoption("backend") != "offline"
        or any("::" in argument for argument in config.args)
    )
    for (suite, name), cases in laws.items():
        names = [case.name for case in cases]
        wrong = None if some_left_out else _misnamed(suite, name, names)
        for case in cases:
            gap = suite.gaps.get(case.name) or suite.gaps.get(name)
            if wrong is not None:
                case.stash[_WRONG] = wrong
            elif gap is not None:
                case.add_marker(pytest.mark.xfail(reason=f"gap: {gap}", strict=True))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a law whose gaps are not what they should be."""
    if (wrong := item.stash.get(_WRONG, None)) is not None:
        pytest.fail(wrong, pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a law in a thread of its own, so that one that hangs fails when its time is over."""
    suite = _suite(pyfuncitem.cls)
    if suite is None:
        return None
    from .laws.law import Law
    from .time_limits import RunsTooLongError, bounded

    given = {name: pyfuncitem.funcargs[name] for name in signature(pyfuncitem.obj).parameters}
    seconds = Law.of(pyfuncitem.function).seconds
    try:
        bounded(partial(pyfuncitem.obj, **given), seconds)
    except RunsTooLongError as late:
        _note_hung(suite, pyfuncitem)
        pytest.fail(f"{pyfuncitem.originalname} {late}. Nothing may hang.", pytrace=False)
    except AssertionError as error:
        if "hangs for " in str(error):
            _note_hung(suite, pyfuncitem)
        raise
    return True


def _note_hung(suite: type[Suite], item: pytest.Function) -> None:
    subject = suite.subject()
    _hung[subject] = _hung.get(subject, 0) + 1
    if _hung[subject] >= _MOST_HUNG:
        _not_run[subject] = f"{_MOST_HUNG} laws ran into their time limit"
    from .lessons import last_exchange

    item.stash[_SEEN] = last_exchange(item.funcargs)
    chat: Any = item.funcargs.get("chat")
    if chat is not None:
        chat.harness.abandon()


_hung: dict[type[Subject], int] = {}
_not_run: dict[type[Subject], str] = {}
"""Why the (other) laws of a model are left out."""


def _report_first_cause(suite: type[Suite], request: pytest.FixtureRequest) -> None:
    """Fail the first law of a model that cannot answer, and leave out all the others."""
    subject = suite.subject()
    if subject not in _probed and request.config.getoption("backend") == "offline":
        from .first_cause import first_cause
        from .workers import is_first_to_report

        _probed.add(subject)
        if (wrong := first_cause(subject, suite.gaps)) is not None:
            _not_run[subject] = wrong.sentence
            if is_first_to_report(f"{subject.__module__}.{subject.__qualname__}", request):
                request.node.stash[_CAUSE] = wrong
                text = f"{suite.__name__}: {wrong.sentence} No law of this model is run."
                pytest.fail(text, pytrace=False)
    if subject in _not_run:
        pytest.skip(f"not run because: {_not_run[subject]}")


_probed: set[type[Subject]] = set()


def _misnamed(suite: type[Suite], law: str, cases: list[str]) -> str | None:
    """What is wrong with the gaps in single cases of a law; ``None`` where each is a case."""
    for name in suite.gaps:
        if name.partition("[")[0] == law and name not in {law, *cases}:
            return f"{suite.__name__} has a gap in {name}; the cases are: {', '.join(cases)}"
    return None


def _suite(cls: type | None) -> type[Suite] | None:
    """The class if it is a ``Suite``. The kit is not imported for classes without ``gaps``."""
    if cls is None or not hasattr(cls, "gaps"):
        return None
    from .suite import Suite

    return cls if issubclass(cls, Suite) else None


def _unusable(suite: type[Suite]) -> str | None:
    """Why no law of the suite can be run, in one sentence; ``None`` if they can."""
    from .first_cause import missing_simulator
    from .selection import unbuildable

    subject = suite.subject()
    if not subject.model_id:
        return f"{suite.__name__} names no model: set `{suite.names_it_by}`"
    why = _unbuildable.get(subject, "")
    if why == "":
        why = unbuildable(subject.make_model) or missing_simulator(subject)
        _unbuildable[subject] = why
    return why and f"{suite.__name__}: {why}"


_unbuildable: dict[type[Subject], str | None] = {}


# --- for tests of any program


@pytest.fixture
def offline_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OfflineServer]:
    """An offline server for one test; the environment points every provider to it.

    ``offline_server.answer(…)`` says what is answered. A provider whose vendor reads no address
    from the environment needs ``base_url=offline_server.base_url(…)``.
    """
    from .offline import OfflineServer

    with OfflineServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


# --- what laws are given


@pytest.fixture(scope="session")
def chat_harness() -> Iterator[Harness]:
    """The servers and event loop that laws share."""
    from .harness import Harness

    with Harness() as harness:
        yield harness


@pytest.fixture
def chat(request: pytest.FixtureRequest, chat_harness: Harness) -> Iterator[Chat]:
    """The model under test, and the server that it calls."""
    suite = _suite(request.cls)
    assert suite is not None, "the `chat` fixture is for subclasses of ChatModelConformance"
    _report_first_cause(suite, request)
    subject = suite.subject()
    mode, server = request.param
    backend = _backend(request, chat_harness, subject, server)
    with chat_harness.chat(subject, mode, backend) as chat:
        needed = getattr(request.function, "needs", ())
        missing = [name for name in needed if not chat.offers(name)]
        if missing:
            pytest.skip(f"not offered: {', '.join(missing)}")
        yield chat


@pytest.fixture
def reliability(
    request: pytest.FixtureRequest, _reliability_of_class: ReliabilityHarness
) -> ReliabilityHarness:
    """The reliability harness of the model, shared by all laws of its class."""
    suite = _suite(request.cls)
    assert suite is not None, "the `reliability` fixture is for subclasses of ChatModelReliability"
    _report_first_cause(suite, request)
    return _reliability_of_class


@pytest.fixture(scope="class")
def _reliability_of_class(request: pytest.FixtureRequest) -> Iterator[ReliabilityHarness]:
    from .reliability.harness import ReliabilityHarness

    suite = _suite(request.cls)
    assert suite is not None, "the `reliability` fixture is for subclasses of ChatModelReliability"
    if request.config.getoption("backend") != "offline":
        pytest.skip("scripted: this law needs the offline server")
    with ReliabilityHarness(suite.subject()) as made:
        yield made


def _backend(
    request: pytest.FixtureRequest,
    harness: Harness,
    subject: type[Subject],
    server: str,
) -> Backend:
    from .backends import Live, Llmock, Offline
    from .cassettes import UNREACHABLE, Recording, Replay, cassette_path, secrets_of

    if server == "llmock":
        assert subject.llmock_path is not None
        return Llmock(harness.llmock, subject.llmock_path)
    chosen = request.config.getoption("backend")
    if chosen == "offline":
        return Offline(harness.server)
    if not getattr(request.function, "everywhere", False):
        pytest.skip("scripted: this law needs the offline server")
    keys = subject.live_keys or subject.make_model(base_url=UNREACHABLE).api_key_env
    live = Live(keys)
    record = request.config.getoption("record")
    if not live.has_key and (chosen == "live" or record == "live"):
        pytest.skip(f"no key: set {' or '.join(keys) or 'live_keys'} for a live run")
    if chosen == "live":
        return live
    folder = request.config.getoption("cassettes") or request.path.parent / "cassettes"
    path = cassette_path(Path(folder), subject.__name__, request.node.name)
    if record:
        source = live if record == "live" else Offline(harness.server)
        return Recording(source, path, secrets_of(keys))
    if not path.is_file():
        pytest.skip(f"no recording: {path.name}; make one with --record")
    return Replay(path)


# --- what came of it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note model, law and lesson of a report; xdist carries the notes to the main process."""
    report = yield
    suite = _suite(getattr(item, "cls", None))
    if suite is not None and isinstance(item, pytest.Function):
        model = suite.subject().model_id
        law = {"subject": suite.__name__, "model": model, "law": item.originalname}
        report.user_properties.append(("conformance", {**law, "case": item.name}))
        if report.failed and _WRONG not in item.stash:
            _teach(suite, item, report)
    return report


def _teach(suite: type[Suite], item: pytest.Function, report: pytest.TestReport) -> None:
    """Add the lesson of a law to its failure and to the properties of its report."""
    from .conformance import LAWS
    from .lessons import last_exchange, lesson

    cause = item.stash.get(_CAUSE, None)
    name = cause.law if cause is not None else item.originalname
    law = suite.laws.get(name) or LAWS.get(name)
    if law is None or report.when == "teardown":
        return
    if cause is not None and cause.lesson is not None:
        cause.lesson.add_to(report, item)
        return
    seen = item.stash.get(_SEEN, None)
    if seen is None and report.when == "call":
        seen = last_exchange(item.funcargs)
    lesson(law, seen or "").add_to(report, item)
