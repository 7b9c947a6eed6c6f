"""The picture: CPU per chunk of every contestant on every wire, as bars on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import log10

from measures import Row

_COLOURS = {
    "raw": "#9aa5b1",
    "ours": "#1f7a4d",
    "sdk": "#c07f1a",
    "langchain": "#7b5ea7",
    "pydantic_ai": "#b0413e",
}
_CASE = ", text, 8 a segment"
_LEFT, _WIDTH, _BAR, _GAP, _TOP = 150, 560, 14, 12, 50
_DECADES = 3.0  # 1 to 1,000 µs


def picture(rows: Sequence[Row]) -> str:
    """An SVG of the text streams, 8 events a segment."""
    found = [r for r in rows if r.measure == "stream" and r.case.endswith(_CASE)]
    bars = {
        (row.case.removesuffix(_CASE), row.entry): row.cost.middle
        for row in found
        if row.entry in _COLOURS
    }
    wires = list(dict.fromkeys(wire for wire, _ in bars))
    height = _TOP + len(bars) * _BAR + len(wires) * _GAP + 40
    body = "\n".join([*_grid(height), *_bars(bars, wires)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 90}" height="{height}"'
        ' font-family="sans-serif" font-size="11">\n'
        '<rect width="100%" height="100%" fill="white"/>\n'
        f'<text x="{_LEFT}" y="20" font-size="14">CPU per streamed chunk, µs (logarithmic)</text>\n'
        f"{body}\n</svg>\n"
    )


def _x(cost: float) -> float:
    return _LEFT + _WIDTH * max(0.0, min(1.0, log10(max(cost, 1.0)) / _DECADES))


def _grid(height: int) -> Iterator[str]:
    for cost in (1, 10, 100, 1000):
        x = _x(cost)
        yield f'<line x1="{x:.0f}" y1="{_TOP - 8}" x2="{x:.0f}" y2="{height - 30}" stroke="#ddd"/>'
        yield f'<text x="{x:.0f}" y="{_TOP - 12}" text-anchor="middle">{cost}</text>'
    for number, (name, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + number * 110
        yield f'<rect x="{x}" y="{height - 22}" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 14}" y="{height - 13}">{escape(name)}</text>'


def _bars(bars: dict[tuple[str, str], float], wires: Sequence[str]) -> Iterator[str]:
    y = _TOP
    for wire in wires:
        yield f'<text x="{_LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(wire)}</text>'
        for entry, colour in _COLOURS.items():
            cost = bars.get((wire, entry))
            if cost is None:
                continue
            width = _x(cost) - _LEFT
            yield (
                f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 2}"'
                f' fill="{colour}"/>'
            )
            yield f'<text x="{_LEFT + width + 4:.1f}" y="{y + 10}">{cost:.3g}</text>'
            y += _BAR
        y += _GAP
