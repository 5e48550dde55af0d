"""LiRA: members stand out when models know them; nothing is found where there is nothing."""

import dataclasses

import numpy as np
import pytest

from proeftuin.audit.finding import interval
from proeftuin.audit.membership import by_class, hits, likelihood_ratios, shadows_of
from synthetic_data.seeds import Seeds
from tests.fixtures.audit_subject import NONE, subject

RNG = Seeds(9).rng("membership")


def planted(models: int, rows: int, gain: float) -> tuple[np.ndarray, np.ndarray]:
    member = RNG.random((models, rows)) < 0.5
    own = RNG.normal(0, 3, rows)
    return own + gain * member + RNG.normal(0, 1, (models, rows)), member


def test_members_that_are_known_better_are_found() -> None:
    """A row is known 5 deviations better by models that learned from it."""
    known, member = planted(16, 300, 5.0)
    found = hits(likelihood_ratios(known, member), member, 0.01)
    assert found.found / found.members > 0.9
    assert found.mistaken / found.others <= 0.01


def test_where_nothing_is_known_the_attack_is_a_guess() -> None:
    known, member = planted(16, 2000, 0.0)
    found = hits(likelihood_ratios(known, member), member, 0.01)
    low, high = interval(found.found, found.members, 0.999)
    assert low <= 0.01 <= high


def test_a_model_is_not_attacked_with_its_own_help() -> None:
    """Leaving the attacked model out: one that differs from all others changes no other centre."""
    known, member = planted(8, 50, 1.0)
    member[:, :] = (np.arange(8) % 2 == 0)[:, None]
    ratios = likelihood_ratios(known, member)
    shifted = known.copy()
    shifted[0] += 1e-3
    np.testing.assert_allclose(likelihood_ratios(shifted, member)[0], ratios[0], atol=0.05)


def test_rows_in_too_few_models_say_nothing() -> None:
    known, member = planted(4, 10, 1.0)
    member[:, 0] = True
    assert (likelihood_ratios(known, member)[:, 0] == 0).all()


@pytest.mark.parametrize("share", [0.001, 0.01, 0.2])
def test_false_positives_keep_to_their_share(share: float) -> None:
    known, member = planted(6, 400, 1.0)
    found = hits(likelihood_ratios(known, member), member, share)
    assert found.mistaken <= share * found.others


def test_halves_leave_every_model_the_same_number_of_rows() -> None:
    plain = subject(rounds=1)
    few = dataclasses.replace(plain, arm=dataclasses.replace(plain.arm, privacy=NONE))
    detector = dataclasses.replace(few.arm.detector, rounds=1)
    few = dataclasses.replace(few, arm=dataclasses.replace(few.arm, detector=detector))
    shadows = shadows_of(few, 4, Seeds(2))
    assert set(shadows.member.sum(1)) == {350}
    assert {name for name, *_ in by_class(shadows, "server")} == {
        "all", "fraud", "not_fraud", "most_exposed",
    }  # fmt: skip
