"""The outcomes table: one tidy row per number, and what every number means.

Columns: ``study, arm, seed, partner, fraud_form, metric, value``. ``value`` is NaN where a number
is not defined (for example a recall over no fraud). Every sentence and chart of the report is
computed from this table.

``partner`` is a partner or ``all``. A partner's losses and victims are those of its customers; its
alerts, stops and people stopped are those of its own actions. ``all`` counts each loss, victim and
person once over all partners; ranking and detection within a budget are over all *banks* only,
because rows of different sectors do not add up. What is stopped and spared is expected: each case
goes every way that it can go, with its probability (``outcomes/journeys.py``).

``fraud_form`` is a form or ``all`` of them together. Outcomes without a form, such as harm to
innocent people, are given for all only.
"""

from dataclasses import dataclass

from scenarios.base import Phase

COLUMNS = ("study", "arm", "seed", "partner", "fraud_form", "metric", "value")
ALL = "all"
AGE_GROUPS = ("18-34", "35-54", "55-69", "70+")
#: Payees: the same ages, and those who are no private person.
PAYEE_GROUPS = (*AGE_GROUPS, "firm")
ORDERS = ("first", "later")  #: a payment to a payee, or one of the payments after it
#: Budgets of the curve, as multiples of the one that is set.
BUDGETS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
#: Ages at which the second and later groups begin.
AGE_EDGES = tuple(int(group[:2]) for group in AGE_GROUPS[1:])
#: Phases of a journey in which a partner can act.
STOP_PHASES = {
    phase: phase.name.lower() for phase in (Phase.CONTACT, Phase.PERSUASION, Phase.TRANSFER)
}


@dataclass(frozen=True)
class Metric:
    """One kind of outcome: its unit and what it says, in words for the report's glossary."""

    unit: str
    meaning: str


_NATION = (
    "a year in the Netherlands: what the test period gives, every case weighted by the real rate "
    "of its form, times 15.3 million persons over the world's, times 365 over the days tested"
)
_REAL = "at the real rate of every form"

