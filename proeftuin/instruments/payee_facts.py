"""Payee facts: what the payee's bank knows of an account that one of its customers holds."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_ANSWERS
from scenarios.parameters import STRICT, parameter

Fact = Literal["account_age", "holder", "payers"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PayeeFacts(Instrument):
    """The payer's bank asks about a payee whom the payer first paid a short while ago.

    Attributes:
        facts: what is told: the age of the account, whether a company holds it, and how many people
            paid it lately.
        says: ``exact`` numbers, or the band that they lie in.
        asked: ``always``, or in ``doubt``: at the largest payments to such payees, as the rules of
            a desk rank them. Not where its model doubts: of the rows that it learned from a model
            doubts the frauds, so whether a question was asked would tell the label.
    """

    STATISTIC: ClassVar[str] = Statistic.PAYEE_FACTS
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("payees",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_ANSWERS
    SOURCES: ClassVar[dict[str, str]] = {
        "window_days": "[A] how far back payers are counted",
    }
    IDLE: ClassVar[dict[str, float | str]] = {
        "threshold": 1,
        "retention_days": 0.0,
        "latency": "real_time",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("age_of_account", "holder_kind", "number_of_payers"),
        whose=("suspects", "innocents"),
        criminal_offence=False,
        traffic=False,
        status=Status.PSR,
        source="[A] no law names these facts; the sharing of information about fraud between "
        "payment providers waits for the Payment Services Regulation [S] (PSR 2025)",
    )

    name: Literal["payee_facts"]
    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=3)]
    says: Literal["exact", "bands"]
    asked: Literal["always", "doubt"]
    payee_hours: float = parameter(
        "a payee is asked about until so long after its first payment by this payer; 0 for that "
        "payment alone",
        unit="hours", source="[A] as for line busy", low=0, high=8760,
    )  # fmt: skip
    doubt_share: float = parameter(
        "share of the payments to such payees, the largest of the month before, at which a bank "
        "doubts",
        unit="share", source="[A] a choice", low=0.001, high=1,
    )  # fmt: skip

    def conflicts(self) -> list[str]:
        """Return settings that do not go together, as ``key=value: why; what to write``."""
        found = super().conflicts()
        if self.says == "exact" and self.mechanism.name == "randomised_response":
            found.append(
                "says=exact: randomised response names one of a few bands; write says=bands, or "
                "mechanism.name=plain"
            )
        if len(set(self.facts)) < len(self.facts):
            found.append(f"facts={', '.join(self.facts)}: one is named twice; name it once")
        return found


INSTRUMENT = PayeeFacts
