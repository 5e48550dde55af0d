"""Charts as inline SVG: small multiples in one style, labelled in place.

Matplotlib draws them without pyplot, with fixed hashes and no date, so that the same run gives the
same bytes. Text stays text and takes the page's font. Every chart is as wide as a phone, so the
page can put charts in columns or below each other without shrinking the letters.
"""

import io
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from proeftuin.report.escaping import without_control
from proeftuin.report.palette import INK, MUTED, PAPER, RULE, Style
from proeftuin.report.words import Words

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "proeftuin",
    "text.parse_math": False,
    "text.usetex": False,
    "font.size": 9.0,
}
#: Inches: width of a chart, room below and above the rows, height of a row and of a note in it.
WIDTH, BELOW, ABOVE, ROW, NOTE = 3.1, 0.42, 0.14, 0.4, 0.15
#: Characters that fit in one line above an interval (label and number together), and below it.
CHARACTERS, SMALL_CHARACTERS = 44, 52


@dataclass(frozen=True)
class Mark:
    """One row of a dot chart.

    Attributes:
        label: what the row is about, above the line.
        text: the number in words, above the line on the right.
        value, low, high: dot and interval; NaN is left out.
        style: colour and marker.
        note: a remark below the line, or empty.
        reference: value of the baseline, drawn as a small upright line; NaN is left out.
        bar: whether a bar runs from 0 to the value.
    """

    label: str
    text: str
    value: float
    low: float
    high: float
    style: Style
    note: str = ""
    reference: float = math.nan
    bar: bool = False


@dataclass(frozen=True)
class Drawing:
    """An SVG and the heading above it."""

    heading: str
    svg: Markup


def limits(values: Sequence[float]) -> tuple[float, float]:
    """Return axis limits around 0 and all finite values, wider at ends with values."""
    finite = [0.0, *(value for value in values if math.isfinite(value))]
    low, high = min(finite), max(finite)
    room = 0.06 * (high - low) or 1.0
    return low - (room if low < 0 else room / 3), high + (room if high > 0 else room / 3)


def extent(marks: Sequence[Mark]) -> tuple[float, float]:
    """Return common limits for charts that are compared."""
    ends = [(mark.value, mark.low, mark.high, mark.reference) for mark in marks]
    return limits([end for row in ends for end in row])


def note_lines(marks: Sequence[Mark]) -> int:
    """Return the number of lines of the longest note."""
    return max((len(_wrapped(mark.note)) for mark in marks), default=0)


def dots(
    marks: Sequence[Mark],
    *,
    key: str,
    label: str,
    axis: str,
    zero: str,
    bounds: tuple[float, float],
    words: Words,
    notes: int = 0,
) -> Markup:
    """Draw rows of dots with their intervals.

    Args:
        marks: rows, top first.
        key: prefix of the ids in the SVG, unique within the page.
        label: what the chart shows, for readers who cannot see it.
        axis: label of the horizontal axis.
        zero: words beside the line at 0, or empty for no line.
        bounds: horizontal limits, shared by charts that are compared.
        words: texts and number formats.
        notes: lines below each row to leave room for; see :func:`note_lines`.
    """
    row = ROW + NOTE * notes
    with mpl.rc_context(RC):
        figure, axes = frame(len(marks) * row, axis, words)
        axes.set_xlim(*bounds)
        axes.set_ylim(len(marks) * row, 0)
        axes.set_yticks([])
        axes.grid(axis="x", color=RULE, linewidth=0.6)
        if zero:
            _zero_line(axes, bounds, zero)
        for number, mark in enumerate(marks):
            _row(axes, mark, number * row)
        return as_svg(figure, key=key, label=label, description=_described(marks))


def frame(
    height: float, label: str, words: Words, *, left: float = 0.01, right: float = 0.02
) -> tuple[Figure, Axes]:
    """Return a figure with one plain horizontal axis and ``height`` inches of room above it."""
    whole = ABOVE + height + BELOW
    figure = Figure(figsize=(WIDTH, whole))
    axes = figure.add_axes((left, BELOW / whole, 1 - right - left, height / whole))
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: words.plain(round(x, 10))))
    axes.tick_params(axis="x", labelcolor=MUTED, color=RULE, labelsize=8)
    axes.set_xlabel(label, color=MUTED, fontsize=8, loc="left")
    return figure, axes


