"""Bank-helpdesk fraud: a caller poses as the victim's bank and has money moved to a mule account.

The journey as declarative data, phase by phase. Marks: [S] sourced, [D] derived from sourced
figures, [A] assumption; sources are listed in ``docs/sources.md``.
"""

from typing import Literal

from pydantic.dataclasses import dataclass

from scenarios.base import STRICT, figure


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Orientation:
    """Whom criminals choose, and how often."""

    victims_per_1000_year: float = figure(
        "victims per 1,000 adults a year in this (enriched) world",
        unit="per 1,000 a year",
        source="[A] enriched: the real rate is 0.65 [D: just under 10,000 victims, NVB 2023]",
        low=0.1,
        high=200,
    )
    real_victims_per_1000_year: float = figure(
        "victims per 1,000 adults a year in the Netherlands; outcomes are restated at this rate",
        unit="per 1,000 a year",
        source="[D] just under 10,000 victims (NVB 2023) over 15.3 million people of 15 and older",
        low=0.1,
        high=10,
    )
    attempts_per_victim: float = figure(
        "calls that fail for every call that succeeds",
        unit="attempts",
        source="[D] 41.7 % approached against 15.7 % victim of any online fraud (Twente 2020)",
        low=0,
        high=20,
    )
    share_70_plus: float = figure(
        "share of victims aged 70 or over",
        unit="share",
        source="[S] police 2024: more than half of the victims are 70 or older",
        low=0,
        high=1,
    )
    share_under_35: float = figure(
        "share of victims under 35; the rest is spread evenly over 35 to 69",
        unit="share",
        source="[A] no source by age under 70",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Preparation:
    """What a group arranges beforehand: mules, phone numbers, a script."""

    groups: int = figure("criminal groups", unit="groups", source="[A] no source", low=1, high=200)
    campaigns_per_group_year: float = figure(
        "campaigns a group runs in a year, each with its own script",
        unit="per year",
        source="[A] no source",
        low=1,
        high=52,
    )
    campaign_days: float = figure(
        "mean length of a campaign", unit="days", source="[A] no source", low=1, high=90
    )
    bank_focus: float = figure(
        "share of a campaign's targets taken among customers of the bank it imitates",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    victims_per_mule: float = figure(
        "victims served by one mule account before it is abandoned",
        unit="victims",
        source="[A] no source; decides whether sharing account numbers pays",
        low=1,
        high=50,
    )
    victims_per_device: float = figure(
        "victims whose payments are made from one criminal device before it is abandoned",
        unit="victims",
        source="[A] no source; decides whether sharing device fingerprints pays",
        low=1,
        high=500,
    )
    recruited_mule_share: float = figure(
        "share of mules that are existing accounts of young people; the rest is newly opened",
        unit="share",
        source="[A] about 10 % of those aged 16-25 were ever approached (Bekkers et al. 2023)",
        low=0,
        high=1,
    )
    calls_per_number: float = figure(
        "calls made from one fresh phone number before it is abandoned",
        unit="calls",
        source="[A] no source",
        low=1,
        high=500,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim is reached."""

    spoofed_share: float = figure(
        "share of calls that show the bank's own number",
        unit="share",
        source="[A] spoofing is documented, its share is not",
        low=0,
        high=1,
    )
    internet_call_share: float = figure(
        "share of calls over the internet, which no operator sees",
        unit="share",
        source="[A] share of over-the-top calls unknown",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """What happens on the phone before money moves."""

    call_minutes_median: float = figure(
        "median length of a successful call",
        unit="minutes",
        source="[A] no source",
        low=2,
        high=240,
    )
    call_minutes_sigma: float = figure(
        "spread of the call length (log-normal sigma)", unit="log", source="[A]", low=0.05, high=2
    )
    limit_raise_share: float = figure(
        "share of cases where the daily limit is raised first",
        unit="share",
        source="[A] named as a step in the programme documents, without a share",
        low=0,
        high=1,
    )
    savings_share: float = figure(
        "share of cases where savings are moved to the current account first",
        unit="share",
        source="[A] named as a step in the programme documents, without a share",
        low=0,
        high=1,
    )
    takeover_share: float = figure(
        "share of cases where payments are made from the criminal's own device",
        unit="share",
        source="[D] three quarters of spoofing victims moved the money themselves (CBS 2021)",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The payments to mule accounts."""

    in_call_share: float = figure(
        "share of victims who are on the phone while they pay",
        unit="share",
        source="[S] more than 75 % (tweakers 231498)",
        low=0,
        high=1,
    )
    payments_mean: float = figure(
        "mean number of payments in a case", unit="payments", source="[A]", low=1, high=8
    )
    amount_median_eur: float = figure(
        "median amount of one payment",
        unit="EUR",
        source="[D] CBS 2021/2023: half of self-transferred losses below EUR 900 / 400 a case",
        low=10,
        high=10_000,
    )
    amount_sigma: float = figure(
        "spread of the amounts (log-normal sigma)",
        unit="log",
        source="[D] median EUR 400-900 (CBS), mean about EUR 2,800 (NVB): 1.5 to 2.0",
        low=0.1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Spending:
    """How the money leaves the mule account."""

    cash_out_share: float = figure(
        "share of mule receipts moved on from the account",
        unit="share",
        source="[A]",
        low=0,
        high=1,
    )
    cash_out_hours_median: float = figure(
        "median time until the money is moved on", unit="hours", source="[A]", low=0.1, high=240
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Reporting:
    """Who tells whom afterwards, and how late."""

    bank_share: float = figure(
        "share of victims (with a median loss) who tell their bank",
        unit="share",
        source="[D] at least the 69-92 % of cases that were reimbursed (NVB 2021-2023)",
        low=0,
        high=1,
    )
    police_share: float = figure(
        "share of victims (with a median loss) who file with the police",
        unit="share",
        source="[S] more than 80 % for bank-helpdesk fraud (police, tweakers 228974)",
        low=0,
        high=1,
    )
    loss_slope: float = figure(
        "rise of the log-odds of reporting for every unit of log-loss",
        unit="log-odds",
        source="[A] three sources give a mean loss of EUR 2,800, 7,000 and 28,000: large losses "
        "are reported more; the strength is unknown",
        low=0,
        high=3,
    )
    delay_days_median: float = figure(
        "median delay of a report", unit="days", source="[A] 0-2 days", low=0.01, high=365
    )
    delay_days_p90: float = figure(
        "delay within which nine in ten reports arrive",
        unit="days",
        source="[A]",
        low=0.02,
        high=730,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BankHelpdesk:
    """A bank-helpdesk-fraud scenario: the six phases, then reporting."""

    name: Literal["bank_helpdesk"]
    about: str
    orientation: Orientation
    preparation: Preparation
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer
    spending: Spending
    reporting: Reporting
