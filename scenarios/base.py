"""The vocabulary of a fraud form: figures with their source, and a journey as a list of steps.

A form's module in ``scenarios/`` declares *what its numbers mean* and which steps they make up;
``conf/form/`` holds the numbers. Nothing here knows how a world is generated or what is learned
from it.
"""

import dataclasses
from dataclasses import dataclass as plain_dataclass
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

#: Every settings class: frozen, no unknown keys, no silent conversion of types.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def figure(description: str, *, unit: str, source: str, low: float, high: float) -> Any:
    """Declare a number of the model: its meaning, unit, source mark and allowed range.

    Args:
        description: what the number is, in words a reader of the report understands.
        unit: unit of the value, e.g. ``"EUR"``, ``"share"``, ``"days"``.
        source: ``[S]`` sourced, ``[D]`` derived from sourced figures or ``[A]`` assumption,
            followed by where it comes from; a form overrides it in its ``SOURCES``.
        low: smallest value allowed (inclusive); also the low end of a sensitivity sweep.
        high: largest value allowed (inclusive); likewise.
    """
    if source[:3] not in ("[S]", "[D]", "[A]"):
        raise ValueError(f"source of '{description}' must start with [S], [D] or [A]: '{source}'")
    return Field(
        ge=low,
        le=high,
        description=description,
        json_schema_extra={"unit": unit, "source": source, "low": low, "high": high},
    )


@plain_dataclass(frozen=True)
class Assumption:
    """One figure of a configured world, as the report lists it."""

    key: str
    value: float
    unit: str
    description: str
    source: str
    low: float
    high: float


def assumptions(settings: Any, prefix: str) -> list[Assumption]:
    """Return every declared figure of a settings object, nested ones included, in field order.

    A settings class with ``SOURCES`` (relative key to source) overrides the source marks of the
    figures below it.
    """
    found: list[Assumption] = []
    fields: dict[str, FieldInfo] = getattr(type(settings), "__pydantic_fields__", {})
    for name, info in fields.items():
        value, key = getattr(settings, name), f"{prefix}.{name}"
        extra = info.json_schema_extra
        if dataclasses.is_dataclass(value):
            found += assumptions(value, key)
        elif isinstance(value, dict):
            for each, nested in value.items():
                found += assumptions(nested, f"{key}.{each}")
        elif isinstance(extra, dict) and "source" in extra and value is not None:
            details: dict[str, Any] = dict(extra)
            found.append(
                Assumption(key=key, value=value, description=info.description or "", **details)
            )
    sources: dict[str, str] = getattr(type(settings), "SOURCES", {})
    return [
        dataclasses.replace(each, source=sources.get(each.key[len(prefix) + 1 :], each.source))
        for each in found
    ]


class Phase(IntEnum):
    """The six phases of the criminal journey (seed document 001 of the Dutch programme)."""

    ORIENTATION = 1
    PREPARATION = 2
    CONTACT = 3
    PERSUASION = 4
    TRANSFER = 5
    SPENDING = 6


class Event(StrEnum):
    """What is done in a step; the comment says who then has a row."""

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


@plain_dataclass(frozen=True, kw_only=True)
class Money:
    """A log-normal amount: median in EUR and sigma; each repetition is ``growth`` times higher."""

    median_eur: float
    sigma: float
    growth: float = 1.0
    rounding: float = 0.35  # probability of a neat sum [A]


