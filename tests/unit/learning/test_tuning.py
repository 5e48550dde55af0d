"""Every arm chooses among the same candidates, on validation days, and private arms not at all."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss

from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.learning.tuning import FEWEST_REPORTS, choose_each, choose_jointly, tried_by
from proeftuin.settings.arm import Arm, Candidate
from proeftuin.settings.federation import Federation, LocalHead, MeanRegularised
from proeftuin.settings.study import Settings
from tests.fixtures.partner_rows import NAMES, SEEDS, rows

PERSONAL = {
    None: None,
    "local_head": LocalHead(kind="local_head"),
    "mean_regularised": MeanRegularised(kind="mean_regularised", strength=1.0),
}


@pytest.fixture
def arm(settings: Settings) -> Arm:
    arm = settings.arms["federated"]
    candidates = {"none": Candidate(learning_rate=1e-9), "wide": Candidate(hidden=(32,))}
    detector = dataclasses.replace(arm.detector, rounds=4, candidates=candidates)
    return dataclasses.replace(arm, detector=detector)


def both(parts: dict[str, Split], arm: Arm, federation: Federation) -> tuple[Training, Training]:
    """The training on all rows, and its rehearsal."""
    every = {
        name: dataclasses.replace(
            split,
            train_x=np.vstack([split.train_x, split.valid_x]),
            train_y=np.concatenate([split.train_y, split.valid_y]),
            valid_x=split.valid_x[:0],
            valid_y=split.valid_y[:0],
        )
        for name, split in parts.items()
    }
    return tuple(Training(each, NAMES, arm, federation, SEEDS) for each in (every, parts))


def test_who_learns_alone_chooses_as_a_federation_of_one_does(arm: Arm, settings: Settings) -> None:
    split, seen = rows(400, 1), rows(50, 2).train_x
    federation = settings.federation
    final, rehearsal = both({"a": split}, arm, federation)
    alone, jointly = choose_each(final, rehearsal)["a"], choose_jointly(final, rehearsal)
    np.testing.assert_array_equal(alone.model.score(seen), jointly.model.score(seen))
    assert alone.tried == jointly.tried
    assert list(alone.tried) == ["mlp", "none", "wide"]


def test_everybody_keeps_its_own_best_on_validation(arm: Arm, settings: Settings) -> None:
    parts = {"a": rows(400, 1), "b": rows(800, 2)}
    final, rehearsal = both(parts, arm, settings.federation)
    for owner, result in choose_each(final, rehearsal).items():
        name = min(result.tried, key=lambda one: result.tried[one])
        assert result.tried[name] < result.tried["none"]
        assert result.losses[-1][1] == result.tried[name]
        single = learn_each(dataclasses.replace(final.of([owner]), arm=tried_by(arm)[name]))
        np.testing.assert_array_equal(
            result.model.score(parts["a"].valid_x), single[owner].model.score(parts["a"].valid_x)
        )


@pytest.mark.parametrize("personal", [None, "local_head", "mean_regularised"])
def test_candidates_compete_by_the_loss_of_the_model_that_would_be_used(
    arm: Arm, settings: Settings, personal: str | None
) -> None:
    """Not by that of its last round: the model is a mean over rounds."""
    parts = {"a": rows(400, 1), "b": rows(800, 2)}
    federation = dataclasses.replace(settings.federation, personal=PERSONAL[personal])
    rehearsal = both(parts, arm, federation)[1]
    joint = learn_jointly(rehearsal)
    loss = {
        owner: log_loss(split.valid_y, expit(joint.model_of(owner).score(split.valid_x)))
        for owner, split in parts.items()
    }
    by_rows = np.average(list(loss.values()), weights=[len(s.train_y) for s in parts.values()])
    assert joint.losses[-1][1] == pytest.approx(by_rows, rel=1e-5)
    for owner, alone in learn_each(rehearsal).items():
        of_model = log_loss(parts[owner].valid_y, expit(alone.model.score(parts[owner].valid_x)))
        assert alone.losses[-1][1] == pytest.approx(of_model, rel=1e-5)


def test_few_reports_of_the_validation_days_choose_nothing(
    arm: Arm, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    split = rows(400, 1)
    few = np.flatnonzero(np.cumsum(split.valid_y) == FEWEST_REPORTS - 1)[0] + 1
    short = dataclasses.replace(split, valid_x=split.valid_x[:few], valid_y=split.valid_y[:few])
    final, rehearsal = both({"a": short}, arm, settings.federation)
    first = next(iter(tried_by(arm).values()))
    kept = choose_each(final, rehearsal)["a"]
    plain = learn_each(dataclasses.replace(final, arm=first))["a"]
    np.testing.assert_array_equal(kept.model.score(split.valid_x), plain.model.score(split.valid_x))
    assert f"{FEWEST_REPORTS - 1} reports of the validation days are known" in caplog.text


def test_without_candidates_nothing_is_rehearsed(arm: Arm, settings: Settings) -> None:
    plain = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, candidates={}))
    final, _ = both({"a": rows(100, 1), "b": rows(100, 2)}, plain, settings.federation)
    assert choose_jointly(final, None).losses == []
    assert all(each.losses == [] for each in choose_each(final, None).values())


def test_looking_for_the_best_is_paid_in_bytes(arm: Arm, settings: Settings) -> None:
    parts = {"a": rows(100, 1), "b": rows(100, 2)}
    final, rehearsal = both(parts, arm, settings.federation)
    joint = choose_jointly(final, rehearsal)
    arms = tried_by(arm)
    each = [learn_jointly(dataclasses.replace(rehearsal, arm=one)) for one in arms.values()]
    best = min(joint.tried, key=lambda one: joint.tried[one])
    each.append(learn_jointly(dataclasses.replace(final, arm=arms[best])))
    assert joint.bytes_moved == sum(one.bytes_moved for one in each)
    assert joint.messages == sum(one.messages for one in each)


def test_a_private_arm_may_not_choose(arm: Arm, settings: Settings) -> None:
    private = dataclasses.replace(arm, privacy=settings.arms["federated_dp"].privacy)
    assert list(tried_by(private)) == ["mlp"]
