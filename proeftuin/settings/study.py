"""The settings of a study, typed and checked: the only door between Hydra's YAML and the code.

Every class is frozen, knows no unknown keys and converts nothing silently. Combinations that make
no sense are refused by :func:`check_combinations` before any work starts.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from proeftuin.instruments.base import Everyone, Names
from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Arm, Regime
from proeftuin.settings.federation import Federation
from proeftuin.settings.paths import Folder
from proeftuin.settings.privacy import PrivatePolicy
from proeftuin.settings.worlds import AnyWorld
from scenarios.names import Name
from scenarios.parameters import STRICT, parameter
from scenarios.registry import Scenario

LOOK_BACK_DAYS = 7  #: before each day whose scores say how rare a score is: a whole week


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Evaluation:
    """The common yardstick: time split and label delay.

    Attributes:
        warm_up_days: history only; no training row is of these days.
        train_days: days of training rows.
        label_wait_days: further days of training rows; in a rehearsal, the wait for late reports.
        validation_days: likewise; in a rehearsal, the days that candidates are held against.
        negatives_kept: share of the rows without a report that training uses.
        unlabelled_days: last days before the test days that nobody learns from, because reports
            about them are still to come.
        confidence: level of every interval.
        keep_scores: whether the score of every row of the test period is kept, as a table.
    """

    warm_up_days: Annotated[int, Field(ge=0, le=365)]
    train_days: Annotated[int, Field(ge=7, le=1000)]
    label_wait_days: Annotated[int, Field(ge=0, le=365)]
    validation_days: Annotated[int, Field(ge=0, le=365)]
    negatives_kept: Annotated[float, Field(gt=0, le=1)]
    unlabelled_days: Annotated[int, Field(ge=0, le=365)]
    confidence: Annotated[float, Field(ge=0.5, le=0.999)]
    keep_scores: bool

    @property
    def cutoff_day(self) -> int:
        """Day on which a rehearsal trains; no later report is known to it."""
        return self.warm_up_days + self.train_days + self.label_wait_days

    @property
    def learned_day(self) -> int:
        """First day that nobody learns from any more."""
        return self.cutoff_day + self.validation_days

    @property
    def test_day(self) -> int:
        """First day of the test period, until the end of the world; models are trained on it."""
        return self.learned_day + self.unlabelled_days

    @property
    def scored_day(self) -> int:
        """First day whose rows are scored: a threshold looks back so far."""
        return max(0, self.test_day - LOOK_BACK_DAYS)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Intervention:
    """The intervention of a sector on an alert, and on entities reported to the partner.

    Attributes:
        action: the action; a key of the report's texts.
        alerts_per_1000: alert budget: alerts per 1,000 rows that the partner decides on.
        block_after: standing reports at the partner itself after which it refuses an entity, so
            that no arm is worse than today's practice; 0 = never.
    """

    action: Literal[
        "hold_and_call_back", "hold", "ask_at_payment", "ask_payment_first", "block", "warn",
        "take_down", "freeze_payout",
    ]  # fmt: skip
    alerts_per_1000: Annotated[float, Field(gt=0, le=500)]
    success: float = parameter(
        "share of the fraud acted upon that does not go through; of payments, because the customer "
        "does not insist",
        unit="share", source="[A] no source", low=0, high=1,
    )  # fmt: skip
    block_after: Annotated[int, Field(ge=0, le=100)]


def _deciding(name: str) -> str:
    if name not in DECIDING:
        raise PydanticCustomError("no_deciding_sector", "decides on no rows")
    return name


class Interventions(BaseModel):
    """The interventions of all sectors; the same in every arm.

    Beside ``name`` and ``about`` it has one :class:`Intervention` for every deciding sector, by the
    sector's name: pydantic's extra keys, for the sectors are data (``proeftuin/sectors.py``).
    """

    model_config = STRICT | ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[Annotated[str, AfterValidator(_deciding)], Intervention]

    name: Name
    about: str

    @property
    def by_sector(self) -> dict[str, Intervention]:
        """The interventions, by sector."""
        return self.__pydantic_extra__

    @model_validator(mode="after")
    def _every_sector_acts(self) -> Self:
        missing = [sector for sector in DECIDING if sector not in self.by_sector]
        if missing:
            raise ValidationError.from_exception_data(
                type(self).__name__,
                [InitErrorDetails(type="missing", loc=(name,), input=None) for name in missing],
            )
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = handler.resolve_ref_schema(handler(schema))
        found["properties"] |= dict.fromkeys(DECIDING, found.pop("additionalProperties"))
        return found


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contribution:
    """The division of an arm's gain over its participants.

    Attributes:
        arm: the arm; every coalition of its players is valued.
        players: ``sectors`` that provide or consume, ``instruments``, or the kinds of ``facts``
            that an arm pools (each coalition of these trained anew).
        share: part of the gain that the smallest coalition must keep.
    """

    arm: str
    players: Literal["sectors", "instruments", "facts"]
    share: Annotated[float, Field(gt=0, le=1)]


def _marked(source: str) -> str:
    if source[:4] not in ("[S] ", "[D] ", "[A] ") or not source[4:].strip():
        raise ValueError("must begin with [S], [D] or [A] and give the reason, as '[A] no source'")
    return source


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Margin:
    """The largest difference in an outcome that is of no consequence, declared before the run.

    Attributes:
        value: the difference, either way.
        unit: unit of the outcome.
        source: its mark, ``[S]``, ``[D]`` or ``[A]``, and the reason.
    """

    value: Annotated[float, Field(gt=0)]
    unit: str
    source: Annotated[str, AfterValidator(_marked)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Study:
    """The question of a study and the arms it is measured against.

    Attributes:
        name: its name; becomes a folder.
        about: one line for ``proeftuin list``.
        question_nl, question_en: the question.
        baseline: arm that uplift is measured against.
        ceiling: arm whose uplift is the whole.
        primary: outcome that the study is judged by, chosen before the run.
        margins: by outcome, the margin of its verdicts; the primary one has one.
        contributions: arms whose gain is divided over their participants.
    """

    name: Name
    about: str
    question_nl: str
    question_en: str
    baseline: str
    ceiling: str
    primary: str
    margins: dict[str, Margin]
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Tune:
    """A sweep of privacy budgets; ``sweep.py`` writes it out as ordinary arms of the study.

    Attributes:
        name: its name.
        about: one line for ``proeftuin list``.
        budgets: every epsilon to try.
        regimes: joint ways of learning to try them on, by the first part of the arms' names.
        units: privacy policies whose epsilon is replaced, by the second part of the arms' names;
            their other settings are the same at every budget.
        share: part of the gain without noise that the smallest budget must keep.
    """

    name: Name
    about: str
    budgets: Annotated[
        tuple[Annotated[float, Field(gt=0, le=100)], ...], Field(min_length=1, max_length=100)
    ]
    regimes: Annotated[dict[Name, Regime], Field(min_length=1)]
    units: Annotated[dict[Name, PrivatePolicy], Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Tracking:
    """The MLflow store of runs."""

    name: Name
    about: str
    uri: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Audit:
    """The effort of ``proeftuin audit``; no run depends on it.

    Attributes:
        arms: arms whose training and sharing are attacked.
        canaries: rows that are in one training by a fair coin; more of them can prove more.
        shadows: models trained on random halves of the rows.
    """

    arms: Everyone | Names
    canaries: Annotated[int, Field(ge=10, le=100_000)]
    shadows: Annotated[int, Field(ge=4, le=1000)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Report:
    """The language of the report.

    Attributes:
        language: ``nl``, ``en``, or a page in each of them.
    """

    language: Literal["nl", "en", "both"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Settings:
    """All settings of a study: its world, its arms and their evaluation.

    Attributes:
        seed: root of every random stream.
        repetitions: number of worlds; every arm sees each of them.
        jobs: worlds worked on at the same time.
        output_dir: folder for run folders.
        tune: privacy budgets to sweep, if any; their arms are among the arms.
    """

    world: AnyWorld
    scenario: Scenario
    arms: Annotated[dict[Name, Arm], Field(min_length=1)]
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
    output_dir: Folder
    tune: Tune | None = None
