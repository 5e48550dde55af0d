"""The settings of a study, typed and checked: the only door between Hydra's YAML and the code.

Every class is frozen, knows no unknown keys and converts nothing silently. Combinations that make
no sense are refused by :func:`check_combinations` before any work starts.
"""

import re
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import Everyone, Names
from proeftuin.instruments.registry import AnyInstrument
from proeftuin.settings.federation import Federation
from proeftuin.settings.measures import AnyMeasure
from proeftuin.settings.vertical import Vertical
from proeftuin.settings.worlds import AnyWorld
from scenarios.figures import STRICT, figure
from scenarios.registry import Scenario
from synthetic_data.settings import Sector

#: What a name that becomes a folder may look like.
FOLDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
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
class Regime:
    """What is shared, and by whom.

    Attributes:
        name: name of the regime.
        about: one line for ``proeftuin list`` and the report.
        coalition: partners, of any sector, that take part; the others work alone.
        learning: ``own`` model, one ``federated`` model a sector, ``pooled`` rows and labels, or
            own models of banks with columns that stay at other sectors (``vertical``).
        instruments: what is told from sector to sector, by name.
        vertical: how embeddings cross when learning is ``vertical``, or null.
    """

    name: str
    about: str
    coalition: Everyone | Names
    learning: Literal["own", "federated", "pooled", "vertical"]
    instruments: dict[str, AnyInstrument]
    vertical: Vertical | None = None

    def sectors(self) -> frozenset[Sector]:
        """Return the sectors that tell by an instrument or are told."""
        sides = ((*each.providers, *each.consumers) for each in self.instruments.values())
        return frozenset(sector for side in sides for sector in side)


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


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Candidate:
    """Other settings of a detector to be tried; what is null stays as the detector has it."""

    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=100)] | None = None
    weight_decay: Annotated[float, Field(ge=0, le=10)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    rounds: Annotated[int, Field(ge=1, le=10_000)] | None = None
    bins: Annotated[int, Field(ge=1, le=64)] | None = None

    def given(self) -> dict[str, Any]:
        """Return what is not null, by name."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Detector:
    """The kind of model every partner fits, and how long it learns.

    Attributes:
        name: ``logistic`` or ``mlp``, on columns as they are or ``_binned``; ``boosted_trees``.
        about: one line for ``proeftuin list`` and the report.
        hidden: widths of the hidden layers; empty for a linear model.
        bins: parts that every column is taken apart into before learning by gradient steps; 1 is
            the column itself.
        optimiser: ``adam`` or plain ``sgd``; null for trees.
        learning_rate: step size (of a tree's contribution for boosted trees).
        weight_decay: L2 penalty.
        batch_size: rows per gradient step; null for trees.
        rounds: rounds of local epochs, or trees (in a federation, of each partner); the best on
            validation is kept.
        candidates: other settings that every arm tries, by name; each keeps what does best on its
            validation days, private arms the detector as it is.
    """

    name: Literal["logistic", "logistic_binned", "mlp", "mlp_binned", "boosted_trees"]
    about: str
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...]
    optimiser: Literal["adam", "sgd"] | None
    learning_rate: Annotated[float, Field(gt=0, le=100)]
    weight_decay: Annotated[float, Field(ge=0, le=10)]
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None
    rounds: Annotated[int, Field(ge=1, le=10_000)]
    bins: Annotated[int, Field(ge=1, le=64)] = 1
    candidates: dict[str, Candidate] = field(default_factory=dict, hash=False)

    @property
    def by_gradient(self) -> bool:
        """Whether it learns by gradient steps, which DP-SGD needs; trees are bagged."""
        return self.name != "boosted_trees"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Arm:
    """One thing that a study compares: regime x privacy policy x detector, and own measures.

    Attributes:
        regime: what is shared.
        privacy: how what leaves by learning is protected.
        detector: the model that everybody learns.
        measures: what partners do without sharing anything, by name.
    """

    regime: Regime
    privacy: Privacy
    detector: Detector
    measures: dict[str, AnyMeasure] = field(default_factory=dict)


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
DESKS: tuple[Sector, ...] = ("bank", "webshop", "psp", "marketplace", "exchange")


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

    name: str
    about: str
    bank: Intervention
    webshop: Intervention
    psp: Intervention
    marketplace: Intervention
    exchange: Intervention


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contribution:
    """Who is to be credited with how much of what an arm gains.

    Attributes:
        arm: whose regime; every coalition of its players is valued.
        players: ``sectors`` that tell or are told, or ``instruments``.
        share: part of the gain that the smallest coalition must keep.
    """

    arm: str
    players: Literal["sectors", "instruments"]
    share: Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Study:
    """The question of a study and the arms it is measured against.

    Attributes:
        name: its name; becomes a folder.
        about: one line for ``proeftuin list``.
        question_nl, question_en: what is asked.
        baseline: arm that uplift is measured against.
        ceiling: arm whose uplift is the whole.
        primary: outcome that the study is judged by, chosen before the run.
        contributions: arms whose gain is shared out over those who take part.
    """

    name: str
    about: str
    question_nl: str
    question_en: str
    baseline: str
    ceiling: str
    primary: str
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Tune:
    """A sweep of privacy budgets; ``sweep.py`` writes it out as ordinary arms of the study.

    Attributes:
        name: its name.
        about: one line for ``proeftuin list``.
        budgets: every epsilon to try.
        regimes: ways of learning together to try them on, by the first part of the arms' names.
        units: privacy policies whose epsilon is replaced, by the second part of the arms' names;
            all that they say beside epsilon is the same at every budget.
        share: part of the gain without noise that the smallest budget must keep.
    """

    name: str
    about: str
    budgets: Annotated[
        tuple[Annotated[float, Field(gt=0, le=100)], ...], Field(min_length=1, max_length=100)
    ]
    regimes: Annotated[dict[str, Regime], Field(min_length=1)]
    units: Annotated[dict[str, Privacy], Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Tracking:
    """Where MLflow keeps the ledger of runs."""

    name: str
    about: str
    uri: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Audit:
    """How hard ``proeftuin audit`` attacks; nothing of a run depends on it.

    Attributes:
        arms: whose learning and sharing are attacked.
        canaries: rows that are in one training or not by a fair coin; more can prove more.
        shadows: models that learn from random halves of the rows.
    """

    arms: Everyone | Names
    canaries: Annotated[int, Field(ge=10, le=100_000)]
    shadows: Annotated[int, Field(ge=4, le=1000)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Report:
    """How the report is written.

    Attributes:
        language: ``nl``, ``en``, or a page in each of them.
    """

    language: Literal["nl", "en", "both"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Settings:
    """A whole study: what the world is like, which arms, how they are judged.

    Attributes:
        seed: root of every random stream.
        repetitions: number of worlds; every arm sees each of them.
        jobs: worlds worked on at the same time.
        output_dir: where run folders are written.
        tune: privacy budgets to sweep, if any; their arms are among the arms.
    """

    world: AnyWorld
    scenario: Scenario
    arms: Annotated[dict[str, Arm], Field(min_length=1)]
    federation: Federation
    evaluation: Evaluation
    intervention: Interventions
    study: Study
    tracking: Tracking
    report: Report
    audit: Audit
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    repetitions: Annotated[int, Field(ge=1, le=1000)]
    jobs: Annotated[int, Field(ge=1, le=256)]
    output_dir: Annotated[str, Field(min_length=1)]
    tune: Tune | None = None
