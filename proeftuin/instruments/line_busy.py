"""Line busy: whether the payer is in a call with an unknown number at this moment."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_ANSWERS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LineBusy(Instrument):
    """A vertical look-up for payments to a payee that is new to the payer; one bit comes back."""

    STATISTIC: ClassVar[str] = Statistic.IN_CALL
    ENTITY: ClassVar[str] = "phone"
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_ANSWERS
    SOURCES: ClassVar[dict[str, str]] = {
        "window_days": "[A] a number without a call for so long is unknown",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("phone_number", "call_in_progress"),
        whose=("victims", "innocents"),
        criminal_offence=False,
        traffic=True,
        status=Status.TELECOM_LAW,
        source="[S] traffic data may not be shared now; an amendment of the Telecommunicatiewet "
        "was announced in February 2025, its text still open in May 2026 (security.nl 876866)",
    )

    name: Literal["line_busy"]


INSTRUMENT = LineBusy
