"""Investment fraud: an advert, a friendly adviser on the phone, and deposits that keep growing.

A case takes weeks to months. A small first payment shows a "profit"; larger ones go to mule
accounts, and some victims buy crypto that is sent on to the criminals' wallet.
"""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    DAY_S,
    DEPOSIT_ROUNDING,
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

MOST_CALLS, MOST_PAYMENTS, MOST_DEPOSITS = 20, 12, 6  # [A]
SPREAD = 0.7  # [A] log-normal sigma of waits and of call lengths


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim is reached."""

    advert_share: float = parameter(
        "share of victims who came by an advert on a social platform; the others are called",
        unit="share",
        source="[A] adverts are named as the usual way in (AFM 2025), without a share",
        low=0,
        high=1,
    )
    internet_call_share: float = parameter(
        "share of calls over the internet, which no operator sees",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """The adviser who calls again and again."""

    calls_mean: float = parameter(
        "mean number of calls after the first payment",
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
    takeover_share: float = parameter(
        "share of cases where payments are made from the criminal's own device (remote access)",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """Payments to mule accounts and deposits at an exchange."""

    first_eur: float = parameter(
        "median amount of the first payment",
        unit="EUR",
        source="[A] EUR 250 is the usual stake to begin with",
        low=10,
        high=5_000,
    )
    payments_mean: float = parameter(
        "mean number of payments after that",
        unit="payments",
        source="[A] no source",
        low=1,
        high=MOST_PAYMENTS,
    )
    days_between_payments_median: float = parameter(
        "median time between two payments", unit="days", source="[A] no source", low=0.1, high=90
    )
    amount_median_eur: float = parameter(
        "median amount of the first of those payments",
        unit="EUR",
        source="[A] chosen for a mean loss of about EUR 22,000 (Fraudehelpdesk 2023)",
        low=50,
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
    deposit_share: float = parameter(
        "share of victims who buy crypto as well, which is sent to the criminals' wallet",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    deposits_mean: float = parameter(
        "mean number of such deposits",
        unit="deposits",
        source="[A] no source",
        low=1,
        high=MOST_DEPOSITS,
    )
    deposit_median_eur: float = parameter(
        "median amount of the first deposit",
        unit="EUR",
        source="[A] chosen for a mean loss of about EUR 22,000 (Fraudehelpdesk 2023)",
        low=50,
        high=50_000,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Investment(FraudForm):
    """Investment fraud: advert, calls, payments that grow, crypto."""

    SOURCES: ClassVar[dict[str, str]] = {
        "orientation.victims_per_1000_year": "[D] EUR 750 million a year (AFM 2025) over about "
        "EUR 22,000 a victim (Fraudehelpdesk 2023)",
        "orientation.share_under_35": "[D] 7 % of reports by those aged 15-25 (AFM 2025)",
        "orientation.share_70_plus": "[D] 22 % of reports by those of 65 and older (AFM 2025)",
        "reporting.police_share": "[S] 5 to 17 % (AFM 2025)",
        "reporting.helpdesk_share": "[D] about 900 victims (Fraudehelpdesk 2023) of 34,000 a year "
        "(AFM 2025)",
        "reporting.delay_days_median": "[A] 30-365 days: the profit looks real for long",
    }

    name: Literal["investment"]
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, from the advert to the last deposit."""
        transfer, length = self.transfer, _wait(self.persuasion.call_minutes_median * MINUTE_S)
        between_calls = _wait(self.persuasion.days_between_calls_median * DAY_S)
        between_payments = _wait(transfer.days_between_payments_median * DAY_S)
        return (
            Step(
                phase=Phase.CONTACT,
                event=Event.ADVERT,
                share=self.contact.advert_share,
                wait=AT_ONCE,
            ),
            Step(
                phase=Phase.CONTACT,
                event=Event.CALL,
                wait=_wait(DAY_S),  # [A]
                length=length,
                hidden=self.contact.internet_call_share,
            ),
            self._first_payment(),
            Step(
                phase=Phase.PERSUASION,
                event=Event.CALL,
                wait=between_calls,
                times_mean=self.persuasion.calls_mean,
                times_max=MOST_CALLS,
                gap=between_calls,
                length=length,
                hidden=self.contact.internet_call_share,
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.PAYMENT,
                wait=_wait(DAY_S),  # [A]
                times_mean=transfer.payments_mean,
                times_max=MOST_PAYMENTS,
                gap=between_payments,
                money=self._growing(transfer.amount_median_eur, TRANSFER_ROUNDING),
                criminal_device=self.persuasion.takeover_share,
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.DEPOSIT,
                share=transfer.deposit_share,
                wait=between_payments,
                times_mean=transfer.deposits_mean,
                times_max=MOST_DEPOSITS,
                gap=between_payments,
                money=self._growing(transfer.deposit_median_eur, DEPOSIT_ROUNDING),
                criminal_device=self.persuasion.takeover_share,
            ),
        )

    def _first_payment(self) -> Step:
        """Return the small payment that shows a profit."""
        return Step(
            phase=Phase.TRANSFER,
            event=Event.PAYMENT,
            wait=_wait(DAY_S),  # [A]
            money=Money(
                median_eur=self.transfer.first_eur, sigma=0.2, rounding=TRANSFER_ROUNDING
            ),  # [A]
            criminal_device=self.persuasion.takeover_share,
        )

    def _growing(self, median_eur: float, rounding: float) -> Money:
        """Return amounts that grow from one payment to the next."""
        transfer = self.transfer
        return Money(
            median_eur=median_eur,
            sigma=transfer.amount_sigma,
            growth=transfer.growth,
            rounding=rounding,
        )


def _wait(median_s: float) -> Wait:
    return Wait(median_s=median_s, sigma=SPREAD)


FORM = Investment
