"""Realism, part two: the payment network and reports (G and H), and the figures of I1."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import CHANCE_SIGMAS, Check, excused, judged, skipped
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.realism.rates import HELPDESK, PURCHASE, fraud_persistence, mixed
from proeftuin.inspection.statistics import auc, burstiness, power_law, truncated_quantile
from proeftuin.settings.study import Settings
from synthetic_data.clock import DAY, HOUR

#: [A] median and 90th percentile of the delay of a report, in days, by form; no figure found.
DELAYS = {
    HELPDESK: (1.0, 7.0),
    PURCHASE: (14.0, 45.0),
    "investment": (60.0, 240.0),
    "dating": (60.0, 240.0),
}
DELAY_TOLERANCE = 0.25  #: [A] relative half-width of the bands around the delays above
#: Where purchase fraud is reported, share of victims (CBS 2025, lowest income fifth).
CHANNELS = {"police": 0.18, "marketplace": 0.13, "helpdesk": 0.06, "bank": 0.12}
NO_CHANNEL = {"seller": 0.20, "consumer body": 0.04}  #: no partner here receives these reports
LATE_DAYS = 30


def network(evidence: Evidence, settings: Settings) -> list[Check]:
    """G1 to G3: degrees, activity, and whether mules stand out."""
    rows = evidence.payments
    degree = _degree(rows)
    person_years = evidence.world.days / 365
    made = pd.concat([rows["payer"], rows["payee"]]).value_counts()
    accounts = evidence.world.tables["accounts"]
    yearly = made.reindex(accounts["account"]).fillna(0) / person_years
    return [
        judged("G1", "power-law exponent of the number of counterparties",
               power_law(degree.to_numpy()), 1.6, 3.2),
        judged("G1", "most over median counterparties", degree.max() / degree.median(), 50, None),
        judged("G2", "share of accounts with under 10 payments a year", (yearly < 10).mean(),
               0.2, 0.45, "made and received, restated to a year"),
        judged("G2", "share of accounts with over 250 payments a year", (yearly > 250).mean(),
               0.2, 0.45),
        *(_mules(evidence, degree) if settings.scenario.forms else []),
    ]  # fmt: skip


def _degree(rows: pd.DataFrame) -> pd.Series:
    """Return the number of distinct counterparties of every account."""
    one = rows[["payer", "payee"]].drop_duplicates()
    both = pd.concat([one, one.rename(columns={"payer": "payee", "payee": "payer"})])
    return both.drop_duplicates().groupby("payer").size()


def _mules(evidence: Evidence, degree: pd.Series) -> list[Check]:
    accounts = evidence.world.tables["accounts"]
    private = accounts[accounts["age"] >= 0].set_index("account")
    paid = evidence.payments[["time", "payer", "payee"]]
    received = private.index[private.index.isin(paid["payee"])]
    mule = received.isin(evidence.transfers["payee"])
    scores = {
        "number of counterparties": degree.reindex(received).fillna(0).to_numpy(),
        "age of the account": private["opened_day"].reindex(received).to_numpy(),
        "time from money in to money out": _gap(paid, received),
    }
    checks = []
    for name, score in scores.items():
        known = ~np.isnan(score.astype(np.float64))
        value = auc(score[known], mule[known])
        checks.append(
            judged("G3", f"AUC of the {name}, mule or other private account",
                   max(value, 1 - value), None, 0.80, f"{int(mule.sum())} mule accounts")
        )  # fmt: skip
    return checks


def _gap(paid: pd.DataFrame, accounts: pd.Index) -> np.ndarray:
    """Return the median seconds from a receipt to the account's next payment, by account."""
    paid = paid.sort_values("time")
    ins = paid.loc[paid["payee"].isin(accounts), ["time", "payee"]]
    outs = paid[["time", "payer"]].rename(columns={"time": "out"})
    joined = pd.merge_asof(
        ins, outs, left_on="time", right_on="out", left_by="payee", right_by="payer",
        direction="forward",
    )  # fmt: skip
    gap = (joined["out"] - joined["time"]).groupby(joined["payee"]).median()
    return gap.reindex(accounts).to_numpy()


def reporting(evidence: Evidence, settings: Settings) -> list[Check]:
    """H1 to H4: shares of victims who report, by channel, with delays and errors."""
    victims = evidence.victims.drop_duplicates("case").set_index("case")
    labels, sector = evidence.case_labels, _sector_of(evidence)
    reports = labels.assign(sector=labels["partner"].map(sector))
    reports = reports[reports["case"].isin(victims.index)]
    weight = victims["real_weight"]

    def share(cases: pd.Series, form: str | None = None) -> float:
        among = weight if form is None else weight[victims["form"] == form]
        return float(among[among.index.isin(cases)].sum() / among.sum()) if len(among) else math.nan

    def error(value: float, form: str | None = None) -> float:
        """Return the standard error of a share of victims, by their weights."""
        among = weight if form is None else weight[victims["form"] == form]
        effective = among.sum() ** 2 / max(float((among**2).sum()), 1e-12)
        return math.sqrt(max(value * (1 - value), 0.0) / max(effective, 1e-12))

    police = reports.loc[reports["sector"] == "police", "case"]
    checks = [
        judged("H1", "share of victims who report anywhere", share(reports["case"]), 0.45, 0.55,
               mixed(settings) or "weighted by the Dutch rate of the forms",
               applies=not mixed(settings)),
        judged("H1", "share of victims who file with the police", share(police), 0.15, 0.20,
               mixed(settings), applies=not mixed(settings)),
        judged("H1", "share of bank-helpdesk victims who report anywhere",
               share(reports["case"], HELPDESK), 0.75, None, _absent(HELPDESK, settings),
               applies=not _absent(HELPDESK, settings)),
        judged("H1", "share of purchase victims who file with the police",
               share(police, PURCHASE), 0.15, 0.25, _absent(PURCHASE, settings),
               applies=not _absent(PURCHASE, settings)),
    ]  # fmt: skip
    about = (None, None, HELPDESK, PURCHASE)
    checks = [
        excused(check, error(check.value, form)) for check, form in zip(checks, about, strict=True)
    ]
    for name, target in CHANNELS.items():
        value = share(reports.loc[reports["sector"] == name, "case"], PURCHASE)
        present = name in evidence.world.partners
        note = _absent(PURCHASE, settings) if present else "sector takes no part"
        check = judged("H2", f"share of purchase victims who tell the {name}", value,
                       target - 0.05, target + 0.05, note, applies=not note)  # fmt: skip
        checks.append(excused(check, error(value, PURCHASE)))
    checks += [
        skipped("H2", f"share of purchase victims who tell the {name}",
                "no partner of this world keeps such reports", target - 0.05, target + 0.05)
        for name, target in NO_CHANNEL.items()
    ]  # fmt: skip
    return [*checks, *_delays(evidence, reports, settings), *_wrong(evidence, settings)]


