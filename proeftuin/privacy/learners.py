"""Which learner is an owner's side, by what its arm asks for."""

from proeftuin.detectors.encoding import encoded_split
from proeftuin.detectors.gradient import GradientLearner
from proeftuin.features.split import Split
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from synthetic_data.seeds import Seeds


def learner_of(
    split: Split,
    arm: Arm,
    federation: Federation,
    *,
    owner: str,
    seeds: Seeds,
    jointly: bool = False,
) -> GradientLearner:
    """Build the side of one owner of rows, private if the arm's policy asks for it.

    Who learns alone sends nothing that could tell whether it took part.
    """
    split = encoded_split(split, arm.detector.bins)
    own, unit, epochs = seeds.child("learner", owner), arm.privacy.unit, federation.local_epochs
    if unit is None or (unit == "partner" and not jointly):
        return GradientLearner(split, arm.detector, epochs=epochs, seeds=own)
    if unit == "partner":
        from proeftuin.privacy.partner import ClientLevelDPLearner

        return ClientLevelDPLearner(
            split, arm.detector, arm.privacy, epochs=epochs, partner=owner, seeds=own
        )
    from proeftuin.privacy.learner import PrivateLearner

    personal = federation.personal if jointly else None
    alone = personal.rounds or 0 if personal is not None else 0
    return PrivateLearner(
        split, arm.detector, arm.privacy, partner=owner, seeds=own, rounds_alone=alone
    )
