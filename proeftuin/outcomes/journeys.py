"""Journeys of victims, followed until the first action that works: who loses what, who is spared.

What counts as loss: payments by which a victim loses money and orders for which a shop is never
paid, each once. A checkout or a deposit is no loss of its own: the payment behind it is.

An action at a row of a case works or does not, with the sector's probability of success. Whether
a victim listens is drawn once per case and sector, so arms are compared on the same luck. The first
action that works ends the journey: losses from then on are saved, earlier ones are gone. An
exchange that stops a deposit, or what was bought with it, still holds the money of that payment.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import Floats
from proeftuin.outcomes.actions import ROWS
from proeftuin.outcomes.schema import ALL, STOP_PHASES
from proeftuin.settings import Interventions
from scenarios.base import Phase
from synthetic_data.clock import DAY
from synthetic_data.reports import LOSSES
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World

#: [D] persons of 15 and older: 2.4 million victims in 2024 are 15.7 %.
NATION = 15_300_000
YEAR_DAYS = 365


def follow(
    actions: pd.DataFrame,
    world: World,
    truth: Truth,
    *,
    interventions: Interventions,
    test_day: int,
    seeds: Seeds,
) -> pd.DataFrame:
    """Follow every case that loses money in the test period.

    Args:
        actions: of :func:`proeftuin.outcomes.actions.actions_of`.
        world: tables of the partners.
        truth: what was fraud.
        interventions: how often an action works, by sector.
        test_day: first day of the test period.
        seeds: stream of the world, the same for all arms.

    Returns:
        One row per loss in the test period: ``case, form, customer`` (name of the partner whose
        customer, or which itself, loses it)``, time, amount_eur, saved, new`` (whether the case
        had lost nothing before the test period)``, weight`` (what it stands for at the real
        rate)``, stop`` (moment of the first action that works, NaN if none)``, acting, phase`` (of
        it)``, contact_time``.
    """
    losses = losses_of(world, truth)
    first = losses.groupby("case")["time"].min()
    losses = losses[losses["time"] >= test_day * DAY]
    stops = _stops(actions, world, truth, interventions, seeds)
    losses = losses.merge(stops, on="case", how="left")
    saved = (losses["time"] >= losses["stop"]) | (losses["event"] == losses["held"])
    cases = truth.cases.set_index("case")
    return losses.assign(
        saved=saved.to_numpy(),
        new=losses["case"].map(first).to_numpy() >= test_day * DAY,
        weight=losses["case"].map(cases["real_weight"]).to_numpy(dtype=float),
        contact_time=losses["case"].map(cases["contact_time"]).to_numpy(),
    ).sort_values(["case", "time"], ignore_index=True)


def losses_of(world: World, truth: Truth) -> pd.DataFrame:
    """Return every row by which a victim loses money, with the partner whose customer it is."""
    events = truth.events
    events = events[(events["case"] >= 0) & (events["phase"] == Phase.TRANSFER)]
    found = [_empty_losses(events)]
    for table in LOSSES:
        mine = events[events["table"] == table]
        if table not in world.tables or mine.empty:
            continue
        schema = TABLES[table]
        rows = world.tables[table]
        rows = rows[rows[schema.event].isin(mine["event"])].set_index(schema.event)
        holder = rows[schema.holders[0]].reindex(mine["event"]).fillna(-1).astype(int)
        names = np.array([*world.partners[schema.sector], ""], dtype=object)
        found.append(mine.assign(customer=names[holder.to_numpy()]))
    every = pd.concat([each for each in found if len(each)] or found[:1], ignore_index=True)
    return every[["case", "form", "customer", "event", "time", "amount_eur"]]


def _empty_losses(events: pd.DataFrame) -> pd.DataFrame:
    return events[:0].assign(customer=pd.Series(dtype="str"))


def _stops(
    actions: pd.DataFrame,
    world: World,
    truth: Truth,
    interventions: Interventions,
    seeds: Seeds,
) -> pd.DataFrame:
    """Return the first action that works, by case: ``case, stop, acting, phase, held``."""
    rows = truth.events[truth.events["case"] >= 0].assign(
        sector=lambda events: events["table"].map({table: sector for sector, table in ROWS.items()})
    )
    done = rows[["sector", "event", "case", "phase"]].merge(actions, on=["sector", "event"])
    works = np.zeros(len(done), dtype=bool)
    place = pd.Index(truth.cases["case"]).get_indexer(done["case"])
    for sector in ROWS:
        luck: Floats = seeds.rng("success", sector).random(len(truth.cases))
        mine = (done["sector"] == sector).to_numpy()
        works[mine] = luck[place[mine]] < getattr(interventions, sector).success
    first = done[works].sort_values("time", kind="stable").drop_duplicates("case")
    held = first[["sector", "event", "case"]].merge(
        _behind_transfers(world, truth), on=["sector", "event", "case"], how="left"
    )["held"]
    return first.assign(stop=first["time"], held=held.fillna(-1).to_numpy(dtype=np.int64))[
        ["case", "stop", "acting", "phase", "held"]
    ]


def _behind_transfers(world: World, truth: Truth) -> pd.DataFrame:
    """Return the payment behind every transfer of a case at an exchange: ``held``.

    A deposit is the case's latest payment of the same amount; what leaves for a wallet is what was
    deposited last.
    """
    events = truth.events[truth.events["case"] >= 0].sort_values("time", kind="stable")
    transfers = events[events["table"] == "transfers"][["event", "case", "time", "amount_eur"]]
    payments = events[events["table"] == "payments"][["event", "case", "time", "amount_eur"]]
    if transfers.empty or payments.empty:
        return transfers.assign(sector="exchange", held=-1)[["sector", "event", "case", "held"]]
    paid: pd.DataFrame = pd.merge_asof(
        transfers.assign(cents=_cents(transfers)),
        payments.assign(cents=_cents(payments)).rename(columns={"event": "held"})[
            ["held", "case", "time", "cents"]
        ],
        on="time",
        by=["case", "cents"],
    )
    withdrawn = world.tables["transfers"]
    withdrawn = withdrawn.loc[withdrawn["withdrawal"] == 1, "transfer"]
    paid["held"] = paid["held"].where(~paid["event"].isin(withdrawn)).astype("Int64")
    held = paid.groupby("case")["held"].ffill()
    return paid.assign(sector="exchange", held=held)[["sector", "event", "case", "held"]]


def _cents(rows: pd.DataFrame) -> "pd.Series[int]":
    return (rows["amount_eur"] * 100).round().astype("int64")


def outcomes_of(followed: pd.DataFrame, truth: Truth, *, days: int) -> pd.DataFrame:
    """Return what journeys come to: for all forms and each, for all customers and each partner's.

    Args:
        followed: of :func:`follow`.
        truth: for the size of the population and the names of the forms.
        days: length of the test period.

    Returns:
        Columns ``partner, fraud_form, metric, value``.
    """
    forms = [ALL, *sorted(truth.cases["form"].unique())]
    scale = NATION / truth.persons * YEAR_DAYS / days
    rows = []
    for form in forms:
        of_form = followed if form == ALL else followed[followed["form"] == form]
        groups = {ALL: of_form} | {name: some for name, some in of_form.groupby("customer") if name}
        for partner, some in groups.items():
            values = _totals(some, scale)
            rows += [(str(partner), form, metric, value) for metric, value in values.items()]
        rows += _by_acting(of_form, form)
    return pd.DataFrame(rows, columns=["partner", "fraud_form", "metric", "value"])


def _totals(losses: pd.DataFrame, scale: float) -> dict[str, float]:
    cases = losses.drop_duplicates("case").set_index("case")
    by_case = losses.groupby("case")
    cases = cases.assign(
        last=by_case["time"].max(),
        any_saved=by_case["saved"].any(),
        all_saved=by_case["saved"].all(),
    )
    stopped, victims = cases[cases["any_saved"]], cases[cases["new"]]
    spared = victims[victims["all_saved"]]
    kept = losses[losses["saved"]]
    loss_eur, stopped_eur = losses["amount_eur"].sum(), kept["amount_eur"].sum()
    return {
        "loss_eur": float(loss_eur),
        "stopped_eur": float(stopped_eur),
        "stopped_share": share(stopped_eur, loss_eur),
        "journeys": float(len(cases)),
        "journeys_stopped": float(len(stopped)),
        "journeys_stopped_share": share(len(stopped), len(cases)),
        "victims": float(len(victims)),
        "victims_spared": float(len(spared)),
        "victims_spared_share": share(len(spared), len(victims)),
        **{
            f"stopped_in[{name}]": share((stopped["phase"] == phase).sum(), len(stopped))
            for phase, name in STOP_PHASES.items()
        },
        "lead_minutes": _median((stopped["last"] - stopped["stop"]) / 60),
        "minutes_after_contact": _median((stopped["stop"] - stopped["contact_time"]) / 60),
        "national_loss_eur": scale * float((losses["amount_eur"] * losses["weight"]).sum()),
        "national_stopped_eur": scale * float((kept["amount_eur"] * kept["weight"]).sum()),
        "national_journeys_stopped": scale * float(stopped["weight"].sum()),
        "national_victims": scale * float(victims["weight"].sum()),
        "national_victims_spared": scale * float(spared["weight"].sum()),
    }


def _by_acting(losses: pd.DataFrame, form: str) -> list[tuple[str, str, str, float]]:
    """Return what each partner's own actions stop, whoever's customers the victims are."""
    kept = losses[losses["saved"]]
    found = [(ALL, kept), *((str(name), some) for name, some in kept.groupby("acting"))]
    return [
        (name, form, metric, value)
        for name, some in found
        for metric, value in (
            ("journeys_stopped_by_own_action", float(some["case"].nunique())),
            ("stopped_by_own_action_eur", float(some["amount_eur"].sum())),
        )
    ]


def share(part: float, whole: float) -> float:
    """Return a part of a whole, NaN if there is no whole."""
    return float(part / whole) if whole else np.nan


def _median(values: "pd.Series[float]") -> float:
    return float(values.median()) if len(values) else np.nan
