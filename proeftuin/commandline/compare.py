"""Two runs side by side: which outcomes differ, and which settings can explain it."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from proeftuin.commandline.listing import table
from proeftuin.metrics import ALL, METRICS
from proeftuin.report.folder import RunFolder, read_run_folder
from proeftuin.study.record import INCIDENTAL

#: Settings that determine the worlds: if they agree, worlds are compared in pairs.
WORLDS = ("world", "scenario", "seed")
SHOWN = (
    "stopped_share",
    "victims_spared_share",
    "recall_at_budget",
    "false_alarms_per_10k",
    "persons_disclosed",
    "epsilon",
)
CONFIDENCE = 0.95


def compare(first: Path, second: Path) -> str:
    """Return the comparison of two run folders as text.

    Args:
        first: run folder A.
        second: run folder B.

    Raises:
        RunFolderError: one of them is not a finished run.
    """
    a, b = read_run_folder(first), read_run_folder(second)
    changed = _differences(_settings(a), _settings(b))
    paired = not any(key.split(".")[0] in WORLDS for key, _, _ in changed)
    header = ("arm", "outcome", "A", "B", "B - A")
    rows = _rows(a.outcomes, b.outcomes, paired=paired)
    how = "the same worlds, one by one" if paired else "other worlds, as two samples"
    lines = [f"A  {first}", f"B  {second}", "", "settings that differ"]
    lines += [f"  {key}: A {one}, B {other}" for key, one, other in changed] or ["  none"]
    lines += [f"  {line}" for line in _versions(a, b)]
    lines += ["", table(header, rows, words=2), f"{CONFIDENCE:.0%} intervals; {how}"]
    for name, one, other in (("A", a, b), ("B", b, a)):
        only = sorted({*one.outcomes["arm"]} - {*other.outcomes["arm"]})
        lines += [f"only in {name}: {', '.join(only)}"] if only else []
    return "\n".join([*lines, "", _explained(changed, a, b, paired)])


def _settings(run: RunFolder) -> dict[str, Any]:
    return {key: value for key, value in run.config.items() if key not in INCIDENTAL}


def _differences(one: Any, other: Any, prefix: str = "") -> list[tuple[str, str, str]]:
    """Return key, value in A and value in B of every setting that differs; absent as a dash."""
    found = []
    for key in dict.fromkeys([*one, *other]):
        a, b, name = one.get(key), other.get(key), f"{prefix}{key}"
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differences(a, b, f"{name}.")
        elif a != b:
            found.append((name, _shown(key in one, a), _shown(key in other, b)))
    return found


def _shown(there: bool, value: Any) -> str:
    if not there:
        return "-"
    return f"{{{', '.join(value)}}}" if isinstance(value, dict) else str(value)


def _versions(a: RunFolder, b: RunFolder) -> list[str]:
    one, other = a.manifest.get("versions", {}), b.manifest.get("versions", {})
    lines = [
        f"version of {name}: A {one.get(name)}, B {other.get(name)}"
        for name in one | other
        if one.get(name) != other.get(name)
    ]
    commits = a.manifest.get("commit"), b.manifest.get("commit")
    if commits[0] != commits[1]:
        lines.append(f"source: A commit {commits[0]}, B commit {commits[1]}")
    return lines


def _rows(a: pd.DataFrame, b: pd.DataFrame, *, paired: bool) -> list[tuple[str, ...]]:
    rows = []
    for arm in [arm for arm in a["arm"].unique() if arm in set(b["arm"])]:
        for metric in SHOWN:
            one, other = (_values(outcomes, arm, metric) for outcomes in (a, b))
            if one.isna().all() and other.isna().all():
                continue
            scale = 100 if METRICS[metric].unit == "share" else 1
            name = f"{metric}, %" if scale == 100 else metric
            cells = (_number(values.mean() * scale) for values in (one, other))
            rows.append((arm, name, *cells, _difference(one * scale, other * scale, paired)))
    return rows


def _values(outcomes: pd.DataFrame, arm: str, metric: str) -> pd.Series:
    rows = outcomes[
        (outcomes["arm"] == arm) & (outcomes["metric"] == metric) & (outcomes["partner"] == ALL)
    ]
    if ALL in set(rows["fraud_form"]):
        rows = rows[rows["fraud_form"] == ALL]
    return rows.set_index("seed")["value"].astype(float)


def _difference(a: pd.Series, b: pd.Series, paired: bool) -> str:
    """Return the mean difference with its t interval, paired or Welch's."""
    if paired:
        gain = (b - a).dropna()
        mean, enough = gain.mean(), len(gain) > 1
        if not enough or gain.std() == 0:
            return _number(mean, "+")
        interval = stats.ttest_1samp(gain, 0.0).confidence_interval(CONFIDENCE)
    else:
        a, b = a.dropna(), b.dropna()
        mean, enough = b.mean() - a.mean(), min(len(a), len(b)) > 1
        if not enough or a.std() + b.std() == 0:
            return _number(mean, "+")
        interval = stats.ttest_ind(b, a, equal_var=False).confidence_interval(CONFIDENCE)
    low, high = float(interval.low), float(interval.high)
    return f"{_number(mean, '+')} [{_number(low, '+')}, {_number(high, '+')}]"


def _number(value: float, sign: str = "") -> str:
    if math.isnan(value):
        return "-"
    digits = 0 if abs(value) >= 1000 else max(0, 2 - int(np.log10(max(abs(value), 1))))
    return f"{value:{sign},.{digits}f}"


def _explained(
    changed: list[tuple[str, str, str]], a: RunFolder, b: RunFolder, paired: bool
) -> str:
    """Return what the difference can be attributed to, and what it cannot."""
    other_source = bool(_versions(a, b))
    if not changed and not other_source:
        return "Nothing differs: both runs were asked the same."
    causes = [key for key, _, _ in changed] + (["the program itself"] if other_source else [])
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
