"""Payee register: payees that several customers of a payment provider reported."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_LISTS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PayeeRegister(Instrument):
    """As in the Payment Services Regulation: so many customers of the same provider reported it."""

    STATISTIC: ClassVar[str] = Statistic.REPORTED
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_LISTS
    SOURCES: ClassVar[dict[str, str]] = {
        "threshold": "[S] 2 in the Commission's text of art. 83 PSR (Hogan Lovells PSD3 brochure)",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("account_number", "report"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.PSR,
        source="[S] art. 83 PSR, Commission text: unique payee identifiers after reports by 2 "
        "or more customers of the same provider, with a joint DPIA and without contract"
        " termination (Hogan Lovells PSD3 brochure p. 10); the final text of 2026 was "
        "not checked",
    )

    name: Literal["payee_register"]


INSTRUMENT = PayeeRegister
