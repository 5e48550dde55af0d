"""The settings of a world: how many people, which market, what ordinary life looks like."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from scenarios.base import STRICT, figure


def _shares_sum_to_one(shares: dict[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        raise ValueError(f"the shares add up to {total:.4g}, they must add up to 1")
    return shares


def _shares_at_most_one(shares: dict[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    if total > 1:
        raise ValueError(f"the shares add up to {total:.4g}, they must add up to at most 1")
    return shares


Shares = Annotated[
    dict[str, Annotated[float, Field(gt=0, le=1)]],
    Field(min_length=1, max_length=50),
    AfterValidator(_shares_sum_to_one),
]
PartialShares = Annotated[
    dict[str, Annotated[float, Field(gt=0, le=1)]],
    Field(min_length=1, max_length=50),
    AfterValidator(_shares_at_most_one),
]


#: Every sector that can hold data; a world may leave some of them out.
SECTORS = (
    "bank",
    "telecom",
    "webshop",
    "marketplace",
    "psp",
    "exchange",
    "social",
    "police",
    "helpdesk",
)
Sector = Literal[
    "bank", "telecom", "webshop", "marketplace", "psp", "exchange", "social", "police", "helpdesk"
]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Market:
    """The partners of every sector and their shares of the customers.

    Attributes:
        bank, telecom, marketplace, psp, exchange, social: partner name to market share.
        webshop: partner shops and their shares of all online purchases; the rest is bought at
            shops that are no partner.
        absent: sectors that take no part; nobody holds their rows.
    """

    bank: Shares
    telecom: Shares
    webshop: PartialShares
    marketplace: Shares
    psp: Shares
    exchange: Shares
    social: Shares
    absent: tuple[Sector, ...]

    def partners(self, sector: str) -> tuple[str, ...]:
        """Return the partner names of a sector by index; police and helpdesk are one partner."""
        if sector in ("police", "helpdesk"):
            return (sector,)
        return tuple(getattr(self, sector))

    @property
    def present(self) -> tuple[str, ...]:
        """Sectors that take part."""
        return tuple(sector for sector in SECTORS if sector not in self.absent)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Population:
    """Who lives in the world, what they own and where they are customers."""

    persons: Annotated[int, Field(ge=500, le=20_000_000)]
    persons_per_business: float = figure(
        "adults per business with a bank account",
        unit="persons",
        source="[A] about 2 million businesses (KVK), most of them without a shop",
        low=5,
        high=200,
    )
    single_household_share: float = figure(
        "share of adults who are the only adult of their household",
        unit="share",
        source="[A] rounded from CBS household statistics",
        low=0,
        high=1,
    )
    second_bank_share: float = figure(
        "share of persons with an account at a second bank",
        unit="share",
        source="[S] 70 % had one account (ACM 2013)",
        low=0,
        high=1,
    )
    fresh_account_share: float = figure(
        "share of accounts opened per year, for honest reasons",
        unit="share a year",
        source="[A] about 45,000 switchers a year, plus young people and newcomers",
        low=0,
        high=0.5,
    )
    sellers_share: float = figure(
        "share of persons who often receive money from strangers (second-hand sellers)",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    shared_computer_share: float = figure(
        "share of payments and orders made on the household's computer instead of one's own phone",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    device_renewal_share: float = figure(
        "share of persons who replace their phone in a year",
        unit="share a year",
        source="[A] a phone lasts three to four years",
        low=0,
        high=1,
    )
    number_renewal_share: float = figure(
        "share of persons who change their phone number in a year",
        unit="share a year",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Linkage:
    """How well the keys that link one person's rows at several partners really fit."""

    phone_wrong_share: float = figure(
        "share of customer registers with a mistyped or missing phone number",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )
    phone_outdated_share: float = figure(
        "share of registers that keep the old number after a change",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    common_fingerprint_share: float = figure(
        "share of devices whose fingerprint is that of a common configuration, shared by many",
        unit="share",
        source="[A] no source; false matches of device lists",
        low=0,
        high=0.5,
    )
    address_wrong_share: float = figure(
        "share of customer registers with another address than the household's",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Payments:
    """Ordinary transfers."""

    per_person_day: float = figure(
        "transfers per person per day, apart from online shopping, salary, housing and card "
        "payments at a till",
        unit="per day",
        source="[A] bills, friends, private sellers and own savings",
        low=0.01,
        high=5,
    )
    activity_sigma: float = figure(
        "spread of activity over persons (log-normal sigma)",
        unit="log",
        source="[A]",
        low=0,
        high=2,
    )
    sitting_share: float = figure(
        "share of payments made in one sitting with another",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.9,
    )
    income_median_eur: float = figure(
        "median monthly income of an adult, after tax",
        unit="EUR",
        source="[A] rounded from CBS incomes",
        low=500,
        high=10_000,
    )
    cash_per_person_day: float = figure(
        "cash withdrawals per person per day",
        unit="per day",
        source="[A] no source; look-alikes of cash-out",
        low=0,
        high=1,
    )
    tail_share: float = figure(
        "share of payments with a heavy-tailed (Pareto 1.6) multiple of the usual amount",
        unit="share",
        source="[A] Hill exponent 1.3-2.8 in payment data",
        low=0,
        high=0.2,
    )
    large_share: float = figure(
        "share of payments that are a large first payment to a new payee (car, contractor)",
        unit="share",
        source="[A] no source; the look-alikes of fraud",
        low=0,
        high=0.2,
    )
    large_call_share: float = figure(
        "share of those made while on the phone with the payee or one's own bank",
        unit="share",
        source="[A] no source; decides how useful a line-busy signal is",
        low=0,
        high=1,
    )
    large_limit_raise_share: float = figure(
        "share of large payments preceded by a raised limit",
        unit="share",
        source="[A]",
        low=0,
        high=1,
    )
    large_savings_share: float = figure(
        "share of large payments preceded by a transfer from savings",
        unit="share",
        source="[A]",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Calls:
    """Ordinary telephone calls, seen from each subscriber."""

    per_person_day: float = figure(
        "calls per person per day, made and received",
        unit="per day",
        source="[D] 49.3 billion mobile minutes in 2021, both ends: up to 17.6 minutes a day",
        low=0.05,
        high=20,
    )
    minutes_mean: float = figure(
        "mean length of a call",
        unit="minutes",
        source="[D] see calls.per_person_day",
        low=0.1,
        high=60,
    )
    business_share: float = figure(
        "share of calls with a business, delivery or stranger rather than a contact",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    bank_per_person_year: float = figure(
        "real calls with one's own bank", unit="per year", source="[A] no source", low=0, high=50
    )
    long_stranger_share: float = figure(
        "share of calls with a business or stranger that take a quarter of an hour or more "
        "(helpdesks, care, installers)",
        unit="share",
        source="[A] no source; the look-alikes of a fraudulent call",
        low=0,
        high=1,
    )
    texts_per_person_day: float = figure(
        "text messages per person per day, most of them codes and notices",
        unit="per day",
        source="[A] no source",
        low=0,
        high=20,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Shopping:
    """Online shopping: orders, checkouts at payment providers, and the payments behind them."""

    per_person_day: float = figure(
        "online purchases paid from a bank account, per person per day",
        unit="per day",
        source="[D] about 75 iDEAL payments a year: 0.2 a day",
        low=0,
        high=5,
    )
    psp_share: float = figure(
        "share of online shops that are paid through a payment service provider",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    pay_later_share: float = figure(
        "share of purchases at partner shops that are paid afterwards",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    pay_later_days: float = figure(
        "mean days until such a purchase is paid", unit="days", source="[A]", low=1, high=90
    )
    pick_up_share: float = figure(
        "share of orders delivered at a parcel point instead of at home",
        unit="share",
        source="[A] no source; look-alikes of sales fraud",
        low=0,
        high=1,
    )
    other_address_share: float = figure(
        "share of orders delivered at somebody else's home (gifts, neighbours)",
        unit="share",
        source="[A] no source; look-alikes of sales fraud",
        low=0,
        high=1,
    )
    fresh_customer_share: float = figure(
        "share of purchases at a partner shop by a newly made customer account",
        unit="share",
        source="[A] no source; look-alikes of sales fraud",
        low=0,
        high=1,
    )
    fresh_shop_share: float = figure(
        "share of shops that opened within the last year",
        unit="share",
        source="[A] no source; look-alikes of fake shops",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Marketplace:
    """Second-hand trade between private persons."""

    deals_per_person_day: float = figure(
        "purchases from a private seller per person per day",
        unit="per day",
        source="[A] no source",
        low=0,
        high=1,
    )
    contacts_per_deal: float = figure(
        "answers to an offer for every one that ends in a deal",
        unit="contacts",
        source="[A] no source",
        low=1,
        high=50,
    )
    call_share: float = figure(
        "share of deals paid while on the phone with the seller",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    transfer_share: float = figure(
        "share of deals paid by bank transfer before delivery; the rest is paid at the door",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Crypto:
    """Honest customers of crypto exchanges."""

    customers_share: float = figure(
        "share of adults with an account at an exchange",
        unit="share",
        source="[A] surveys give 5 to 15 %",
        low=0,
        high=1,
    )
    deposits_per_customer_year: float = figure(
        "deposits per customer per year", unit="per year", source="[A] no source", low=0, high=365
    )
    withdrawal_share: float = figure(
        "share of deposits followed by a withdrawal to a wallet",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Social:
    """Adverts on social platforms; the platforms take no part by default."""

    clicks_per_person_day: float = figure(
        "clicks on adverts per person per day", unit="per day", source="[A]", low=0, high=20
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FalseReports:
    """Reports of what was no fraud: disputes, mistakes."""

    per_million_payments: float = figure(
        "honest payments reported as fraud, per million",
        unit="per million",
        source="[A] police receive civil disputes and unclear cases (8,700 of 38,343 in 2017)",
        low=0,
        high=1000,
    )
    delay_days_median: float = figure(
        "median delay of such a report", unit="days", source="[A] no source", low=0.01, high=365
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WorldSettings:
    """Everything about a world except the fraud in it."""

    name: str
    about: str
    days: Annotated[int, Field(ge=28, le=1100)]
    first_month: Annotated[int, Field(ge=1, le=12)]
    events_per_chunk: Annotated[int, Field(ge=1000, le=20_000_000)]
    population: Population
    market: Market
    linkage: Linkage
    payments: Payments
    calls: Calls
    shopping: Shopping
    marketplace: Marketplace
    crypto: Crypto
    social: Social
    false_reports: FalseReports
