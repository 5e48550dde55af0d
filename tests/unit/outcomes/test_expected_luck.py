"""No luck is drawn: outcomes equal those of every combination of luck, walked one by one."""

from collections import defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from proeftuin.decisions.holds import NEVER
from proeftuin.metrics import ALL, STOP_PHASES
from proeftuin.outcomes.journeys import VALUE, Cases, follow, outcomes_of, value_of
from proeftuin.sectors import DECIDING
from tests.fixtures.counted_world import make_world
from tests.fixtures.expected_luck import SUCCESS, random_tables

KEY = ["partner", "fraud_form", "metric"]


def enumerated(cases: Cases, actions: pd.DataFrame, holds: pd.DataFrame) -> dict:
    """Walk every case under every combination of luck of the sectors; sum what comes of it."""
    total: dict = defaultdict(float)
    spread: dict = defaultdict(list)
    for _, losses in cases.losses.groupby("case"):
        for luck in product((True, False), repeat=len(DECIDING)):
            listens = dict(zip(DECIDING, luck, strict=True))
            each = [SUCCESS[sector] if works else 1 - SUCCESS[sector]
                    for sector, works in listens.items()]  # fmt: skip
            chance = float(np.prod(each))
            if chance:
                walk(losses, cases, first_of(losses, cases, actions, holds, listens), holds, chance,
                     total, spread)  # fmt: skip
    for part, whole, name in (
        ("stopped_eur", "loss_eur", "stopped_share"),
        ("journeys_stopped", "journeys", "journeys_stopped_share"),
        ("stopped_share_per_case", "journeys", "stopped_share_per_case"),
        ("victims_spared", "victims", "victims_spared_share"),
        *((f"stopped_in[{each}]", "journeys_stopped", f"stopped_in[{each}]")
          for each in STOP_PHASES.values()),
    ):  # fmt: skip
        for who, form, metric in list(total):
            if metric == whole and total[who, form, whole] > 0:
                total[who, form, name] = total[who, form, part] / total[who, form, whole]
    return dict(total) | {key: pooled_median(each) for key, each in spread.items()}


def first_of(losses, cases, actions, holds, listens) -> tuple | None:
    """Return the first action that works: time, who acts, phase, payment whose money is held."""
    mine = cases.rows[cases.rows["case"] == losses["case"].iloc[0]]
    reached = []
    for row in mine.itertuples():
        for act in actions.itertuples():
            if (act.sector, act.event) == (row.sector, row.event) and listens[row.sector]:
                reached.append((act.time, 0, row.Index, act.acting, row.phase, row.held))
        for hold in holds.itertuples():
            if (row.sector, row.event) == ("bank", hold.event) and hold.found < NEVER:
                reached.append((hold.found, 1, row.Index, hold.acting, row.phase, row.held))
    if not reached:
        return None
    time, _, _, acting, phase, held = min(reached)
    return time, acting, phase, held


def walk(losses, cases, first, holds, chance, total, spread) -> None:
    """Book what one case comes to under one combination of luck, for everybody concerned."""
    stop, acting, phase, behind = first if first else (np.inf, None, None, -1)
    until = dict(zip(holds["event"], holds["until"], strict=True))
    saved = {
        loss.event: loss.time >= stop or loss.event == behind
        or (stop < np.inf and until.get(loss.event, -1) > stop)
        for loss in losses.itertuples()
    }  # fmt: skip
    refused = {event for event in saved if until.get(event, -1) >= NEVER}
    one = losses.iloc[0]
    gone = [x for x in losses.itertuples() if not saved[x.event] and x.event not in refused]
    kept = [x for x in losses.itertuples() if saved[x.event] or x.event in refused]
    amount, saves = losses["amount_eur"].sum(), sum(x.amount_eur for x in kept)
    scale = 15_300_000 / cases.persons * 365 / cases.days
    booked = {
        "loss_eur": amount, "stopped_eur": saves, "journeys": 1, "journeys_stopped": bool(kept),
        "stopped_share_per_case": saves / amount,
        "victims": bool(one.new), "victims_spared": bool(one.new and not gone),
        **{f"stopped_in[{name}]": bool(kept) and phase == each
           for each, name in STOP_PHASES.items()},
        "national_loss_eur": scale * one.weight * amount,
        "national_stopped_eur": scale * one.weight * saves,
        "national_journeys_stopped": scale * one.weight * bool(kept),
        "journeys_stopped_real": one.weight * bool(kept),
        "national_victims": scale * one.weight * bool(one.new),
        "national_victims_spared": scale * one.weight * bool(one.new and not gone),
    }  # fmt: skip
    for who, form in product((ALL, one.customer), (ALL, one.form)):
        for metric, value in booked.items():
            total[who, form, metric] += chance * value
        if kept and first:
            lead, wait = losses["time"].max() - stop, stop - one.contact_time
            spread[who, form, "lead_minutes"].append((lead / 60, chance))
            spread[who, form, "minutes_after_contact"].append((wait / 60, chance))
    actors = defaultdict(list)
    for loss in kept:
        actors[acting if saved[loss.event] else loss.customer].append(loss.amount_eur)
    for form in (ALL, one.form):
        for who, euros in [*actors.items(), (ALL, [saves] if kept else [])]:
            if euros:
                total[who, form, "journeys_stopped_by_own_action"] += chance
                total[who, form, "stopped_by_own_action_eur"] += chance * sum(euros)


def pooled_median(values: list[tuple[float, float]]) -> float:
    """Return the middle of values that are repeated in proportion to their chance."""
    repeated = np.repeat(*np.array([(v, round(w * 80_000)) for v, w in sorted(values)]).T.astype(
        object).tolist())  # fmt: skip
    return float(np.median(repeated))


@pytest.mark.parametrize("seed", range(12))
def test_every_outcome_is_that_of_all_luck_together(seed: int) -> None:
    cases, actions, holds = random_tables(seed)
    found = outcomes_of(follow(cases, actions, holds), cases, make_world({}))
    told = found.set_index(KEY)["value"].dropna()
    told = told[told.abs() > 1e-9].sort_index()
    expected = pd.Series(enumerated(cases, actions, holds), name="value").rename_axis(KEY)
    expected = expected[expected.abs() > 1e-9].sort_index()
    pd.testing.assert_series_equal(told, expected)
    value = value_of(follow(cases, actions, holds), cases).set_index(["fraud_form", "metric"])
    for (form, metric), each in value["value"].items():
        assert each == pytest.approx(expected.get((ALL, form, metric), 0.0))
    assert set(value.index.get_level_values("metric")) == set(VALUE)


def test_drawing_luck_many_times_gives_the_same_on_average() -> None:
    cases, actions, holds = random_tables(3)
    rng = np.random.default_rng(1)
    rows = cases.rows
    group = rows.groupby(["case", "sector"]).ngroup().to_numpy()
    drawn = []
    for _ in range(400):
        works = rng.random(group.max() + 1)[group] < rows["success"]
        lucky = replace(cases, rows=rows.assign(success=works.astype(float)))
        drawn.append(value_of(follow(lucky, actions, holds), lucky)["value"].to_numpy())
    expected = value_of(follow(cases, actions, holds), cases)["value"].to_numpy()
    error = np.std(drawn, axis=0) / np.sqrt(len(drawn))
    assert (np.abs(np.mean(drawn, axis=0) - expected) <= 4 * error + 1e-9).all()
    assert error.max() > 0
