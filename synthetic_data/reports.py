"""What victims tell whom, and when: the only source of labels. Many stay silent, all are late.

A label is an event ``(partner, case, kind, known_at, value)``; whoever trains a model sees the
labels whose ``known_at`` has passed, and nothing else.
"""

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from scenarios.bank_helpdesk import BankHelpdesk
from synthetic_data.seeds import Seeds

#: Kinds of label: what the value of the label refers to.
PAYMENT, PAYEE, CALLER = "payment", "payee", "caller"
SHORTEST_DELAY_S = 600
DAY = 86_400


def victim_reports(
    scenario: BankHelpdesk,
    cases: pd.DataFrame,
    payments: pd.DataFrame,
    bank_names: list[str],
    seeds: Seeds,
) -> pd.DataFrame:
    """Draw the reports of all victims as label events.

    Args:
        scenario: whose ``reporting`` figures apply.
        cases: ``case, caller`` per case; caller is the number shown, -1 if the bank's own.
        payments: the fraud payments, ``case, payment, payee, bank, time, amount_eur``.
        bank_names: partner name by bank index.
        seeds: subtree of the world.

    Returns:
        One row per label: ``partner, case, kind, known_at`` (seconds) and ``value`` (a payment
        reference, account number or phone number).
    """
    settings = scenario.reporting
    victims = payments.groupby("case").agg(loss=("amount_eur", "sum"), last=("time", "max"))
    excess = np.log(victims["loss"] / victims["loss"].median()).to_numpy()
    sigma = np.log(settings.delay_days_p90 / settings.delay_days_median) / norm.ppf(0.9)
    parts = []
    for channel, share in (("bank", settings.bank_share), ("police", settings.police_share)):
        rng = seeds.rng("reports", channel)
        chance = expit(logit(share) + settings.loss_slope * excess)
        reports = rng.random(len(victims)) < chance
        delay_s = rng.lognormal(np.log(settings.delay_days_median * DAY), sigma, len(victims))
        told = victims[["last"]].assign(
            known_at=victims["last"] + np.maximum(delay_s, SHORTEST_DELAY_S).astype(np.int64)
        )[reports]
        rows = payments.merge(told["known_at"], left_on="case", right_index=True)
        partner = rows["bank"].map(dict(enumerate(bank_names))) if channel == "bank" else channel
        base = rows[["case", "known_at"]].assign(partner=partner)
        parts.append(base.assign(kind=PAYMENT, value=rows["payment"]))
        parts.append(base.assign(kind=PAYEE, value=rows["payee"]))
        if channel == "police":
            callers = told.reset_index().merge(cases[cases["caller"] >= 0], on="case")
            parts.append(
                callers[["case", "known_at"]].assign(
                    partner=channel, kind=CALLER, value=callers["caller"]
                )
            )
    columns = ["partner", "case", "kind", "known_at", "value"]
    labels = pd.concat(parts, ignore_index=True)[columns].drop_duplicates()
    return labels.sort_values(["known_at", "case", "kind", "value"], ignore_index=True)
