"""Dating fraud: weeks of messages and calls, then one request for money after another."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    DAY_S,
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

MOST_CALLS, MOST_PAYMENTS = 30, 15  # [A]
SPREAD = 0.7  # [A] log-normal sigma of waits and of call lengths


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim is reached."""

    internet_share: float = parameter(
        "share of first messages and of calls over the internet, which no operator sees",
        unit="share",
        source="[A] dating sites and messaging apps are the usual way, without a share",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """The long conversation before the first request for money."""

    days_to_call_median: float = parameter(
        "median time from the first message to the first call",
        unit="days",
        source="[A] no source",
        low=0.1,
        high=90,
    )
    calls_mean: float = parameter(
        "mean number of calls before the first payment",
        unit="calls",
        source="[A] no source",
        low=1,
        high=MOST_CALLS,
    )
    days_between_calls_median: float = parameter(
        "median time between two calls", unit="days", source="[A] no source", low=0.1, high=60
    )
    call_minutes_median: float = parameter(
        "median length of a call", unit="minutes", source="[A] no source", low=2, high=240
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The payments to mule accounts, each for a new emergency."""

    payments_mean: float = parameter(
        "mean number of payments in a case",
        unit="payments",
        source="[A] no source",
        low=1,
        high=MOST_PAYMENTS,
    )
    days_between_payments_median: float = parameter(
        "median time between two payments", unit="days", source="[A] no source", low=0.1, high=90
    )
    amount_median_eur: float = parameter(
        "median amount of the first payment",
        unit="EUR",
        source="[A] chosen for a mean loss of about EUR 30,000 (Fraudehelpdesk 2023)",
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
    growth: float = parameter(
        "how many times higher each payment is than the one before",
        unit="times",
        source="[A] no source",
        low=1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Dating(FraudForm):
    """Dating fraud: a message, calls, payments that grow."""

    SOURCES: ClassVar[dict[str, str]] = {
        "orientation.victims_per_1000_year": "[A] ten times the 250 victims who reported it "
        "(Fraudehelpdesk 2023)",
        "reporting.helpdesk_share": "[A] follows from the assumed number of victims",
        "reporting.delay_days_median": "[A] as investment fraud; shame adds to it",
    }

    name: Literal["dating"]
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, from the first message to the last payment."""
        contact, persuasion, transfer = self.contact, self.persuasion, self.transfer
        return (
            Step(
                phase=Phase.CONTACT,
                event=Event.TEXT,
                wait=AT_ONCE,
                hidden=contact.internet_share,
            ),
            Step(
                phase=Phase.PERSUASION,
                event=Event.CALL,
                wait=Wait(median_s=persuasion.days_to_call_median * DAY_S, sigma=SPREAD),
                times_mean=persuasion.calls_mean,
                times_max=MOST_CALLS,
                gap=Wait(median_s=persuasion.days_between_calls_median * DAY_S, sigma=SPREAD),
                length=Wait(median_s=persuasion.call_minutes_median * MINUTE_S, sigma=SPREAD),
                hidden=contact.internet_share,
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.PAYMENT,
                wait=Wait(median_s=DAY_S, sigma=SPREAD),  # [A]
                times_mean=transfer.payments_mean,
                times_max=MOST_PAYMENTS,
                gap=Wait(median_s=transfer.days_between_payments_median * DAY_S, sigma=SPREAD),
                money=Money(
                    median_eur=transfer.amount_median_eur,
                    sigma=transfer.amount_sigma,
                    growth=transfer.growth,
                    rounding=TRANSFER_ROUNDING,
                ),
            ),
        )


FORM = Dating
