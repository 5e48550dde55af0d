"""The charts of an inspection: ordinary rows as a solid line, fraud as a dashed one, labelled."""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from proeftuin.inspection.pictures import AMOUNT_EDGES, DELAY_DAYS, Pictures
from proeftuin.report.charts import RC, Drawing, as_svg
from proeftuin.report.palette import FEDERATED, INK, MUTED, OWN, POOLED, RULE, SIGNAL

WIDTH, HEIGHT = 4.4, 2.5  # inches
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Line style and colour by form: four colours for seven forms, so line styles differ as well.
LOOKS = [
    (colour, dash)
    for dash in ("-", (0, (4, 1.5)), (0, (1, 1)))
    for colour in (FEDERATED, POOLED, SIGNAL, OWN)
]


def drawings(shown: Pictures) -> list[Drawing]:
    """Return the charts of a world, without those that have no data."""
    made = [
        _amounts(shown),
        _two("hours", "Payments by hour of the day", "hour", shown.hours, range(24)),
        _two("weekdays", "Payments by weekday", "", shown.weekdays, WEEKDAYS),
        _degree(shown),
        _delays(shown),
        _coverage(shown),
        _balances(shown),
    ]
    return [each for each in made if each is not None]


def _logarithmic(axes: Axes, *, y: bool = False) -> None:
    """Make an axis logarithmic, with plain numbers instead of powers of ten."""
    axis = axes.yaxis if y else axes.xaxis
    (axes.set_yscale if y else axes.set_xscale)("log")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def _axes(x: str, y: str, *, height: float = HEIGHT, left: float = 0.15) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((left, 0.42 / height, 0.97 - left, 1 - 0.5 / height))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(RULE)
    axes.set_xlabel(x, color=MUTED, fontsize=8, loc="left")
    axes.set_ylabel(y, color=MUTED, fontsize=8, loc="top")
    axes.tick_params(labelcolor=MUTED, color=RULE, labelsize=8)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    return figure, axes


def _finished(figure: Figure, key: str, heading: str, description: str) -> Drawing:
    return Drawing(heading, as_svg(figure, key=key, label=heading, description=description))


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=8, labelcolor=INK, handlelength=2.6)


def _amounts(shown: Pictures) -> Drawing:
    with mpl.rc_context(RC):
        figure, axes = _axes("EUR, on a logarithmic scale", "share of the payments")
        for share, name, colour, dash in _pair(shown.amounts):
            axes.stairs(share, AMOUNT_EDGES, color=colour, linestyle=dash, label=name)
        _logarithmic(axes)
        _legend(axes)
        peaks = [
            f"{name}: most often around EUR {AMOUNT_EDGES[int(np.argmax(share))]:,.0f}"
            for share, name, _, _ in _pair(shown.amounts)
        ]
        return _finished(figure, "amounts", "Amounts of payments", "; ".join(peaks))


def _pair(both: tuple[Any, Any]) -> list[tuple[Any, str, str, Any]]:
    return [(both[0], "ordinary", OWN, "-"), (both[1], "fraud", POOLED, (0, (3, 1.6)))]


def _two(key: str, heading: str, axis: str, both: tuple[Any, Any], ticks: Any) -> Drawing:
    with mpl.rc_context(RC):
        figure, axes = _axes(axis, "share of the payments")
        place = np.arange(len(both[0]))
        for share, name, colour, dash in _pair(both):
            axes.plot(place, share, color=colour, linestyle=dash, marker="o", ms=3, label=name)
        labels = [str(tick) for tick in ticks]
        step = 3 if len(labels) > 12 else 1
        axes.set_xticks(place[::step], labels[::step])
        axes.set_ylim(bottom=0)
        _legend(axes)
        peaks = "; ".join(
            f"{name}: highest at {labels[int(np.argmax(share))]}"
            for share, name, _, _ in _pair(both)
        )
        return _finished(figure, key, heading, peaks)


def _degree(shown: Pictures) -> Drawing:
    steps, share = shown.degree
    with mpl.rc_context(RC):
        figure, axes = _axes("counterparties (logarithmic)", "share with at least so many")
        axes.plot(steps, share, color=OWN, drawstyle="steps-post")
        _logarithmic(axes)
        _logarithmic(axes, y=True)
        most = f"the busiest account has {int(steps[-1])} counterparties" if len(steps) else "none"
        return _finished(figure, "degree", "Counterparties of accounts", most)


def _delays(shown: Pictures) -> Drawing | None:
    if not shown.delays:
        return None
    with mpl.rc_context(RC):
        figure, axes = _axes("days since the last trace", "share of the reports that arrived")
        within = []
        for (form, share), (colour, dash) in zip(shown.delays.items(), LOOKS, strict=False):
            name = form.replace("_", " ")
            axes.plot(np.maximum(DELAY_DAYS, 0.1), share, color=colour, linestyle=dash, label=name)
            within.append(f"{name}: {share[6]:.0%} within a week")
        _logarithmic(axes)
        axes.set_ylim(0, 1.02)
        _legend(axes)
        return _finished(figure, "delays", "How late reports are", "; ".join(within))


def _coverage(shown: Pictures) -> Drawing | None:
    if not shown.coverage:
        return None
    names = sorted(shown.coverage, key=lambda name: shown.coverage[name])
    shares = [shown.coverage[name] for name in names]
    with mpl.rc_context(RC):
        height = 0.7 + 0.2 * len(names)
        figure, axes = _axes("share of all fraud cases", "", height=height, left=0.3)
        axes.barh(range(len(names)), shares, color=FEDERATED, height=0.6)
        axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
        for place, share in enumerate(shares):
            axes.annotate(f"{share:.1%}", (share, place), xytext=(3, 0), va="center",
                          textcoords="offset points", fontsize=8, color=INK)  # fmt: skip
        axes.margins(x=0.15)
        text = "; ".join(f"{name}: {shown.coverage[name]:.1%}" for name in reversed(names))
        return _finished(figure, "coverage", "Fraud cases that each partner has a report of", text)


def _balances(shown: Pictures) -> Drawing | None:
    rows = shown.balances
    if rows.empty:
        return None
    with mpl.rc_context(RC):
        figure, axes = _axes("day of the statement", "EUR million")
        for name, colour, dash in (("in_eur", FEDERATED, "-"), ("out_eur", POOLED, (0, (3, 1.6)))):
            axes.plot(rows.index, rows[name] / 1e6, color=colour, linestyle=dash, marker="o", ms=3,
                      label={"in_eur": "in", "out_eur": "out"}[name])  # fmt: skip
        axes.plot(rows.index, rows["balance_eur"] / 1e6, color=OWN, marker="s", ms=3,
                  label="balance at the end")  # fmt: skip
        axes.set_ylim(bottom=0)
        _legend(axes)
        error = float(rows["error"].abs().max())
        text = f"opening and in less out differs from the balance by at most EUR {error:.2f}"
        return _finished(figure, "balances", "Balances of all accounts together", text)
