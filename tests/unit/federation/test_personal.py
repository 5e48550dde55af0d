"""Models of the partners' own: between alone and together, and charged like any other learning."""

import dataclasses

import numpy as np
import pytest

from proeftuin.detectors.model import NoModel
from proeftuin.detectors.network import initial_weights
from proeftuin.errors import SettingsError
from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.privacy import learner
from proeftuin.settings.arm import Arm
from proeftuin.settings.compose import settings_for
from proeftuin.settings.federation import FineTuning, LocalHead, MeanRegularised, Personal
from proeftuin.settings.study import Settings
from tests.fixtures.federations import federation
from tests.fixtures.partner_rows import COLUMNS, NAMES, SEEDS, rows

HEAD, TUNED, FREE = (
    LocalHead(kind="local_head"),
    FineTuning(kind="fine_tuning", rounds=3),
    MeanRegularised(kind="mean_regularised", strength=0.0),
)


def pulled(strength: float) -> Personal:
    return MeanRegularised(kind="mean_regularised", strength=strength)


@pytest.fixture
def arm(settings: Settings) -> Arm:
    """Columns in bins, so that own and joint scaling are the same."""
    arm = settings.arms["federated"]
    detector = dataclasses.replace(
        arm.detector, rounds=4, bins=3, batch_size=32, learning_rate=0.02
    )
    return dataclasses.replace(arm, detector=detector)


@pytest.fixture
def private(arm: Arm, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Arm:
    """A private arm without noise; it looks at no validation rows, so the last round counts."""
    monkeypatch.setattr(learner, "noise_for", lambda **_: 0.0)
    privacy = dataclasses.replace(
        settings.arms["federated_dp"].privacy, rounds=3, steps_per_round=4
    )
    return dataclasses.replace(arm, privacy=privacy)


def learn(
    arm: Arm, settings: Settings, personal: Personal | None, parts: dict[str, Split]
) -> Learned:
    how = dataclasses.replace(settings.federation, personal=personal)
    return learn_jointly(Training(parts, NAMES, arm, how, SEEDS))


def contrary(count: int, seed: int) -> Split:
    """Rows of a partner at which everything means the opposite."""
    split = rows(count, seed)
    return dataclasses.replace(split, train_y=1 - split.train_y, valid_y=1 - split.valid_y)


def parts() -> dict[str, Split]:
    return {"bank_a": rows(300, 1), "bank_b": contrary(200, 2), "bank_c": rows(60, 3)}


def spread(learned: Learned) -> float:
    """Return how far the partners' models are from each other."""
    every = np.stack([model.weights for model in learned.own.values()])
    return float(np.square(every - every.mean(0)).sum())


def test_who_is_not_pulled_to_the_average_learns_as_alone(arm: Arm, settings: Settings) -> None:
    """Strength 0 equals silo to the bit, the choice of the best round included."""
    alone = learn_each(Training(parts(), NAMES, arm, settings.federation, SEEDS))
    learned = learn(arm, settings, FREE, parts())
    for name, model in learned.own.items():
        np.testing.assert_array_equal(model.weights, alone[name].model.weights)


def test_a_strong_pull_gives_the_joint_model(private: Arm, settings: Settings) -> None:
    joint = learn(private, settings, None, parts())
    strong = learn(private, settings, pulled(1e6), parts())
    np.testing.assert_allclose(strong.model.weights, joint.model.weights, atol=1e-4)


def test_the_stronger_the_pull_the_nearer_partners_are_to_each_other(
    private: Arm, settings: Settings
) -> None:
    apart = [spread(learn(private, settings, pulled(s), parts())) for s in (0, 0.3, 3, 300)]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.5 * apart[0]


def test_a_head_of_its_own_with_one_partner_equals_silo(arm: Arm, settings: Settings) -> None:
    only = {"bank_a": rows(300, 1)}
    alone = learn_each(Training(only, NAMES, arm, settings.federation, SEEDS))["bank_a"]
    learned = learn(arm, settings, HEAD, only)
    np.testing.assert_array_equal(learned.own["bank_a"].weights, alone.model.weights)


def test_heads_stay_at_home(private: Arm, settings: Settings) -> None:
    """Bodies are the same and heads are not, and fewer bytes travel."""
    learned = learn(private, settings, HEAD, parts())  # everybody keeps the last round
    every = np.stack([model.weights for model in learned.own.values()])
    head = 1 + private.detector.hidden[-1]
    assert np.ptp(every[:, :-head], axis=0).max() == 0
    assert np.ptp(every[:, -head:], axis=0).min() > 0
    whole = learn(private, settings, pulled(1.0), parts())
    assert learned.bytes_moved < whole.bytes_moved


def test_fine_tuning_changes_every_partners_model_and_suits_its_rows(
    arm: Arm, settings: Settings
) -> None:
    joint = learn(arm, settings, None, parts())
    learned = learn(arm, settings, TUNED, parts())
    for side in learned.learners:
        own = learned.own[str(side.seeds.axes[-1])].weights
        assert not np.array_equal(own, joint.model.weights)
    (contrary,) = (side for side in learned.learners if side.seeds.axes[-1] == "bank_b")
    tuned, before = learned.own["bank_b"].weights, joint.model.weights
    assert contrary.validate(tuned) < contrary.validate(before)  # where the joint model is wrong


@pytest.mark.parametrize("personal", [HEAD, TUNED, pulled(1.0)])
@pytest.mark.parametrize("strategy", ["fedavg", "fedmedian"])
def test_own_models_help_where_partners_differ(
    arm: Arm, settings: Settings, personal: Personal, strategy: str
) -> None:
    """At a partner at which everything means the opposite, with every strategy."""
    longer = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=10))
    how = federation(strategy)
    joint = learn_jointly(Training(parts(), NAMES, longer, how, SEEDS))
    how = dataclasses.replace(how, personal=personal)
    learned = learn_jointly(Training(parts(), NAMES, longer, how, SEEDS))
    (contrary_one,) = (each for each in learned.learners if each.seeds.axes[-1] == "bank_b")
    own, common = (
        contrary_one.validate(model.weights) for model in (learned.own["bank_b"], joint.model)
    )
    assert own < 0.95 * common


