"""External referral register (EVR): holders of accounts who proved to be fraudsters."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ExternalRegister(Instrument):
    """A bank looks a person up who opens an account; the reason of a listing is not told."""

    STATISTIC: ClassVar[str] = Statistic.REGISTERED
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = ("plain",)
    SOURCES: ClassVar[dict[str, str]] = {
        "threshold": "[A] the protocol asks for proof of involvement, not for a number of reports",
        "retention_days": "[S] eight years at most (PIFI 2021; kadv.nl)",
        "match_rate": "[A] persons are matched by name and date of birth",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("identity", "report"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.POSSIBLE_NOW,
        source="[S] incident warning protocol of financial institutions (PIFI) of April 2021, "
        "licensed by the Dutch data protection authority in August 2021 (PIFI 2021; seh.nl), "
        "looked up for everybody who applies for a product (NVB on IVR and EVR; nvb.nl)",
    )

    name: Literal["evr"]
    proof_days: float = parameter(
        "from the report that is one too many until the holder is listed",
        unit="days", source="[A] no source", low=0, high=1000,
    )  # fmt: skip
    looked_up: Literal["at_opening", "daily"]


INSTRUMENT = ExternalRegister
