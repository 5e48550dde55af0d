import dataclasses
import json
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from proeftuin.settings.paths import conf_dir
from scenarios.base import Money, Phase
from scenarios.phases import Drift
from scenarios.registry import FORMS
from synthetic_data.batch import joined
from synthetic_data.clock import DAY
from synthetic_data.population import Population, populate
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings
from tests.fixtures.journey_forms import (
    ALL,
    BY_PHONE,
    DEPOSITS,
    FAKE_SELLER,
    FAKE_SHOP,
    ORDERS,
    Story,
    case_of,
    form_of,
    journeys_of,
    of_cases,
    tell_story,
)

Tell = Callable[..., Story]


@pytest.fixture(scope="module")
def tell(small: WorldSettings, people: Population) -> Tell:
    return partial(tell_story, world=small, people=people)


def test_more_or_fewer_victims_than_configured_would_misstate_every_outcome(tell: Tell) -> None:
    form = form_of(BY_PHONE)
    counts = np.array([tell(form, seed=seed).cases["succeeded"].sum() for seed in range(8)])
    assert counts.mean() == pytest.approx(4000 * 0.3 * 112 / 365, rel=0.08)
    failed = (~tell(form).cases["succeeded"]).sum()  # two for every victim of the real rate
    assert failed == pytest.approx(2 * counts.mean() / 3, rel=0.2)


