"""The vocabulary of instruments: one statement about one entity, from providers to consumers.

The module of an instrument declares its statistic and its legal ground; ``conf/instrument/`` holds
its numbers; ``sharing/`` computes its answers. Nothing here computes.
"""

from dataclasses import dataclass as plain_dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from proeftuin.instruments.mechanisms import Mechanism
from scenarios.parameters import STRICT, parameter
from synthetic_data.settings import SectorName

Everyone = Literal["all"]
Names = Annotated[tuple[str, ...], Field(min_length=1)]
Latency = Literal["real_time", "hourly", "daily"]
#: The kinds of facts that a centre pools: of calls, of the payee's account and its holder, the rows
#: of other banks to learn from, reports to learn from, lists of the reported, and devices.
FactKind = Literal["calls", "payees", "rows", "reports", "lists", "devices"]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)


class Statistic(StrEnum):
    """The statistic that providers compute about an entity; ``sharing`` has one module for each.

    An entry point ``proeftuin.statistics`` of another distribution adds one.
    """

    IN_CALL = "in_call"  # is this phone in a call with a number that is new to it, now?
    RECENT_CALL = "recent_call"  # was this phone lately called by a number that is flagged?
    REPORTED = "reported"  # do at least k reports at one provider name this entity?
    PAYERS_ELSEWHERE = "payers_elsewhere"  # how many at other banks paid this account lately?
    RISK = "risk"  # how near is this account, along payments, to reported ones?
    LABELS = "labels"  # which rows and entities were reported: to learn from, too
    NAME_CHECK = "name_check"  # is this the name of the account's holder?
    NOTIFIED = "notified"  # did a customer of another bank report this account of yours?
    PAYEE_FACTS = "payee_facts"  # how old is this account, who holds it, how many pay it?
    REGISTERED = "registered"  # is the holder of this account of yours listed as a fraudster?


#: Statistics that name entities, which are refused from then on, rather than single rows.
LISTS = (Statistic.REPORTED, Statistic.NOTIFIED, Statistic.REGISTERED)


class Status(StrEnum):
    """The legal status today, according to the cited sources."""

    POSSIBLE_NOW = "possible_now"
    PSR = "psr"  # comes with the Payment Services Regulation
    TELECOM_LAW = "telecom_law"  # waits for a change of the Telecommunicatiewet
    OWN_LAW = "own_law"  # needs a law of its own


Whose = Literal["victims", "suspects", "innocents"]


@plain_dataclass(frozen=True, kw_only=True)
class LegalCard:
    """The legal facts of an instrument. No legal claim without a source.

    Attributes:
        data: categories of personal data; keys of the report's texts.
        whose: data subjects.
        criminal_offence: whether the data imply a criminal offence of a person (art. 10 GDPR).
        traffic: whether they are telecommunication traffic data.
        status: legal status today.
        source: source of that status, with its [S], [D] or [A] mark.
    """

    data: tuple[str, ...]
    whose: tuple[Whose, ...]
    criminal_offence: bool
    traffic: bool
    status: Status
    source: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Instrument:
    """A form of sharing; a subclass lives in the module of its name.

    Attributes:
        STATISTIC: what providers compute: one of ``Statistic``, or the name of a plug-in's.
        ENTITY: kind of entity: ``phone``, ``account``, ``device``, ``merchant`` or ``user``.
        MECHANISMS: names of the mechanisms that fit it.
        LEGAL: its legal card.
        TELLS: the kinds of facts that it tells.
        IDLE: settings that mean nothing to it, with the one value that they may have.
        name: the instrument's name, the same as its module's.
        about: one line for ``proeftuin list`` and the report.
        providers, consumers: sectors that answer and sectors that ask.
        partners: which partners of those sectors take part.
        threshold: least count at which the answer is a hit.
        latency: delay between knowledge and answer: none, until the next hour or the next day.
        mechanism: privacy mechanism on the answer.
        acts: whether a hit leads to refusal directly; otherwise it is a feature of the detector.
    """

    STATISTIC: ClassVar[str]
    ENTITY: ClassVar[str]
    MECHANISMS: ClassVar[tuple[str, ...]]
    LEGAL: ClassVar[LegalCard]
    TELLS: ClassVar[tuple[FactKind, ...]]
    SOURCES: ClassVar[dict[str, str]] = {}
    IDLE: ClassVar[dict[str, float | str]] = {}

    name: str
    about: str
    providers: Annotated[tuple[SectorName, ...], Field(min_length=1)]
    consumers: Annotated[tuple[SectorName, ...], Field(min_length=1)]
    partners: Everyone | Names
    window_days: float = parameter(
        "how far back the provider looks for what it says", unit="days", source="[A] a choice",
        low=0.01, high=365,
    )  # fmt: skip
    threshold: Annotated[int, Field(ge=1, le=100)]
    retention_days: float = parameter(
        "how long something said stays known, 0 for an answer that is not kept", unit="days",
        source="[A] a choice", low=0, high=3000,
    )  # fmt: skip
    latency: Latency
    match_rate: float = parameter(
        "share of the consumer's entities that it can find at the provider, apart from wrong "
        "numbers in registers",
        unit="share", source="[A] no source", low=0, high=1,
    )  # fmt: skip
    false_match_rate: float = parameter(
        "share of the consumer's entities that are mistaken for one that is listed",
        unit="share", source="[A] no source", low=0, high=0.1,
    )  # fmt: skip
    mechanism: Mechanism
    acts: bool

    def conflicts(self) -> list[str]:
        """Return settings that do not go together, as ``key=value: why; what to write``."""
        return [
            f"{name}={getattr(self, name)}: means nothing to {self.name}; leave it at {only}"
            for name, only in self.IDLE.items()
            if getattr(self, name) != only
        ]
