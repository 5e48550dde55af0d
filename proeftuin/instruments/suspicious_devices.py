"""Suspicious devices: devices with which reported fraud was done are made known to others."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from proeftuin.instruments.mechanisms import FOR_LISTS
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SuspiciousDevices(Instrument):
    """A list of devices; a customer's own device, known for longer, is left out."""

    STATISTIC: ClassVar[str] = Statistic.REPORTED
    ENTITY: ClassVar[str] = "device"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = FOR_LISTS
    SOURCES: ClassVar[dict[str, str]] = {
        "false_match_rate": "[A] no figure found for errors of fingerprints",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("device_fingerprint", "report"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.OWN_LAW,
        source="[S] large-scale privacy-enhancing technology for suspicious devices needs a "
        "law of its own under the GDPR; the United Kingdom has one, the Netherlands "
        "does not (Jaarbericht 2025)",
    )

    name: Literal["suspicious_devices"]


INSTRUMENT = SuspiciousDevices