def test_a_quiet_start_or_end_of_the_world_would_give_the_horizon_away(tell: Tell) -> None:
    form = form_of(BY_PHONE, campaign_days=60.0)
    times = np.concatenate([tell(form, seed=seed).cases["contact_time"] for seed in range(20)])
    times = times[times >= 0]  # the others were contacted before the world and paid in it
    days = np.bincount(times // DAY, minlength=112) / len(times) * 112
    assert 0.8 < days[:7].mean() < 1.25
    assert 0.8 < days[105:].mean() < 1.25
    assert days[:3].mean() > 0.6  # whole days, the first ones included


def test_failed_attempts_that_lose_money_would_be_false_victims(tell: Tell) -> None:
    stake = dataclasses.replace(BY_PHONE[2], phase=Phase.PERSUASION)
    for steps in ((*BY_PHONE[:2], stake), FAKE_SHOP, FAKE_SELLER, ORDERS, DEPOSITS):
        none = tell(form_of(steps, attempts_per_victim=0.0))
        many = tell(form_of(steps, attempts_per_victim=4.0))
        lost = [each.cases["succeeded"].sum() for each in (none, many)]
        assert lost[0] == pytest.approx(lost[1], rel=0.15)


@pytest.mark.parametrize(("aborted", "share"), [(0.0, 0.0), (0.5, 1 / 4), (1.0, 2 / 5)])
def test_attempts_are_aborted_during_persuasion_as_often_as_configured(
    tell: Tell, aborted: float, share: float
) -> None:
    story = tell(form_of(BY_PHONE, aborted_share=aborted))
    raised = of_cases(story.rows["actions"])
    assert 1 - case_of(story, raised, "succeeded").mean() == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize(("reuse", "low", "high"), [(0.0, 0.0, 0.03), (1.0, 0.3, 1.0)])
def test_reuse_between_campaigns_follows_its_setting(
    tell: Tell, reuse: float, low: float, high: float
) -> None:
    form = form_of(BY_PHONE, reuse_share=reuse, contacts_per_number=100.0, enrichment=1.0)
    cases = tell(form).cases
    shown = cases.take(cases["caller"] >= 0)
    number, first = np.unique(shown["caller"], return_index=True)
    campaigns = np.unique(np.stack([shown["caller"], shown["campaign"]]), axis=1)[0]
    shared = (np.unique(campaigns, return_counts=True)[1] > 1).mean()
    assert low <= shared <= high
    groups = np.unique(np.stack([shown["caller"], shown["group"]]), axis=1)
    assert groups.shape[1] == len(number)  # groups never share a number
    assert len(first)


def test_the_same_seed_gives_the_same_crime(tell: Tell) -> None:
    for steps in ALL.values():
        one, other = tell(form_of(steps), seed=3), tell(form_of(steps), seed=3)
        for table, rows in one.rows.items():
            for column, values in rows.columns.items():
                assert (values == other.rows[table][column]).all()
    assert len(tell(form_of(BY_PHONE), seed=4).cases) != len(tell(form_of(BY_PHONE), seed=3).cases)


def test_forms_that_share_phones_or_devices_would_be_linked_by_accident(
    tell: Tell, people: Population
) -> None:
    one, other = (tell(form_of(BY_PHONE, name=name)) for name in ("purchase", "invoice"))
    for table, column, first in (
        ("calls", "number", people.next_phone),
        ("payments", "device", people.next_device),
        ("payments", "payment", 0),
    ):
        theirs = [story.rows[table][column] for story in (one, other)]
        theirs = [values[values >= first] for values in theirs]
        assert len(theirs[0]) > 0
        assert not np.intersect1d(*theirs).size
    assert not np.intersect1d(one.cases["case"], other.cases["case"]).size


def test_an_emerging_form_is_absent_before_its_day_and_grows_after_it(tell: Tell) -> None:
    story = tell(form_of(BY_PHONE, starts_day=40.0, ramp_days=40.0, enrichment=10.0))
    day = story.cases["contact_time"] / DAY
    assert day.min() >= 40
    assert (day > 80).sum() / 32 > 1.5 * (day < 70).sum() / 30


NOTHING = Drift(
    from_day=0.0, only_bank=None, amount_factor=1.0, wait_factor=1.0, visible_factor=1.0
)
EXACT = (
    BY_PHONE[0],
    dataclasses.replace(BY_PHONE[2], money=Money(median_eur=500.0, sigma=1.0, rounding=0.0)),
)


def test_drift_changes_amounts_of_later_campaigns_only(tell: Tell) -> None:
    before = tell(form_of(EXACT))
    drift = dataclasses.replace(NOTHING, from_day=60.0, amount_factor=2.0)
    after = tell(form_of(EXACT, drift=drift))
    one, other = of_cases(before.rows["payments"]), of_cases(after.rows["payments"])
    for column in ("time", "payer", "payee", "device", "case"):
        assert (one[column] == other[column]).all()
    ratio = other["amount_eur"] / one["amount_eur"]
    doubled = np.isclose(ratio, 2, atol=0.01)
    assert (doubled | np.isclose(ratio, 1)).all()
    assert not doubled[one["time"] < 60 * DAY].any()
    assert doubled[one["time"] > 95 * DAY].all()


def test_drift_at_one_bank_leaves_the_others_alone(tell: Tell, small: WorldSettings) -> None:
    name = small.market.partners("bank")[1]
    drift = dataclasses.replace(NOTHING, only_bank=name, visible_factor=0.0)
    plain, story = tell(form_of(EXACT)), tell(form_of(EXACT, drift=drift))
    calls = [
        each.rows["calls"].take(each.rows["calls"]["time"] > 30 * DAY) for each in (plain, story)
    ]
    kept = calls[0].take(case_of(plain, calls[0], "bank") != 1)
    for column, values in kept.columns.items():
        assert (values == calls[1][column]).all()


def test_drift_in_waits_keeps_the_contacts_where_they_are(tell: Tell) -> None:
    story = tell(form_of(EXACT, drift=dataclasses.replace(NOTHING, wait_factor=3.0)))
    plain = tell(form_of(EXACT))
    starts = [each.rows["calls"] for each in (plain, story)]
    assert len(np.intersect1d(starts[0]["time"], starts[1]["time"])) > 0.98 * len(starts[0])
    waits = []
    for each in (plain, story):
        paid = of_cases(each.rows["payments"])
        waits.append(np.median(paid["time"] - case_of(each, paid, "contact_time")))
    assert waits[1] == pytest.approx(3 * waits[0], rel=0.1)


def test_targets_have_the_ages_and_the_bank_that_the_form_says(
    tell: Tell, people: Population
) -> None:
    cases = tell(form_of(BY_PHONE, partner_focus=1.0, enrichment=10.0)).cases
    age = people.age[cases["person"]]
    assert (age >= 70).mean() == pytest.approx(0.6, abs=0.04)
    assert (age < 35).mean() == pytest.approx(0.1, abs=0.03)
    for campaign in np.unique(cases["campaign"])[:20]:
        here = cases["person"][cases["campaign"] == campaign]
        assert len(np.unique(people.bank[here])) == 1


def test_victims_of_purchase_fraud_are_hit_again_as_often_as_surveys_say(
    large: WorldSettings,
) -> None:
    world = dataclasses.replace(large, days=365)
    form = form_of(
        FAKE_SELLER, victims_per_1000_year=72.0, enrichment=1.0, groups_per_million=150.0
    )
    people = populate(world, Seeds(2))
    journeys = journeys_of(form, world, people, 2)
    months = [journeys.month(index).cases for index in range(journeys.first_month, 13)]
    cases = joined(months)
    times = np.unique(cases["person"][cases["succeeded"]], return_counts=True)[1]
    assert 0.2 < (times > 1).mean() < 0.4


@pytest.mark.parametrize("name", FORMS)
def test_every_form_that_ships_runs_with_its_own_figures(tell: Tell, name: str) -> None:
    figures = yaml.safe_load((conf_dir() / "form" / f"{name}.yaml").read_text("utf-8"))
    figures["orientation"]["enrichment"] = 20.0
    form = TypeAdapter(FORMS[name]).validate_json(json.dumps(figures))
    story = tell(form)
    succeeded = story.cases["succeeded"]
    assert succeeded.sum() > 0
    lost = [table for table in ("payments", "orders") if table in story.rows]
    victims = np.concatenate([of_cases(story.rows[table])["case"] for table in lost])
    assert np.array_equal(np.unique(victims), np.sort(story.cases["case"][succeeded]))


SHARE = st.floats(0, 1)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(ALL)),
    seed=st.integers(0, 1000),
    figures=st.fixed_dictionaries(
        {
            "enrichment": st.floats(0.01, 10),
            "attempts_per_victim": st.floats(0, 5),
            "aborted_share": SHARE,
            "share_70_plus": SHARE,
            "share_under_35": st.just(0.0),
            "groups_per_million": st.floats(0.1, 2000),
            "campaigns_per_group_year": st.floats(1, 52),
            "campaign_days": st.floats(1, 180),
            "script_spread": st.floats(0, 2),
            "partner_focus": SHARE,
            "reuse_share": SHARE,
            "victims_per_mule": st.floats(1, 500),
            "victims_per_device": st.floats(1, 500),
            "victims_per_web_account": st.floats(1, 1000),
            "recruited_mule_share": SHARE,
            "second_mule_share": SHARE,
            "taken_over_share": SHARE,
            "starts_day": st.floats(0, 200),
            "moved_share": SHARE,
            "hops_mean": st.floats(1, 3),
            "other_bank_share": SHARE,
            "hours_median": st.floats(0.1, 240),
            "cash_share": st.floats(0, 0.5),
            "crypto_share": st.floats(0, 0.5),
        }
    ),
)
def test_no_allowed_figures_break_the_books(
    tell: Tell, people: Population, name: str, seed: int, figures: dict[str, float]
) -> None:
    story = tell(form_of(ALL[name], **figures), seed=seed)
    for rows in story.rows.values():
        assert ((rows["time"] >= 0) & (rows["time"] < 112 * DAY)).all()
        assert np.isin(rows["case"], np.append(story.cases["case"], -1)).all()
    if "payments" in story.rows:
        paid = story.rows["payments"]
        assert (paid["amount_eur"] > 0).all()
        assert (paid["payer"] != paid["payee"]).all()
        for side in ("payer", "payee"):
            assert (people.account_bank[paid[side]] >= 0).all()
            assert (people.account_opened[paid[side]] <= paid["time"] // DAY).all()
