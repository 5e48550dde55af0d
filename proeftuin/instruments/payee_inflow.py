"""Payee inflow: how many customers of other banks paid an account lately."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_COUNTS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PayeeInflow(Instrument):
    """Two counts per bank about the account that is paid: payers, and payers new to it."""

    STATISTIC: ClassVar[str] = Statistic.PAYERS_ELSEWHERE
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("payees",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_COUNTS
    SOURCES: ClassVar[dict[str, str]] = {
        "threshold": "[A] fewer payers than this are not told",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("account_number", "number_of_payers"),
        whose=("suspects", "innocents"),
        criminal_offence=False,
        traffic=False,
        status=Status.OWN_LAW,
        source="[S] joint monitoring of payments by banks (TMNL) ended in 2024 after criticism "
        "of the supervisor and with the AMLR as reason (nu.nl 6231325; tmnl.nl); art. 75 "
        "AMLR, from July 2027, allows only what is strictly necessary (anti-money-"
        "laundering.eu). [A] that counts about fraud need a law of their own: no source "
        "on this exact form",
    )

    name: Literal["payee_inflow"]


INSTRUMENT = PayeeInflow
