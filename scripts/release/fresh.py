"""Installs each built distribution alone in a fresh environment and tries it there.

Ours come from the built files alone (`--no-index --find-links`), so that no package of the same
name on an index can be taken for one of ours. What others publish is gathered once, from pip's own
index, in the versions that the workspace is tested with. In each environment the examples of the
distribution's README are executed, as they stand in its metadata, against the servers of the
documentation on loopback, beside what the README itself installs; then the conformance kit joins a
provider and holds it to its laws.
"""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from bootstrap import requirements
from workspace import CONSTRAINTS, Distribution, distributions

from .contents import REQUIREMENT
from .stage import version_of

KIT = "chat-conformance"
SECONDS = 1200
# As it was before the network guard turned proxies off: pip, and pip alone, goes out.
OUTSIDE = dict(os.environ)


class CheckFailedError(RuntimeError):
    """A distribution does not do what it must where it is installed from its built file."""


@dataclass(frozen=True)
class Bench:
    """What all checks share: the folders of files to install from, and the way to the servers."""

    built: Path
    others: Path
    environment: dict[str, str]
    """The environment of a process that talks to the documentation's servers."""
    laws: str
    """Which laws of the kit are run, as pytest's `-k`; empty for all, `none` for none."""

    def install(self, python: Path, *names: str) -> None:
        """Install distributions by name into an environment."""
        links = ["--find-links", str(self.built), "--find-links", str(self.others)]
        pip("--python", str(python), "install", "--no-compile", "--no-index", *links, *names)


def check_all(built: Path, names: Sequence[str], laws: str) -> int:
    """Check the distributions of these names, or all; print a line for each; 0 if all pass."""
    workspace = distributions()
    unknown = sorted(set(names) - {each.name for each in workspace})
    if unknown:
        raise LookupError(f"no distribution is called {', '.join(unknown)}")
    chosen = [each for each in workspace if not names or each.name in names]
    failures = 0
    with tempfile.TemporaryDirectory() as folder, _servers(Path(folder)) as environment:
        others = Path(folder, "others")
        gather_others(built, others)
        print(f"{len(list(others.iterdir()))} packages of others gathered", flush=True)
        bench = Bench(built, others, environment, laws)
        with ThreadPoolExecutor(2) as workers:
            for job in [workers.submit(_outcome, each, bench) for each in chosen]:
                line, passed = job.result()
                failures += not passed
                print(line, flush=True)
    print(f"{len(chosen) - failures} of {len(chosen)} distributions pass")
    return 1 if failures else 0


def gather_others(built: Path, folder: Path) -> None:
    """Download or build a wheel of everything that the built files require of others."""
    own = _own()
    wanted = {
        requirement.partition(";")[0].strip()
        for wheel in built.glob("*.whl")
        for requirement in _metadata(wheel).get_all("Requires-Dist", [])
        if _name(requirement) not in own
    }
    tools = [tool for tool in requirements("dev") if tool in ("pytest-xdist", "pytest-timeout")]
    constraint = ["--constraint", str(CONSTRAINTS)]
    pip("wheel", "--wheel-dir", str(folder), *constraint, *tools, *sorted(wanted))


def _own() -> set[str]:
    """The names of the workspace's distributions."""
    return {each.name for each in distributions()}


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def _name(requirement: str) -> str:
    match = REQUIREMENT.match(requirement)
    return match["name"] if match else ""


def _outcome(distribution: Distribution, bench: Bench) -> tuple[str, bool]:
    try:
        return f"ok   {distribution.name}: {check(distribution, bench)}", True
    except (RuntimeError, subprocess.SubprocessError) as error:
        return f"FAIL {distribution.name}: {error}", False


def check(distribution: Distribution, bench: Bench) -> str:
    """Install one distribution and try it; return what was seen, or raise `CheckFailedError`."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "environment", "bin", "python")
        make = [sys.executable, "-m", "venv", "--without-pip", str(python.parents[1])]
        subprocess.run(make, check=True)
        bench.install(python, distribution.name)
        work = Path(folder, "work")
        work.mkdir()
        seen = _readme(distribution, python, work, bench)
        if distribution.providers and bench.laws != "none":
            bench.install(python, KIT, "pytest-xdist", "pytest-timeout")
            seen += "".join(_kit(model, python, work, bench) for model in _models(distribution))
    return seen


def _readme(distribution: Distribution, python: Path, work: Path, bench: Bench) -> str:
    """Import a distribution alone, then execute its README beside what the README installs."""
    from .readme_run import Expected, execute, executed, installs

    [wheel] = bench.built.glob(f"{distribution.package}-*.whl")
    text = str(_metadata(wheel).get_payload(decode=True).decode())  # type: ignore[union-attr]
    expected = Expected(distribution.name, distribution.package, version_of(distribution))
    seen = execute(python, work, expected, [], bench.environment)
    steps = executed(text)
    beside = [name for name in installs(text, _own()) if name != distribution.name]
    if steps and beside:
        bench.install(python, *beside)
        seen += f", beside {', '.join(beside)}"
    return f"{seen}, {execute(python, work, expected, steps, bench.environment)}" if steps else seen


def _models(distribution: Distribution) -> list[str]:
    """The models that the kit declares for the providers of a distribution, one for each."""
    from chat_conformance.declared import DECLARED

    found = {each.model_id.partition(":")[0]: each.model_id for each in DECLARED}
    return [found[provider] for provider in distribution.providers if provider in found]


def _kit(model: str, python: Path, work: Path, bench: Bench) -> str:
    """Hold a model to the laws of the installed kit."""
    command = [str(python), "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]
    command += ["--timeout", "120", "--pyargs", "chat_conformance", "--chat-model", model]
    command += ["-k", bench.laws] if bench.laws else []
    inside = {n: v for n, v in os.environ.items() if not n.endswith("_API_KEY")}
    run = subprocess.run(
        command, cwd=work, env=inside, check=False, capture_output=True, text=True, timeout=SECONDS
    )
    if run.returncode:
        raise CheckFailedError(f"{model}\n{run.stdout}{run.stderr}")
    held = sum(
        int(number) for number in re.findall(r"(\d+) of \d+ laws that apply hold", run.stdout)
    )
    if not held:
        raise CheckFailedError(f"{model}: no law was run\n{run.stdout}")
    return f"; {model} holds {held} laws"


@contextmanager
def _servers(folder: Path) -> Iterator[dict[str, str]]:
    """Run the documentation's servers in this process; yields the environment of their users."""
    from chat_conformance.loopback import refuse_everything_but_loopback
    from page_server import environment, offline

    before = Path.cwd()
    refuse_everything_but_loopback()
    os.chdir(folder)  # the servers put a file of credentials into the working folder
    try:
        with offline():
            yield {
                **environment(),
                "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "key.json"),
            }
    finally:
        os.chdir(before)


def pip(*arguments: str) -> None:
    """Run the workspace's pip, which can also install into another environment."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    run = subprocess.run(command, check=False, env=OUTSIDE, capture_output=True, text=True)
    if run.returncode:
        raise CheckFailedError(f"pip {' '.join(arguments[:4])} …\n{run.stderr}")
