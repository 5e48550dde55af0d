"""The releases of a partner, as data; ``accounting`` computes on them, nothing here does.

One ledger per partner over all its rounds: an accountant per round would start at zero each time.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from proeftuin.errors import PrivacyError

ALL_PARTNERS = "all"


@dataclass(frozen=True)
class GaussianRelease:
    """Vectors released with Gaussian noise, computed on all records.

    Attributes:
        what: description of the release.
        noise_multiplier: standard deviation of the noise / L2 sensitivity to one record; 0 is none.
        count: number of such vectors.
        clip_norm: bound on the L2 norm of one record's part; None without a bound, and then no
            noise hides it.
        to: recipient.
    """

    what: str
    noise_multiplier: float
    count: int = 1
    clip_norm: float | None = 1.0
    to: str = "server"

    def __post_init__(self) -> None:
        _check(self.what, self.noise_multiplier, 1.0, self.count)


@dataclass(frozen=True)
class SampledGaussianRelease:
    """Steps of DP-SGD, each on a fresh Poisson sample of the records.

    Attributes:
        what: description of the release.
        noise_multiplier: standard deviation of the noise / clipping norm; 0 is none.
        sampling_rate: probability that a record takes part in a step, above 0 and at most 1.
        steps: number of steps.
        clip_norm, to: as of :class:`GaussianRelease`.
    """

    what: str
    noise_multiplier: float
    sampling_rate: float
    steps: int
    clip_norm: float | None = 1.0
    to: str = "server"

    def __post_init__(self) -> None:
        _check(self.what, self.noise_multiplier, self.sampling_rate, self.steps)


@dataclass(frozen=True)
class ExactDisclosure:
    """Facts disclosed exactly, in clear or in a form that hides them from outsiders only.

    Attributes:
        what: kind of data; a key of the report's texts.
        to: recipient.
        form: how it moved: ``in_clear``, ``hashed``, ``bloom_filter`` or ``encrypted``.
        persons: number of people concerned.
        records: number of answers or entries.
    """

    what: str
    to: str
    form: str
    persons: int
    records: int


@dataclass(frozen=True)
class NoisyAnswers:
    """Answers or counts with noise of their own, each of them pure differential privacy.

    Attributes:
        what: kind of data; a key of the report's texts.
        to: recipient.
        mechanism: ``randomised_response`` or ``dp_count``.
        epsilon: privacy loss of one answer for one person in it; delta is 0.
        answers: pairs of (separately drawn answers about a person, number of such persons).
    """

    what: str
    to: str
    mechanism: str
    epsilon: float
    answers: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not 0 < self.epsilon < math.inf:
            raise PrivacyError(
                f"release of {self.what}: epsilon {self.epsilon}; needed is a finite one above 0"
            )


Release = GaussianRelease | SampledGaussianRelease | ExactDisclosure | NoisyAnswers
_KINDS: dict[str, type[Release]] = {
    "gaussian": GaussianRelease,
    "sampled_gaussian": SampledGaussianRelease,
    "exact_disclosure": ExactDisclosure,
    "noisy_answers": NoisyAnswers,
}
#: What noisy answers hide, and between which two worlds, by mechanism.
HIDDEN_BY = {
    "randomised_response": ("answer", "change_one_answer"),
    "dp_count": ("person_in_count", "add_or_remove_one"),
}
NOTHING_HIDDEN = ("nothing", "none")


@dataclass(frozen=True)
class Ledger:
    """All releases of one partner about its records.

    Attributes:
        partner: name of the partner.
        unit: hidden by the noise: the presence of a ``record``, of a ``person`` with all records
            here, or of the ``partner``; one ``answer``; the content of an ``embedding``, against a
            zero one in its place; a ``person_in_count``; or ``nothing``.
        records: number of records that the releases were computed from.
        releases: in the order in which they left the partner.
        neighbouring: neighbouring relation between sets of units.
        records_per_unit: most records of one unit here, enforced before anything else.
        server_trusted: whether only the server adds the noise, and so sees everything.
    """

    partner: str
    unit: str
    records: int
    releases: tuple[Release, ...] = ()
    neighbouring: str = "add_or_remove_one"
    records_per_unit: int = 1
    server_trusted: bool = False

    def __post_init__(self) -> None:
        for name in ("records", "records_per_unit"):
            if getattr(self, name) < 1:
                raise PrivacyError(
                    f"{self.partner}: a ledger with {name}={getattr(self, name)}; at least 1"
                )

    def and_then(self, *releases: Release) -> "Ledger":
        """Return the ledger with further releases behind the earlier ones."""
        return replace(self, releases=(*self.releases, *releases))

    def to_dict(self) -> dict[str, Any]:
        """Return the ledger as plain values that JSON can hold."""
        names = {kind: name for name, kind in _KINDS.items()}
        releases = [{"kind": names[type(r)], **asdict(r)} for r in self.releases]
        return asdict(self) | {"releases": releases}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Ledger":
        """Return the ledger that :meth:`to_dict` wrote.

        Raises:
            PrivacyError: if a release is of an unknown kind.
        """
        return cls(**data | {"releases": tuple(_release(**r) for r in data["releases"])})


@dataclass(frozen=True)
class Guarantee:
    """The privacy guarantee of a ledger: an upper bound on what an adversary learns about one unit.

    Attributes:
        partner: name of the partner, or ``all``.
        unit: unit of privacy.
        epsilon: reported bound; infinite if a release had no noise.
        delta: probability with which the bound may fail.
        epsilon_prv: the same bound from the second accountant.
        accountant: the two accountants with their versions.
        neighbouring: neighbouring relation between sets of units.
        adversary: the adversary that the guarantee is against.
        records: number of records of the partner.
        records_per_unit: most records of one unit at a partner.
        partners: number of partners at which a unit may be for this bound to hold.
    """

    partner: str
    unit: str
    epsilon: float
    delta: float
    epsilon_prv: float
    accountant: str
    neighbouring: str
    adversary: str
    records: int
    records_per_unit: int = 1
    partners: int = 1


def _release(kind: str, **fields: Any) -> Release:
    if kind not in _KINDS:
        raise PrivacyError(f"ledger: release of kind {kind!r}; known are {', '.join(_KINDS)}")
    if "answers" in fields:  # JSON knows no tuples
        fields["answers"] = tuple(
            (int(often), int(persons)) for often, persons in fields["answers"]
        )
    return _KINDS[kind](**fields)


def _check(what: str, noise_multiplier: float, sampling_rate: float, times: int) -> None:
    if not (0 <= noise_multiplier < math.inf and 0 < sampling_rate <= 1 and times >= 1):
        raise PrivacyError(
            f"release of {what}: noise multiplier {noise_multiplier}, sampling rate "
            f"{sampling_rate}, {times} times; needed are a finite noise of at least 0, a rate "
            "above 0 and at most 1, and at least one time"
        )
