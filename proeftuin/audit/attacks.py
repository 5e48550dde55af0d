"""Attacks on single rows through what a learner releases, beside what its ledger allows.

Canaries in one training bound epsilon from below; membership inference over many trainings measures
which rows an attacker finds. Both train through the path of every run, so they reveal missing
noise, missing clipping and incomplete accounting.
"""

import math

from proeftuin.audit.canaries import evidence, make_canaries
from proeftuin.audit.finding import EVERYBODY, Finding, interval
from proeftuin.audit.membership import by_class, hits, shadows_of
from proeftuin.audit.one_run import bound, ceiling
from proeftuin.audit.subject import Subject, Trained
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.ceilings import most_true_positives
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.privacy.ledger import Ledger
from proeftuin.settings.privacy import DifferentialPrivacy
from synthetic_data.seeds import Seeds

PLAIN_DELTA = 1e-6  #: delta for an arm without a guarantee
FALSE_POSITIVES = (0.001, 0.01)


def attack_by_canaries(
    arm: str, subject: Subject, *, canaries: int, confidence: float, seeds: Seeds
) -> list[Finding]:
    """Bound epsilon from below, from all positions at once with the given confidence.

    The partner with most rows holds the canaries. Under person-level privacy a canary is a person
    with the largest allowed number of rows.

    Raises:
        PrivacyError: if the ledger of that partner gives no epsilon.
    """
    privacy = subject.arm.privacy
    policy = privacy if isinstance(privacy, DifferentialPrivacy) else None
    delta = policy.delta if policy else PLAIN_DELTA
    names = list(subject.splits)
    place = max(range(len(names)), key=lambda index: len(subject.splits[names[index]].train_y))
    split = subject.splits[names[place]]
    planted = make_canaries(
        split, canaries, seeds.rng("canaries"), copies=policy.records_per_unit if policy else 1
    )
    (trained,) = subject.train([{**subject.splits, names[place]: planted.added_to(split)}])
    ledgers = _ledgers(trained)
    claimed = guarantee(ledgers[place], delta).epsilon if ledgers else math.inf
    each = 1 - (1 - confidence) / len(subject.positions)
    shown = ceiling(canaries, delta=delta, confidence=each)
    findings = []
    for position in subject.positions:
        scores = evidence(
            trained,
            planted,
            position=position,
            place=place,
            initial=subject.initial(),
            clip_norm=policy.clip_norm if policy and ledgers else None,
        )
        least = bound(scores, planted.inside, delta=delta, confidence=each)
        findings.append(
            Finding(
                arm=arm,
                attack="canaries",
                position=position,
                of=EVERYBODY,
                partner=names[place],
                measure="epsilon",
                value=least,
                low=least,
                trivial=0.0,
                ceiling=shown,
                theory=claimed if math.isfinite(claimed) else None,
            )
        )
    return findings


def attack_membership(
    arm: str, subject: Subject, *, shadows: int, confidence: float, seeds: Seeds
) -> list[Finding]:
    """Return true positive rates at low false positive rates, by position and class.

    Theory is the highest true positive rate of any attack at the upper confidence limit of the
    measured false positive rate.
    """
    found = shadows_of(subject, shadows, seeds)
    ledgers = _ledgers(found.trainings[0])
    findings = []
    for position in subject.positions:
        for of, ratios, member in by_class(found, position):
            for share in FALSE_POSITIVES:
                counted = hits(ratios, member, share)
                low, high = interval(counted.found, counted.members, confidence)
                _, mistaken = interval(counted.mistaken, counted.others, confidence)
                findings.append(
                    Finding(
                        arm=arm,
                        attack="membership",
                        position=position,
                        of=of,
                        partner=EVERYBODY
                        if len(subject.splits) > 1
                        else next(iter(subject.splits)),
                        measure=f"share_found_at_{share:g}_false",
                        value=counted.found / max(counted.members, 1),
                        low=low,
                        high=high,
                        trivial=share,
                        theory=_most(ledgers, mistaken),
                    )
                )
    return findings


def _ledgers(trained: Trained) -> list[Ledger]:
    """Return the ledgers of all partners that train with DP-SGD, in the order of the partners."""
    learners = trained.learned.learners
    return [own.ledger() for own in learners if isinstance(own, PrivateLearner)]


def _most(ledgers: list[Ledger], false_positives: float) -> float | None:
    """Return the highest true positive rate that the ledgers allow; None without a guarantee."""
    bounds = [most_true_positives(ledger, false_positives) for ledger in ledgers]
    return max((most for most in bounds if most is not None), default=None)