METRICS: dict[str, Metric] = {
    "average_precision": Metric("share", "area under precision-recall, over a desk's fraud rows"),
    "average_precision_real": Metric("share", f"the same {_REAL}"),
    "roc_auc": Metric("0 to 1", "area under the ROC curve, over a desk's fraud rows"),
    "recall_at_budget": Metric("share", "fraud rows alerted within the alert budget"),
    **{
        f"recall_at_budget[{group}]": Metric("share", f"the same, rows of customers aged {group}")
        for group in AGE_GROUPS
    },
    "recall_at_real_budget": Metric(
        "share", f"the same if alerts are as many as the budget {_REAL}: further down the rows"
    ),
    "recall_in_hindsight": Metric(
        "share", "the same number of alerts on the highest scores of all, which no desk can know"
    ),
    "recall_ceiling": Metric("share", "what a perfect detector would reach under that budget"),
    "f1_at_budget": Metric("0 to 1", "harmonic mean of precision and recall_at_budget"),
    "customer_precision": Metric(
        "share", "customers with a day's highest scores, as many as the budget, defrauded that day"
    ),
    "recall_at_1pct_fpr": Metric("share", "fraud rows found at 1 % of the others alerted"),
    "brier_score": Metric("squared error", "mean square of chance foretold less fraud or not"),
    "expected_calibration_error": Metric(
        "share", "mean distance of chance foretold and share of fraud, over tenths of the rows"
    ),
    "expected_to_observed": Metric("ratio", "fraud rows foretold over fraud rows there were"),
    "precision": Metric("share", "alerts that are fraud, in the enriched world"),
    "precision_real": Metric("share", "alerts that would be fraud at the real fraud rate"),
    "alerts_per_1000": Metric("per 1,000 payments", "alerts really given in the test period"),
    "alerts_per_day": Metric("per day", "the same a day, in the enriched world"),
    "alerts_per_day_real": Metric(
        "per day", f"false alarms and, {_REAL}, hits: a desk's work in a town of this size"
    ),
    "national_alerts_per_day": Metric(
        "per day", "the same for the Netherlands: times 15.3 million persons over the world's"
    ),
    **{
        f"curve_recall[{times:g}]": Metric("share", f"fraud rows alerted with {times:g} budgets")
        for times in BUDGETS
    },
    **{
        f"curve_alerts_per_day_real[{times:g}]": Metric(
            "per day", f"alerts_per_day_real with {times:g} budgets"
        )
        for times in BUDGETS
    },
    "refused_rows": Metric("rows", "refused in the test period on a blocklist"),
    "held_payments": Metric("payments", "held or refused in the test period by a rule"),
    "accounts_frozen": Metric("accounts", "that banks freeze in the test period, as in every arm"),
    "wrongly_frozen": Metric("accounts", "of those, accounts without a part in fraud"),
    "wrongly_frozen_days": Metric("days", "in the test period that such accounts stay frozen"),
    "loss_eur": Metric("EUR", "what victims would lose in the test period if nobody intervened"),
    "stopped_eur": Metric("EUR", "loss saved: at and after the first action that works in a case"),
    "stopped_share": Metric("share", "stopped_eur / loss_eur"),
    "stopped_share_per_case": Metric(
        "share", "mean over cases of the part of its loss that is saved: each case counts once"
    ),
    "journeys": Metric("cases", "cases in which money would be lost in the test period"),
    "journeys_stopped": Metric("cases", "of those, cases in which an action saves any of it"),
    "journeys_stopped_real": Metric("cases", f"the same {_REAL}"),
    "journeys_stopped_share": Metric("share", "journeys_stopped / journeys"),
    "victims": Metric("persons", "victims whose first loss would be in the test period"),
    "victims_spared": Metric("persons", "of those, victims who lose nothing"),
    "victims_spared_share": Metric("share", "victims_spared / victims"),
    **{
        f"stopped_in[{phase}]": Metric("share", f"stopped journeys that are stopped in {phase}")
        for phase in STOP_PHASES.values()
    },
    "lead_minutes": Metric("minutes", "median time from the action that works to the last loss"),
    "minutes_after_contact": Metric("minutes", "median time from first contact to that action"),
    "journeys_stopped_by_own_action": Metric("cases", "journeys that this partner's action stops"),
    "stopped_by_own_action_eur": Metric("EUR", "loss that this partner's actions save, of anybody"),
    "national_loss_eur": Metric("EUR a year", f"loss if nobody intervened, {_NATION}"),
    "national_stopped_eur": Metric("EUR a year", f"loss saved, {_NATION}"),
    "national_journeys_stopped": Metric("cases a year", f"journeys stopped, {_NATION}"),
    "national_victims": Metric("persons a year", f"victims if nobody intervened, {_NATION}"),
    "national_victims_spared": Metric("persons a year", f"victims who lose nothing, {_NATION}"),
    "false_alarms_per_10k": Metric(
        "per 10,000 customers a month", "honest customers' payments that are alerted"
    ),
    **{
        f"false_alarms_per_10k[{group}]": Metric(
            "per 10,000 customers a month", f"the same, customers aged {group}"
        )
        for group in AGE_GROUPS
    },
    "people_stopped": Metric("persons", "honest people one of whose rows is alerted or refused"),
    "people_stopped_again": Metric("persons", "of those, people with two or more such rows"),
    "people_called": Metric("persons", "of those, people whose row is held until they are called"),
    "people_delayed": Metric(
        "persons", "honest people whose payment a time lock holds or a lower limit refuses"
    ),
    "wrong_listings": Metric(
        "entities", "refused in the test period without a part in fraud: a false report or match"
    ),
    "people_stopped_per_fraud": Metric(
        "per fraud stopped", f"people_stopped / journeys stopped {_REAL}"
    ),
    "people_called_per_fraud": Metric(
        "per fraud stopped", f"people_called / journeys stopped {_REAL}"
    ),
    "people_delayed_per_fraud": Metric(
        "per fraud stopped", f"people_delayed / journeys stopped {_REAL}"
    ),
    "wrong_listings_per_fraud": Metric(
        "per fraud stopped", f"wrong_listings / journeys stopped {_REAL}"
    ),
    "wrong_listing_days": Metric(
        "days", "mean time in the test period that a partner refuses such an entity"
    ),
    "wrong_reports": Metric("entities", "innocents whom a report names in the test period"),
    "wrong_reports_felt_elsewhere": Metric(
        "entities", "of those, alerted or refused at a partner that was not told, while it stands"
    ),
    "wrong_report_partners": Metric(
        "partners", "at how many such partners, per innocent whom a report names"
    ),
    **{
        f"false_positive_rate[{group}]": Metric(
            "share", f"honest rows alerted or refused, customers aged {group}"
        )
        for group in AGE_GROUPS
    },
    **{
        f"predictive_equality[{group}]": Metric(
            "ratio", f"that rate for customers aged {group} over the rate of all other ages"
        )
        for group in AGE_GROUPS
    },
    **{
        f"false_positive_rate_payee[{group}]": Metric(
            "share", f"honest payments alerted or refused, paid to people aged {group}"
        )
        for group in PAYEE_GROUPS
    },
    **{
        f"predictive_equality_payee[{group}]": Metric(
            "ratio", f"that rate for payees aged {group} over the rate of all other payees"
        )
        for group in PAYEE_GROUPS
    },
    **{
        f"false_positive_rate_order[{order}]": Metric(
            "share", f"honest payments alerted or refused, {order} of a payer to a payee"
        )
        for order in ORDERS
    },
    "rows_learned": Metric("rows", "of the partner that its detector learned from"),
    "reports_learned": Metric("reports", "of those, rows known to be reported on that day"),
    "reports_validated": Metric("reports", "of those, rows of the validation days"),
    "rounds_learned": Metric("rounds", "of training, or trees of every learner"),
    "epsilon": Metric("epsilon", "privacy loss of the weakest guarantee given; NaN if none given"),
    "persons_disclosed": Metric("persons", "persons about whom a fact crossed to another party"),
    "persons_named": Metric("persons", "of those, persons about whom it crossed without noise"),
    "fields_disclosed": Metric("fields", "different facts per person that crossed"),
    "persons_disclosed_per_fraud": Metric(
        "per fraud stopped",
        f"persons_disclosed / journeys stopped {_REAL}, over the whole world at the pace of the "
        "test period; all that are stopped, not only those that sharing adds",
    ),
    "bytes_moved": Metric("bytes", "data that crossed organisation boundaries"),
    "no_answer": Metric(
        "rounds", "rounds of learning together in which a partner that was asked did not answer"
    ),
    "refused_update": Metric(
        "rounds",
        "rounds in which what a partner sent held numbers that are none, and was refused",
    ),
    "seconds": Metric("seconds", "computing time of the arm on this machine"),
}
