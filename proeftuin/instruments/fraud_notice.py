"""Fraud notice: a bank with a report tells the payee's bank, which freezes the account."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FraudNotice(Instrument):
    """Fraud desks call each other, one account at a time; only the bank of the account is told."""

    STATISTIC: ClassVar[str] = Statistic.NOTIFIED
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = ("plain",)
    SOURCES: ClassVar[dict[str, str]] = {
        "match_rate": "[A] share of accounts about which a notice arrives; no bank says how many",
        "retention_days": "[A] an account stays frozen unless the report is withdrawn",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("account_number", "report"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.POSSIBLE_NOW,
        source="[A] practice of Dutch fraud desks, under the banks' incident warning protocol; "
        "[S] an obligation in the Payment Services Regulation, agreed in November 2025 and not "
        "in force in mid-2026 (PSR 2025)",
    )

    name: Literal["fraud_notice"]
    delay_hours: float = parameter(
        "from the report until a person at the payee's bank acts on it, at a desk that is open",
        unit="hours", source="[A] no source", low=0, high=1000,
    )  # fmt: skip
    desk: Literal["always", "working_hours"]


INSTRUMENT = FraudNotice
