"""Harm to innocent people: who is stopped, called or listed, and how far a listing spreads.

A person counts once, however often and at however many partners.
"""

import numpy as np
import pandas as pd

from proeftuin.decisions.actions import (
    ACTIONS,
    BY_ALERT,
    BY_BLOCK,
    BY_RULE,
    Decisions,
    ScoredDesk,
)
from proeftuin.metrics import ALL
from proeftuin.outcomes.equality import Payees, burden_of, false_positives
from proeftuin.outcomes.involved import involved
from proeftuin.outcomes.journeys import share
from proeftuin.outcomes.marked import Marked
from proeftuin.outcomes.reference import Reference
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.query import ROW
from synthetic_data.arrays import Bools, Ints
from synthetic_data.clock import DAY
from synthetic_data.freezes import FREEZE, RELEASE
from synthetic_data.reports import KIND_ENTITY
from synthetic_data.world import Truth, World

CALLED = "hold_and_call_back"
#: By kind of report: the entity as desks call it.
NAMED = {kind: entity for kind, entity in KIND_ENTITY.items() if kind != entity} | {
    "customer": "customer",
    "merchant": "merchant",
    "seller": "seller",
}
LISTING = ["entity", "code"]
PEOPLE = ["sector", "event", "acting", "how", "person"]


def harm_of(
    marked: list[Marked],
    decisions: Decisions,
    *,
    reference: Reference,
    actions: pd.DataFrame,
    followed: pd.DataFrame,
) -> pd.DataFrame:
    """Compute every harm outcome, per partner that acts and for all together.

    Args:
        marked: rows of the test period at every desk, marked as fraud or honest.
        decisions: blocks and holds of the partners.
        reference: gives the people without a part in fraud, and the sectors that call customers.
        actions: of :func:`proeftuin.decisions.actions.actions_of`.
        followed: of :func:`proeftuin.outcomes.journeys.follow`; gives losses prevented, weighted.

    Returns:
        Columns ``partner, fraud_form, metric, value``; ``fraud_form`` is ``all``.
    """
    world, truth, period = reference.world, reference.truth, reference.period
    by_rule = decisions.held.assign(sector=BANK, how=BY_RULE)[list(ACTIONS)]
    people = _people(marked, pd.concat([actions, by_rule], ignore_index=True), truth)
    stopped, delayed = people[people["how"] != BY_RULE], people[people["how"] == BY_RULE]
    acts = reference.interventions.by_sector
    calls = [sector for sector, each in acts.items() if each.action == CALLED]
    called = stopped[(stopped["how"] == BY_ALERT) & stopped["sector"].isin(calls)]
    guilty = involved(world, truth)
    wrong = _wrong_listings(decisions.blocks, guilty, world, period)
    kept = followed[followed["saved"]].drop_duplicates("way")
    kept = kept.assign(weight=kept["weight"] * kept["probability"])
    payees = Payees(world)
    burdens = [burden_of(each, actions, payees) for each in marked]
    rows = []
    for name in [each.desk.desk.name for each in marked] + [ALL]:
        mine = [
            burden
            for each, burden in zip(marked, burdens, strict=True)
            if name in (ALL, each.desk.desk.name)
        ]
        prevented = _of(kept, "acting", name)["weight"].sum()
        counts = {
            "people_stopped": _of(stopped, "acting", name)["person"].nunique(),
            "people_called": _of(called, "acting", name)["person"].nunique(),
            "people_delayed": _of(delayed, "acting", name)["person"].nunique(),
            "wrong_listings": len(_of(wrong, "name", name)[LISTING].drop_duplicates()),
        }
        found = {
            **{metric: float(count) for metric, count in counts.items()},
            **{f"{metric}_per_fraud": share(n, prevented) for metric, n in counts.items()},
            "wrong_listing_days": _mean(_of(wrong, "name", name)["seconds"]) / DAY,
            "people_stopped_again": float(_again(_of(stopped, "acting", name))),
            **false_positives(mine),
            **_measures(name, decisions.held, actions),
            **_freezes(name, guilty["account"], world, period),
        }
        rows += [(name, ALL, metric, value) for metric, value in found.items()]
    spread = _spread([each.desk for each in marked], wrong, guilty, world, period)
    rows += [(ALL, ALL, metric, value) for metric, value in spread.items()]
    return pd.DataFrame(rows, columns=["partner", "fraud_form", "metric", "value"])


def _again(stopped: pd.DataFrame) -> int:
    """Count the people two or more of whose honest rows were acted on."""
    rows = stopped.drop_duplicates(["sector", "event"])
    return int((rows["person"].value_counts() > 1).sum())


def _measures(name: str, held: pd.DataFrame, actions: pd.DataFrame) -> dict[str, float]:
    """Count what is refused on blocklists and held by rules, of rows of whoever they are."""
    refused = _of(actions[actions["how"] == BY_BLOCK], "acting", name)
    return {
        "refused_rows": float(len(refused.drop_duplicates(["sector", "event"]))),
        "held_payments": float(_of(held, "acting", name)["event"].nunique()),
    }


def _freezes(name: str, guilty: Ints, world: World, period: tuple[int, int]) -> dict[str, float]:
    """Count the accounts that banks freeze by themselves, and how long innocents are frozen."""
    start, end = period
    rows = world.tables["actions"]
    rows = rows[rows["kind"].isin((FREEZE, RELEASE))].sort_values("time", kind="stable")
    if name != ALL:
        banks = world.partners.get(BANK, ())
        rows = rows[rows["bank"] == (banks.index(name) if name in banks else -1)]
    until = rows.groupby("account")["time"].shift(-1).fillna(end).clip(upper=end)
    spells = rows.assign(until=until)[rows["kind"] == FREEZE]
    begun = spells[spells["time"].between(start, end - 1)]
    wrong = spells[~spells["account"].isin(guilty) & (spells["until"] > start)]
    days = (wrong["until"] - wrong["time"].clip(lower=start)) / DAY
    return {
        "accounts_frozen": float(begun["account"].nunique()),
        "wrongly_frozen": float(wrong["account"].nunique()),
        "wrongly_frozen_days": float(days.sum()),
    }


