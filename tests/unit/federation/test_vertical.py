"""Vertical learning: what others tell helps, is bounded and noisy, and nothing else crosses."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit
from sklearn.metrics import log_loss

from proeftuin.detectors.model import GradientModel
from proeftuin.detectors.network import initial_weights
from proeftuin.detectors.scaling import exact_moments
from proeftuin.errors import SettingsError
from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.federation.vertical.active import (
    ActiveParty,
    AlignmentQuery,
    SplitModel,
    fit_split,
    on_scale,
)
from proeftuin.federation.vertical.passive import PassiveParty, clipped_rows
from proeftuin.learning.train import learn_each
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.learners import learner_of
from proeftuin.settings.arm import Arm
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.settings.vertical import Holding, Vertical
from proeftuin.sharing.aligned import Columns, Describe, linked
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import run_arm
from synthetic_data.arrays import Matrix
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth

SEEDS = Seeds(7)
ROWS, OWN = 1500, 4
COLUMNS = tuple("abcdefgh")
SECTORS: tuple[Holding, ...] = ("telecom", "webshop")
PLAIN = Vertical(
    sectors=("telecom",), match_rate=1.0, false_match_rate=0.0, width=3, passes=2, clip_norm=1.0,
    noise_multiplier=0.0, delta=1e-6, learning_rate=0.05,
)  # fmt: skip


@pytest.fixture
def arm(settings: Settings) -> Arm:
    arm = settings.arms["silo"]
    detector = dataclasses.replace(arm.detector, rounds=12, batch_size=64, learning_rate=0.02)
    return dataclasses.replace(arm, detector=detector)


def world(seed: int = 1) -> tuple[Split, Matrix]:
    """Rows whose label hangs on an own column and on one that only operators know."""
    rng = Seeds(seed).rng("rows")
    own = rng.uniform(-1, 1, (ROWS, OWN)).astype(np.float32)
    theirs = rng.uniform(0, 1, (ROWS, len(COLUMNS))).astype(np.float32)
    y = (own[:, 0] + 2 * (theirs[:, 0] - 0.5) > 0.6).astype(np.float32)
    half = ROWS // 2
    return Split(own[:half], y[:half], own[half:], y[half:]), theirs


def parties(
    theirs: Matrix,
    vertical: Vertical,
    shares: int = 2,
    known: float = 1.0,
    sector: Holding = "telecom",
) -> list[PassiveParty]:
    """Parties that each know every ``shares``-th phone; phones are row numbers."""

    def describing(which: int) -> Describe:
        def describe(phone: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, Matrix]:
            mine = (phone % shares == which) & (phone < known * ROWS)
            return mine, np.where(mine[:, None], theirs[phone], 0).astype(np.float32)

        return describe

    return [
        PassiveParty(
            f"{sector}_{n}",
            Columns(sector, COLUMNS, describing(n)),
            vertical,
            initial=SEEDS,
            seeds=SEEDS.child(sector, n),
        )
        for n in range(shares)
    ]


def fit(
    arm: Arm,
    settings: Settings,
    sides: list[PassiveParty],
    vertical: Vertical = PLAIN,
    split: Split | None = None,
) -> tuple[SplitModel, float]:
    """Return what the bank learns, and its log-loss on the rows that it scores later."""
    split = split or world()[0]
    width = vertical.width * len(vertical.sectors)
    wide = dataclasses.replace(
        split,
        train_x=np.pad(split.train_x, ((0, 0), (0, width))),
        valid_x=np.pad(split.valid_x, ((0, 0), (0, width))),
    )
    learner = learner_of(wide, arm, settings.federation, owner="bank_a", seeds=SEEDS)
    bank = ActiveParty(learner, exact_moments(split.train_x.astype(np.float64)), vertical, SEEDS)
    row, half = np.arange(ROWS), len(split.train_y)
    query = AlignmentQuery(
        phone=row,
        time=row,
        train=np.where(row < half, row, -1),
        late=row >= half,
    )
    initial = initial_weights(wide.columns, arm.detector, SEEDS)
    found = fit_split(bank, sides, query, initial, arm.detector.rounds)
    names = tuple(map(str, range(wide.columns)))
    model = GradientModel(names, arm.detector, found.weights, bank.moments)
    told = np.hstack([split.valid_x, on_scale(found.embeddings[half:], vertical)])
    return found, log_loss(split.valid_y, expit(model.score(told)))


def alone(arm: Arm, settings: Settings) -> float:
    split, _ = world()
    names = tuple("abcd")
    learned = learn_each(Training({"bank_a": split}, names, arm, settings.federation, SEEDS))
    return learned["bank_a"].losses[-1][1]


def test_parties_that_know_nobody_leave_the_bank_alone(arm: Arm, settings: Settings) -> None:
    """As good as silo, and the same bits whatever their columns hold."""
    theirs = world()[1]
    (first, loss), (second, _) = (
        fit(arm, settings, parties(columns, PLAIN, known=0.0)) for columns in (theirs, 1 - theirs)
    )
    np.testing.assert_array_equal(first.weights, second.weights)
    assert not first.known.any()
    assert first.embedded.tolist() == first.gradients.tolist() == [0]
    assert loss == pytest.approx(alone(arm, settings), rel=0.1)


def test_columns_of_another_sector_help_and_much_noise_takes_that_away(
    arm: Arm, settings: Settings
) -> None:
    theirs, silo = world()[1], alone(arm, settings)
    loud = dataclasses.replace(PLAIN, noise_multiplier=1000.0)
    clear = fit(arm, settings, parties(theirs, PLAIN))[1]
    drowned = fit(arm, settings, parties(theirs, loud), loud)[1]
    assert clear < 0.9 * silo
    assert drowned > 0.95 * silo


def test_a_partys_layer_learns_from_what_the_bank_sends_back(arm: Arm, settings: Settings) -> None:
    """One number must carry the column that matters, which no first weights are about."""
    narrow = dataclasses.replace(PLAIN, width=1, passes=1, learning_rate=0.3)
    still = dataclasses.replace(narrow, learning_rate=1e-9)
    theirs = world()[1]
    learned, fixed = (fit(arm, settings, parties(theirs, one), one)[1] for one in (narrow, still))
    assert learned < fixed


def test_other_names_of_phones_change_nothing(arm: Arm, settings: Settings) -> None:
    phone = np.array([5, 9, 5, 7, 9, -1, 3])
    names = np.array([30, 10, 70, 90, 50, 20, 40, 80, 60, 0])
    errors = dataclasses.replace(PLAIN, match_rate=0.7, false_match_rate=0.1)
    for seed in range(20):
        first = linked(phone, np.array([1, 2, 1, 3, 2, 4, 5]), errors, Seeds(seed))
        renamed = linked(
            np.where(phone >= 0, names[phone], -1), np.array([8, 1, 8, 0, 1, 9, 2]), errors,
            Seeds(seed),
        )  # fmt: skip
        np.testing.assert_array_equal(np.where(first >= 0, names[first], -1), renamed)


def test_nobody_is_found_at_rate_nought_and_a_mistake_lasts() -> None:
    payer = np.repeat(np.arange(500), 3)
    nobody = dataclasses.replace(PLAIN, match_rate=0.0)
    assert (linked(payer, payer, nobody, SEEDS) == -1).all()
    some = dataclasses.replace(PLAIN, match_rate=0.8, false_match_rate=0.1)
    phone = linked(payer, payer, some, SEEDS).reshape(500, 3)
    assert (np.ptp(phone, axis=1) == 0).all()
    assert 0.7 < (phone[:, 0] >= 0).mean() < 0.9
    assert 0 < ((phone[:, 0] >= 0) & (phone[:, 0] != np.arange(500))).sum() < 100


@hypothesis_settings(deadline=None)
@given(
    arrays(np.float32, (6, 3), elements=st.floats(-1e6, 1e6, width=32)),
    st.floats(0.01, 100.0),
)
def test_no_row_moves_what_crosses_by_more_than_the_norm(rows: Matrix, norm: float) -> None:
    clipped = clipped_rows(rows, norm)
    assert np.linalg.norm(clipped.astype(np.float64), axis=1).max() <= norm * (1 + 1e-5)
    short = np.linalg.norm(rows.astype(np.float64), axis=1) <= norm * (1 - 1e-5)
    np.testing.assert_array_equal(clipped[short], rows[short])


@hypothesis_settings(deadline=None, max_examples=30)
@given(st.integers(0, 9), st.floats(0.1, 1e4))
def test_one_row_moves_a_partys_step_by_no_more_than_the_norm(row: int, size: float) -> None:
    """The sum that the noise is added to: with one row more or less, however steep its gradient."""
    rng = Seeds(row).rng("x")
    theirs = rng.uniform(0, 1, (10, len(COLUMNS))).astype(np.float32)
    (side,) = parties(theirs, PLAIN, shares=1)
    side.align(np.arange(10), np.arange(10))
    gradients = (size * rng.normal(size=(10, PLAIN.width))).astype(np.float32)
    every, others = np.arange(10), np.delete(np.arange(10), row)
    with_it = side.clipped_sum(every, gradients)
    without = side.clipped_sum(others, gradients[others])
    moved = sum(
        float((a - b).double().square().sum()) for a, b in zip(with_it, without, strict=True)
    )
    assert np.sqrt(moved) <= PLAIN.clip_norm * (1 + 1e-4)


def test_the_ledger_counts_every_embedding_and_step_and_bytes_are_counted(
    arm: Arm, settings: Settings
) -> None:
    noisy = dataclasses.replace(PLAIN, noise_multiplier=30.0, passes=4)
    sides = parties(world()[1], noisy)
    found, _ = fit(arm, settings, sides, noisy)
    for side in sides:
        ledger = side.ledger()
        assert ledger is not None
        # 12 rounds by 4: three exchanges, two steps between them; rows scored later are others
        assert {one.what: one.count for one in ledger.releases} == {
            "embeddings": 3,
            "steps of the party's layer": 2,
        }
        assert (ledger.unit, ledger.records) == ("embedding", ROWS // 2)
        assert 0 < guarantee(ledger, 1e-6).epsilon < 2
    assert found.embedded.tolist() == [3 * (ROWS // 2) + ROWS // 2]
    assert found.gradients.tolist() == [2 * (ROWS // 2)]
    assert found.bytes_moved > 4 * noisy.width * int((found.embedded + found.gradients)[0])


def test_noise_is_never_used_twice(arm: Arm, settings: Settings) -> None:
    """Of one party in two exchanges, and of two parties: equal noise could be subtracted."""
    silent = dataclasses.replace(PLAIN, noise_multiplier=1.0)
    seen = []
    for side in parties(np.zeros((ROWS, len(COLUMNS)), np.float32), silent):
        side.align(np.arange(ROWS), np.arange(ROWS))
        for _ in range(2):
            seen.append(side.embed(np.arange(4), 0))
    seen = [each - seen[0] for each in seen[1:]]
    assert all(np.abs(each).min() > 0 for each in seen)


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("detector=boosted_trees", "needs gradients"),
        ("detector=mlp_binned", "needs gradients"),
        ("privacy=record_dp", "and with regime.learning=vertical none does"),
        ("regime.coalition=[bank_a,bank_b]", "no partner of sector telecom"),
        ("regime.vertical.sectors=[telecom,psp]", "1 or more any of telecom, webshop"),
        ("regime.vertical.sectors=[telecom,telecom]", "name each sector once"),
        ("regime.vertical.sectors=[]", "must be a list of 1 or more"),
        ("regime.learning=own", "only vertical learning has such settings"),
    ],
)
def test_vertical_learning_that_makes_no_sense_is_refused(change: str, answer: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_for(["study=one_arm", "world=hamlet", "regime=vertical", "detector=mlp", change])
    assert answer in str(refused.value)


def test_columns_of_two_sectors_are_worth_more_than_those_of_one(
    arm: Arm, settings: Settings
) -> None:
    """The label hangs on a column of each; shops that both know a person send one average."""
    rng = Seeds(3).rng("rows")
    calls, orders = (rng.uniform(0, 1, (ROWS, len(COLUMNS))).astype(np.float32) for _ in range(2))
    own = rng.uniform(-1, 1, (ROWS, OWN)).astype(np.float32)
    y = (own[:, 0] + 2 * (calls[:, 0] - 0.5) + 2 * (orders[:, 0] - 0.5) > 0.6).astype(np.float32)
    half = ROWS // 2
    split = Split(own[:half], y[:half], own[half:], y[half:])
    both = dataclasses.replace(PLAIN, sectors=SECTORS)
    shop, other = (parties(orders, both, 1, sector="webshop") for _ in range(2))
    one, with_one = fit(arm, settings, parties(calls, PLAIN), split=split)
    two, with_two = fit(arm, settings, [*parties(calls, both), *shop, *other], both, split)
    assert with_two < 0.9 * with_one
    assert two.known.all()
    np.testing.assert_array_equal(two.embedded, [one.embedded[0], 2 * one.embedded[0]])
    assert np.linalg.norm(two.embeddings[:, PLAIN.width :], axis=1).max() <= 1 + 1e-5


def test_an_arm_tells_who_was_asked_about_and_what_it_cost(
    arm: Arm, settings: Settings, information: InformationSets, truth: Truth
) -> None:
    """Persons whose rows crossed are counted once, and every party has its guarantee."""
    detector = dataclasses.replace(arm.detector, rounds=4)
    vertical = dataclasses.replace(PLAIN, sectors=SECTORS, noise_multiplier=50.0)
    regime = dataclasses.replace(arm.regime, learning="vertical", vertical=vertical)
    chosen = dataclasses.replace(arm, regime=regime, detector=detector)
    result = run_arm(chosen, settings, information, truth, SEEDS)
    of_a = [flow for flow in result.releases.flows if "bank_a" in (flow.sender, flow.receiver)]
    asked = set[float]()
    for sector in SECTORS:
        by_data = {each.data: each for each in of_a if sector in (each.sender, each.receiver)}
        query, answer = by_data["alignment_question"], by_data["embeddings"]
        assert 0 < answer.persons <= query.persons < 4000
        assert answer.form == "noisy_numbers"
        assert answer.records > by_data["gradients"].records > 0
        asked.add(query.records / len(information.world.partners[sector]))
    assert len(asked) == 1  # the same questions go to every party of both sectors
    booked = {(each.partner, one.what) for each in result.releases.ledgers for one in each.releases}
    assert ("bank_a", "gradients") in booked
    parties_there = {name for each in SECTORS for name in information.world.partners[each]}
    assert {each.partner for each in result.releases.guarantees} == parties_there
    assert all(0 < each.epsilon < 2 for each in result.releases.guarantees)
    disclosed = result.outcomes[result.outcomes["metric"] == "persons_disclosed"]
    assert disclosed["value"].max() >= query.persons
