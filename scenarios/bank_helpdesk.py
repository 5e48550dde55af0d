"""Bank-helpdesk fraud: a caller poses as the victim's bank and has money moved to a mule account.

Mostly everything happens in one or two hours, while the victim is on the phone; some callers go on
in an app, call again, or have the payments spread over a day.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    HOUR_S,
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

MOST_PAYMENTS = 6  # [A]
# Minutes between the steps, all [A]: limit raised, savings moved, first payment, next payment.
TO_LIMIT = Wait(median_s=8 * MINUTE_S, sigma=0.5)
TO_SAVINGS = Wait(median_s=5 * MINUTE_S, sigma=0.5)
TO_PAYMENT = Wait(median_s=12 * MINUTE_S, sigma=0.5)
TO_SECOND_CALL = Wait(median_s=15 * MINUTE_S, sigma=0.7)
#: Minutes or hours between two payments, by variant.
AT_ONCE_OR_SPREAD = {
    "at_once": Wait(median_s=6 * MINUTE_S, sigma=0.8),
    "spread": Wait(median_s=5 * HOUR_S, sigma=1.0),
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim is reached."""

    spoofed_share: float = parameter(
        "share of calls that show the bank's own number",
        unit="share",
        source="[A] spoofing is documented, its share is not",
        low=0,
        high=1,
    )
    internet_call_share: float = parameter(
        "share of calls over the internet, which no operator sees",
        unit="share",
        source="[A] share of over-the-top calls unknown",
        low=0,
        high=1,
    )
    moves_to_app_share: float = parameter(
        "share of cases that go on in an app after a first, short call",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    second_call_share: float = parameter(
        "share of cases in which a second call follows, such as by the 'fraud department'",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """What happens on the phone before money moves."""

    call_minutes_median: float = parameter(
        "median length of a successful call",
        unit="minutes",
        source="[A] no source",
        low=2,
        high=240,
    )
    call_minutes_sigma: float = parameter(
        "spread of the call length (log-normal sigma)", unit="log", source="[A]", low=0.05, high=2
    )
    limit_raise_share: float = parameter(
        "share of cases where the daily limit is raised first",
        unit="share",
        source="[A] banks put a time lock on it (Jaarbericht 2025), its share is not known",
        low=0,
        high=1,
    )
    savings_share: float = parameter(
        "share of cases where savings are moved to the current account first",
        unit="share",
        source="[A] banks put a time lock on it (Jaarbericht 2025), its share is not known",
        low=0,
        high=1,
    )
    takeover_share: float = parameter(
        "share of cases where payments are made from the criminal's own device",
        unit="share",
        source="[D] three quarters of spoofing victims moved the money themselves (CBS 2021)",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The payments to mule accounts."""

    in_call_share: float = parameter(
        "share of victims who are on the phone while they pay",
        unit="share",
        source="[S] more than 75 % (tweakers 231498)",
        low=0,
        high=1,
    )
    spread_share: float = parameter(
        "share of campaigns in which the payments are hours apart instead of minutes",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    payments_mean: float = parameter(
        "mean number of payments in a case",
        unit="payments",
        source="[A] no source",
        low=1,
        high=MOST_PAYMENTS,
    )
    amount_median_eur: float = parameter(
        "median amount of one payment",
        unit="EUR",
        source="[D] half of self-transferred losses below EUR 900 (CBS 2021) or 400 (CBS 2023) "
        "a case",
        low=10,
        high=10_000,
    )
    amount_sigma: float = parameter(
        "spread of the amounts (log-normal sigma)",
        unit="log",
        source="[D] median EUR 400-900 (CBS 2021, CBS 2023), mean about EUR 2,800 (NVB 2023): "
        "1.5 to 2.0",
        low=0.1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BankHelpdesk(FraudForm):
    """Bank-helpdesk fraud: call, limit and savings, payments to mules."""

    BY_PHONE: ClassVar[bool] = True
    SOURCES: ClassVar[dict[str, str]] = {
        "orientation.victims_per_1000_year": "[D] just under 10,000 victims (NVB 2023) over "
        "15.3 million people of 15 and older (CBS 2024)",
        "orientation.share_70_plus": "[S] more than half of the victims are 70 or older "
        "(police 2024)",
        "reporting.bank_share": "[D] at least the 69-92 % of cases that were reimbursed "
        "(NVB 2021-2023)",
        "reporting.police_share": "[S] more than 80 % (tweakers 228974)",
        "reporting.helpdesk_share": "[D] 184 victims (Fraudehelpdesk 2021) of about 10,000 a year "
        "(NVB 2023)",
        "reporting.delay_days_median": "[A] 0-2 days",
    }

    name: Literal["bank_helpdesk"]
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer

    def variants(self) -> dict[str, float]:
        """Return the share of campaigns with payments at once, and with payments spread out."""
        return {"at_once": 1 - self.transfer.spread_share, "spread": self.transfer.spread_share}

    def steps(self) -> tuple[Step, ...]:
        """Return the steps, from the call to the last payment."""
        contact, persuasion, transfer = self.contact, self.persuasion, self.transfer
        amount = Money(
            median_eur=transfer.amount_median_eur,
            sigma=transfer.amount_sigma,
            rounding=TRANSFER_ROUNDING,
        )
        # [A] savings are moved, and the limit is raised, for the whole case.
        whole = Money(median_eur=amount.median_eur * transfer.payments_mean, sigma=amount.sigma)
        length = Wait(
            median_s=persuasion.call_minutes_median * MINUTE_S, sigma=persuasion.call_minutes_sigma
        )
        call = Step(
            phase=Phase.CONTACT,
            event=Event.CALL,
            wait=AT_ONCE,
            length=length,
            covers=transfer.in_call_share * (1 - contact.moves_to_app_share),
            spoofed=contact.spoofed_share,
            hidden=contact.internet_call_share,
        )
        return (
            call,
            replace(
                call,
                phase=Phase.PERSUASION,
                share=contact.second_call_share,
                wait=TO_SECOND_CALL,
            ),
            Step(
                phase=Phase.PERSUASION,
                event=Event.LIMIT_RAISE,
                share=persuasion.limit_raise_share,
                wait=TO_LIMIT,
                money=whole,
            ),
            Step(
                phase=Phase.PERSUASION,
                event=Event.SAVINGS,
                share=persuasion.savings_share,
                wait=TO_SAVINGS,
                money=whole,
            ),
            *self._payments(amount),
        )

    def _payments(self, amount: Money) -> Iterator[Step]:
        """Yield the payments of both variants."""
        for variant, gap in AT_ONCE_OR_SPREAD.items():
            yield Step(
                phase=Phase.TRANSFER,
                event=Event.PAYMENT,
                wait=TO_PAYMENT,
                times_mean=self.transfer.payments_mean,
                times_max=MOST_PAYMENTS,
                gap=gap,
                money=amount,
                criminal_device=self.persuasion.takeover_share,
                variant=variant,
            )


FORM = BankHelpdesk