def _of(rows: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    return rows if name == ALL else rows[rows[column] == name]


def _people(marked: list[Marked], actions: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """Return the people whose honest rows were acted on (``PEOPLE``), once per row and actor."""
    found = [pd.DataFrame({key: [] for key in PEOPLE}, dtype=object)]
    for each in marked:
        desk = each.desk
        mine = actions[actions["sector"] == desk.desk.sector]
        row = np.flatnonzero(each.honest & np.isin(desk.event, mine["event"].to_numpy(np.int64)))
        rows = pd.DataFrame({"event": desk.event[row], "customer": desk.customer[row]})
        rows = rows.merge(mine, on="event")
        kind = DECIDING[desk.desk.sector].customer_entity
        person = persons_behind(kind, rows["customer"].to_numpy(np.int64), truth)
        found.append(rows.assign(person=person)[PEOPLE])
    return pd.concat([each for each in found if len(each)] or found[:1], ignore_index=True)


def persons_behind(kind: str, codes: Ints, truth: Truth) -> Ints:
    """Return the persons behind codes; a code without a known person counts as one person."""
    links = truth.links[truth.links["entity"] == kind].set_index("code")["person"]
    known = links.reindex(codes).fillna(-1).to_numpy(np.int64)
    number = sorted({each.customer_entity for each in DECIDING.values()}).index(kind)
    return np.where(known >= 0, known, -2 - codes - (number << 32))


def _innocent(rows: pd.DataFrame, guilty: dict[str, Ints]) -> Bools:
    """Mark the entities, ``entity`` and ``code``, that had no part in fraud."""
    innocent = np.zeros(len(rows), dtype=bool)
    for entity, codes in guilty.items():
        mine = (rows["entity"] == entity).to_numpy()
        innocent[mine] = ~np.isin(rows["code"].to_numpy(np.int64)[mine], codes)
    return innocent


def _wrong_listings(
    blocks: pd.DataFrame, guilty: dict[str, Ints], world: World, period: tuple[int, int]
) -> pd.DataFrame:
    """Return the innocents that a partner refuses in the test period: ``name``, ``seconds``.

    Overlapping blocks of the same entity at the same partner are one. Whole seconds add up to the
    same in any order of codes, days do not.
    """
    start, end = period
    since, until = blocks["since"].clip(lower=start), blocks["until"].clip(upper=end)
    listed = (since < until) & (blocks["entity"] != ROW)  # a row refused is no listing
    rows = blocks.assign(since=since, until=until)[listed & _innocent(blocks, guilty)]
    one = ["sector", "partner", *LISTING]
    rows = rows.sort_values([*one, "since"])
    covered = rows.groupby(one)["until"].cummax()
    before = covered.groupby([rows[key] for key in one]).shift(1)
    fresh = rows["until"] - np.fmax(rows["since"], before.fillna(start))
    rows = rows.assign(seconds=fresh.clip(lower=0)).groupby(one)["seconds"].sum().reset_index()
    names = [
        world.partners[str(sector)][partner]
        for sector, partner in zip(rows["sector"], rows["partner"], strict=True)
    ]
    return rows.assign(name=pd.Series(names, index=rows.index, dtype="str"))


def _spread(
    scored: list[ScoredDesk],
    wrong: pd.DataFrame,
    guilty: dict[str, Ints],
    world: World,
    period: tuple[int, int],
) -> dict[str, float]:
    """Return where partners that got no report themselves act on a reported innocent person."""
    start, end = period
    labels = world.labels[world.labels["kind"].isin(NAMED)]
    told = labels.assign(entity=labels["kind"].astype(str).map(NAMED), code=labels["value"])
    stands = (told["known_at"] < end) & (told["withdrawn_at"] > start)
    told = told[stands & _innocent(told, guilty)]
    felt = [wrong[[*LISTING, "name"]]]
    for each in scored:
        for entity, some in told.groupby("entity"):
            codes = each.entities.get(str(entity))
            if codes is None:
                continue
            row = np.flatnonzero(each.alerted & np.isin(codes, some["code"].to_numpy()))
            seen = pd.DataFrame({"code": codes[row], "time": each.time[row]}).merge(
                some[["code", "known_at", "withdrawn_at"]], on="code"
            )
            seen = seen[(seen["known_at"] <= seen["time"]) & (seen["time"] < seen["withdrawn_at"])]
            felt.append(seen.assign(entity=entity, name=each.desk.name)[[*LISTING, "name"]])
    every = pd.concat([each for each in felt if len(each)] or felt[:1]).drop_duplicates()
    every = every.merge(told[LISTING].drop_duplicates(), on=LISTING)
    knew = told.rename(columns={"partner": "name"})[[*LISTING, "name"]].drop_duplicates()
    both = every.merge(knew, on=[*LISTING, "name"], how="left", indicator=True)
    elsewhere = both[both["_merge"] == "left_only"]
    reported = len(told[LISTING].drop_duplicates())
    return {
        "wrong_reports": float(reported),
        "wrong_reports_felt_elsewhere": float(len(elsewhere[LISTING].drop_duplicates())),
        "wrong_report_partners": share(len(elsewhere), reported),
    }


def _mean(values: "pd.Series[float]") -> float:
    return float(values.mean()) if len(values) else np.nan
