"""Recomputation of a run's guarantees from its folder: do the ledgers bear out its claims?

The ledgers become dp-accounting's own events and are accounted for anew, independently of the code
that gave the guarantee; and the messages sent are compared with the releases booked. On any
mismatch there is no number.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from proeftuin.errors import PrivacyError
from proeftuin.privacy.domain import too_far
from proeftuin.privacy.ledger import (
    ALL_PARTNERS,
    ExactDisclosure,
    GaussianRelease,
    Ledger,
    NoisyAnswers,
    SampledGaussianRelease,
)
from proeftuin.privacy.signals import OF_LEARNING

UNITS_OF_LEARNING = ("record", "person", "partner", "embedding")
UPDATES = "model updates"
STATISTICS = "scaling statistics"
#: Width of the grid for units of one record and of several, whose mixtures take longer;
#: and how far epsilon, or its part above 1, may be from what was said.
_GRIDS, _TOLERANCES = (1e-4, 1e-3), (2e-3, 2e-2)
Record = dict[str, Any]
Part = tuple[float, float, int, int]
"""Noise multiplier, sampling rate, records of a unit, times."""


@dataclass(frozen=True)
class Sent:
    """The messages of a federation, counted by the network.

    Attributes:
        together: name of the joint training.
        partners: number of partners that took part.
        messages: requests and answers, both ways.
        unanswered: requests for an update that were not answered.
        queries: other requests to all partners, all answered: for statistics, to scale by them,
            and to finish personal models.
    """

    together: str
    partners: int
    messages: int
    unanswered: int
    queries: int = 2

    @property
    def updates(self) -> int:
        """Number of model updates that partners sent."""
        others = 2 * self.queries * self.partners
        return (self.messages - others - self.unanswered) // 2


@dataclass(frozen=True)
class Claims:
    """The claims of an arm in one world.

    Attributes:
        where: the arm and the world, for messages.
        privacy: its policy, as in ``config.yaml``.
        public_scale: whether columns are scaled by public numbers, so that no statistics leave.
        ledgers: its booked releases.
        guarantees: its stated privacy cost.
        sent: messages of its federations.
        flows: its data flows.
        vertical_delta: delta of the guarantees of vertical learning; None without it.
    """

    where: str
    privacy: Record
    public_scale: bool
    ledgers: list[Ledger]
    guarantees: list[Record]
    sent: list[Sent]
    flows: list[Record]
    vertical_delta: float | None = None

    @property
    def learning(self) -> list[Ledger]:
        """The ledgers of private learning."""
        return [ledger for ledger in self.ledgers if ledger.unit in UNITS_OF_LEARNING]


def problems(claims: Claims) -> list[str]:
    """Return a line for everything that the ledgers do not bear out; nothing if all fits."""
    found = [*_untold(claims)]
    if claims.privacy.get("unit") is not None:
        found += [*_unbooked(claims), *_unlike_the_policy(claims), *_disagreements(claims)]
    elif claims.vertical_delta is not None:
        found += _one_by_one(claims, claims.vertical_delta)
    elif claims.guarantees:
        found.append("gives a guarantee, but its policy protects nothing")
    return [f"{claims.where}: {problem}" for problem in found]


def recounted(ledgers: Sequence[Ledger], delta: float) -> float:
    """Return epsilon of everything in some ledgers together, by dp-accounting's PLD on its events.

    Raises:
        PrivacyError: a release had no noise or was not clipped, so that epsilon is infinite.
    """
    parts: list[Part] = []
    for ledger in ledgers:
        for release in ledger.releases:
            if not isinstance(release, GaussianRelease | SampledGaussianRelease):
                raise PrivacyError(f"{ledger.partner}: {release.what} has no epsilon of its own")
            if release.clip_norm is None or not 0 < release.clip_norm < math.inf:
                raise PrivacyError(
                    f"{ledger.partner}: {release.what} left without clipping "
                    f"(clip_norm={release.clip_norm}); nothing bounds what one record counts"
                )
            if release.noise_multiplier == 0:
                raise PrivacyError(
                    f"{ledger.partner}: {release.what} left without noise (noise_multiplier=0); "
                    "epsilon is infinite"
                )
            if isinstance(release, SampledGaussianRelease):
                rate, times = release.sampling_rate, release.steps
            else:
                rate, times = 1.0, release.count
            parts.append((release.noise_multiplier, rate, ledger.records_per_unit, times))
    if too_far([_lone(part) for part in parts]):
        raise PrivacyError("losses reach further than an accountant can follow")
    return _pld(tuple(parts), delta)


@cache
def _pld(parts: tuple[Part, ...], delta: float) -> float:
    from dp_accounting import ComposedDpEvent, SelfComposedDpEvent
    from dp_accounting.pld import PLDAccountant

    events = [SelfComposedDpEvent(_event(*part[:3]), part[3]) for part in parts]
    accountant = PLDAccountant(value_discretization_interval=_GRIDS[_several(parts)])
    return float(accountant.compose(ComposedDpEvent(events)).get_epsilon(delta))


def _lone(part: Part) -> Part:
    """Return a release on all records as one about a unit of a single record."""
    noise, rate, records, times = part
    return (noise / records, rate, 1, times) if rate == 1 else part


def _several(parts: Iterable[Part]) -> bool:
    return any(records > 1 and rate < 1 for _, rate, records, _ in parts)


def _event(noise: float, rate: float, records: int) -> Any:
    """Return the event of one release about a unit of so many records."""
    from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent
    from dp_accounting.dp_event import MixtureOfGaussiansDpEvent

    if rate == 1:
        return GaussianDpEvent(noise / records)
    if records == 1:
        return PoissonSampledDpEvent(rate, GaussianDpEvent(noise))
    chances = [
        math.comb(records, taken) * rate**taken * (1 - rate) ** (records - taken)
        for taken in range(records + 1)
    ]
    return MixtureOfGaussiansDpEvent(noise, list(range(records + 1)), chances)


def _untold(claims: Claims) -> Iterable[str]:
    """Facts that crossed and are in no ledger."""
    booked = {
        (ledger.partner, release.to, release.what)
        for ledger in claims.ledgers
        for release in ledger.releases
        if isinstance(release, ExactDisclosure | NoisyAnswers)
    }
    private = claims.privacy.get("unit") is not None
    for flow in claims.flows:
        if flow["form"] in OF_LEARNING:
            if private and flow["form"] != "private_aggregate":
                yield f"{flow['sender']} sent {flow['data']} without noise, and no ledger has them"
        elif (flow["sender"], flow["receiver"], flow["data"]) not in booked:
            yield (
                f"{flow['sender']} told {flow['receiver']} {flow['data']} about "
                f"{flow['persons']:,} people, and no ledger has it"
            )


def _unbooked(claims: Claims) -> Iterable[str]:
    """Model updates and statistics that left and are in no ledger."""
    if not claims.learning and (claims.guarantees or claims.sent):
        yield "claims to learn privately and has no ledger of learning"
        return
    booked = sum(_rounds(ledger, claims.privacy) for ledger in claims.learning)
    left = sum(each.updates for each in claims.sent)
    if left > booked:
        yield (
            f"{left:g} model updates left and the ledgers have only {booked:g}; releases are "
            "missing from a ledger, or an accountant began anew"
        )
    for ledger in claims.learning:
        released = [release for release in ledger.releases if release.what == STATISTICS]
        if not claims.public_scale and not released:
            yield f"{ledger.partner}: {STATISTICS} left and its ledger does not have them"


def _rounds(ledger: Ledger, privacy: Record) -> float:
    """Return the model updates that a ledger has booked."""
    updates = [release for release in ledger.releases if release.what == UPDATES]
    steps = sum(one.steps for one in updates if isinstance(one, SampledGaussianRelease))
    whole = sum(one.count for one in updates if isinstance(one, GaussianRelease))
    return whole + steps / float(privacy.get("steps_per_round") or 1)


def _unlike_the_policy(claims: Claims) -> Iterable[str]:
    """Ledgers of another unit, or with fewer rounds than every partner that learns alone takes."""
    unit, delta = claims.privacy["unit"], float(claims.privacy["delta"])
    for ledger in claims.learning:
        if ledger.unit != unit:
            yield f"{ledger.partner}: its ledger hides a {ledger.unit}, the policy a {unit}"
        if not delta < 1 / ledger.records:
            yield f"{ledger.partner}: delta {delta:g} is not below 1/{ledger.records}"
    rounds = int(claims.privacy["rounds"])
    if not claims.sent:
        for ledger in claims.learning:
            if (taken := _rounds(ledger, claims.privacy)) < rounds:
                yield f"{ledger.partner}: learned {rounds} rounds and booked {taken:g}"


def _one_by_one(claims: Claims, delta: float) -> Iterable[str]:
    """Return the guarantees of vertical learning: every bank asks about its own rows."""
    if len(claims.learning) != len(claims.guarantees):
        yield f"has {len(claims.learning)} ledgers and {len(claims.guarantees)} guarantees"
        return
    for ledger, told in zip(claims.learning, claims.guarantees, strict=True):
        yield from _disagreement(ledger.partner, [ledger], float(told["epsilon"]), delta)


def _disagreements(claims: Claims) -> Iterable[str]:
    """Guarantees that the ledgers do not give."""
    delta = float(claims.privacy["delta"])
    own: dict[str, list[Ledger]] = {}
    for ledger in claims.learning:
        own.setdefault(ledger.partner, []).append(ledger)
    told = {str(each["partner"]): float(each["epsilon"]) for each in claims.guarantees}
    expected = {**own, ALL_PARTNERS: claims.learning} if ALL_PARTNERS in told else own
    for partner in expected.keys() ^ told.keys():
        yield f"{partner}: has a ledger or a guarantee, but not both"
    for partner in expected.keys() & told.keys():
        yield from _disagreement(partner, expected[partner], told[partner], delta)


def _disagreement(
    partner: str, ledgers: Sequence[Ledger], told: float, delta: float
) -> Iterable[str]:
    try:
        epsilon = recounted(ledgers, delta)
    except PrivacyError as reason:
        yield f"{reason}; no number"
        return
    several = any(ledger.records_per_unit > 1 for ledger in ledgers)
    if not abs(epsilon - told) <= _TOLERANCES[several] * max(1.0, epsilon):
        yield (
            f"{partner}: says epsilon {told:.4g}, its ledgers give {epsilon:.4g} at delta {delta:g}"
        )
