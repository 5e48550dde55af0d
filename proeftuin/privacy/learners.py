"""The learner of an owner of rows, by the privacy policy of its arm."""

from proeftuin.detectors.encoding import encoded_split
from proeftuin.detectors.gradient import GradientLearner
from proeftuin.features.split import Split
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation, FineTuning
from proeftuin.settings.privacy import DPSGD, ClientLevelDP
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
    """Build the learner of one owner of rows, private if the arm's policy asks for it.

    A partner that trains alone sends nothing that could reveal its participation.
    """
    split = encoded_split(split, arm.detector.bins)
    own, privacy, epochs = seeds.child("learner", owner), arm.privacy, federation.local_epochs
    if isinstance(privacy, DPSGD):
        from proeftuin.privacy.learner import PrivateLearner

        personal = federation.personal
        alone = personal.rounds if jointly and isinstance(personal, FineTuning) else 0
        return PrivateLearner(
            split, arm.detector, privacy, partner=owner, seeds=own, rounds_alone=alone
        )
    if isinstance(privacy, ClientLevelDP) and jointly:
        from proeftuin.privacy.partner import ClientLevelDPLearner

        return ClientLevelDPLearner(
            split, arm.detector, privacy, epochs=epochs, partner=owner, seeds=own
        )
    return GradientLearner(split, arm.detector, epochs=epochs, seeds=own)
