"""What no accountant can work out is refused at once, and what is let through they can."""

from dataclasses import replace
from itertools import product

import pytest

from proeftuin.commandline import beforehand
from proeftuin.errors import PrivacyError
from proeftuin.privacy import planner
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.domain import rough_noise
from proeftuin.privacy.ledger import GaussianRelease, Ledger
from proeftuin.privacy.recount import recounted
from proeftuin.settings.compose import settings_for
from proeftuin.settings.privacy import DifferentialPrivacy
from proeftuin.settings.vertical import Vertical

LOUD = Ledger("a", "embedding", 1000, (GaussianRelease("embeddings", 0.01, 10, 1.0),))


def policy(name: str) -> DifferentialPrivacy:
    privacy = settings_for(["regime=federated", f"privacy={name}"]).arms["chosen"].privacy
    assert isinstance(privacy, DifferentialPrivacy)
    return privacy


def beyond(privacy: DifferentialPrivacy, noise: float | None = None) -> str | None:
    return planner.beyond_plan(
        privacy, [20_000], noise_multiplier=noise, rounds=privacy.rounds, statistics=True,
        partners=20,
    )  # fmt: skip


def test_next_to_no_noise_is_refused_instead_of_filling_the_memory() -> None:
    with pytest.raises(PrivacyError, match="hardly any privacy to account for"):
        guarantee(LOUD, 1e-6)
    with pytest.raises(PrivacyError, match="further than an accountant can follow"):
        recounted([LOUD], 1e-6)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("record_dp", {"rounds": 10_000, "steps_per_round": 10_000}),
        ("record_dp", {"rounds": 10_000, "steps_per_round": 100}),
        ("person_dp", {"epsilon": 100.0}),  # at all partners together it is far above 100
    ],
)
def test_a_policy_that_would_fail_after_training_is_refused_before(
    name: str, changes: dict[str, float]
) -> None:
    told = beyond(replace(policy(name), **changes))  # type: ignore[arg-type]
    assert told is not None
    assert "use more noise, fewer steps" in told


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("record_dp", {}),
        ("record_dp", {"epsilon": 100.0, "rounds": 200, "steps_per_round": 50}),
        ("record_dp", {"epsilon": 0.001, "delta": 1e-12}),
        ("person_dp", {}),
        ("partner_dp", {"epsilon": 100.0, "rounds": 10_000}),
    ],
)
def test_a_policy_that_accountants_can_work_out_is_let_through(
    name: str, changes: dict[str, float]
) -> None:
    assert beyond(replace(policy(name), **changes)) is None  # type: ignore[arg-type]


def test_the_rough_noise_is_above_the_right_one_and_not_far_above() -> None:
    right = noise_for(epsilon=8.0, delta=1e-6, sampling_rate=0.05, steps=150)
    rough = rough_noise(lambda noise: ((noise, 0.05, 1, 150),), 8.0, 1e-6)
    assert right / 1.2 < rough < 2 * right


def test_budgets_with_steps_beyond_number_end_in_a_sentence() -> None:
    """A hundred million steps filled the memory while looking for the noise."""
    with pytest.raises(PrivacyError, match=r"too little at .* for 100,000,000 steps"):
        noise_for(epsilon=0.5, delta=1e-6, sampling_rate=1.0, steps=100_000_000)


def test_vertical_noise_is_looked_at_before_training() -> None:
    vertical = settings_for(["regime=vertical", "detector=mlp"]).arms["chosen"].regime.vertical
    assert isinstance(vertical, Vertical)
    assert planner.beyond_vertical(vertical, 30) is None
    assert planner.beyond_vertical(replace(vertical, noise_multiplier=0.0), 30) is None
    assert "hardly any privacy" in str(
        planner.beyond_vertical(replace(vertical, noise_multiplier=0.01), 30)
    )


@pytest.mark.parametrize("noise", [0.01, 1e5])
def test_a_noise_given_by_hand_is_held_to_the_same_bounds(noise: float) -> None:
    assert "is not between 0.1 and 10,000" in str(beyond(policy("record_dp"), noise))


def test_policies_that_nobody_looks_at_are_within_what_accountants_work_out() -> None:
    """``check`` computes nothing about them: the corners of what it takes for ordinary hold."""
    person, steps = policy("person_dp"), beforehand.ORDINARY_STEPS
    corners = product(
        (0.01, beforehand.ORDINARY_EPSILON),
        (1e-12, beforehand.ORDINARY_DELTA),
        (1e-5, 1e-3, 0.05, 1.0),
        (1, steps),
        (1, beforehand.ORDINARY_RECORDS),
        (True, False),
    )
    for epsilon, delta, rate, rounds, records, statistics in corners:
        corner = replace(
            person, epsilon=float(epsilon), delta=delta, rounds=rounds, sampling_rate=rate,
            steps_per_round=1, records_per_person=records, partners_per_person=1,
        )  # fmt: skip  # type: ignore[call-arg]
        assert beforehand._ordinary(corner)
        told = planner.beyond_plan(
            corner, [20_000], noise_multiplier=None, rounds=rounds, statistics=statistics,
            partners=50,
        )  # fmt: skip
        assert told is None, corner