def _zero_line(axes: Axes, bounds: tuple[float, float], text: str) -> None:
    axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
    right = -bounds[0] > 0.7 * (bounds[1] - bounds[0])
    axes.annotate(
        text,
        (0, 0),
        xytext=(-3 if right else 3, 2),
        textcoords="offset points",
        ha="right" if right else "left",
        color=MUTED,
        fontsize=8,
    )


def _row(axes: Axes, mark: Mark, top: float) -> None:
    """Draw one row: label and number, below them interval and dot, below those the note."""
    edge, line = axes.get_yaxis_transform(), top + 0.27
    room = max(12, CHARACTERS - len(mark.text))
    paper = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
    for x, y, text, colour, side in (
        (0, top + 0.12, _fitted(mark.label, room), INK, "left"),
        (1, top + 0.12, mark.text, INK, "right"),
        *(
            (0, top + ROW + 0.03 + NOTE * number, note, MUTED, "left")
            for number, note in enumerate(_wrapped(mark.note))
        ),
    ):
        if text:
            size = 9 if colour == INK else 8
            axes.text(
                x,
                y,
                text,
                transform=edge,
                color=colour,
                va="center",
                ha=side,
                fontsize=size,
                bbox=paper,
            )
    if mark.bar and math.isfinite(mark.value):
        axes.barh(line, mark.value, height=0.13, color=mark.style.colour, alpha=0.3, linewidth=0)
    if math.isfinite(mark.reference):
        axes.plot([mark.reference] * 2, [line - 0.07, line + 0.07], color=MUTED, linewidth=1.6)
    if math.isfinite(mark.low) and math.isfinite(mark.high):
        axes.plot(
            [mark.low, mark.high],
            [line, line],
            color=mark.style.colour,
            linewidth=2,
            linestyle=dash(mark.style),
            solid_capstyle="butt",
        )
    if math.isfinite(mark.value):
        dot(axes, mark.value, line, mark.style)


def _fitted(label: str, room: int) -> str:
    """Shorten a label in the middle, because similar names often differ at the end."""
    half = (room - 1) // 2
    return label if len(label) <= room else f"{label[:half].rstrip()}…{label[-half:].lstrip()}"


def _wrapped(note: str) -> list[str]:
    return textwrap.wrap(note, SMALL_CHARACTERS)


def dash(look: Style) -> str | tuple[int, tuple[float, float]]:
    """Return the pattern of a line: dashed under noise."""
    return (0, (3, 1.6)) if look.dashed else "-"


def dot(axes: Axes, x: float, y: float, look: Style) -> None:
    """Draw a point in its colour and marker."""
    axes.plot(
        [x],
        [y],
        marker=look.marker,
        markersize=6.5,
        markeredgecolor=look.colour,
        markerfacecolor=PAPER if look.dashed else look.colour,
        markeredgewidth=1.5,
        clip_on=False,
        zorder=3,
    )


def _described(marks: Sequence[Mark]) -> str:
    """Return every row in words, for readers who cannot see the chart."""
    return "; ".join(
        f"{mark.label}: {mark.text}" + (f" ({mark.note})" if mark.note else "") for mark in marks
    )


def as_svg(figure: Figure, *, key: str, label: str, description: str) -> Markup:
    """Return a figure as a scalable SVG element that a screen reader announces."""
    for text in figure.findobj(Text):
        text.set_text(without_control(text.get_text()))
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(drawn.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    _own_ids(root, key)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {
        "class": "chart",
        "role": "img",
        "aria-label": label,
        "aria-describedby": f"{key}-description",
    }
    element = ElementTree.Element(f"{{{SVG}}}desc", {"id": f"{key}-description"})
    element.text = description
    root.insert(0, element)
    return Markup(without_control(ElementTree.tostring(root, encoding="unicode")))


def _own_ids(root: ElementTree.Element, key: str) -> None:
    """Drop unreferenced ids and prefix the others, so that every id is unique in a page."""
    text = ElementTree.tostring(root, encoding="unicode")
    used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", text))
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in used:
            element.set("id", f"{key}-{name}")
        for attribute, value in element.attrib.items():
            if attribute == f"{{{XLINK}}}href" or "url(#" in value:
                element.set(attribute, value.replace("#", f"#{key}-"))
