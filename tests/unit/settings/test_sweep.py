"""A sweep of budgets is ordinary arms that differ in nothing but the budget."""

from dataclasses import replace

import pytest

from proeftuin.errors import SettingsError
from proeftuin.settings.compose import settings_for
from proeftuin.settings.diagnosis import problems_with
from proeftuin.settings.sweep import curves_of

BOTH = "+privacy@tune.units.person=person_dp"


def test_every_regime_unit_and_budget_is_an_arm_and_nothing_else_differs() -> None:
    settings = settings_for(["study=tune", "tune.budgets=[3,0.5]", BOTH, "detector.rounds=4"])
    assert settings.tune is not None
    for curve in curves_of(settings.tune):
        private = [settings.arms[arm] for arm in curve.private.values()]
        assert list(curve.private) == [0.5, 3.0]
        assert [arm.privacy.epsilon for arm in private] == [0.5, 3.0]
        assert {replace(arm.privacy, epsilon=1.0) for arm in private} == {
            replace(settings.tune.units[curve.unit], epsilon=1.0)
        }
        plain = settings.arms[curve.without_noise]
        assert plain.privacy.unit is None
        assert all(arm.regime == plain.regime for arm in private)
        assert {arm.detector.rounds for arm in [plain, *private]} == {4}
        if curve.alone is not None:
            alone = settings.arms[curve.alone].regime
            assert (alone.learning, alone.instruments) == ("own", plain.regime.instruments)
    names = set(settings.arms)
    assert {"federated_record_0_5", "federated_person_3", "federated_line_busy_alone"} <= names
    assert "federated_alone" not in names  # without signals that would be the baseline


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (
            ["tune.budgets=[0]", "tune.share=2"],
            ["tune.budgets=[0]: must be a list of 1 to 100 numbers above 0",
             "tune.share=2: must be a number above 0 and at most 1"],
        ),
        (
            ["+privacy@tune.units.none=none"],
            ["tune.units.none.unit=null: must be one of record, person, partner"],
        ),
        (
            ["tune.budgets=[1,1]", "study.baseline=none",
             "+regime@tune.regimes.line_busy=line_busy", "+regime@tune.regimes.silo=federated",
             f"+regime@tune.regimes.{'a' * 55}=federated"],
            ["tune.budgets=[1,1]: a budget occurs twice",
             "tune.regimes.line_busy.learning=own: who learns alone sends no model",
             "study.baseline=none: no such arm; the arms are silo, today, centre",
             "tune: the sweep makes a name that is too long ('aaaa",
             "arms.silo: the sweep makes an arm of that name"],
        ),
        (
            ["+regime@tune.regimes.A=federated"],
            ["tune.regimes: 'A' becomes a key and the name of a file"],
        ),
        (
            ["tune.units.record.clip_norm=null"],
            ["tune.units.record.clip_norm=null: must be a number above 0 and at most 1,000"],
        ),
        (
            ["tune.units.record.batch_size=100"],
            ["tune.units.record.sampling_rate=0.05 and privacy.batch_size=100: give one of the"],
        ),
        (
            ["detector=boosted_trees"],
            ["tune.units.record=record_dp: detector=boosted_trees trains nothing"],
        ),
    ],
)  # fmt: skip
def test_a_sweep_that_makes_no_sense_is_refused_as_it_was_typed(
    overrides: list[str], told: list[str]
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_for(["study=tune", *overrides])
    problems = refused.value.problems
    assert len(problems) == len(told)
    assert [one for one in told if not any(each.startswith(one) for each in problems)] == []


def test_a_budget_that_is_set_where_it_has_no_place_is_explained() -> None:
    (problem,) = problems_with(["study=tune", "privacy.epsilon=3"])
    assert "write tune.budgets and tune.units for the sweep, arms.ARM.privacy.epsilon" in problem
    (problem,) = problems_with(["tune.budgets=[1]"])
    assert problem.endswith("sweeps no budgets; write proeftuin tune tune.budgets=[1]")
