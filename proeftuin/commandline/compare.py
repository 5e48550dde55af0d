"""Two runs side by side: which outcomes differ, and what can explain it.

What differs is told by the fingerprints in the manifests, which cover settings, source, versions
and a stored world; settings and versions are then named one by one. Runs that agree in the
fingerprint of what makes the worlds are compared world by world, others as two samples.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from proeftuin.commandline.listing import table
from proeftuin.metrics import ALL, METRICS
from proeftuin.outcomes.intervals import FEWEST_WORLDS, difference_interval, interval
from proeftuin.report.folder import RunFolder, read_run_folder
from proeftuin.study.record import INCIDENTAL

SHOWN = (
    "stopped_share",
    "victims_spared_share",
    "recall_at_budget",
    "false_alarms_per_10k",
    "persons_disclosed",
    "epsilon",
)
CONFIDENCE = 0.95
#: Parts of a fingerprint in which nothing can be named one by one.
PARTS = {"source": "the source of the program", "stored_world": "what the stored world holds"}
UNRECORDED = "something that these folders do not record"


class Difference(NamedTuple):
    """One thing in which two runs differ: a setting, a version, the source, a stored world."""

    what: str
    a: str
    b: str


def compare(first: Path, second: Path) -> str:
    """Return the comparison of two run folders as text.

    Args:
        first: run folder A.
        second: run folder B.

    Raises:
        RunFolderError: one of them is not a finished run.
    """
    a, b = read_run_folder(first), read_run_folder(second)
    found = [*_differences(_settings(a), _settings(b)), *_of_program(a, b)]
    found += _unrecorded(a, b, found)
    paired = _same_worlds(a, b)
    rows = _rows(a.outcomes, b.outcomes, paired=paired)
    lines = [f"A  {first}", f"B  {second}", "", "what differs"]
    lines += [f"  {each.what}: A {each.a}, B {each.b}" for each in found] or ["  nothing"]
    if rows:
        header = ("arm", "outcome", "A", "B", "B - A", "worlds")
        lines += ["", table(header, rows, words=2), _basis(a, b, paired)]
    else:
        lines += ["", "no arm is in both runs, so no outcome can be compared"]
    for name, one, other in (("A", a, b), ("B", b, a)):
        only = sorted({*one.outcomes["arm"]} - {*other.outcomes["arm"]})
        lines += [f"only in {name}: {', '.join(only)}"] if only else []
    return "\n".join([*lines, "", _explained(found, rows, paired)])


def _settings(run: RunFolder) -> dict[str, Any]:
    """Return the settings that matter; what a stored world holds is told by its fingerprint."""
    settings = {key: value for key, value in run.config.items() if key not in INCIDENTAL}
    world = settings["world"]
    if "stored" not in world:
        return settings
    market = {"absent": world["market"]["absent"]}
    return settings | {"world": {"name": world["name"], "market": market}, "scenario": {}}


def _differences(one: Any, other: Any, prefix: str = "") -> list[Difference]:
    """Return every setting that differs, absent as a dash; the order of keys counts as well."""
    found = []
    for key in dict.fromkeys([*one, *other]):
        a, b, name = one.get(key), other.get(key), f"{prefix}{key}"
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differences(a, b, f"{name}.")
        elif a != b:
            found.append(Difference(name, _shown(key in one, a), _shown(key in other, b)))
    if one.keys() == other.keys() and [*one] != [*other]:
        where = f"order of {prefix.removesuffix('.') or 'the settings'}"
        found.append(Difference(where, _shown(True, one), _shown(True, other)))
    return found


def _shown(there: bool, value: Any) -> str:
    if not there:
        return "-"
    return f"{{{', '.join(value)}}}" if isinstance(value, dict) else str(value)


def _of_program(a: RunFolder, b: RunFolder) -> list[Difference]:
    """Return differences in versions, source and the contents of a stored world."""
    one, other = (
        {**run.manifest.get("versions", {}), "python": run.manifest.get("python")} for run in (a, b)
    )
    found = [
        Difference(f"version of {name}", str(one.get(name)), str(other.get(name)))
        for name in one | other
        if one.get(name) != other.get(name)
    ]
    marks = [run.manifest.get("fingerprints", {}) for run in (a, b)]
    for part, words in PARTS.items() if all(marks) else ():
        if marks[0][part] != marks[1][part]:
            ends = (str(mark[part])[:12] for mark in marks)
            found.append(Difference(words, *ends))
    return found


def _unrecorded(a: RunFolder, b: RunFolder, found: list[Difference]) -> list[Difference]:
    """Return that the fingerprints differ where the folders cannot tell in what."""
    told = found and all("fingerprints" in run.manifest for run in (a, b))
    if told or _same_fingerprint(a, b):
        return []
    ends = (f"fingerprint {str(run.manifest.get('fingerprint'))[:12]}" for run in (a, b))
    return [Difference(UNRECORDED, *ends)]


def _same_fingerprint(a: RunFolder, b: RunFolder) -> bool:
    one, other = (run.manifest.get("fingerprint") for run in (a, b))
    return one is not None and one == other


def _same_worlds(a: RunFolder, b: RunFolder) -> bool:
    one, other = (run.manifest.get("fingerprints", {}).get("worlds") for run in (a, b))
    return _same_fingerprint(a, b) or (one is not None and one == other)


def _rows(a: pd.DataFrame, b: pd.DataFrame, *, paired: bool) -> list[tuple[str, ...]]:
    rows = []
    for arm in [arm for arm in a["arm"].unique() if arm in set(b["arm"])]:
        for metric in SHOWN:
            one, other = (_values(outcomes, arm, metric) for outcomes in (a, b))
            if one.empty and other.empty:
                continue
            both = one.index.intersection(other.index)
            if paired and len(both):
                one, other = one[both], other[both]
            scale = 100 if METRICS[metric].unit == "share" else 1
            name = f"{metric}, %" if scale == 100 else metric
            cells = (_number(values.mean() * scale) for values in (one, other))
            together = paired and len(both)
            worlds = str(len(both)) if together else f"{len(one)} and {len(other)}"
            gain = _difference(one * scale, other * scale, paired)
            rows.append((arm, name, *cells, gain, worlds))
    return rows


def _values(outcomes: pd.DataFrame, arm: str, metric: str) -> pd.Series:
    """Return an outcome by world, without worlds in which it is not defined."""
    rows = outcomes[
        (outcomes["arm"] == arm) & (outcomes["metric"] == metric) & (outcomes["partner"] == ALL)
    ]
    if ALL in set(rows["fraud_form"]):
        rows = rows[rows["fraud_form"] == ALL]
    return rows.set_index("seed")["value"].astype(float).dropna()


def _difference(a: pd.Series, b: pd.Series, paired: bool) -> str:
    """Return the mean difference with its interval: of pairs, or of two samples.

    That of two samples follows from the intervals of both means (Zou and Donner 2008, Stat. Med.
    27:1693).
    """
    if paired:
        gain = (b - a).dropna()
        mean, (low, high) = gain.mean(), difference_interval(gain.to_numpy(), CONFIDENCE)
    else:
        mean = b.mean() - a.mean()
        (low_a, high_a), (low_b, high_b) = (
            interval(each.to_numpy(), CONFIDENCE) for each in (a, b)
        )
        low = mean - np.hypot(b.mean() - low_b, high_a - a.mean())
        high = mean + np.hypot(high_b - b.mean(), a.mean() - low_a)
    if not high > low:  # too few worlds, or no spread
        return _number(mean, "+")
    return f"{_number(mean, '+')} [{_number(float(low), '+')}, {_number(float(high), '+')}]"


def _number(value: float, sign: str = "") -> str:
    if math.isnan(value):
        return "-"
    digits = 0 if abs(value) >= 1000 else max(0, 2 - int(np.log10(max(abs(value), 1))))
    return f"{value:{sign},.{digits}f}"


def _basis(a: RunFolder, b: RunFolder, paired: bool) -> str:
    """Return over which worlds the means are, and whether there are intervals."""
    one, other = ({*run.outcomes["seed"]} for run in (a, b))
    level, both = f"{CONFIDENCE:.0%} intervals", len(one & other)
    few = f"no intervals, which take at least {FEWEST_WORLDS} worlds"
    if paired:
        held = f"means over the worlds that both runs hold: {both}"
        held += "" if one == other else f" (A has {len(one)}, B has {len(other)})"
        return f"{held}, compared one by one; {level if both >= FEWEST_WORLDS else few}"
    known = all("fingerprints" in run.manifest for run in (a, b))
    why = "no world is in both runs" if known else "whether the worlds are the same is not recorded"
    level = level if min(len(one), len(other)) >= FEWEST_WORLDS else few
    return f"{why}: each mean is over a run's own worlds, as two samples; {level}"


def _explained(found: list[Difference], rows: list[tuple[str, ...]], paired: bool) -> str:
    """Return what the difference can be attributed to, and what it cannot."""
    causes = [each.what for each in found if each.what != "repetitions"]
    if not causes and any(one != other for _, _, one, other, *_ in rows):
        return (
            "Settings and program are the same and the outcomes are not: the machines compute "
            "differently, or a file was changed after its run."
        )
    if not causes and found:
        return "Only the number of worlds differs; in the worlds that both hold nothing does."
    if not causes:
        return "Nothing differs: both runs were asked the same."
    if causes == [UNRECORDED]:
        return f"Their fingerprints differ, in {UNRECORDED}: it can be anything."
    if len(causes) == 1 and paired:
        return f"Only {causes[0]} differs, in the same worlds: the difference comes from it."
    if len(causes) == 1:
        return (
            f"Only {causes[0]} differs; it makes other worlds, so part of the difference is "
            "chance, which the intervals hold."
        )
    return (
        f"{len(causes)} things differ at once ({', '.join(causes[:6])}"
        f"{' ...' if len(causes) > 6 else ''}): two runs cannot tell which of them made the "
        "difference; change one at a time."
    )
