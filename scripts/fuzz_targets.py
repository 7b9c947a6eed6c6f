"""One target of ``fuzz.py``, in a process of its own: a property, its seeds, and the fuzzer.

libFuzzer takes over the process and ends it. A property raises if it does not hold; the input is
then written to a file. Atheris instruments what is imported in its block, so everything of ours is
imported inside functions here.
"""

from __future__ import annotations

import importlib
import json
import sys
from binascii import crc32
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from workspace import distributions

if TYPE_CHECKING:
    from chat_conformance.frame_formats import FrameFormat

atheris: Any = importlib.import_module("atheris")  # not everywhere, so not for mypy

LONGEST = 8192
"""Bytes of the longest input."""
RECORDED = 200
"""How many recordings of a provider are seeds, where there are recordings."""

EVENTS = (
    b"\xef\xbb\xbf: hi\n\nevent: ping\ndata: {}\n\ndata: one\ndata:two\nid: 7\nretry: 1\n\n"
    b"event: only a name\n\ndata\n\n\ndata: [DONE]"
)


class Target(NamedTuple):
    """A law about any bytes, sound bytes to start from, and the format of JSON objects in them."""

    law: Callable[[bytes], None]
    seeds: Iterable[bytes]
    form: FrameFormat | None


def prepare(name: str) -> Target:
    """The target of this name: ``sse``, ``partial-json``, or a class in ``DECLARED``."""
    from chat_conformance import fuzz
    from chat_conformance.declared import DECLARED
    from chat_conformance.frame_formats import ServerSentEvents

    subjects = {subject.__name__: subject for subject in DECLARED}
    found = fuzz.specimens(subjects.get(name, DECLARED[0]))
    if name == "sse":
        seeds = [EVENTS.replace(b"\n", line_end) for line_end in (b"\n", b"\r\n", b"\r")]
        return Target(sse, [*seeds, *found.corpus()], form=None)
    if name == "partial-json":
        return Target(partial_json, map(_encoded, found.replies), ServerSentEvents())

    def law(data: bytes) -> None:
        fuzz.survive_any_cut(found.decoder, fuzz.cut(data, _chance(data)))
        fuzz.survive(found.decoder(), data, stream=False)

    provider = subjects[name].model_id.partition(":")[0]
    return Target(law, [*found.corpus(), *_recorded(provider)], found.simulator.format)


def sse(data: bytes) -> None:
    """The same frames come of the whole and of its pieces."""
    from chat_conformance.fuzz import cut
    from chat_core.wire.sse import SSEParser

    def frames(pieces: list[bytes]) -> list[Any]:
        parser = SSEParser()
        found = [frame for piece in pieces for frame in parser.feed(piece)]
        return [*found, *parser.finish()]

    assert frames(cut(data, _chance(data))) == frames([data])


def partial_json(data: bytes) -> None:
    """The whole and its pieces give one value, which is ``json``'s, or are both refused."""
    from chat_conformance.fuzz import cut

    text = data.decode("utf-8", "replace")
    whole = _read([text])
    assert _read(cut(text, _chance(data))) == whole
    try:
        expected = repr(json.loads(text, strict=False, parse_constant=_refuse))
    except RecursionError:
        return
    except ValueError:
        expected = "refused"
    assert whole == expected


def _read(pieces: list[str]) -> str:
    """The value as text, because NaN does not equal itself."""
    from chat_core.provider import PartialJSON

    reader = PartialJSON()
    try:
        for piece in pieces:
            reader.feed(piece)
            reader.value()
        return repr(reader.finish())
    except ValueError:
        return "refused"


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _chance(data: bytes) -> Random:
    """Chance that only the input decides on, so that what it did can be had again."""
    return Random(crc32(data))


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def _recorded(provider: str) -> Iterator[bytes]:
    from chat_conformance import recordings

    fitting = (each.body for each in recordings.load(provider) if 0 < len(each.body) <= LONGEST)
    return islice(fitting, RECORDED)


def main() -> None:
    name, folder, *options = sys.argv[1:]
    packages = [each.package for each in distributions() if each.name != "chat-conformance"]
    with atheris.instrument_imports(include=packages):
        from chat_conformance.fuzz import damage_bytes
        from chat_conformance.loopback import refuse_everything_but_loopback

        refuse_everything_but_loopback()
        target = prepare(name)
        for number, seed in enumerate(target.seeds):
            (Path(folder) / f"seed-{number:04}").write_bytes(seed)
            target.law(seed)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        """Half of the time an object is damaged, so that most inputs are still JSON."""
        if seed % 2:
            return damage_bytes(data, Random(seed), target.form)[:longest]
        mutated: bytes = atheris.Mutate(data, longest)
        return mutated

    given = {"custom_mutator": mutate} if target.form else {}
    atheris.Setup([sys.argv[0], *options, f"-max_len={LONGEST}", folder], target.law, **given)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
