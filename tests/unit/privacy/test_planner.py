"""A plan says what a run will do; its figures are those of docs/privacy.md."""

from dataclasses import replace

import pytest

from proeftuin.privacy import planner
from proeftuin.settings.privacy import ClientLevelDP, RecordLevelDP

#: 781 steps at a rate of 0.0256: 11 rounds of 71.
RECORD = RecordLevelDP(
    name="record_dp",
    about="",
    unit="record",
    epsilon=2.0,
    delta=1e-6,
    clip_norm=1.0,
    sampling_rate=0.0256,
    rounds=11,
    steps_per_round=71,
    learning_rate=1.0,
    statistics_noise=10.0,
)
ROWS = {"bank_a": 120_000, "bank_b": 30_000, "bank_c": 5_000}


@pytest.fixture(scope="module")
def documented() -> list[planner.PartnerPlan]:
    return planner.plan(RECORD, ROWS, noise_multiplier=1.805, statistics=False)


def test_noise_is_priced_as_in_the_documentation(documented: list[planner.PartnerPlan]) -> None:
    for one in documented:
        assert one.epsilon == pytest.approx(2.0, abs=0.005)
        assert one.epsilon_prv == pytest.approx(one.epsilon, abs=0.001)
    for partners, epsilon in ((2, 2.88), (3, 3.59)):
        found = planner.at_several(documented[:partners], 1e-6)
        assert found == pytest.approx((epsilon, epsilon), abs=0.006)


def test_a_budget_gives_the_noise_that_the_documentation_prices() -> None:
    [one] = planner.plan(RECORD, {"bank_a": 5_000}, statistics=False)
    assert one.noise_multiplier == pytest.approx(1.805, rel=2e-3)
    assert one.epsilon <= 2.0


def test_a_person_with_several_rows_loses_what_the_documentation_says() -> None:
    policy = replace(RECORD, sampling_rate=0.01, rounds=10, steps_per_round=100)
    [one] = planner.plan(policy, {"a": 5_000}, noise_multiplier=1.5, statistics=False)
    assert one.epsilon == pytest.approx(1.06, abs=0.005)
    assert planner.of_several_rows(one, 2, 1e-6) == pytest.approx(2.26, abs=0.01)


def test_statistics_are_priced_alone_and_cost_nothing_where_there_are_none(
    documented: list[planner.PartnerPlan],
) -> None:
    [one] = planner.plan(RECORD, {"a": 5_000}, noise_multiplier=1.805)
    alone = planner.of_statistics(one, 1e-6)
    assert alone == pytest.approx(0.397, abs=0.001)  # closed form of Balle & Wang 2018, noise 10
    assert one.epsilon > documented[0].epsilon
    assert planner.of_statistics(documented[0], 1e-6) is None


def test_a_small_partner_needs_more_noise_for_the_same_epsilon() -> None:
    policy = replace(RECORD, sampling_rate=None, batch_size=128, rounds=10, steps_per_round=50)
    large, small = planner.plan(policy, {"large": 20_000, "small": 2_000}, statistics=False)
    assert small.noise_multiplier > large.noise_multiplier
    assert small.epsilon == pytest.approx(large.epsilon, rel=2e-3)


def test_a_partner_is_planned_as_one_record_without_sampling() -> None:
    policy = ClientLevelDP(
        name="partner_dp", about="", unit="partner", epsilon=8.0, delta=1e-6, clip_norm=0.5,
        noise_by="server", rounds=15,
    )  # fmt: skip
    [one] = planner.plan(policy, {"bank_a": 5_000})
    assert (one.records, one.sampling_rate) == (1, 1.0)
    assert one.ledger.server_trusted
    assert one.epsilon == pytest.approx(8.0, rel=1e-3)
