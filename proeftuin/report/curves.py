"""Charts of curves: over training rounds, over alerts a day, over privacy budgets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from proeftuin.report.charts import RC, as_svg, dash, dot, frame, limits
from proeftuin.report.palette import MUTED, RULE, Style
from proeftuin.report.words import Words


@dataclass(frozen=True)
class Curve:
    """Mean over worlds with its interval, by training round, alerts a day or privacy budget."""

    places: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    style: Style


@dataclass(frozen=True)
class Level:
    """A horizontal line across a chart: a value that does not depend on the horizontal axis."""

    label: str
    value: float
    style: Style


def curve(
    line: Curve, *, key: str, label: str, axis: str, bounds: tuple[float, float], words: Words
) -> Markup:
    """Draw one learning curve with its band and a mark at the lowest point."""
    colour = line.style.colour
    lowest = min(range(len(line.mean)), key=line.mean.__getitem__)
    with mpl.rc_context(RC):
        figure, axes = frame(1.3, axis, words, left=0.12)
        axes.set_ylim(*bounds)
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: words.plain(round(y, 10))))
        axes.tick_params(axis="y", labelcolor=MUTED, labelsize=8, length=0)
        axes.grid(axis="y", color=RULE, linewidth=0.6)
        axes.fill_between(line.places, line.low, line.high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(line.places, line.mean, color=colour, linestyle=dash(line.style))
        dot(axes, line.places[lowest], line.mean[lowest], line.style)
        description = "; ".join(
            f"{words.plain(step)}: {words.significant(loss)}"
            for step, loss in zip(line.places, line.mean, strict=True)
        )
        return as_svg(figure, key=key, label=label, description=f"{axis}: {description}")


def over_alerts(
    line: Curve, reference: Curve | None, *, key: str, label: str, axis: str, words: Words
) -> Markup:
    """Draw what is found, in percent, over alerts a day on a logarithmic axis.

    Args:
        line: mean and interval by number of alerts.
        reference: of the baseline, thin and grey; None for the baseline itself.
        key: prefix of the ids in the SVG, unique within the page.
        label: what the chart shows, for readers who cannot see it.
        axis: label of the horizontal axis.
        words: texts and number formats.
    """
    with mpl.rc_context(RC):
        figure, axes = frame(1.3, axis, words, left=0.12)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: words.plain(round(x, 10))))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(0, 100)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{words.plain(round(y))}%"))
        axes.tick_params(axis="y", labelcolor=MUTED, labelsize=8, length=0)
        axes.grid(axis="y", color=RULE, linewidth=0.6)
        colour = line.style.colour
        if reference is not None:
            axes.plot(reference.places, reference.mean, color=MUTED, linewidth=1)
        axes.fill_between(line.places, line.low, line.high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(line.places, line.mean, color=colour, linestyle=dash(line.style))
        for place, mean in zip(line.places, line.mean, strict=True):
            dot(axes, place, mean, line.style)
        described = "; ".join(
            f"{words.number(place, 0)}: {words.number(mean, 0)}%"
            for place, mean in zip(line.places, line.mean, strict=True)
        )
        return as_svg(figure, key=key, label=label, description=f"{axis}: {described}")


def over_budgets(
    line: Curve, levels: Sequence[Level], *, key: str, label: str, axis: str, words: Words
) -> Markup:
    """Draw a curve over privacy budgets on a base-2 logarithmic axis, with reference lines.

    Args:
        line: mean and interval by budget.
        levels: reference lines, labelled on the right without overlap.
        key: prefix of the ids in the SVG, unique within the page.
        label: what the chart shows, for readers who cannot see it.
        axis: label of the horizontal axis.
        words: texts and number formats.
    """
    with mpl.rc_context(RC):
        figure, axes = frame(1.7, axis, words, left=0.12, right=0.32)
        axes.set_xscale("log", base=2)
        axes.set_xticks(list(line.places))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: words.plain(round(x, 10))))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.tick_params(axis="x", labelsize=7)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: words.plain(round(y, 10))))
        axes.tick_params(axis="y", labelcolor=MUTED, labelsize=8, length=0)
        ends = [*line.low, *line.high, *line.mean, *(level.value for level in levels)]
        bottom, top = limits(ends)
        axes.set_ylim(bottom, top)
        errors = [
            [abs(mean - end) for mean, end in zip(line.mean, part, strict=True)]
            for part in (line.low, line.high)
        ]
        colour = line.style.colour
        axes.errorbar(line.places, line.mean, errors, color=colour, elinewidth=1.5, linewidth=1)
        for place, mean in zip(line.places, line.mean, strict=True):
            dot(axes, place, mean, line.style)
        room = 0.1 * (top - bottom)
        height = -math.inf
        for level in sorted(levels, key=lambda level: level.value):
            height = max(level.value, height + room)
            look = level.style
            axes.axhline(level.value, color=look.colour, linewidth=1, linestyle=dash(look))
            axes.annotate(
                level.label, (1.02, height), xycoords=axes.get_yaxis_transform(),
                color=look.colour, fontsize=8, va="center", annotation_clip=False,
            )  # fmt: skip
        described = [
            *(f"ε {words.plain(place)}: {words.significant(mean)}"
              for place, mean in zip(line.places, line.mean, strict=True)),
            *(f"{level.label}: {words.significant(level.value)}" for level in levels),
        ]  # fmt: skip
        return as_svg(figure, key=key, label=label, description="; ".join(described))
