"""The settings of a study, typed and checked: the only door between Hydra's YAML and the code.

Every class is frozen, knows no unknown keys and converts nothing silently. Combinations that make
no sense are refused by :func:`check_combinations` before any work starts.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import Everyone, Instrument, Names
from proeftuin.instruments.registry import AnyInstrument
from proeftuin.worlds import AnyWorld, check_world, partners
from scenarios.figures import STRICT, figure
from scenarios.registry import Scenario
from synthetic_data.settings import SECTORS

#: What a name that becomes a folder may look like.
FOLDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
PRIVACY_NUMBERS = (
    "epsilon",
    "delta",
    "clip_norm",
    "sampling_rate",
    "steps_per_round",
    "rounds",
    "learning_rate",
    "statistics_noise",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Regime:
    """What is shared, and by whom.

    Attributes:
        name: name of the regime.
        about: one line for ``proeftuin list`` and the report.
        coalition: partners, of any sector, that take part; the others work alone.
        learning: ``own`` model, one ``federated`` model a sector, or ``pooled`` rows and labels.
        instruments: what is told from sector to sector, by name.
    """

    name: str
    about: str
    coalition: Everyone | Names
    learning: Literal["own", "federated", "pooled"]
    instruments: dict[str, AnyInstrument]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Privacy:
    """The mechanism and budget on what leaves a partner by learning.

    Attributes:
        name: name of the policy.
        about: one line for ``proeftuin list`` and the report.
        unit: whose presence is hidden: one ``record`` (a row of the training table), or null.
        epsilon: budget of each partner over the whole training, statistics included.
        delta: failure probability, below 1 / rows of every partner.
        clip_norm: per-record gradient norm.
        sampling_rate: probability that a record takes part in a step (Poisson sampling).
        steps_per_round: noisy steps between two averages.
        rounds: averages; replaces the federation's own number of rounds.
        learning_rate: step size of DP-SGD; the detector's own optimiser, step size, weight decay
            and batch size do not apply to a private arm.
        statistics_noise: noise multiplier of the one release of scaling statistics.
    """

    name: str
    about: str
    unit: Literal["record"] | None
    epsilon: Annotated[float, Field(gt=0, le=100)] | None = None
    delta: Annotated[float, Field(gt=0, lt=0.1)] | None = None
    clip_norm: Annotated[float, Field(gt=0, le=1000)] | None = None
    sampling_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    steps_per_round: Annotated[int, Field(ge=1, le=10_000)] | None = None
    rounds: Annotated[int, Field(ge=1, le=10_000)] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=100)] | None = None
    statistics_noise: Annotated[float, Field(gt=0, le=10_000)] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Detector:
    """The kind of model every partner fits, and how long it learns.

    Attributes:
        name: ``logistic``, ``mlp`` or ``boosted_trees``.
        about: one line for ``proeftuin list`` and the report.
        hidden: widths of the hidden layers; empty for a linear model.
        optimiser: ``adam`` or plain ``sgd``; null for trees.
        learning_rate: step size (of a tree's contribution for boosted trees).
        weight_decay: L2 penalty.
        batch_size: rows per gradient step; null for trees.
        rounds: rounds of local epochs, or boosting iterations; the best on validation is kept.
    """

    name: Literal["logistic", "mlp", "boosted_trees"]
    about: str
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...]
    optimiser: Literal["adam", "sgd"] | None
    learning_rate: Annotated[float, Field(gt=0, le=100)]
    weight_decay: Annotated[float, Field(ge=0, le=10)]
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None
    rounds: Annotated[int, Field(ge=1, le=10_000)]

    @property
    def by_gradient(self) -> bool:
        """Whether it learns by gradient steps, which federation and DP-SGD need."""
        return self.name != "boosted_trees"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Arm:
    """One thing that a study compares: regime x privacy policy x detector."""

    regime: Regime
    privacy: Privacy
    detector: Detector


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Federation:
    """How a joint model is averaged (Flower).

    Attributes:
        name: a stock strategy of Flower.
        about: one line for ``proeftuin list``.
        participation: share of the partners drawn for each round.
        local_epochs: passes over a partner's own rows between two averages.
    """

    name: Literal["fedavg", "fedmedian"]
    about: str
    participation: Annotated[float, Field(gt=0, le=1)]
    local_epochs: Annotated[int, Field(ge=1, le=1000)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Evaluation:
    """The common yardstick: time split and label delay.

    Attributes:
        warm_up_days: history only; no row of these days is learned from.
        train_days: days whose rows are learned from.
        label_wait_days: how long training waits for late reports after the last training day.
        validation_days: days, after the wait, on which thresholds are set.
        negatives_kept: share of the rows without a report that training uses.
        confidence: level of every interval.
    """

    warm_up_days: Annotated[int, Field(ge=0, le=365)]
    train_days: Annotated[int, Field(ge=7, le=1000)]
    label_wait_days: Annotated[int, Field(ge=0, le=365)]
    validation_days: Annotated[int, Field(ge=1, le=365)]
    negatives_kept: Annotated[float, Field(gt=0, le=1)]
    confidence: Annotated[float, Field(ge=0.5, le=0.999)]

    @property
    def cutoff_day(self) -> int:
        """Day on which models are trained; no later report is known."""
        return self.warm_up_days + self.train_days + self.label_wait_days

    @property
    def test_day(self) -> int:
        """First day of the test period, which lasts until the end of the world."""
        return self.cutoff_day + self.validation_days


#: Sectors that decide on rows of their own: payments, orders, checkouts, contacts, transfers.
DESKS = ("bank", "webshop", "psp", "marketplace", "exchange")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Intervention:
    """What a partner of a sector does about an alert, and about who was reported to it.

    Attributes:
        action: what is done; a key of the report's texts.
        alerts_per_1000: alert budget: alerts per 1,000 rows that the partner decides on.
        block_after: standing reports at the partner itself after which it refuses an entity, so
            that no arm is worse than what everybody does already; 0 = never.
    """

    action: Literal[
        "hold_and_call_back", "ask_payment_first", "block", "warn", "take_down", "freeze_payout"
    ]
    alerts_per_1000: Annotated[float, Field(gt=0, le=500)]
    success: float = figure(
        "share of the fraud acted upon that does not go through", unit="share",
        source="[A] no source", low=0, high=1,
    )  # fmt: skip
    block_after: Annotated[int, Field(ge=0, le=100)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Interventions:
    """What is done about an alert, by sector; the same in every arm."""

    bank: Intervention
    webshop: Intervention
    psp: Intervention
    marketplace: Intervention
    exchange: Intervention


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Study:
    """The question of a study and the arms it is measured against."""

    name: str
    about: str
    question_nl: str
    question_en: str
    baseline: str
    ceiling: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Tracking:
    """Where MLflow keeps the ledger of runs."""

    name: str
    about: str
    uri: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Settings:
    """A whole study: what the world is like, which arms, how they are judged.

    Attributes:
        seed: root of every random stream.
        repetitions: number of worlds; every arm sees each of them.
        jobs: worlds worked on at the same time.
        output_dir: where run folders are written.
    """

    world: AnyWorld
    scenario: Scenario
    arms: Annotated[dict[str, Arm], Field(min_length=1)]
    federation: Federation
    evaluation: Evaluation
    intervention: Interventions
    study: Study
    tracking: Tracking
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    repetitions: Annotated[int, Field(ge=1, le=1000)]
    jobs: Annotated[int, Field(ge=1, le=256)]
    output_dir: Annotated[str, Field(min_length=1)]


def check_combinations(settings: Settings) -> list[str]:
    """Return one sentence for every combination of settings that makes no sense."""
    problems = []
    evaluation, world = settings.evaluation, settings.world
    if world.days - evaluation.test_day < 7:
        problems.append(
            f"evaluation: warm-up, training, wait and validation take {evaluation.test_day} days "
            f"and leave {world.days - evaluation.test_day} of world.days={world.days} to test on; "
            "leave at least 7"
        )
    for key, name in [
        ("study.name", settings.study.name),
        *(("arms", arm) for arm in settings.arms),
    ]:
        if not FOLDER_NAME.fullmatch(name):
            problems.append(
                f"{key}={name}: becomes a folder; use lower-case letters, digits, - and _"
            )
    for role in ("baseline", "ceiling"):
        name = getattr(settings.study, role)
        if name not in settings.arms:
            problems.append(
                f"study.{role}={name}: no such arm; the arms are {_listed(settings.arms)}"
            )
    if "bank" in world.market.absent:
        problems.append(
            "world.market.absent: bank cannot be absent, for payments are what a study judges; "
            "leave it out of the list"
        )
    problems += check_world(world, settings.scenario, settings.repetitions)
    for name, arm in settings.arms.items():
        problems += [f"arms.{name}.{problem}" for problem in _check_arm(arm, settings)]
    return problems


def _check_arm(arm: Arm, settings: Settings) -> list[str]:
    problems = []
    if arm.detector.by_gradient:
        for field in ("optimiser", "batch_size"):
            if getattr(arm.detector, field) is None:
                problems.append(
                    f"detector.{field}=null: detector={arm.detector.name} learns by gradient steps "
                    "and needs it"
                )
    regime, privacy = arm.regime, arm.privacy
    if not arm.detector.by_gradient:
        if regime.learning == "federated":
            problems.append(
                "detector=boosted_trees: regime.learning=federated averages gradient-trained "
                "models; use detector=mlp or logistic, or regime=silo, line_busy or centre"
            )
        if privacy.unit is not None:
            problems.append(
                f"privacy={privacy.name}: detector=boosted_trees trains nothing with gradients, so "
                "DP-SGD cannot protect it; use privacy=none, or detector=mlp or logistic"
            )
    for field in PRIVACY_NUMBERS:
        number = getattr(privacy, field)
        if privacy.unit is None and number is not None:
            problems.append(
                f"privacy.{field}={number}: privacy={privacy.name} protects nothing, so a number "
                "here would promise what is not done; use privacy=record_dp"
            )
        if privacy.unit is not None and number is None:
            problems.append(
                f"privacy.{field}=null: privacy.unit={privacy.unit} needs a number here"
            )
    return problems + _check_regime(regime, settings)


def _check_regime(regime: Regime, settings: Settings) -> list[str]:
    world = settings.world
    by_sector = {sector: partners(world, sector) for sector in SECTORS}
    everyone = tuple(name for names in by_sector.values() for name in names)
    problems = _check_names("regime.coalition", regime.coalition, everyone)
    chosen = set(everyone if regime.coalition == "all" else regime.coalition)
    together = {
        sector: [name for name in by_sector[sector] if name in chosen] for sector in DESKS
    }
    if everyone and regime.learning != "own" and max(map(len, together.values())) < 2:
        problems.append(
            f"regime.coalition={_listed(sorted(chosen))}: a coalition of one shares nothing; "
            f"name at least 2 of one sector, such as {_listed(by_sector['bank'])}, or use "
            "regime=silo"
        )
    if regime.learning == "own" and not regime.instruments and regime.coalition != "all":
        problems.append(
            f"regime.coalition={_listed(regime.coalition)}: regime={regime.name} shares nothing, "
            "so a coalition means nothing; leave it at all"
        )
    for name, instrument in regime.instruments.items():
        key = f"regime.instruments.{name}"
        problems += _check_instrument(key, name, instrument, by_sector, world.market.absent)
    participation = settings.federation.participation
    for sector, names in together.items():
        drawn = round(participation * len(names))
        if regime.learning == "federated" and len(names) >= 2 > drawn:
            problems.append(
                f"federation.participation={participation}: draws {drawn} of {len(names)} partners "
                f"of sector {sector} a round; at least 2 are needed"
            )
    return problems


def _check_instrument(
    key: str,
    name: str,
    instrument: Instrument,
    by_sector: Mapping[str, tuple[str, ...]],
    absent: tuple[str, ...],
) -> list[str]:
    problems = []
    if name != instrument.name:
        problems.append(
            f"{key}: holds the instrument {instrument.name}; its key must be its name, as in "
            f"+instrument@regime.instruments.{instrument.name}={instrument.name}"
        )
    if instrument.mechanism.name not in instrument.MECHANISMS:
        problems.append(
            f"{key}.mechanism.name={instrument.mechanism.name}: does not fit what is said; "
            f"use one of {_listed(instrument.MECHANISMS)}"
        )
    for role in ("providers", "consumers"):
        sectors = getattr(instrument, role)
        if not any(by_sector.values()):
            continue
        if not any(by_sector[sector] for sector in sectors):
            why = (
                f"take it out of world.market.absent={_listed(absent)}"
                if set(sectors) & set(absent)
                else "import its tables too"
            )
            problems.append(
                f"{key}.{role}={_listed(sectors)}: no such partner in this world; {why}, or leave "
                "the instrument out"
            )
    allowed = tuple(
        each for sector in (*instrument.providers, *instrument.consumers)
        for each in by_sector[sector]
    )  # fmt: skip
    return problems + _check_names(f"{key}.partners", instrument.partners, allowed)


def _check_names(key: str, names: Everyone | tuple[str, ...], known: tuple[str, ...]) -> list[str]:
    if names == "all" or not known:
        return []
    return [
        f"{key}={name}: unknown; allowed are all or any of {_listed(known)}"
        for name in names
        if name not in known
    ]


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))
