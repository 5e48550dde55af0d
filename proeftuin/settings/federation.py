"""The settings of a federation: how models are put together, and what goes wrong meanwhile."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.figures import STRICT

#: The numbers that each strategy of Flower needs; the others must be null.
STRATEGY_NUMBERS: dict[str, tuple[str, ...]] = {
    "fedavg": (),
    "fedprox": ("proximal_mu",),
    "fedavgm": ("server_learning_rate", "server_momentum"),
    "fedadam": ("server_learning_rate", "server_momentum", "adaptivity"),
    "fedyogi": ("server_learning_rate", "server_momentum", "adaptivity"),
    "fedmedian": (),
    "fedtrimmedavg": ("suspects",),
    "krum": ("suspects",),
    "multikrum": ("suspects",),
    "bulyan": ("suspects",),
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Attack:
    """What some partners do to the joint model, in every round they take part in.

    Attributes:
        kind: ``label_flip`` learns from reversed labels, ``scaled_update`` sends its update times
            ``strength``, ``not_finite`` sends numbers that are none.
        partners: who does it.
        strength: factor of a scaled update; negative ones undo learning. Null for other kinds.
    """

    kind: Literal["label_flip", "scaled_update", "not_finite"]
    partners: Annotated[tuple[str, ...], Field(min_length=1)]
    strength: Annotated[float, Field(ge=-1000, le=1000)] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Personal:
    """What partners have of their own when they learn together.

    Attributes:
        kind: ``local_head``: only the layers before the last are averaged, the last stays at the
            partner (Arivazhagan et al. 2019, arXiv 1912.00818). ``fine_tuning``: every partner goes
            on alone from the joint model, and keeps what its validation rows call better.
            ``mean_regularised``: every partner has a model of its own, pulled to the average
            before every round (multi-task learning; Hanzely & Richtárik 2020, arXiv 2002.05516;
            Liu et al. 2022, arXiv 2206.07902).
        rounds: rounds that fine-tuning lasts. Null for other kinds.
        strength: pull to the average, as a share of the own model's weight: 0 listens to nobody, 1
            goes half-way, and the larger it is, the nearer to plain averaging. Null for other
            kinds.
    """

    kind: Literal["local_head", "fine_tuning", "mean_regularised"]
    rounds: Annotated[int, Field(ge=1, le=1000)] | None = None
    strength: Annotated[float, Field(ge=0, le=1_000_000)] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Federation:
    """How a joint model is put together (Flower), and what goes wrong meanwhile.

    Attributes:
        name: a stock strategy of Flower.
        about: one line for ``proeftuin list``.
        participation: share of the partners drawn for each round.
        local_epochs: passes over a partner's own rows between two averages.
        proximal_mu: pull of local training to the joint model (FedProx).
        server_learning_rate: step from the old joint model to the partners' average.
        server_momentum: share of the earlier steps in it.
        adaptivity: added to the root of the second moment of the steps (tau).
        suspects: partners that a robust strategy takes to be bad.
        dropout: chance that a partner that is drawn does not answer in time.
        attack: what some partners do to the joint model, or null.
        personal: what partners have of their own, or null.
        backend: ``inprocess``, or ``deployment``: a server and a process per partner on this
            machine, with TLS and node keys, to the same bits.
    """

    name: Literal[
        "fedavg",
        "fedprox",
        "fedavgm",
        "fedadam",
        "fedyogi",
        "fedmedian",
        "fedtrimmedavg",
        "krum",
        "multikrum",
        "bulyan",
    ]
    about: str
    participation: Annotated[float, Field(gt=0, le=1)]
    local_epochs: Annotated[int, Field(ge=1, le=1000)]
    proximal_mu: Annotated[float, Field(gt=0, le=1000)] | None = None
    server_learning_rate: Annotated[float, Field(gt=0, le=100)] | None = None
    server_momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    adaptivity: Annotated[float, Field(gt=0, le=1)] | None = None
    suspects: Annotated[int, Field(ge=1, le=1000)] | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    attack: Attack | None = None
    personal: Personal | None = None
    backend: Literal["inprocess", "deployment"] = "inprocess"


def partners_needed(federation: Federation) -> int:
    """Return how many partners a round needs for a strategy to do what it promises."""
    suspects = federation.suspects or 0
    return {
        "fedtrimmedavg": 2 * suspects + 1,
        "krum": 2 * suspects + 3,  # Blanchard et al. 2017
        "multikrum": 2 * suspects + 3,
        "bulyan": 4 * suspects + 3,  # El Mhamdi et al. 2018
    }.get(federation.name, 2)


def drawn_of(federation: Federation, partners: int) -> int:
    """Return how many partners a round draws."""
    return max(1, round(federation.participation * partners))


def check_strategy(federation: Federation) -> list[str]:
    """Return one sentence for every number that the strategy lacks or does not use."""
    problems = []
    needed = STRATEGY_NUMBERS[federation.name]
    for field in dict.fromkeys(name for names in STRATEGY_NUMBERS.values() for name in names):
        number = getattr(federation, field)
        if field in needed and number is None:
            problems.append(f"federation.{field}=null: {federation.name} needs a number here")
        if field not in needed and number is not None:
            problems.append(
                f"federation.{field}={number:g}: {federation.name} does not use it; leave it out"
            )
    attack = federation.attack
    if federation.backend == "deployment":
        simulated = {
            "dropout": federation.dropout or None,
            "attack.kind": attack.kind if attack is not None else None,
        }
        problems += [
            f"federation.{field}={value}: is for one process only, and federation.backend="
            "deployment has a process per partner; use federation.backend=inprocess, or leave "
            "it out"
            for field, value in simulated.items()
            if value is not None
        ]
    if attack is not None and (attack.kind == "scaled_update") != (attack.strength is not None):
        problems.append(
            f"federation.attack.strength={attack.strength}: a number for scaled_update, null for "
            f"other kinds, and federation.attack.kind is {attack.kind}"
        )
    return problems + _check_personal(federation)


def _check_personal(federation: Federation) -> list[str]:
    personal = federation.personal
    if personal is None:
        return []
    problems = [
        f"federation.personal.{field}={'null' if number is None else number}: a number for {kind}, "
        f"null for other kinds, and federation.personal.kind is {personal.kind}"
        for field, kind in (("rounds", "fine_tuning"), ("strength", "mean_regularised"))
        if (personal.kind == kind) == ((number := getattr(personal, field)) is None)
    ]
    if personal.kind == "mean_regularised" and federation.name == "fedprox":
        problems.append(
            "federation.personal.kind=mean_regularised: pulls to the average already, so that "
            "federation=fedprox would pull twice; use federation=fedavg"
        )
    return problems


def check_partners(federation: Federation, together: Mapping[str, list[str]]) -> list[str]:
    """Return one sentence for everything that those who learn together make impossible.

    Args:
        federation: the settings.
        together: partners that learn together, by sector.
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
    needed = partners_needed(federation)
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
