"""Risk propagation: risk of reported accounts is passed on along the banks' joint payments."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RiskPropagation(Instrument):
    """After TNO's secure risk propagation, computed in clear as an upper bound."""

    STATISTIC: ClassVar[str] = Statistic.RISK
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("lists",)
    MECHANISMS: ClassVar[tuple[str, ...]] = ("plain",)
    SOURCES: ClassVar[dict[str, str]] = {
        "window_days": "[A] payments and reports of so many days count",
        "latency": "[A] computed once a day",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("account_number", "risk_score", "payments"),
        whose=("suspects", "innocents"),
        criminal_offence=True,
        traffic=False,
        status=Status.OWN_LAW,
        source="[S] secure risk propagation was tried with data of one large Dutch bank (eprint "
        "2024/065); the AP called joint monitoring of all payments unprecedented mass "
        "surveillance and the Raad van State doubted necessity and proportionality (nu.nl"
        " 6231325; tweakers 202568). [A] that this needs a law of its own: no source on "
        "this exact form",
    )

    name: Literal["risk_propagation"]
    latency: Literal["daily"]


INSTRUMENT = RiskPropagation
