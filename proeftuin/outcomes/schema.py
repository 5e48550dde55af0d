"""The outcomes table: one tidy row per number, and what every number means.

Columns: ``study, arm, seed, partner, fraud_form, metric, value``. ``partner`` is a bank or ``all``
(all banks together). ``value`` is NaN where a number is not defined (for example a recall over no
fraud). Every sentence and chart of the report is computed from this table.
"""

from dataclasses import dataclass

COLUMNS = ("study", "arm", "seed", "partner", "fraud_form", "metric", "value")
ALL = "all"
AGE_GROUPS = ("18-34", "35-54", "55-69", "70+")


@dataclass(frozen=True)
class Metric:
    """One kind of outcome: its unit and what it says, in words for the report's glossary."""

    unit: str
    meaning: str


METRICS: dict[str, Metric] = {
    "average_precision": Metric("share", "area under precision-recall, over fraud payments"),
    "recall_at_budget": Metric("share", "fraud payments alerted within the alert budget"),
    "recall_ceiling": Metric("share", "what a perfect detector would reach under that budget"),
    "recall_at_1pct_fpr": Metric("share", "fraud payments found at 1 % honest ones alerted"),
    "precision": Metric("share", "alerts that are fraud, in the enriched world"),
    "precision_real": Metric("share", "alerts that would be fraud at the real fraud rate"),
    "alerts_per_1000": Metric("per 1,000 payments", "alerts really given in the test period"),
    "loss_eur": Metric("EUR", "what victims would lose in the test period if nobody intervened"),
    "stopped_eur": Metric("EUR", "loss stopped: alerted payments and the later ones of a case"),
    "stopped_share": Metric("share", "stopped_eur / loss_eur"),
    "victims": Metric("persons", "victims in the test period"),
    "victims_spared": Metric("persons", "victims who lose nothing: the first payment is alerted"),
    "victims_spared_share": Metric("share", "victims_spared / victims"),
    "victims_warned_share": Metric("share", "victims with an alert on any of their payments"),
    "lead_minutes": Metric("minutes", "median time from first alarm to last payment of a case"),
    "minutes_after_contact": Metric("minutes", "median time from first contact to first alarm"),
    "first_alarm_payment": Metric("rank", "mean rank of the payment that gives the first alarm"),
    "false_alarms_per_10k": Metric(
        "per 10,000 customers a month", "honest customers' payments that are alerted"
    ),
    **{
        f"false_alarms_per_10k[{group}]": Metric(
            "per 10,000 customers a month", f"the same, customers aged {group}"
        )
        for group in AGE_GROUPS
    },
    "epsilon": Metric("epsilon", "privacy loss of the weakest guarantee given; NaN if none given"),
    "persons_disclosed": Metric("persons", "persons about whom a fact crossed to another party"),
    "fields_disclosed": Metric("fields", "different facts per person that crossed"),
    "bytes_moved": Metric("bytes", "data that crossed organisation boundaries"),
    "seconds": Metric("seconds", "computing time of the arm on this machine"),
}
