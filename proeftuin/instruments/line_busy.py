"""Line busy: whether the payer is in a call at this moment."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_ANSWERS
from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LineBusy(Instrument):
    """A vertical look-up for payments to a payee whom the payer first paid a short while ago.

    As proposed: any call, made or received, with a number that is known or not, at any amount.

    Attributes:
        direction: calls that count: ``any``, or those the payer received.
        number: calls that count: with ``any`` number, or one that is ``unknown`` to the payer.
        above_eur: smallest amount that the bank asks about.
        says: ``busy``, or how long the call has lasted, in bands of 5, 15 and 60 minutes.
    """

    STATISTIC: ClassVar[str] = Statistic.IN_CALL
    ENTITY: ClassVar[str] = "phone"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("calls",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_ANSWERS
    IDLE: ClassVar[dict[str, float | str]] = {
        "threshold": 1,
        "retention_days": 0.0,
        "latency": "real_time",
    }
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
    direction: Literal["any", "incoming"]
    number: Literal["any", "unknown"]
    payee_hours: float = parameter(
        "a payee is asked about until so long after its first payment by this payer; 0 for that "
        "payment alone",
        unit="hours", source="[A] the review of the proposal asks for a day", low=0, high=8760,
    )  # fmt: skip
    above_eur: Annotated[float, Field(ge=0, le=1_000_000)]
    ended_minutes: float = parameter(
        "a call counts until so long after it has ended",
        unit="minutes", source="[A] a choice", low=0, high=1440,
    )  # fmt: skip
    seen_share: float = parameter(
        "share of the calls on record that an operator can tell of at the moment; calls by apps "
        "are on no record",
        unit="share", source="[A] no source", low=0, high=1,
    )  # fmt: skip
    failed_share: float = parameter(
        "share of look-ups that get no answer in time",
        unit="share", source="[A] no source", low=0, high=1,
    )  # fmt: skip
    delay_s: float = parameter(
        "an answer is about so long ago", unit="s", source="[A] no source", low=0, high=3600
    )
    says: Literal["busy", "minutes"]

    def conflicts(self) -> list[str]:
        """Return settings that do not go together, as ``key=value: why; what to write``."""
        found = super().conflicts()
        if self.says == "minutes" and self.mechanism.name == "randomised_response":
            found.append(
                "says=minutes: randomised response answers yes or no; write says=busy, or "
                "mechanism.name=plain"
            )
        return found


INSTRUMENT = LineBusy
