"""Spoofing alert: whether the payer was lately called from a number that may be another's."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_ANSWERS
from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SpoofingAlert(Instrument):
    """A vertical look-up for payments to a payee whom the payer first paid a short while ago.

    Attributes:
        sign: ``not_vouched``, a call for whose number no network vouched; or ``strangers``, one
            from a number that called many people for the first time.
    """

    STATISTIC: ClassVar[str] = Statistic.RECENT_CALL
    ENTITY: ClassVar[str] = "phone"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("calls",)
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
    sign: Literal["not_vouched", "strangers"]
    payee_hours: float = parameter(
        "a payee is asked about until so long after its first payment by this payer; 0 for that "
        "payment alone",
        unit="hours", source="[A] as for line busy", low=0, high=8760,
    )  # fmt: skip


INSTRUMENT = SpoofingAlert
