"""Planning of a privacy policy before training: the noise for a budget, or the budget of a noise.

The same calibration and the same two accountants as in a run, on the ledgers that it would write.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from proeftuin.privacy.accounting import Segments, guarantee, joint_guarantee, segments, told
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.domain import PLANNED, beyond, rough_noise
from proeftuin.privacy.ledger import GaussianRelease, Ledger, Release, SampledGaussianRelease
from proeftuin.privacy.prv import prv_epsilon
from proeftuin.settings.privacy import DPSGD, ClientLevelDP, DifferentialPrivacy
from proeftuin.settings.vertical import Vertical

STATISTICS = "scaling statistics"
ROWS_OF_A_PERSON = (2, 5)
_PRV_ERROR = 0.05


@dataclass(frozen=True)
class PartnerPlan:
    """The plan of one partner.

    Attributes:
        partner: its name.
        records: number of its training rows, or 1 for a whole partner.
        sampling_rate: probability that a row takes part in a step.
        noise_multiplier: of every step.
        epsilon, epsilon_prv: privacy cost for a unit at this partner, by both accountants.
        ledger: its releases at the end of training.
    """

    partner: str
    records: int
    sampling_rate: float
    noise_multiplier: float
    epsilon: float
    epsilon_prv: float
    ledger: Ledger


def plan(
    privacy: DifferentialPrivacy,
    rows: Mapping[str, int],
    *,
    noise_multiplier: float | None = None,
    statistics: bool = True,
) -> list[PartnerPlan]:
    """Return the plan of every partner under a policy.

    Args:
        privacy: unit, budget and schedule.
        rows: training rows of every partner, by name.
        noise_multiplier: noise to account for; None for the least that keeps the budget.
        statistics: whether scaling statistics are released; learners on bins need none.

    Raises:
        PrivacyError: if the budget cannot be kept, or the accountants disagree.
    """
    plans = []
    for partner, count in rows.items():
        records = 1 if isinstance(privacy, ClientLevelDP) else count
        rate = _sampling_rate(privacy, count)
        noise = noise_multiplier or least_noise(privacy, rate, statistics=statistics)
        ledger = _ledger(privacy, partner, records, rate, noise, statistics=statistics)
        found = guarantee(ledger, privacy.delta)
        plans.append(
            PartnerPlan(partner, records, rate, noise, found.epsilon, found.epsilon_prv, ledger)
        )
    return plans


def least_noise(privacy: DifferentialPrivacy, sampling_rate: float, *, statistics: bool) -> float:
    """Return the noise that a run would calibrate for a partner's budget."""
    released = privacy.statistics_noise if statistics and isinstance(privacy, DPSGD) else None
    return noise_for(
        epsilon=privacy.epsilon,
        delta=privacy.delta,
        sampling_rate=sampling_rate,
        steps=privacy.steps,
        statistics_noise=released,
        records_per_unit=privacy.records_per_unit,
        partners_per_unit=privacy.partners_per_unit,
    )


def beyond_plan(
    privacy: DifferentialPrivacy,
    rows: Iterable[int],
    *,
    noise_multiplier: float | None,
    rounds: int,
    statistics: bool,
    partners: int,
) -> str | None:
    """Return why the accountants cannot work out a policy, or None if they can; in a moment.

    Args:
        privacy: unit, budget and schedule.
        rows: training rows of every partner.
        noise_multiplier: noise to account for; None for what the budget needs.
        rounds: averages, and what a partner learns for itself.
        statistics: whether scaling statistics are released.
        partners: number of partners at which a person may be.
    """
    together = {1, max(partners, privacy.partners_per_unit) if privacy.unit == "person" else 1}

    def released(rate: float, noise: float, several: int) -> Segments:
        own = _ledger(privacy, "", 1, rate, noise, statistics=statistics, rounds=rounds)
        return segments([own] * several)

    for rate in {_sampling_rate(privacy, count) for count in rows}:
        budgeted = partial(released, rate, several=privacy.partners_per_unit)
        noise = noise_multiplier or rough_noise(budgeted, privacy.epsilon, privacy.delta)
        for several in together:
            mechanisms = released(rate, noise, several)
            if reason := beyond(mechanisms, privacy.delta, PLANNED):
                return f"{reason}; {told(mechanisms)}"
    return None


def beyond_vertical(vertical: Vertical, rounds: int) -> str | None:
    """Return why the accountants cannot work out vertical learning, or None if they can."""
    if vertical.noise_multiplier == 0:
        return None
    exchanges = -(-rounds // vertical.passes)  # embeddings and steps, and a last embedding
    mechanisms = ((vertical.noise_multiplier, 1.0, 1, 2 * exchanges),)
    reason = beyond(mechanisms, vertical.delta, PLANNED)
    return f"{reason}; {told(mechanisms)}" if reason else None


def at_several(plans: Sequence[PartnerPlan], delta: float) -> tuple[float, float]:
    """Return the privacy cost for a unit that is at all of these partners, by both accountants.

    The partners' noise is independent. A person with one row at each is such a unit under
    ``record_dp``; a person with all its rows is under ``person_dp``.
    """
    found = joint_guarantee([each.ledger for each in plans], delta)
    return found.epsilon, found.epsilon_prv


def of_several_rows(own: PartnerPlan, rows: int, delta: float) -> float:
    """Return epsilon of a person with so many rows at one partner, by the second accountant.

    ``record_dp`` does not bound a person's rows; this says what two or five of them would cost.
    """
    ledger = replace(own.ledger, records_per_unit=rows)
    return prv_epsilon(segments([ledger]), delta, _PRV_ERROR)


def of_statistics(own: PartnerPlan, delta: float) -> float | None:
    """Return the privacy cost of the scaling statistics alone; None if none are released."""
    first = own.ledger.releases[0]
    if not (isinstance(first, GaussianRelease) and first.what == STATISTICS):
        return None
    return guarantee(replace(own.ledger, releases=(first,)), delta).epsilon


def _sampling_rate(privacy: DifferentialPrivacy, rows: int) -> float:
    return privacy.sampling_rate_of(rows) if isinstance(privacy, DPSGD) else 1.0


def _ledger(
    privacy: DifferentialPrivacy,
    partner: str,
    records: int,
    rate: float,
    noise: float,
    *,
    statistics: bool,
    rounds: int | None = None,
) -> Ledger:
    rounds = rounds or privacy.rounds
    releases = list[Release]()
    if isinstance(privacy, DPSGD):
        if statistics:
            releases.append(GaussianRelease(STATISTICS, privacy.statistics_noise))
        releases.append(
            SampledGaussianRelease("model updates", noise, rate, rounds * privacy.steps_per_round)
        )
    else:
        releases.append(GaussianRelease("model updates", noise, rounds))
    return Ledger(
        partner=partner,
        unit=privacy.unit,
        records=records,
        releases=tuple(releases),
        records_per_unit=privacy.records_per_unit,
        server_trusted=isinstance(privacy, ClientLevelDP) and privacy.noise_by == "server",
    )
