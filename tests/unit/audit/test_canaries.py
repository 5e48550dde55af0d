"""What an attacker finds of canaries in a step of training, whatever the canaries are like."""

import numpy as np

from proeftuin.audit.canaries import Canaries, _decoded
from synthetic_data.seeds import Seeds

RNG = Seeds(5).rng("gradients")
LIKE = RNG.normal(size=(40, 30))


def canaries(labels: list[int]) -> Canaries:
    y = np.array(labels, dtype=np.float32)
    nothing = np.zeros((len(y), 1), np.float32)
    return Canaries(nothing, y, y > 0, nothing, y, rows=500)


def test_canaries_that_the_model_is_sure_of_do_not_stop_an_audit_of_the_others() -> None:
    """With more than half of them sure, the typical gradient was 0 and the audit crashed."""
    planted = canaries([1, 0, 0, 1, 0, 1, 0, 0, 0, 1])
    moving = planted.y > 0
    own = np.where(moving[:, None], RNG.normal(size=(10, 30)), 0.0)
    for inside in np.flatnonzero(moving):
        found = _decoded(np.concatenate([own, LIKE]), own[inside].astype(np.float32), planted)
        assert np.argmax(found) == inside
        assert np.abs(found[~moving]).max() < 1e-9


def test_canaries_without_any_gradient_are_no_evidence() -> None:
    planted = canaries([0, 1, 0, 1])
    step = RNG.normal(size=30).astype(np.float32)
    assert not _decoded(np.concatenate([np.zeros((4, 30)), LIKE]), step, planted).any()