@pytest.mark.parametrize("personal", [HEAD, TUNED, pulled(1.0)])
def test_what_a_partner_learns_for_itself_is_charged(
    private: Arm, settings: Settings, personal: Personal
) -> None:
    learned = learn(private, settings, personal, {"a": rows(400, 1), "b": rows(200, 2)})
    for side in learned.learners:
        releases = {one.what: one.steps for one in side.ledger().releases}
        alone = {"model of its own": 12} if personal is TUNED else {}
        assert releases == {"model updates": 12, **alone}
    assert learned.losses == []


def test_the_budget_pays_for_fine_tuning(
    arm: Arm, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(*, steps: int, **_: object) -> float:
        asked.append(steps)
        return 1.0

    monkeypatch.setattr(learner, "noise_for", noted)
    privacy = settings.arms["federated_dp"].privacy
    private = dataclasses.replace(arm, privacy=privacy)
    for personal in (TUNED, HEAD):
        learn(private, settings, personal, {"a": rows(100, 1)})
    assert [steps / int(privacy.steps_per_round or 0) for steps in asked] == [
        int(privacy.rounds or 0) + 3,
        int(privacy.rounds or 0),
    ]


def test_who_has_no_rows_uses_the_joint_model_unless_heads_are_local(
    arm: Arm, settings: Settings
) -> None:
    nothing = dataclasses.replace(rows(40, 4), train_x=np.zeros((0, COLUMNS), np.float32))
    nothing = dataclasses.replace(nothing, train_y=np.zeros(0, np.float32))
    every = {**parts(), "bank_d": nothing}
    learned = learn(arm, settings, pulled(1.0), every)
    assert learned.model_of("bank_d") is learned.model
    assert learned.model_of("bank_a") is not learned.model
    assert isinstance(learn(arm, settings, HEAD, every).model_of("bank_d"), NoModel)


def test_partners_that_drop_out_keep_what_is_theirs(arm: Arm, settings: Settings) -> None:
    how = dataclasses.replace(settings.federation, personal=HEAD, dropout=0.999)
    learned = learn_jointly(Training(parts(), NAMES, arm, how, SEEDS))
    start = initial_weights(3 * COLUMNS, arm.detector, SEEDS)
    for model in learned.own.values():
        np.testing.assert_array_equal(model.weights, start)


def test_own_models_that_make_no_sense_are_refused() -> None:
    def problems(*changes: str) -> str:
        with pytest.raises(SettingsError) as refused:
            settings_for(["study=demo", "world=hamlet", *changes])
        return str(refused.value)

    settings_for(["study=demo", "world=hamlet", "federation=local_head"])
    assert "has one layer only" in problems("federation=local_head", "detector=logistic")
    assert "pull twice" in problems(
        "federation=fedprox", "+federation.personal={kind: mean_regularised, strength: 1}"
    )
    assert "federation.personal.rounds=null" in problems("+federation.personal={kind: fine_tuning}")
    assert "model of its own" in problems(
        "federation=fine_tuning", "privacy@arms.federated_dp.privacy=partner_dp"
    )


@pytest.mark.parametrize("kind", ["local_head", "fine_tuning", "mean_regularised"])
def test_every_kind_has_an_option(kind: str) -> None:
    chosen = settings_for(["regime=federated", f"federation={kind}"]).federation
    assert chosen.personal is not None
    assert chosen.personal.kind == kind
