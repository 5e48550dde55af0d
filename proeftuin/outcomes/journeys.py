"""Journeys of victims, followed until the first action that works: losses, and victims spared.

Losses are payments by which a victim loses money, and orders for which a shop is never paid, each
once. A checkout or a deposit is no loss of its own: the payment behind it is.

An action at a row of a case works or does not, with the sector's probability of success: a victim
who does not listen to a sector at first does not listen to it later either. The first action that
works ends the journey: losses from then on are saved, earlier ones are gone. An exchange that stops
a deposit, or what was bought with it, still holds the money of that payment.

Nothing is drawn. A case goes one of a few ways: one for the first action of every sector, in which
all earlier ones fail and it works, and one in which nothing works. Every outcome is its expectation
over these ways, so arms do not differ by luck.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.decisions.actions import BY_RULE
from proeftuin.decisions.holds import NEVER
from proeftuin.metrics import ALL, STOP_PHASES
from proeftuin.outcomes.reference import Reference
from proeftuin.sectors import BANK, DECIDING
from scenarios.base import Phase
from synthetic_data.reports import LOSSES
from synthetic_data.schema import TABLES
from synthetic_data.world import Truth, World

#: [D] persons of 15 and older: 2.4 million victims are 15.7 % (CBS 2024).
NATION = 15_300_000
YEAR_DAYS = 365
TINY = 1e-9  #: so far from a half, a sum of probabilities is not a half
#: Outcomes by which coalitions are valued.
VALUE = ("victims_spared_share", "stopped_share")


@dataclass(frozen=True, eq=False)
class Cases:
    """The cases to follow in a world, the same for all arms and coalitions.

    Attributes:
        losses: losses of the test period: ``table, event, case, form, customer`` (name of the
            partner whose customer, or which itself, loses it)``, time, amount_eur, new`` (whether
            the case had lost nothing before the test period)``, weight`` (at the real rate)``,
            contact_time``.
        rows: rows of cases at which a partner can act: ``sector, event, case, phase, success``
            (probability that an action works)``, held`` (the payment whose money an exchange then
            holds).
        forms: names of the forms.
        persons: size of the population, 0 if nobody said whom the rows stand for.
        days: length of the test period.
    """

    losses: pd.DataFrame
    rows: pd.DataFrame
    forms: tuple[str, ...]
    persons: int
    days: int


def cases_of(reference: Reference) -> Cases:
    """Return what there is to follow."""
    world, truth, start = reference.world, reference.truth, reference.period[0]
    losses = losses_of(world, truth)
    first = losses.groupby("case")["time"].min()
    losses = losses[losses["time"] >= start]
    cases = truth.cases.set_index("case")
    return Cases(
        losses=losses.assign(
            new=losses["case"].map(first).to_numpy() >= start,
            weight=losses["case"].map(cases["real_weight"]).to_numpy(dtype=float),
            contact_time=losses["case"].map(cases["contact_time"]).to_numpy(),
        ),
        rows=_rows(reference),
        forms=tuple(sorted(truth.cases["form"].unique())),
        persons=truth.persons,
        days=reference.days,
    )


def follow(cases: Cases, actions: pd.DataFrame, holds: pd.DataFrame) -> pd.DataFrame:
    """Follow every case that loses money in the test period.

    Args:
        cases: of :func:`cases_of`.
        actions: of :func:`proeftuin.decisions.actions.actions_of`.
        holds: payments that banks hold or refuse by a rule (``decisions.holds.HELD``). One found
            to be fraud while it is held ends the journey, and all that is then held is saved; one
            that is refused is saved, and the journey goes on.

    Returns:
        The losses of the cases, repeated for every way that a case can go (see :func:`_ways`), with
        ``saved, way, probability, once, stop, acting`` and ``phase``.
    """
    losses = cases.losses.merge(_ways(cases, actions, holds), on="case")
    own = losses["event"] == losses["held"]
    released = losses["event"].map(holds.groupby("event")["until"].max())
    until = released.where(losses["table"] == "payments").astype(float)
    saved = (losses["time"] >= losses["stop"]) | own.astype(bool) | (until > losses["stop"])
    refused = until >= NEVER
    losses["acting"] = losses["acting"].where(saved | ~refused, losses["customer"])
    losses["saved"] = (saved | refused).to_numpy()
    return losses.sort_values(["time", "amount_eur", "stop"], ignore_index=True)


def losses_of(world: World, truth: Truth) -> pd.DataFrame:
    """Return every row by which a victim loses money, with the partner of that customer."""
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
    return every[["table", "event", "case", "form", "customer", "time", "amount_eur"]]


def _empty_losses(events: pd.DataFrame) -> pd.DataFrame:
    return events[:0].assign(customer=pd.Series(dtype="str"))


def _rows(reference: Reference) -> pd.DataFrame:
    """Return the rows of cases, how often an action on them works, and the payment then held."""
    world, truth = reference.world, reference.truth
    sectors = {each.rows: sector for sector, each in DECIDING.items()}
    rows = truth.events[truth.events["case"] >= 0]
    rows = rows.assign(sector=rows["table"].map(sectors))[["sector", "event", "case", "phase"]]
    rows = rows.dropna(subset="sector").reset_index(drop=True)
    success = {each: reference.interventions.by_sector[each].success for each in DECIDING}
    chance = rows["sector"].map(success).astype(float)
    held = rows.merge(_behind_transfers(world, truth), on=["sector", "event", "case"], how="left")
    return rows.assign(success=chance, held=held["held"].fillna(-1).array)


def _ways(cases: Cases, actions: pd.DataFrame, holds: pd.DataFrame) -> pd.DataFrame:
    """Return the ways in which every case with a loss can go.

    Returns:
        ``case, way`` (its number)``, probability, once`` (marks one way of every case)``, stop``
        (moment of the action that works, NaN if none)``, acting, phase, held`` (of that action).
    """
    tried = _tried(cases, actions, holds)
    fails = (1 - tried["success"]).groupby(tried["case"]).cumprod()
    before = fails.groupby(tried["case"]).shift(fill_value=1.0)
    ways = tried.assign(
        probability=before * tried["success"],
        stop=tried["time"].where(tried["time"] < NEVER),
        way=np.arange(len(tried)),
    )
    ways = ways[ways["probability"] > 0]
    ways["once"] = ~ways["case"].duplicated()
    return ways[["case", "way", "probability", "once", "stop", "acting", "phase", "held"]]


def _tried(cases: Cases, actions: pd.DataFrame, holds: pd.DataFrame) -> pd.DataFrame:
    """Return the first action of every sector in every case, in order of time, nothing at the end.

    A payment that is found to be fraud while it is held is stopped for certain. Of actions at the
    same moment, alerts and refusals come before such a find. That nothing works is written as an
    action that does for certain, at ``NEVER``.

    Returns:
        ``sector, case, phase, success, held, time, acting``.
    """
    done = cases.rows.merge(actions.drop(columns="how"), on=["sector", "event"])
    found = holds[holds["found"] < NEVER].drop(columns="time").rename(columns={"found": "time"})
    if len(found):
        found = cases.rows.merge(found.assign(sector=BANK), on=["sector", "event"])
        done = pd.concat([done, found.assign(sector=BY_RULE, success=1.0)[list(done.columns)]])
    done = done.sort_values("time", kind="stable").drop_duplicates(["case", "sector"])
    every = cases.losses["case"].unique()
    nothing = {"case": every, "sector": "", "success": 1.0, "time": NEVER, "held": -1}
    return pd.concat([done, pd.DataFrame(nothing)], ignore_index=True)


def _behind_transfers(world: World, truth: Truth) -> pd.DataFrame:
    """Return the payment behind every transfer of a case at an exchange: ``held``.

    A deposit belongs to the case's latest payment of the same amount; a transfer to a wallet
    belongs to the latest deposit.
    """
    events = truth.events[truth.events["case"] >= 0].sort_values("time", kind="stable")
    transfers = events[events["table"] == "transfers"][["event", "case", "time", "amount_eur"]]
    payments = events[events["table"] == "payments"][["event", "case", "time", "amount_eur"]]
    if transfers.empty or payments.empty:
        return transfers.assign(sector="exchange", held=-1).astype({"held": "Int64"})[
            ["sector", "event", "case", "held"]
        ]
    whole = payments["event"].astype("Int64")  # codes do not fit in a float, also beside a gap
    paid: pd.DataFrame = pd.merge_asof(
        transfers.assign(cents=_cents(transfers)),
        payments[["case", "time"]].assign(held=whole, cents=_cents(payments)),
        on="time",
        by=["case", "cents"],
    )
    moved = world.tables["transfers"]
    withdrawn = moved.loc[moved["withdrawal"] == 1, "transfer"]
    paid["held"] = paid["held"].where(~paid["event"].isin(withdrawn))
    held = paid.groupby("case")["held"].ffill()
    return paid.assign(sector="exchange", held=held)[["sector", "event", "case", "held"]]


def _cents(rows: pd.DataFrame) -> "pd.Series[int]":
    return (rows["amount_eur"] * 100).round().astype("int64")


def outcomes_of(followed: pd.DataFrame, cases: Cases, world: World) -> pd.DataFrame:
    """Return what journeys come to: for all forms and each, for all customers and each partner's.

    Numbers are expectations over the ways that cases can go, shares the ratio of two of them,
    medians those of all ways together, each counted by its probability.

    A number of a partner or form to which nothing happened is 0, so that it counts in a mean.

    Args:
        followed: of :func:`follow`.
        cases: of :func:`cases_of`.
        world: for the names of the partners.

    Returns:
        Columns ``partner, fraud_form, metric, value``.
    """
    forms = [ALL, *cases.forms]
    losing = [TABLES[table].sector for table in LOSSES]
    customers = [name for sector in losing for name in world.partners.get(sector, ())]
    acting = [name for sector in DECIDING for name in world.partners.get(sector, ())]
    scale = nation_over(cases.persons) * YEAR_DAYS / cases.days
    told = [
        _totals(_cases(followed, "customer"), _cells(customers, forms), scale),
        _stopped_by(_cases(followed[followed["saved"]], "acting"), _cells(acting, forms)),
    ]
    return pd.concat([_long(each) for each in told], ignore_index=True)


def value_of(followed: pd.DataFrame, cases: Cases) -> pd.DataFrame:
    """Return the savings of all victims: the rows of :func:`outcomes_of` for ``VALUE``, but faster.

    Returns:
        Columns ``fraud_form, metric, value``.
    """
    of_way = followed.groupby(["form", "way"])
    euro, saved = followed["amount_eur"], followed["saved"]
    euros = {"loss": euro * followed["once"], "kept": euro * followed["probability"] * saved}
    first = of_way[["new", "once", "probability"]].first()
    spared = first["probability"] * (first["new"] & of_way["saved"].all())
    persons = pd.DataFrame({"victims": first["new"] & first["once"], "spared": spared})
    table = pd.DataFrame(euros).groupby(followed["form"]).sum()
    table = table.join(persons.astype(float).groupby(level="form").sum())
    table.loc[ALL] = table.sum()
    table = table.reindex([ALL, *cases.forms], fill_value=0.0).rename_axis("form")
    shares = (ratio(table["spared"], table["victims"]), ratio(table["kept"], table["loss"]))
    return _long(pd.DataFrame(dict(zip(VALUE, shares, strict=True))))


def _cells(partners: list[str], forms: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([[ALL, *partners], forms], names=["partner", "form"])


def _long(wide: pd.DataFrame) -> pd.DataFrame:
    table = wide.melt(ignore_index=False, var_name="metric").reset_index()
    return table.rename(columns={"form": "fraud_form"})


def _cases(losses: pd.DataFrame, partner: str) -> pd.DataFrame:
    """Return one row per way of a case: for all and each partner, for all forms and its own."""
    euro, weight = losses["amount_eur"], losses["weight"]
    losses = losses.assign(
        kept_eur=euro * losses["saved"],
        real_eur=euro * weight,
        real_kept_eur=euro * weight * losses["saved"],
        partner=losses[partner],
    )
    losses = pd.concat([losses.assign(partner=ALL), losses[losses["partner"] != ""]])
    losses = losses.dropna(subset="partner")
    by_way = losses.groupby(["partner", "form", "way"], sort=False)
    sums = by_way[["amount_eur", "kept_eur", "real_eur", "real_kept_eur"]].sum()
    kept = ["new", "weight", "probability", "once", "stop", "phase", "contact_time"]
    first = by_way[kept].first()
    cases = pd.concat([sums, first], axis=1).assign(
        last=by_way["time"].max(),
        stopped=by_way["saved"].any(),
        spared=by_way["saved"].all(),
    )
    cases = cases.reset_index()
    return pd.concat([cases.assign(form=ALL), cases], ignore_index=True)


def _totals(cases: pd.DataFrame, cells: pd.MultiIndex, scale: float) -> pd.DataFrame:
    """Return the outcomes of every cell (partner and form), one column each."""
    chance, once = cases["probability"], cases["once"].astype(float)
    ends, new = cases["stopped"].astype(bool), cases["new"].astype(bool)
    stopped, spared = chance * ends, chance * (new & cases["spared"].astype(bool))
    weight, victims = cases["weight"].astype(float), once * new
    sums = {
        "loss_eur": once * cases["amount_eur"],
        "stopped_eur": chance * cases["kept_eur"],
        "stopped_share_per_case": chance * ratio(cases["kept_eur"], cases["amount_eur"]),
        "journeys": once,
        "journeys_stopped": stopped,
        "journeys_stopped_real": weight * stopped,
        "victims": victims,
        "victims_spared": spared,
        **{
            f"stopped_in[{name}]": stopped * (cases["phase"] == phase)
            for phase, name in STOP_PHASES.items()
        },
        "national_loss_eur": once * cases["real_eur"],
        "national_stopped_eur": chance * cases["real_kept_eur"],
        "national_journeys_stopped": weight * stopped,
        "national_victims": weight * victims,
        "national_victims_spared": weight * spared,
    }
    medians = {
        "lead_minutes": (cases["last"] - cases["stop"]).where(ends) / 60,
        "minutes_after_contact": (cases["stop"] - cases["contact_time"]).where(ends) / 60,
    }
    of = [cases["partner"], cases["form"]]
    table = pd.DataFrame(sums).astype(float).groupby(of).sum().reindex(cells, fill_value=0.0)
    table[[name for name in sums if name.startswith("national")]] *= scale
    middle = {name: weighted_medians(each, chance, of) for name, each in medians.items()}
    table["stopped_share"] = ratio(table["stopped_eur"], table["loss_eur"])
    table["stopped_share_per_case"] = ratio(table["stopped_share_per_case"], table["journeys"])
    table["journeys_stopped_share"] = ratio(table["journeys_stopped"], table["journeys"])
    table["victims_spared_share"] = ratio(table["victims_spared"], table["victims"])
    for name in STOP_PHASES.values():
        phase = f"stopped_in[{name}]"
        table[phase] = ratio(table[phase], table["journeys_stopped"])
    return pd.concat([table, pd.DataFrame(middle).reindex(cells)], axis=1)


def weighted_medians(
    values: "pd.Series[float]", weights: "pd.Series[float]", of: list["pd.Series[str]"]
) -> "pd.Series[float]":
    """Return the weighted median of the values that there are, by group.

    With equal weights it is the ordinary median: the mean of the two in the middle, if there are
    two.
    """
    rows = pd.DataFrame({"value": values, "weight": weights}).dropna().sort_values("value")
    of = [each.reindex(rows.index) for each in of]
    below = rows["weight"].groupby(of).cumsum() / rows["weight"].groupby(of).transform("sum")
    lower = rows["value"].where(below >= 0.5 - TINY).groupby(of).first()
    upper = rows["value"].where(below > 0.5 + TINY).groupby(of).first()
    return (lower + upper) / 2


def _stopped_by(cases: pd.DataFrame, cells: pd.MultiIndex) -> pd.DataFrame:
    """Return what each partner's own actions stop, for victims of any partner."""
    cases = cases.assign(expected_eur=cases["amount_eur"] * cases["probability"])
    by = cases.groupby(["partner", "form"])
    table = {
        "journeys_stopped_by_own_action": by["probability"].sum(),
        "stopped_by_own_action_eur": by["expected_eur"].sum(),
    }
    return pd.DataFrame(table).astype(float).reindex(cells, fill_value=0.0)


def nation_over(persons: int) -> float:
    """Return how many adults of the Netherlands one of a world stands for, NaN if nobody said."""
    return NATION / persons if persons else np.nan


def ratio(part: "pd.Series[float]", whole: "pd.Series[float]") -> "pd.Series[float]":
    """Return parts of wholes, NaN where there is no whole."""
    return part / whole.where(whole > 0)


def share(part: float, whole: float) -> float:
    """Return a part of a whole, NaN if there is no whole."""
    return float(part / whole) if whole else np.nan
