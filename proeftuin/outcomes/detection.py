"""What an arm's alerts achieve, held against the truth: the only judge, and the same for all arms.

An alert is assumed to stop the payment and all later ones of the same case at that bank.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_curve

from proeftuin.features.asof import Floats, Ints
from proeftuin.outcomes.schema import AGE_GROUPS, ALL
from proeftuin.sharing.telling import Desk
from scenarios.base import Phase
from synthetic_data.world import Truth

AGE_EDGES = tuple(int(group[:2]) for group in AGE_GROUPS[1:])
MONTH_DAYS = 30


@dataclass(frozen=True, eq=False)
class ScoredDesk:
    """A partner's test rows with the arm's scores and alerts.

    Attributes:
        desk: whose rows.
        event, time, amount_eur: (rows,) reference, seconds, amount.
        age: (rows,) age of the customer, -1 if unknown.
        score: (rows,) higher is more suspicious.
        alerted: (rows,) whether the partner acts on the row.
        customer_ages: (customers,) ages of all customers, if it knows them.
    """

    desk: Desk
    event: Ints
    time: Ints
    amount_eur: Floats
    age: Ints
    score: Floats
    alerted: NDArray[np.bool_]
    customer_ages: Ints


def measure(
    scored: list[ScoredDesk], truth: Truth, *, test_days: int, alerts_per_1000: float
) -> pd.DataFrame:
    """Compute every detection, money and harm outcome, per bank and for all banks together.

    Returns:
        Columns ``partner, metric, value``. For all banks together, average precision and recall at
        1 % false positives are the banks' own figures weighted by their fraud payments (scores of
        different models do not compare); everything else is computed over all rows.
    """

    def at_budget(banks: list[ScoredDesk]) -> dict[str, float]:
        return _at_budget(banks, truth, test_days, alerts_per_1000)

    rankings = [_ranking(bank, truth) for bank in scored]
    weights = np.array([_is_fraud(bank, truth).sum() for bank in scored], dtype=float)
    found = {
        bank.desk.name: ranking | at_budget([bank])
        for bank, ranking in zip(scored, rankings, strict=True)
    }
    found[ALL] = _weighted(rankings, weights) | at_budget(scored)
    rows = [
        {"partner": partner, "metric": metric, "value": value}
        for partner, metrics in found.items()
        for metric, value in metrics.items()
    ]
    return pd.DataFrame(rows)


def _weighted(rankings: list[dict[str, float]], weights: Floats) -> dict[str, float]:
    """Average the banks' rankings by weight; a bank of weight 0 has none."""
    known = weights > 0
    if not known.any():
        return dict.fromkeys(rankings[0], np.nan)
    average = {}
    for metric in rankings[0]:
        values = np.array([ranking[metric] for ranking in rankings])
        average[metric] = float(np.average(values[known], weights=weights[known]))
    return average


def _real_frauds(payment: Ints, truth: Truth) -> float:
    """How many of some fraud payments there would be at the Dutch rate of every form."""
    weight = truth.cases.set_index("case")["real_weight"]
    cases = truth.payments.loc[truth.payments["payment"].isin(payment), "case"]
    return float(weight.reindex(cases).sum())


def _is_fraud(bank: ScoredDesk, truth: Truth) -> NDArray[np.bool_]:
    fraud = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    return np.isin(bank.event, fraud.to_numpy())


def _ranking(bank: ScoredDesk, truth: Truth) -> dict[str, float]:
    fraud = _is_fraud(bank, truth)
    if not 0 < fraud.sum() < len(fraud):
        return {"average_precision": np.nan, "recall_at_1pct_fpr": np.nan}
    false_rate, recall, _ = roc_curve(fraud, bank.score)
    return {
        "average_precision": float(average_precision_score(fraud, bank.score)),
        "recall_at_1pct_fpr": float(np.interp(0.01, false_rate, recall)),
    }


def _at_budget(
    scored: list[ScoredDesk],
    truth: Truth,
    test_days: int,
    alerts_per_1000: float,
) -> dict[str, float]:
    payment = np.concatenate([bank.event for bank in scored])
    alerted = np.concatenate([bank.alerted for bank in scored])
    fraud = np.concatenate([_is_fraud(bank, truth) for bank in scored])
    spending = truth.payments.loc[truth.payments["phase"] == Phase.SPENDING, "payment"]
    honest = ~fraud & ~np.isin(payment, spending.to_numpy())
    hits, false_alarms = int((alerted & fraud).sum()), int((alerted & honest).sum())
    budget = alerts_per_1000 / 1000 * len(payment)
    real_hits = _real_frauds(payment[alerted & fraud], truth)
    return {
        "recall_at_budget": _share(hits, fraud.sum()),
        "recall_ceiling": min(1.0, _share(budget, fraud.sum())),
        "precision": _share(hits, hits + false_alarms),
        "precision_real": _share(real_hits, real_hits + false_alarms),
        "alerts_per_1000": 1000 * _share(alerted.sum(), len(alerted)),
        **_cases(payment[alerted & fraud], payment[fraud], truth),
        **_harm(scored, alerted & honest, test_days),
    }


def _cases(alerted: Ints, tested: Ints, truth: Truth) -> dict[str, float]:
    """Follow each case of the test period payment by payment until the first alarm."""
    rows = truth.payments[truth.payments["payment"].isin(tested)].sort_values(["case", "time"])
    rows = rows.assign(
        alarm=rows["payment"].isin(alerted), rank=rows.groupby("case").cumcount() + 1
    )
    rows["stopped"] = rows.groupby("case")["alarm"].cummax()
    loss, stopped = rows["amount_eur"].sum(), rows.loc[rows["stopped"], "amount_eur"].sum()
    by_case = rows.groupby("case")
    warned, spared = by_case["alarm"].any(), by_case["stopped"].all()
    first = rows[rows["alarm"]].groupby("case").first()
    end = by_case["time"].max().reindex(first.index)
    contact = truth.cases.set_index("case")["contact_time"].reindex(first.index)
    return {
        "loss_eur": float(loss),
        "stopped_eur": float(stopped),
        "stopped_share": _share(stopped, loss),
        "victims": float(len(warned)),
        "victims_spared": float(spared.sum()),
        "victims_spared_share": _share(spared.sum(), len(spared)),
        "victims_warned_share": _share(warned.sum(), len(warned)),
        "lead_minutes": _median((end - first["time"]) / 60),
        "minutes_after_contact": _median((first["time"] - contact) / 60),
        "first_alarm_payment": float(first["rank"].mean()) if len(first) else np.nan,
    }


def _harm(
    scored: list[ScoredDesk], false_alarm: NDArray[np.bool_], test_days: int
) -> dict[str, float]:
    """False alarms per 10,000 customers a month, for everybody and by age group."""
    age = np.concatenate([bank.age for bank in scored])
    customers = np.concatenate([bank.customer_ages for bank in scored])
    scale = 10_000 * MONTH_DAYS / test_days
    harm = {"false_alarms_per_10k": scale * _share(false_alarm.sum(), len(customers))}
    alarm_group = np.digitize(age[false_alarm], AGE_EDGES)
    customer_group = np.digitize(customers, AGE_EDGES)
    for index, group in enumerate(AGE_GROUPS):
        alarms, people = (alarm_group == index).sum(), (customer_group == index).sum()
        harm[f"false_alarms_per_10k[{group}]"] = scale * _share(alarms, people)
    return harm


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _median(values: pd.Series) -> float:
    return float(values.median()) if len(values) else np.nan
