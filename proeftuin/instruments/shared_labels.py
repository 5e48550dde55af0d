"""Shared labels: reports to one partner reach other partners, as features and as labels."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_LISTS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SharedLabels(Instrument):
    """Reports of other partners about one's own rows, accounts, shops and customers."""

    STATISTIC: ClassVar[str] = Statistic.LABELS
    ENTITY: ClassVar[str] = "report"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("reports", "lists")
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_LISTS
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("report", "account_number", "own_reference"),
        whose=("victims", "suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.OWN_LAW,
        source="[S] within sectors there are limited possibilities, between sectors the legal "
        "frames do not fit together (Jaarbericht 2025); data about criminal offences may "
        "not simply be shared (Jaarbericht 2023). Banks share a little through the external "
        "reference register, PSR will allow more (Jaarbericht 2025)",
    )

    name: Literal["shared_labels"]
    threshold: Literal[1]  # a report is a report


INSTRUMENT = SharedLabels
