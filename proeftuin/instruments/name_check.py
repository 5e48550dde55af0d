"""Name check: whether the name that a payer enters is that of the account's holder."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import FactKind, Instrument, LegalCard, Statistic, Status
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class VerificationOfPayee(Instrument):
    """The payee's bank answers at the first payment to it: the name matches, nearly, or does not.

    The payer sees the answer as well; here the payer's bank uses it as one more sign.
    """

    STATISTIC: ClassVar[str] = Statistic.NAME_CHECK
    ENTITY: ClassVar[str] = "account"
    TELLS: ClassVar[tuple[FactKind, ...]] = ("payees",)
    MECHANISMS: ClassVar[tuple[str, ...]] = ("plain",)
    IDLE: ClassVar[dict[str, float | str]] = {
        "window_days": 365.0,
        "threshold": 1,
        "retention_days": 365.0,
        "latency": "real_time",
    }
    SOURCES: ClassVar[dict[str, str]] = {
        "match_rate": "[A] apart from world.name_check.unchecked_share, which is about accounts",
    }
    LEGAL: ClassVar[LegalCard] = LegalCard(
        data=("account_number", "name"),
        whose=("suspects", "innocents"),
        criminal_offence=False,
        traffic=False,
        status=Status.POSSIBLE_NOW,
        source="[S] verification of payee, Regulation (EU) 2024/886, in the euro area from "
        "9 October 2025 (IPR 2024; mhc.ie); the Dutch IBAN-Naam Check is older",
    )

    name: Literal["name_check"]


INSTRUMENT = VerificationOfPayee