@plain_dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a journey, done by a share of the cases after the step before it.

    Attributes:
        phase: phase it belongs to.
        event: what is done.
        share: share of the cases that do it; the others skip it and lose no time.
        wait: since the previous step that was done (the first: since the contact time).
        times_mean, times_max: mean and highest number of repetitions when it is done.
        gap: between repetitions.
        money: amount of a payment, order, checkout, deposit or moved savings.
        length: length of a call.
        covers: share of calls that last until the last payment of the case.
        spoofed: share of calls or texts that show the number of the victim's bank.
        hidden: share that runs over the internet, where no operator sees it.
        criminal_device: share of cases done from the group's device instead of the victim's.
        variant: only in campaigns of this variant of the form; None means in all.
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
class Orientation:
    """Whom criminals choose, and how often."""

    victims_per_1000_year: float = figure(
        "victims per 1,000 adults a year in the Netherlands; outcomes are restated at this rate",
        unit="per 1,000 a year",
        source="[A] no source",
        low=0.01,
        high=200,
    )
    enrichment: float = figure(
        "how many times more victims this world has than the Netherlands",
        unit="times",
        source="[A] a choice, not a fact: more fraud than in reality, to learn from",
        low=0.01,
        high=1000,
    )
    attempts_per_victim: float = figure(
        "contacts that fail for every one that succeeds",
        unit="attempts",
        source="[A] by form; 1.7 for all online fraud together: 41.7 % approached, 15.7 % victim "
        "(Twente 2020)",
        low=0,
        high=20,
    )
    aborted_share: float = figure(
        "share of the failed attempts that get as far as persuasion and stop before money moves",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    share_under_35: float = figure(
        "share of victims under 35; the rest is spread evenly over 35 to 69",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    share_70_plus: float = figure(
        "share of victims aged 70 or over", unit="share", source="[A] no source", low=0, high=1
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Preparation:
    """What a group arranges beforehand: campaigns, a script, and resources that burn."""

    groups_per_million: float = figure(
        "criminal groups per million adults, at least one",
        unit="groups",
        source="[A] no source",
        low=0.1,
        high=2000,
    )
    campaigns_per_group_year: float = figure(
        "campaigns a group runs in a year, each with its own script",
        unit="per year",
        source="[A] no source",
        low=1,
        high=52,
    )
    campaign_days: float = figure(
        "mean length of a campaign, with a peak halfway",
        unit="days",
        source="[A] no source",
        low=1,
        high=180,
    )
    script_spread: float = figure(
        "how much scripts differ between campaigns (log-normal sigma)",
        unit="log",
        source="[A] no source",
        low=0,
        high=2,
    )
    partner_focus: float = figure(
        "share of a campaign's targets taken among the customers of one bank",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    reuse_share: float = figure(
        "share of campaigns that go on with the devices, phones and accounts of the group's "
        "previous one",
        unit="share",
        source="[A] no source; decides whether sharing pays",
        low=0,
        high=1,
    )
    victims_per_mule: float = figure(
        "victims served by one mule account before it is abandoned",
        unit="victims",
        source="[A] no source; decides whether sharing account numbers pays",
        low=1,
        high=500,
    )
    victims_per_device: float = figure(
        "victims served from one criminal device before it is abandoned",
        unit="victims",
        source="[A] no source; decides whether sharing device fingerprints pays",
        low=1,
        high=500,
    )
    contacts_per_number: float = figure(
        "calls or texts from one phone number before it is abandoned",
        unit="contacts",
        source="[A] no source",
        low=1,
        high=1000,
    )
    victims_per_web_account: float = figure(
        "victims served by one web account (seller, customer, advertiser or shop)",
        unit="victims",
        source="[A] no source",
        low=1,
        high=1000,
    )
    recruited_mule_share: float = figure(
        "share of mules that are existing accounts of young people; the rest is newly opened",
        unit="share",
        source="[A] about 10 % of those aged 16-25 were ever approached (Bekkers et al. 2023)",
        low=0,
        high=1,
    )
    second_mule_share: float = figure(
        "share of payments in a case that go to a second mule account",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    starts_day: float = figure(
        "day of the world on which the form emerges; 0 means it was always there",
        unit="days",
        source="[A] a choice: switched off at 0",
        low=0,
        high=1100,
    )
    ramp_days: float = figure(
        "days after that until it is at full strength",
        unit="days",
        source="[A] bank-helpdesk fraud took about a year (NVB 2019-2020)",
        low=0,
        high=1100,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Spending:
    """How the money leaves the mule account."""

    moved_share: float = figure(
        "share of mule receipts moved on from the account",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    hops_mean: float = figure(
        "mean number of mule accounts in a chain, the first included",
        unit="accounts",
        source="[A] chains over two to three banks",
        low=1,
        high=3,
    )
    other_bank_share: float = figure(
        "share of hops to an account at another bank",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    hours_median: float = figure(
        "median time until the money is moved on",
        unit="hours",
        source="[A] fast cash-out is documented (NRC 2019), its speed is not",
        low=0.1,
        high=240,
    )
    cash_share: float = figure(
        "share of chains that end at a cash machine", unit="share", source="[A]", low=0, high=1
    )
    crypto_share: float = figure(
        "share of chains that end at a crypto exchange; the rest stays with the last account",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Reporting:
    """Who tells whom afterwards, how late, and how well."""

    bank_share: float = figure(
        "share of victims (with a median loss) who tell their bank",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    police_share: float = figure(
        "share of victims (with a median loss) who file with the police",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    platform_share: float = figure(
        "share of victims (with a median loss) who tell the platform, shop or exchange involved",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    helpdesk_share: float = figure(
        "share of victims (with a median loss) who tell the Fraudehelpdesk",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    loss_slope: float = figure(
        "rise of the log-odds of reporting for every unit of log-loss",
        unit="log-odds",
        source="[A] three sources give a mean loss of EUR 2,800, 7,000 and 28,000: large losses "
        "are reported more; the strength is unknown",
        low=0,
        high=3,
    )
    delay_days_median: float = figure(
        "median delay of a report", unit="days", source="[A] no source", low=0.01, high=365
    )
    delay_days_p90: float = figure(
        "delay within which nine in ten reports arrive",
        unit="days",
        source="[A] no source",
        low=0.02,
        high=730,
    )
    withdrawn_share: float = figure(
        "share of reports withdrawn later",
        unit="share",
        source="[A] no source but for purchase fraud",
        low=0,
        high=0.5,
    )
    withdrawn_days_median: float = figure(
        "median time until such a report is withdrawn",
        unit="days",
        source="[A] no source",
        low=0.1,
        high=365,
    )
    wrong_form_share: float = figure(
        "share of reports recorded under another fraud form",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Drift:
    """A new modus operandi after a date or at one bank only; factor 1 changes nothing."""

    from_day: float = figure(
        "day of the world on which the way of working changes",
        unit="days",
        source="[A] a choice",
        low=0,
        high=1100,
    )
    only_bank: str | None  # victims at this bank only; null = everywhere
    amount_factor: float = figure(
        "amounts become so many times higher", unit="times", source="[A]", low=0.01, high=100
    )
    wait_factor: float = figure(
        "waits between steps become so many times longer",
        unit="times",
        source="[A]",
        low=0.01,
        high=100,
    )
    visible_factor: float = figure(
        "share of calls and texts that an operator sees becomes so many times what it was",
        unit="times",
        source="[A] criminals move to internet calls",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FraudForm:
    """A fraud form: the six phases and the reporting, ending in a list of steps.

    A subclass lives in the module of its name, narrows ``name`` to a ``Literal``, adds its own
    ``contact``, ``persuasion`` and ``transfer``, overrides source marks in ``SOURCES`` and says in
    ``steps`` what happens.

    Attributes:
        name: the form's name, the same as its module's.
        about: one line for ``proeftuin list`` and the report.
        VICTIM: who loses money: a ``person`` or a ``shop``.
        BY_PHONE: whether first contact follows the rhythm of telephone calls.
        SOURCES: relative key of a figure to its source mark.
    """

    VICTIM: ClassVar[Literal["person", "shop"]] = "person"
    BY_PHONE: ClassVar[bool] = False
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
