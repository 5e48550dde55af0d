"""The settings of a federation: how models are put together, and what goes wrong meanwhile."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Poisoning:
    """A poisoning attack of some partners on the joint model, in every round they take part in.

    Attributes:
        kind: kind of attack.
        partners: the attackers.
    """

    kind: str
    partners: Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LabelFlip(Poisoning):
    """Learns from reversed labels."""

    kind: Literal["label_flip"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ScaledUpdate(Poisoning):
    """Sends its update times a factor.

    Attributes:
        strength: the factor; a negative one undoes learning.
    """

    kind: Literal["scaled_update"]
    strength: Annotated[float, Field(ge=-1000, le=1000)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NotFinite(Poisoning):
    """Sends weights that are not numbers."""

    kind: Literal["not_finite"]


Attack = Annotated[LabelFlip | ScaledUpdate | NotFinite, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LocalHead:
    """Only the layers before the last are averaged, the last stays at the partner.

    Arivazhagan et al. 2019, arXiv 1912.00818.
    """

    kind: Literal["local_head"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FineTuning:
    """Every partner goes on alone from the joint model; its validation rows choose the better.

    Attributes:
        rounds: rounds alone.
    """

    kind: Literal["fine_tuning"]
    rounds: Annotated[int, Field(ge=1, le=1000)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MeanRegularised:
    """Every partner has a model of its own, pulled to the average before every round.

    Multi-task learning; Hanzely & Richtárik 2020, arXiv 2002.05516; Liu et al. 2022, arXiv
    2206.07902.

    Attributes:
        strength: pull to the average, as a share of the own model's weight: 0 ignores the average,
            1 goes half-way, and larger values approach plain averaging.
    """

    kind: Literal["mean_regularised"]
    strength: Annotated[float, Field(ge=0, le=1_000_000)]


Personal = Annotated[LocalHead | FineTuning | MeanRegularised, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Strategy:
    """How a joint model is aggregated; one subclass per stock strategy of Flower on offer.

    Attributes:
        name: the strategy.
        about: one line for ``proeftuin list``.
        participation: share of the partners drawn for each round.
        local_epochs: epochs over a partner's own rows between two averages.
        dropout: probability that a partner that is drawn does not answer in time.
        attack: poisoning attack of some partners, or null.
        personal: personalisation, or null.
        backend: ``inprocess``, or ``deployment``: a server and a process per partner on this
            machine, with TLS and node keys, to the same bits.
    """

    name: str
    about: str
    participation: Annotated[float, Field(gt=0, le=1)]
    local_epochs: Annotated[int, Field(ge=1, le=1000)]
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    attack: Attack | None = None
    personal: Personal | None = None
    backend: Literal["inprocess", "deployment"] = "inprocess"

    def __post_init__(self) -> None:
        if self.backend == "deployment" and (self.dropout or self.attack):
            told = f"attack.kind={self.attack.kind}" if self.attack else f"dropout={self.dropout}"
            raise ValueError(
                f"{told}: is for one process only, and federation.backend=deployment has a "
                "process per partner; use federation.backend=inprocess, or leave it out"
            )

    def drawn_of(self, partners: int) -> int:
        """Return how many partners a round draws."""
        return max(1, round(self.participation * partners))

    def partners_needed(self) -> int:
        """Return how many partners a round needs for the guarantee of the strategy."""
        return 2

    def fewest_replies(self) -> int:
        """Return how many sound replies a round needs; with fewer the model stays as it is."""
        return 1


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FedAvg(Strategy):
    """The average by rows (McMahan et al. 2017)."""

    name: Literal["fedavg"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FedProx(Strategy):
    """The average by rows, with local training pulled to the joint model (Li et al. 2020).

    Attributes:
        proximal_mu: strength of the pull.
    """

    name: Literal["fedprox"]
    proximal_mu: Annotated[float, Field(gt=0, le=1000)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.personal, MeanRegularised):
            raise ValueError(
                "personal.kind=mean_regularised: pulls to the average already, so that "
                "federation=fedprox would pull twice; use federation=fedavg"
            )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FedAvgM(Strategy):
    """The average with momentum at the server (Hsu et al. 2019).

    Attributes:
        server_learning_rate: step from the old joint model to the partners' average.
        server_momentum: share of the earlier steps in it.
    """

    name: Literal["fedavgm"]
    server_learning_rate: Annotated[float, Field(gt=0, le=100)]
    server_momentum: Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FedOpt(Strategy):
    """Adaptive steps of the server, Adam's or Yogi's (Reddi et al. 2021).

    Attributes:
        server_learning_rate: step from the old joint model to the partners' average.
        server_momentum: share of the earlier steps in it.
        adaptivity: added to the root of the second moment of the steps (tau).
    """

    name: Literal["fedadam", "fedyogi"]
    server_learning_rate: Annotated[float, Field(gt=0, le=100)]
    server_momentum: Annotated[float, Field(ge=0, lt=1)]
    adaptivity: Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FedMedian(Strategy):
    """The median of every weight (Yin et al. 2018)."""

    name: Literal["fedmedian"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Robust(Strategy):
    """A strategy that bears a given number of malicious partners.

    Attributes:
        num_malicious: that number.
    """

    num_malicious: Annotated[int, Field(ge=1, le=1000)]

    def fewest_replies(self) -> int:
        """Return as many as it takes to outvote the malicious partners."""
        return self.partners_needed()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FedTrimmedAvg(Robust):
    """The mean without as many extremes of every weight at either end (Yin et al. 2018)."""

    name: Literal["fedtrimmedavg"]

    def partners_needed(self) -> int:
        """Return how many leave one weight after trimming."""
        return 2 * self.num_malicious + 1


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Krum(Robust):
    """The one model nearest to most others, or the average of several (Blanchard et al. 2017)."""

    name: Literal["krum", "multikrum"]

    def partners_needed(self) -> int:
        """Return how many outvote the malicious ones."""
        return 2 * self.num_malicious + 3


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Bulyan(Robust):
    """The trimmed mean of the models that Multi-Krum picks (El Mhamdi et al. 2018)."""

    name: Literal["bulyan"]

    def partners_needed(self) -> int:
        """Return how many leave enough models to pick and to trim."""
        return 4 * self.num_malicious + 3


Federation = Annotated[
    FedAvg | FedProx | FedAvgM | FedOpt | FedMedian | FedTrimmedAvg | Krum | Bulyan,
    Field(discriminator="name"),
]


def check_partners(federation: Federation, together: Mapping[str, list[str]]) -> list[str]:
    """Return one sentence for every setting that the groups of partners make impossible.

    Args:
        federation: the settings.
        together: partners of each joint training, by sector.
    """
    groups = {sector: names for sector, names in together.items() if len(names) >= 2}
    everybody = [name for names in groups.values() for name in names]
    attackers = federation.attack.partners if federation.attack is not None else ()
    problems = [
        f"federation.attack.partners={name}: learns with nobody; allowed are any of "
        f"{', '.join(everybody)}"
        for name in attackers
        if everybody and name not in everybody
    ]
    needed = federation.partners_needed()
    few = {
        sector: f"{drawn} of {len(names)}"
        for sector, names in groups.items()
        if (drawn := round(federation.participation * len(names))) < needed
    }
    if few:
        problems.append(
            f"federation.participation={federation.participation}: draws "
            f"{', '.join(f'{drawn} partners of sector {sector}' for sector, drawn in few.items())} "
            f"a round, and federation={federation.name} needs {needed}; take another federation, "
            f"draw more, or leave sectors out by regime.coalition or world.market.absent"
        )
    return problems
