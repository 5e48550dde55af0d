"""The vocabulary of a fraud form: parameters with their source, and a journey as a list of steps.

A form's module in ``scenarios/`` declares *what its numbers mean* and which steps they make up;
``conf/form/`` holds the numbers. Nothing here depends on how a world is generated or on what
detectors learn from it.
"""

from dataclasses import dataclass as plain_dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.parameters import STRICT
from scenarios.phases import Drift, Orientation, Preparation, Reporting, Spending


class Phase(IntEnum):
    """The six phases of the criminal journey (seed document 001 of the Dutch programme)."""

    ORIENTATION = 1
    PREPARATION = 2
    CONTACT = 3
    PERSUASION = 4
    TRANSFER = 5
    SPENDING = 6


class Event(StrEnum):
    """What happens in a step; the comment names the sectors that record a row."""

    CALL = "call"  # telecom: a call to the victim
    TEXT = "text"  # telecom: a text message to the victim
    ADVERT = "advert"  # social platform: the victim clicks an advert of the group
    LISTING = "listing"  # marketplace: the group's seller account places an offer
    CONTACT = "contact"  # marketplace: the victim answers an offer
    ORDER = "order"  # webshop: the group's customer account orders at the victim shop
    CHECKOUT = "checkout"  # psp and bank: the victim pays the group's shop
    LIMIT_RAISE = "limit_raise"  # bank: the victim raises the daily limit
    SAVINGS = "savings"  # bank: the victim moves savings to the current account
    PAYMENT = "payment"  # banks: the victim pays a mule account
    DEPOSIT = "deposit"  # bank and exchange: the victim buys crypto, sent on to the group's wallet


@plain_dataclass(frozen=True, kw_only=True)
class Wait:
    """A log-normal duration: median in seconds and sigma on the log scale."""

    median_s: float
    sigma: float


AT_ONCE = Wait(median_s=1.0, sigma=0.0)
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


#: Probability of a round amount, the same as in ordinary payments of the kind: [A] transfers to
#: people, bills, purchases at shops, second-hand deals and asking prices, deposits at exchanges.
TRANSFER_ROUNDING, BILL_ROUNDING, SHOP_ROUNDING = 0.6, 0.05, 0.1
DEAL_ROUNDING, DEPOSIT_ROUNDING = 0.75, 0.6


@plain_dataclass(frozen=True, kw_only=True)
class Money:
    """A log-normal amount: median in EUR and sigma; each repetition multiplies it by ``growth``."""

    median_eur: float
    sigma: float
    growth: float = 1.0
    rounding: float = TRANSFER_ROUNDING  # probability of a round amount


@plain_dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a journey, taken by a share of the cases after the previous step.

    Attributes:
        phase: phase it belongs to.
        event: what happens.
        share: share of the cases that take the step; the others skip it without delay.
        wait: time since the previous step taken (for the first step: since the contact time).
        times_mean, times_max: mean and maximum number of repetitions of a step that is taken.
        gap: time between repetitions.
        money: amount of a payment, order, checkout, deposit or moved savings, or the limit needed.
        length: length of a call.
        covers: share of calls that last until the last payment of the first two hours.
        spoofed: share of calls or texts that show the number of the victim's bank.
        hidden: share of calls or texts over the internet, which no operator sees.
        criminal_device: share of cases in which the group's device is used, not the victim's.
        variant: variant of the form whose campaigns have this step; None means all campaigns.
    """

    phase: Phase
    event: Event
    share: float = 1.0
    wait: Wait
    times_mean: float = 1.0
    times_max: int = 1
    gap: Wait | None = None
    money: Money | None = None
    length: Wait | None = None
    covers: float = 0.0
    spoofed: float = 0.0
    hidden: float = 0.0
    criminal_device: float = 0.0
    variant: str | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FraudForm:
    """A fraud form: the six phases and the reporting, ending in a list of steps.

    A subclass lives in the module of its name, narrows ``name`` to a ``Literal``, adds its own
    ``contact``, ``persuasion`` and ``transfer``, overrides source marks in ``SOURCES`` and
    implements ``steps``.

    Attributes:
        name: the form's name, the same as its module's.
        about: one line for ``proeftuin list`` and the report.
        VICTIM: who loses money: a ``person`` or a ``shop``.
        BY_PHONE: whether first contact follows the rhythm of telephone calls.
        BY_BUYING: whether persons who shop more online are targeted more often.
        SEASON: frequency of successful cases by month of the year, January first, relative to the
            mean over the year.
        SOURCES: relative key of a parameter to its source mark.
    """

    VICTIM: ClassVar[Literal["person", "shop"]] = "person"
    BY_PHONE: ClassVar[bool] = False
    BY_BUYING: ClassVar[bool] = False
    SEASON: ClassVar[tuple[float, ...]] = (1.0,) * 12
    SOURCES: ClassVar[dict[str, str]] = {}

    name: str
    about: str
    orientation: Orientation
    preparation: Preparation
    spending: Spending
    reporting: Reporting
    drift: Drift | None

    def variants(self) -> dict[str, float]:
        """Return the variants of the form and their shares of the campaigns; none by default."""
        return {}

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of a successful journey, from first contact to the last payment."""
        raise NotImplementedError
