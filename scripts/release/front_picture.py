"""Draws `docs/terminal.svg`: a terminal in which the front page's program streams, from a real run.

The program is the first Python block of the root README. It runs in a pseudo-terminal, once as it
stands and once with each of `OTHERS` in the place of its model id, against the servers of the
documentation; what it prints is drawn at the time at which it arrived. The picture needs no script,
no font from elsewhere and no animation to be read: without one it shows the whole text.
"""

from __future__ import annotations

import codecs
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from workspace import ROOT

PICTURE = ROOT / "docs" / "terminal.svg"
OTHERS = ("anthropic:claude-haiku-4-5", "google-genai:gemini-2.5-flash")
PAUSE = 0.06
"""Seconds between two chunks of the servers: what a model with some 40 tokens a second takes."""
_BETWEEN = 0.8
_TYPED = 0.02
_ID = re.compile(r'(?<=get_chat_model\(")[^"]+')
_WIDTH, _HEIGHT, _LEFT, _TOP = 8.4, 20, 18, 52
"""Of a letter, of a line, and where the first letter stands."""


@dataclass(frozen=True)
class Piece:
    """Text that appeared at once: `seconds` from the beginning of the picture."""

    seconds: float
    text: str
    is_typed: bool = False


def program() -> str:
    """The program of the front page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError("the root README has no Python block")
    return found[1]


def record() -> list[Piece]:
    """Run the program once for each model; return what appeared, and when."""
    from chat_conformance.script import Delivery, Reply
    from page_server import SERVER_VARIABLE, VERSE, environment, offline

    source = program()
    own = _ID.findall(source)[0]
    pieces: list[Piece] = []
    clock = 0.3
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        song = Path(folder, "song.py")
        with offline() as server:
            inside = {**environment(), SERVER_VARIABLE: server.url}
            for model in (own, *OTHERS):
                song.write_text(_ID.sub(model, source))
                server.script(Delivery(Reply(VERSE, piece=7), pause=PAUSE))
                typed = "python song.py"
                if model != own:
                    typed = f"sed -i 's/{own}/{model}/' song.py; {typed}"
                    own = model
                pieces.append(Piece(clock, "$ "))
                for number, letter in enumerate(typed):
                    pieces.append(Piece(clock + _BETWEEN / 2 + number * _TYPED, letter, True))
                clock = pieces[-1].seconds + 0.2
                pieces.append(Piece(clock, "\n"))
                for seconds, text in _run(song, inside):
                    pieces.append(Piece(clock + seconds, text))
                clock = pieces[-1].seconds + _BETWEEN
        os.chdir(ROOT)
    return [*pieces, Piece(clock, "$ ")]


def _run(song: Path, environment: dict[str, str]) -> Iterator[tuple[float, str]]:
    """What a program writes to its terminal, with the seconds since its first output."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(song)], env=environment, stdout=follower, stderr=follower
    )
    os.close(follower)
    text = codecs.getincrementaldecoder("utf-8")()
    began = 0.0
    try:
        while True:
            try:
                data = os.read(leader, 4096)
            except OSError:  # Linux reports the end of a pseudo-terminal as an error
                break
            if not data:
                break
            began = began or time.monotonic()
            yield time.monotonic() - began, text.decode(data).replace("\r\n", "\n")
    finally:
        os.close(leader)
    if process.wait():
        raise RuntimeError(f"the program of the front page ended with {process.returncode}")


def drawn(pieces: list[Piece]) -> str:
    """The picture of what appeared."""
    texts: list[str] = []
    row = column = columns = 0
    for piece in pieces:
        for part in re.findall(r"\n|[^\n]+", piece.text):
            if part == "\n":
                row, column = row + 1, 0
                continue
            texts.append(_text(piece, part, row, column))
            column += len(part)
            columns = max(columns, column)
    width = int(_LEFT * 2 + columns * _WIDTH)
    height = _TOP + (row + 1) * _HEIGHT
    return _FRAME.format(width=width, height=height, texts="\n".join(texts))


def _text(piece: Piece, part: str, row: int, column: int) -> str:
    x, y = _LEFT + column * _WIDTH, _TOP + row * _HEIGHT
    length = len(part) * _WIDTH
    kind = ' class="t"' if piece.is_typed or part == "$ " else ""
    return (
        f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}"{kind}'
        f' style="animation-delay:{piece.seconds:.2f}s">{escape(part)}</text>'
    )


_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" role="img" \
aria-label="A terminal: one program streams from three vendors, one after the other.">
<style>
text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
fill: #d6deeb; white-space: pre; animation: appear 0.01s step-end backwards; }}
.t {{ fill: #7fdbca; }}
@keyframes appear {{ from {{ opacity: 0; }} }}
@media (prefers-reduced-motion: reduce) {{ text {{ animation: none; }} }}
</style>
<rect width="100%" height="100%" rx="8" fill="#10182b"/>
<circle cx="20" cy="18" r="5" fill="#e5707a"/>
<circle cx="38" cy="18" r="5" fill="#e0b35c"/>
<circle cx="56" cy="18" r="5" fill="#77bd7c"/>
{texts}
</svg>
"""


def draw() -> Path:
    """Run, draw, write the picture; return its path."""
    PICTURE.write_text(drawn(record()), encoding="utf-8")
    return PICTURE
