"""Differences between arms within one world, with intervals from its campaigns of fraud.

One large or stored world has many campaigns, and what an arm saves in one hardly depends on the
next. Leaving out each campaign in turn (the jackknife; Tukey 1958, Ann. Math. Stat. 29:614) gives
one pseudo-value per campaign, and the interval of their mean says how far another draw of cases
would move the difference. A case without a known campaign, as in an import, is a unit of its own.

Another training is not in the pseudo-values: the detectors are those of this world. Over towns
that each trained their own, the share of victims spared spreads 1.2 times as far as campaigns say,
and such intervals cover 89 to 95 %; so they are widened (``benchmarks/within.py``). Euros, carried
by a few large cases, do not cover enough even so, and get no interval.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from proeftuin.outcomes.intervals import difference_interval
from synthetic_data.arrays import Floats

#: Per case with a loss in the test period: ``case, form, campaign`` (-1 if unknown), ``weight``
#: (at the real rate), ``loss_eur`` and how much of it is expected to be saved, ``victim`` (1 if
#: the first loss is in the test period) and with which probability that victim loses nothing.
CASES = {
    "case": "int64", "form": "str", "campaign": "int64", "weight": "float64",
    "loss_eur": "float64", "saved_eur": "float64", "victim": "float64", "spared": "float64",
}  # fmt: skip
#: Outcomes that are a part of a whole: the columns of ``CASES`` that are summed for each.
SHARES = {"stopped_share": ("saved_eur", "loss_eur"), "victims_spared_share": ("spared", "victim")}
COLUMNS = ("arm", "metric", "units", "difference", "low", "high")
OFFERED = ("victims_spared_share",)  #: outcomes of which a widened interval covers 93 % or more
FOR_TRAINING = 1.25  #: by so much, for the luck of training
FEWEST_UNITS = 15  #: of fewer campaigns it was not measured, and no interval is given


def expected_by_case(followed: pd.DataFrame, truth_cases: pd.DataFrame) -> pd.DataFrame:
    """Return what every case comes to under one arm (see ``CASES``), in order of the cases.

    Args:
        followed: of :func:`proeftuin.outcomes.journeys.follow`.
        truth_cases: ``case, campaign`` of the truth.
    """
    euro, chance = followed["amount_eur"], followed["probability"]
    rows = followed.assign(
        loss_eur=euro * followed["once"], saved_eur=euro * followed["saved"] * chance
    )
    of_way = rows.groupby(["case", "way"])
    ways = of_way[["form", "weight", "new", "probability"]].first()
    ways["spared"] = ways["probability"] * (ways["new"] & of_way["saved"].all())
    by_case = ways.groupby("case")
    table = by_case[["form", "weight"]].first()
    table["victim"], table["spared"] = by_case["new"].first(), by_case["spared"].sum()
    table = table.join(rows.groupby("case")[["loss_eur", "saved_eur"]].sum())
    table["campaign"] = truth_cases.set_index("case")["campaign"].reindex(table.index)
    return table.reset_index()[list(CASES)].astype(CASES)


def compare_within(
    cases: Mapping[str, pd.DataFrame], *, baseline: str, confidence: float
) -> pd.DataFrame:
    """Compare every arm with the baseline within one world.

    Args:
        cases: by arm, of :func:`expected_by_case`; all arms of the same world.
        baseline: arm that the others are held against.
        confidence: level of the intervals.

    Returns:
        One row per arm and outcome of ``SHARES``: ``arm, metric, units`` (campaigns, and cases
        without one, in which there was something to save)``, difference`` (of shares)``, low,
        high`` (NaN below ``FEWEST_UNITS``, without any spread, and for outcomes that are not
        ``OFFERED``).
    """
    table = differences_within(cases, baseline=baseline, confidence=confidence)
    offered = table["metric"].isin(OFFERED) & (table["units"] >= FEWEST_UNITS)
    for end in ("low", "high"):
        away = FOR_TRAINING * (table[end] - table["difference"])
        table[end] = (table["difference"] + away).clip(-1, 1).where(offered)
    return table


def differences_within(
    cases: Mapping[str, pd.DataFrame], *, baseline: str, confidence: float
) -> pd.DataFrame:
    """Return the same for every outcome and any number of units, not widened.

    These are intervals for the luck of cases alone; see :func:`compare_within`.
    """
    base, rows = cases[baseline], []
    unit = units_of(base)
    for arm, mine in cases.items():
        if arm == baseline:
            continue
        aligned = mine.set_index("case").loc[base["case"]].reset_index()
        for metric, (part, whole) in SHARES.items():
            gain = summed(aligned[part] - base[part], unit)
            values = pseudo_values(gain, summed(base[whole], unit))
            low, high = difference_interval(values, confidence)
            total = base[whole].sum()
            difference = (aligned[part] - base[part]).sum() / total if total else np.nan
            rows.append((arm, metric, len(values), difference, float(low), float(high)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def units_of(cases: pd.DataFrame) -> "pd.Series[int]":
    """Return the number of every case's campaign, of its form, or of the case by itself."""
    alone = cases["case"].where(cases["campaign"] < 0, -1)
    return cases.groupby([cases["form"], cases["campaign"], alone]).ngroup()


def summed(values: "pd.Series[float]", unit: "pd.Series[int]") -> Floats:
    """Return the sum of values in every unit, (units,)."""
    sums: Floats = np.bincount(unit, weights=values).astype(np.float64)
    return sums


def pseudo_values(part: Floats, whole: Floats) -> Floats:
    """Return the jackknife's pseudo-values of a ratio of sums.

    Args:
        part: (units,) what is saved in every unit.
        whole: (units,) what there is to save.

    Returns:
        (units with a whole,) one value each; their mean is the ratio, corrected for its bias.
    """
    some = whole > 0
    part, whole = part[some], whole[some]
    size = len(part)
    if size < 2:
        return np.full(size, np.nan)
    left_out = (part.sum() - part) / (whole.sum() - whole)
    values: Floats = size * part.sum() / whole.sum() - (size - 1) * left_out
    return values
