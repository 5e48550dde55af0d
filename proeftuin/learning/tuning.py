"""Tuning with the same budget in every arm: candidates of a detector, chosen on validation days.

Owners alone, federations and the centre each rehearse with the detector as it is and with every
candidate of its settings, from the same first weights and through the same shuffles, and keep the
one with the least validation loss: their own, or in a federation the average over partners. Then
they learn from everything that is known when the test days begin. Test rows are never looked at.
Under a privacy policy the validation rows may not be looked at either, and where these days hold
too few reports nothing can be told apart; then an arm learns with the detector as it is.
"""

import logging
from dataclasses import replace
from pathlib import Path

from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.settings.arm import Arm

FEWEST_REPORTS = 10  #: known of the validation days, below which no candidate is preferred
log = logging.getLogger(__name__)


def tried_by(arm: Arm) -> dict[str, Arm]:
    """Return the arm with every detector that it tries, by name; the first is the one it has."""
    own: dict[str, Arm] = {
        arm.detector.name: replace(arm, detector=replace(arm.detector, candidates={}))
    }
    if arm.privacy.unit is not None:
        return own
    return own | {
        name: replace(arm, detector=replace(arm.detector, candidates={}, **each.given()))
        for name, each in arm.detector.candidates.items()
    }


def choose_each(training: Training, rehearsal: Training | None) -> dict[str, Learned]:
    """Let several owners of rows learn, each on its own rows alone and with its own choice.

    Args:
        training: rows of all days before the test days.
        rehearsal: rows to choose candidates with, of the same owners; None if there are none.
    """
    if rehearsal is None:
        return learn_each(training)
    arms = tried_by(training.arm)
    tried = {name: learn_each(replace(rehearsal, arm=arm)) for name, arm in arms.items()}
    found: dict[str, Learned] = {}
    for owner in training.splits:
        of_owner = {name: each[owner] for name, each in tried.items()}
        name = chosen(of_owner, rehearsal.of([owner]))
        final = learn_each(replace(training.of([owner]), arm=arms[name]))
        found[owner] = _with_costs(final[owner], of_owner, name)
    return found


def choose_jointly(
    training: Training, rehearsal: Training | None, *, checkpoint: Path | None = None
) -> Learned:
    """Learn one model over several partners' rows, with a checkpoint file for each training."""

    def learn(rows: Training, arm: Arm, name: str) -> Learned:
        path = checkpoint and checkpoint.with_name(f"{checkpoint.name}-{name}")
        return learn_jointly(replace(rows, arm=arm), checkpoint=path)

    arms = tried_by(training.arm)
    if rehearsal is None:
        return learn(training, arms[training.arm.detector.name], "final")
    tried = {name: learn(rehearsal, arm, name) for name, arm in arms.items()}
    name = chosen(tried, rehearsal)
    return _with_costs(learn(training, arms[name], "final"), tried, name)


def chosen(tried: dict[str, Learned], rehearsal: Training) -> str:
    """Return the candidate whose model has the least validation loss.

    Of equal losses, where no loss is available and where few reports are known, the first wins.
    """
    first = next(iter(tried))
    reports = sum(float(split.valid_y.sum()) for split in rehearsal.splits.values())
    if not all(each.losses for each in tried.values()):
        return first
    if reports < FEWEST_REPORTS:
        log.warning(
            "%s keeps detector %s: %d reports of the validation days are known, and no candidate "
            "is preferred on fewer than %d",
            ", ".join(rehearsal.splits), first, reports, FEWEST_REPORTS,
        )  # fmt: skip
        return first
    return min(tried, key=lambda name: tried[name].losses[-1][1])


def _with_costs(final: Learned, tried: dict[str, Learned], name: str) -> Learned:
    """Return what was learned, with the curve of its rehearsal and the costs of them all."""
    every = [*tried.values(), final]
    return replace(
        final,
        losses=tried[name].losses,
        bytes_moved=sum(each.bytes_moved for each in every),
        messages=sum(each.messages for each in every),
        incidents=tuple(incident for each in every for incident in each.incidents),
        tried={name: each.losses[-1][1] for name, each in tried.items() if each.losses},
    )
