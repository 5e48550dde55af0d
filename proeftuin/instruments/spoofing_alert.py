"""Spoofing alert: whether a suspicious number called the payer lately."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_ANSWERS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SpoofingAlert(Instrument):
    """A vertical look-up for payments to a payee that is new to the payer; one bit comes back."""

    STATISTIC: ClassVar[str] = Statistic.RECENT_CALL
    ENTITY: ClassVar[str] = "phone"
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_ANSWERS
    SOURCES: ClassVar[dict[str, str]] = {
        "threshold": "[A] strangers called in a week that make a number suspicious",
        "window_days": "[A] how long before the payment the call was",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("phone_number", "suspicious_call"),
        whose=("victims", "innocents"),
        criminal_offence=False,
        traffic=True,
        status=Status.TELECOM_LAW,
        source="[S] traffic data may not be shared now; an amendment of the Telecommunicatiewet "
        "was announced in February 2025, its text still open in May 2026 (security.nl "
        "876866; Jaarbericht 2025; Kamerbrief Actieplan 2025)",
    )

    name: Literal["spoofing_alert"]


INSTRUMENT = SpoofingAlert