def _absent(form: str, settings: Settings) -> str:
    return "" if form in settings.scenario.forms else f"no {form} fraud in this scenario"


def _sector_of(evidence: Evidence) -> dict[str, str]:
    return {name: sector for sector, names in evidence.world.partners.items() for name in names}


def _delays(evidence: Evidence, reports: pd.DataFrame, settings: Settings) -> list[Check]:
    """H3: delay of the first report of each case at each partner, after its last event.

    The horizon cuts off the last reports, for which the estimate corrects. A value outside its band
    fails if chance does not explain it (two sigma over cases, whose reports are about as late).
    """
    reports = reports[reports["known_at"] <= evidence.world.days * DAY]
    first = reports.sort_values("known_at").drop_duplicates(["partner", "case"])
    delay = (first["known_at"] - first["happened"]) / DAY
    follow_up = evidence.world.days - first["happened"] / DAY
    checks = []
    for form, points in DELAYS.items():
        rows = first["true_form"] == form
        cases = max(first.loc[rows, "case"].nunique(), 1)
        for share, point in zip((0.5, 0.9), points, strict=True):
            margin = CHANCE_SIGMAS * math.sqrt(share * (1 - share) / cases)
            least, value, most = (
                truncated_quantile(
                    delay[rows].to_numpy(), follow_up[rows].to_numpy(), min(max(each, 0.0), 1.0)
                )
                for each in (share - margin, share, share + margin)
            )
            low, high = point * (1 - DELAY_TOLERANCE), point * (1 + DELAY_TOLERANCE)
            note = f"days; the anchor is {point:g}, a quarter either way is our reading"
            why = _absent(form, settings)
            if evidence.world.days < 2 * point:
                why = f"days; a world of {evidence.world.days} days cuts off such late reports"
            check = judged("H3", f"{form}: {'median' if share == 0.5 else '90th percentile'} delay",
                           value, low, high, why or note, applies=not why)  # fmt: skip
            if check.passed is False and least <= high and most >= low:
                note = f"days; {cases} cases cannot tell it from {least:.3g} to {most:.3g}"
                check = replace(check, passed=True, note=note)
            checks.append(check)
    late = float((delay > LATE_DAYS).mean()) if len(delay) else math.nan
    slow = any(
        each.reporting.delay_days_p90 > LATE_DAYS for each in settings.scenario.forms.values()
    )
    return [
        *checks,
        judged("H3", f"share of reports later than {LATE_DAYS} days", late, 0.1, None,
               "" if slow else "no form of this scenario is reported so late", applies=slow),
    ]  # fmt: skip


def _wrong(evidence: Evidence, settings: Settings) -> list[Check]:
    """H4: mistakes in reports. Police: 8,700 disputes and unclear cases beside 29,643 others."""
    labels = evidence.world.labels
    labels = labels[labels["partner"].isin(evidence.world.partners["bank"])]
    true = labels["case"].isin(evidence.truth.cases["case"])
    reports = labels.loc[true, "case"].nunique()
    false = labels.loc[~true, "case"].nunique() / reports if reports else math.nan
    cases = evidence.case_labels.drop_duplicates(["partner", "case"])
    wrong = float((cases["form"] != cases["true_form"]).mean()) if len(cases) else math.nan
    several, fraud = len(settings.scenario.forms) > 1, bool(settings.scenario.forms)
    return [
        judged("H4", "reports to banks of honest payments, for every true one", false, 0.15, 0.45,
               "" if fraud else "no fraud in this scenario", applies=fraud),
        judged("H4", "share of cases recorded under another form", wrong, 0.02, 0.08,
               "" if several else "one form only", applies=several),
    ]  # fmt: skip


def behaviour(evidence: Evidence) -> dict[str, float]:
    """Return figures of four behaviours that generators of independent rows lack (I1)."""
    rows = evidence.payments
    legit = rows[~rows["fraud"]]
    bursts = burstiness(legit["payer"].to_numpy(), legit["time"].to_numpy())
    transfers = evidence.transfers
    previous = transfers.groupby("payer")["time"].diff()
    return {
        "P1 burstiness of ordinary payments": float(np.median(bursts)) if len(bursts) else math.nan,
        "P2 persistence of fraud": fraud_persistence(evidence),
        "P3 victims per mule account": transfers.groupby("payee")["case"].nunique().mean(),
        "P3 victims per device": transfers.groupby("device")["case"].nunique().mean(),
        "P4 fraud within an hour of another": float((previous < HOUR).mean()),
    }
