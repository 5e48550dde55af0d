"""Invoice fraud: a bill that looks real but carries the account number of a mule.

The victim pays the expected amount; only the payee differs. The bill comes by post or e-mail, which
no partner records.
"""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    BILL_ROUNDING,
    DAY_S,
    Event,
    FraudForm,
    Money,
    Phase,
    Step,
    Wait,
)
from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim is reached."""

    text_share: float = parameter(
        "share of victims who get a text message about the bill as well",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """The bill's term of payment, and nothing else."""

    days_to_payment_median: float = parameter(
        "median time from the bill to the payment",
        unit="days",
        source="[A] no source",
        low=0.05,
        high=30,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The single payment."""

    amount_median_eur: float = parameter(
        "median amount of the bill",
        unit="EUR",
        source="[A] no source",
        low=20,
        high=50_000,
    )
    amount_sigma: float = parameter(
        "spread of the amounts (log-normal sigma)",
        unit="log",
        source="[A] no source",
        low=0.1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Invoice(FraudForm):
    """Invoice fraud: a bill and one large payment."""

    SOURCES: ClassVar[dict[str, str]] = {
        "reporting.delay_days_median": "[A] the real sender's reminder has to come first",
    }

    name: Literal["invoice"]
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer

    def steps(self) -> tuple[Step, ...]:
        """Return the steps: perhaps a text message, then the payment."""
        transfer = self.transfer
        return (
            Step(
                phase=Phase.CONTACT,
                event=Event.TEXT,
                share=self.contact.text_share,
                wait=AT_ONCE,
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.PAYMENT,
                wait=Wait(
                    median_s=self.persuasion.days_to_payment_median * DAY_S,
                    sigma=0.8,  # [A]
                ),
                money=Money(
                    median_eur=transfer.amount_median_eur,
                    sigma=transfer.amount_sigma,
                    rounding=BILL_ROUNDING,
                ),
            ),
        )


FORM = Invoice
