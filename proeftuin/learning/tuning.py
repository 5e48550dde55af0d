"""Tuning with the same budget in every arm: candidates of a detector, chosen on validation days.

Owners alone, federations and the centre each try the detector as it is and every
candidate of its settings, from the same first weights and through the same shuffles, and keep the
one whose best round has the least validation loss: their own, or in a federation the average over
partners. Test rows are never looked at. Under a privacy policy the validation rows may not be
looked at either, so such an arm learns once, with the detector as it is.
"""

from dataclasses import replace
from pathlib import Path

from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.settings.arm import Arm


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


def choose_each(training: Training) -> dict[str, Learned]:
    """Let several owners of rows learn, each on its own rows alone and with its own choice."""
    tried = {
        name: learn_each(replace(training, arm=arm)) for name, arm in tried_by(training.arm).items()
    }
    owners = training.splits
    return {owner: best({name: each[owner] for name, each in tried.items()}) for owner in owners}


def choose_jointly(training: Training, *, checkpoint: Path | None = None) -> Learned:
    """Learn one model over several partners' rows, with a checkpoint file for each candidate."""
    return best(
        {
            name: learn_jointly(
                replace(training, arm=arm),
                checkpoint=checkpoint and checkpoint.with_name(f"{checkpoint.name}-{name}"),
            )
            for name, arm in tried_by(training.arm).items()
        }
    )


def best(tried: dict[str, Learned]) -> Learned:
    """Return the candidate with the least validation loss, with the costs of all candidates.

    Of equal losses, and where no loss is available, the first wins.
    """
    first = next(iter(tried.values()))
    if len(tried) == 1 or not first.losses:
        return first
    losses = {name: min(loss for _, loss in each.losses) for name, each in tried.items()}
    return replace(
        tried[min(losses, key=lambda name: losses[name])],
        bytes_moved=sum(each.bytes_moved for each in tried.values()),
        messages=sum(each.messages for each in tried.values()),
        incidents=tuple(incident for each in tried.values() for incident in each.incidents),
        tried=losses,
    )
