"""Friend-in-need fraud: a message from a "new number" of a child that has a bill to pay today."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    MINUTE_S,
    TRANSFER_ROUNDING,
    Event,
    FraudForm,
    Money,
    Phase,
    Step,
    Wait,
)
from scenarios.parameters import STRICT, parameter

MOST_PAYMENTS = 3  # [A]
SPREAD = 0.8  # [A] log-normal sigma of every wait
TO_SAVINGS = Wait(median_s=20 * MINUTE_S, sigma=SPREAD)  # [A]
BETWEEN = Wait(median_s=40 * MINUTE_S, sigma=SPREAD)  # [A]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim is reached."""

    internet_share: float = parameter(
        "share of messages over the internet, which no operator sees; the rest are texts",
        unit="share",
        source="[A] known as WhatsApp fraud, without a share",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """The conversation before money moves."""

    minutes_to_payment_median: float = parameter(
        "median time from the first message (or from moving savings) to the first payment",
        unit="minutes",
        source="[A] no source",
        low=1,
        high=1440,
    )
    savings_share: float = parameter(
        "share of cases where savings are moved to the current account first",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The payments to mule accounts."""

    payments_mean: float = parameter(
        "mean number of payments in a case",
        unit="payments",
        source="[A] one to three",
        low=1,
        high=MOST_PAYMENTS,
    )
    amount_median_eur: float = parameter(
        "median amount of one payment",
        unit="EUR",
        source="[A] chosen for a mean loss below EUR 3,900, that of the cases reported "
        "(Fraudehelpdesk 2021)",
        low=20,
        high=20_000,
    )
    amount_sigma: float = parameter(
        "spread of the amounts (log-normal sigma)",
        unit="log",
        source="[A] no source",
        low=0.1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FriendInNeed(FraudForm):
    """Friend-in-need fraud: a message, perhaps savings, one to three payments within hours."""

    SOURCES: ClassVar[dict[str, str]] = {
        "reporting.helpdesk_share": "[A] 635 victims (Fraudehelpdesk 2021) of the assumed number",
    }

    name: Literal["friend_in_need"]
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, from the message to the last payment."""
        persuasion, transfer = self.persuasion, self.transfer
        amount = Money(
            median_eur=transfer.amount_median_eur,
            sigma=transfer.amount_sigma,
            rounding=TRANSFER_ROUNDING,
        )
        # [A] savings are moved to pay for the whole case.
        savings = Money(median_eur=amount.median_eur * transfer.payments_mean, sigma=amount.sigma)
        return (
            Step(
                phase=Phase.CONTACT,
                event=Event.TEXT,
                wait=AT_ONCE,
                hidden=self.contact.internet_share,
            ),
            Step(
                phase=Phase.PERSUASION,
                event=Event.SAVINGS,
                share=persuasion.savings_share,
                wait=TO_SAVINGS,
                money=savings,
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.PAYMENT,
                wait=Wait(
                    median_s=persuasion.minutes_to_payment_median * MINUTE_S,
                    sigma=SPREAD,
                ),
                times_mean=transfer.payments_mean,
                times_max=MOST_PAYMENTS,
                gap=BETWEEN,
                money=amount,
            ),
        )


FORM = FriendInNeed
