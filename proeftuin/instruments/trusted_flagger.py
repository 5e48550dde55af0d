"""Trusted flagger: shops and sellers reported to the police or the help desk are taken down."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_LISTS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrustedFlagger(Instrument):
    """A seller who gave a reported account number, or a shop to which a reported payment went."""

    STATISTIC: ClassVar[str] = Statistic.REPORTED
    ENTITY: ClassVar[str] = "seller"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_LISTS
    SOURCES: ClassVar[dict[str, str]] = {
        "threshold": "[S] the police tell the bank at the third report on an account (politie.nl "
        "7-11-2023); [A] that takedown waits for as many",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("shop_or_seller", "report"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.POSSIBLE_NOW,
        source="[S] the national hotline for internet fraud is a trusted flagger for SIDN, so "
        "that fraudulent websites go offline much sooner (Jaarbericht 2025); Marktplaats warns "
        "for sellers with several police reports (Jaarbericht 2023). [A] that this also holds "
        "for payment providers",
    )

    name: Literal["trusted_flagger"]


INSTRUMENT = TrustedFlagger
