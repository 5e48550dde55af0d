"""The settings of differential privacy: whose presence is hidden, by which mechanism and budget."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.figures import STRICT

_DP_SGD = ("epsilon", "delta", "clip_norm", "steps_per_round", "rounds", "learning_rate")
#: What a privacy policy must say, by the unit that it hides.
PRIVACY_NEEDS: dict[str, tuple[str, ...]] = {
    "record": (*_DP_SGD, "statistics_noise"),
    "person": (*_DP_SGD, "statistics_noise", "records_per_person", "partners_per_person"),
    "partner": ("epsilon", "delta", "clip_norm", "rounds", "noise_by"),
}
#: Two ways to say how large a sample is; a policy says it in one.
PRIVACY_SAMPLES = ("sampling_rate", "batch_size")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Privacy:
    """The mechanism and budget on what leaves a partner by learning.

    Attributes:
        name: name of the policy.
        about: one line for ``proeftuin list`` and the report.
        unit: whose presence is hidden: one ``record`` (a row of the training table), a ``person``
            with all their rows, a whole ``partner`` of a federation, or null.
        epsilon: budget over the whole training, statistics included: of each partner for a record,
            of all partners that a person may be at together for a person.
        delta: failure probability, below 1 / rows of every partner.
        clip_norm: L2 norm of a record's gradient, or of a partner's update.
        sampling_rate: probability that a record takes part in a step (Poisson sampling).
        batch_size: expected rows in a step instead, the same at every partner: a small one then
            samples at a higher rate and needs more noise.
        steps_per_round: noisy steps between two averages.
        rounds: averages; replaces the federation's own number of rounds.
        learning_rate: step size of DP-SGD; the detector's own optimiser, step size, weight decay
            and batch size do not apply to a private arm.
        statistics_noise: noise multiplier of the one release of scaling statistics.
        records_per_person: most rows of a person that a partner learns from.
        partners_per_person: partners that a person may be at within the budget; what one who is at
            all of them loses is reported as well.
        noise_by: who adds the noise for a partner: each ``partner`` to its own update, or the
            ``server``, which then sees them.
    """

    name: str
    about: str
    unit: Literal["record", "person", "partner"] | None
    epsilon: Annotated[float, Field(gt=0, le=100)] | None = None
    delta: Annotated[float, Field(gt=0, lt=0.1)] | None = None
    clip_norm: Annotated[float, Field(gt=0, le=1000)] | None = None
    sampling_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    steps_per_round: Annotated[int, Field(ge=1, le=10_000)] | None = None
    rounds: Annotated[int, Field(ge=1, le=10_000)] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=100)] | None = None
    statistics_noise: Annotated[float, Field(gt=0, le=10_000)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    records_per_person: Annotated[int, Field(ge=1, le=100)] | None = None
    partners_per_person: Annotated[int, Field(ge=1, le=100)] | None = None
    noise_by: Literal["server", "partner"] | None = None

    def given(self) -> dict[str, float | str]:
        """Return what the policy says about its unit, by name; nothing that is null."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: value
            for name, value in said.items()
            if value is not None and name not in ("name", "about", "unit")
        }
