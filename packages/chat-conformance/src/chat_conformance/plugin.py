"""The pytest plugin: options, backends, gaps, and the report of a run.

    pytest --pyargs chat_conformance --chat-model groq:llama-3.3-70b-versatile
    pytest test_mine.py --backend live            against the vendor, with a key in the environment
    pytest test_mine.py --backend cassette        from recordings, with nobody there
    pytest test_mine.py --backend cassette --record            record them from the vendor
    pytest test_mine.py --backend cassette --record offline    record them from the offline server
    pytest test_mine.py --conformance-report run.json          what held, law by law

It is loaded in every run of pytest where this package is installed, so it imports the kit late.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .backends import Backend
    from .conformance import ChatModelConformance
    from .stage import Chat, Stage

pytest.register_assert_rewrite("chat_conformance.laws")

BACKENDS = ("offline", "cassette", "live")

_RESULTS = pytest.StashKey[list[dict[str, Any]]]()


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
        help="what models talk to: the offline servers, recordings, or the vendor itself",
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
    """Check what only the command line can get wrong."""
    config.stash[_RESULTS] = []
    if config.getoption("record") and config.getoption("backend") != "cassette":
        raise pytest.UsageError("--record goes with --backend cassette")
    if config.getoption("chat_model"):
        from .selection import select

        select(config.getoption("chat_model"))


# --- which laws, in which ways


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each law in its ways, and those for everywhere against llmock too."""
    subject = _subject(metafunc.cls)
    if subject is None or "chat" not in metafunc.fixturenames:
        return
    from .laws.law import Law

    law = Law.of(metafunc.function)
    cases = [(way, "") for way in law.ways]
    if (
        law.everywhere
        and subject.llmock_path is not None
        and metafunc.config.getoption("backend") == "offline"
    ):
        cases += [(way, "llmock") for way in law.ways]
    ids = ["-".join(filter(None, case)) for case in cases]
    metafunc.parametrize("chat", cases, ids=ids, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turn gaps into expected failures: strict ones, so that a closed gap fails the run."""
    for item in items:
        subject = _subject(getattr(item, "cls", None))
        if subject is None or not isinstance(item, pytest.Function):
            continue
        gap = subject.gaps.get(item.name) or subject.gaps.get(item.originalname)
        if gap is not None:
            item.add_marker(pytest.mark.xfail(reason=f"gap: {gap}", strict=True))


def _subject(cls: type | None) -> type[ChatModelConformance] | None:
    if cls is None or not hasattr(cls, "make_model"):
        return None
    from .conformance import ChatModelConformance

    return cls if issubclass(cls, ChatModelConformance) else None


# --- what laws are given


@pytest.fixture(scope="session")
def chat_stage() -> Iterator[Stage]:
    """The servers and event loop that laws share."""
    from .stage import Stage

    with Stage() as stage:
        yield stage


@pytest.fixture
def chat(request: pytest.FixtureRequest, chat_stage: Stage) -> Iterator[Chat]:
    """The model under test, and the vendor's side of its talk."""
    subject = _subject(request.cls)
    assert subject is not None, "the `chat` fixture is for subclasses of ChatModelConformance"
    if not subject.model_id:
        pytest.fail(f"{subject.__name__} names no model: set `model_id`, or pass --chat-model")
    way, server = request.param
    backend = _backend(request, chat_stage, subject, server)
    with chat_stage.chat(subject, way, backend) as chat:
        needed = getattr(request.function, "needs", ())
        missing = [name for name in needed if not chat.offers(name)]
        if missing:
            pytest.skip(f"not offered: {', '.join(missing)}")
        yield chat


def _backend(
    request: pytest.FixtureRequest,
    stage: Stage,
    subject: type[ChatModelConformance],
    server: str,
) -> Backend:
    from .backends import Live, Llmock, Offline
    from .cassettes import Recording, Replay, cassette_path, secrets_of

    if server == "llmock":
        assert subject.llmock_path is not None
        return Llmock(stage.llmock, subject.llmock_path)
    chosen = request.config.getoption("backend")
    if chosen == "offline":
        return Offline(stage.server)
    if not getattr(request.function, "everywhere", False):
        pytest.skip("scripted: this law needs the offline server")
    keys = subject.live_keys or subject.make_model(base_url="http://127.0.0.1:9").api_key_env
    live = Live(keys)
    record = request.config.getoption("record")
    if not live.has_key and (chosen == "live" or record == "live"):
        pytest.skip(f"no key: set {' or '.join(keys) or 'live_keys'} for a live run")
    if chosen == "live":
        return live
    folder = request.config.getoption("cassettes") or request.path.parent / "cassettes"
    path = cassette_path(Path(folder), subject.__name__, request.node.name)
    if record:
        source = live if record == "live" else Offline(stage.server)
        return Recording(source, path, secrets_of(keys))
    if not path.is_file():
        pytest.skip(f"no recording: {path.name}; make one with --record")
    return Replay(path)


# --- what came of it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which model and law a report is about; xdist carries the note to the main process."""
    report = yield
    subject = _subject(getattr(item, "cls", None))
    if subject is not None and isinstance(item, pytest.Function):
        law = {"subject": subject.__name__, "model": subject.model_id, "law": item.originalname}
        report.user_properties.append(("conformance", {**law, "case": item.name}))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what is worth reporting: the call, or a set-up that skipped or failed."""
    if report.when != "call" and not (report.when == "setup" and not report.passed):
        return
    for name, facts in report.user_properties:
        if name == "conformance" and isinstance(facts, dict):
            _kept.append({**facts, **_outcome(report)})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report."""
    path = session.config.getoption("conformance_report")
    if path and not hasattr(session.config, "workerinput"):
        Path(path).write_text(json.dumps(_kept, indent=1) + "\n")


_kept: list[dict[str, Any]] = []


def _outcome(report: pytest.TestReport) -> dict[str, str]:
    if hasattr(report, "wasxfail"):
        return {"outcome": "gap", "reason": report.wasxfail.removeprefix("reason: ")}
    if report.skipped:
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return {"outcome": "skipped", "reason": why.removeprefix("Skipped: ")}
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message if crash is not None else str(report.longrepr)
        return {"outcome": "failed", "reason": why.strip().partition("\n")[0]}
    return {"outcome": "passed", "reason": ""}
