"""The settings of differential privacy: unit, mechanism and budget."""

from typing import Annotated, Literal, cast

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.parameters import STRICT

#: Smallest delta that accountants can tell from the errors of floating point.
LEAST_DELTA = 1e-12
Delta = Annotated[float, Field(ge=LEAST_DELTA, lt=0.1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Policy:
    """The policy on what leaves a partner by training; one subclass per unit of privacy.

    Attributes:
        name: name of the policy.
        about: one line for ``proeftuin list`` and the report.
        unit: unit of privacy, which also names the kind of policy.
    """

    name: str
    about: str
    unit: str | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoPrivacy(Policy):
    """Models and statistics leave a partner as they are."""

    unit: Literal[None]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DifferentialPrivacy(Policy):
    """The settings of every private policy.

    Attributes:
        epsilon: budget over the whole training, statistics included: of each partner for a record,
            of all partners that a person may be at together for a person.
        delta: failure probability, below 1 / rows of every partner.
        clip_norm: L2 norm of a record's gradient, or of a partner's update.
        rounds: averages; replaces the federation's own number of rounds.
    """

    unit: str
    epsilon: Annotated[float, Field(gt=0, le=100)]
    delta: Delta
    clip_norm: Annotated[float, Field(gt=0, le=1000)]
    rounds: Annotated[int, Field(ge=1, le=10_000)]

    @property
    def steps(self) -> int:
        """Releases with noise over all rounds."""
        return self.rounds

    @property
    def records_per_unit(self) -> int:
        """Most records of one unit that a partner learns from."""
        return 1

    @property
    def partners_per_unit(self) -> int:
        """Partners that one unit may be at within the budget."""
        return 1


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DPSGD(DifferentialPrivacy):
    """Noisy gradient steps at every partner (Abadi et al. 2016).

    The sample has either a rate or an expected size.

    Attributes:
        sampling_rate: probability that a record takes part in a step (Poisson sampling).
        batch_size: expected rows in a step instead, the same at every partner: a small one then
            samples at a higher rate and needs more noise.
        steps_per_round: noisy steps between two averages.
        learning_rate: step size of DP-SGD; the detector's own optimiser, step size, weight decay
            and batch size do not apply to a private arm.
        statistics_noise: noise multiplier of the one release of scaling statistics.
    """

    sampling_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    steps_per_round: Annotated[int, Field(ge=1, le=10_000)]
    learning_rate: Annotated[float, Field(gt=0, le=100)]
    statistics_noise: Annotated[float, Field(gt=0, le=10_000)]

    def __post_init__(self) -> None:
        if (self.sampling_rate is None) == (self.batch_size is None):
            rate, size = (
                "null" if one is None else one for one in (self.sampling_rate, self.batch_size)
            )
            raise ValueError(
                f"sampling_rate={rate} and privacy.batch_size={size}: give one of the two and "
                "leave the other at null"
            )

    @property
    def steps(self) -> int:
        """Noisy steps over all rounds."""
        return self.rounds * self.steps_per_round

    def sampling_rate_of(self, rows: int) -> float:
        """Return the probability that a record of a partner with so many takes part in a step."""
        if self.sampling_rate is not None:
            return self.sampling_rate
        return min(1.0, cast(int, self.batch_size) / rows)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RecordLevelDP(DPSGD):
    """Hides one row of a partner's training table."""

    unit: Literal["record"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PersonLevelDP(DPSGD):
    """Hides a person with all their rows.

    Attributes:
        records_per_person: most rows of a person that a partner trains on.
        partners_per_person: partners that a person may be at within the budget; the loss of a
            person at all partners is reported as well.
    """

    unit: Literal["person"]
    records_per_person: Annotated[int, Field(ge=1, le=100)]
    partners_per_person: Annotated[int, Field(ge=1, le=100)]

    @property
    def records_per_unit(self) -> int:
        """Most rows of one person that a partner learns from."""
        return self.records_per_person

    @property
    def partners_per_unit(self) -> int:
        """Partners that one person may be at within the budget."""
        return self.partners_per_person


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ClientLevelDP(DifferentialPrivacy):
    """Hides the participation of a partner in a federation, with all its rows.

    Attributes:
        noise_by: side that adds the noise: each ``partner`` to its own update, or the ``server``,
            which then sees the updates.
    """

    unit: Literal["partner"]
    noise_by: Literal["server", "partner"]


PrivatePolicy = Annotated[
    RecordLevelDP | PersonLevelDP | ClientLevelDP, Field(discriminator="unit")
]
Privacy = Annotated[NoPrivacy | PrivatePolicy, Field(discriminator="unit")]
