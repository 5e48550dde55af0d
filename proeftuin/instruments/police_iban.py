"""Police IBAN: an account named in so many reports to the police is made known to others."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_LISTS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PoliceIban(Instrument):
    """A list of accounts that victims named to the police."""

    STATISTIC: ClassVar[str] = Statistic.REPORTED
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_LISTS
    SOURCES: ClassVar[dict[str, str]] = {
        "retention_days": "[A] entries in the banks' own register stay up to 8 years (nrc.nl "
        "18-10-2019)",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("account_number", "report"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.POSSIBLE_NOW,
        source="[S] the police tell the bank at the third report on an account (blikopnieuws "
        "304104; politie.nl 7-11-2023)",
    )

    name: Literal["police_iban"]


INSTRUMENT = PoliceIban
