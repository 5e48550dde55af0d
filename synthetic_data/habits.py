"""The settings of ordinary life: paying, calling, shopping, trading, and false reports."""

from typing import Any

from pydantic.dataclasses import dataclass

from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Payments:
    """Ordinary transfers."""

    per_person_day: float = parameter(
        "transfers per person per day, apart from online shopping, salary, housing and card "
        "payments at a till",
        unit="per day",
        source="[A] bills, friends, private sellers and own savings",
        low=0.01,
        high=5,
    )
    activity_sigma: float = parameter(
        "spread of activity over persons (log-normal sigma)",
        unit="log",
        source="[A]",
        low=0,
        high=2,
    )
    sitting_share: float = parameter(
        "share of payments that follow another one within minutes",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.9,
    )
    income_median_eur: float = parameter(
        "median monthly income of an adult, after tax",
        unit="EUR",
        source="[A] rounded from CBS incomes",
        low=500,
        high=10_000,
    )
    cash_per_person_day: float = parameter(
        "cash withdrawals per person per day",
        unit="per day",
        source="[A] no source; look-alikes of cash-out",
        low=0,
        high=1,
    )
    tail_share: float = parameter(
        "share of payments with a heavy-tailed (Pareto 1.6) multiple of the usual amount",
        unit="share",
        source="[A] Hill exponent 1.3-2.8 in payment data",
        low=0,
        high=0.2,
    )
    large_share: float = parameter(
        "share of payments that are a large first payment to a new payee (car, contractor)",
        unit="share",
        source="[A] no source; the look-alikes of fraud",
        low=0,
        high=0.2,
    )
    large_call_share: float = parameter(
        "share of those made while on the phone with the payee or one's own bank",
        unit="share",
        source="[A] no source; decides how useful a line-busy signal is",
        low=0,
        high=1,
    )
    large_called_share: float = parameter(
        "share of those made within an hour after the payee has called",
        unit="share",
        source="[A] no source; decides how useful a signal about earlier calls is",
        low=0,
        high=1,
    )
    large_limit_raise_share: float = parameter(
        "share of large payments preceded by a raised limit",
        unit="share",
        source="[A]",
        low=0,
        high=1,
    )
    large_savings_share: float = parameter(
        "share of large payments preceded by a transfer from savings",
        unit="share",
        source="[A]",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Calls:
    """Ordinary telephone calls, counted per subscriber."""

    per_person_day: float = parameter(
        "calls per person per day, made and received",
        unit="per day",
        source="[D] 49.3 billion mobile minutes in 2021 (nu.nl 6193184), both ends: up to 17.6 "
        "minutes a day",
        low=0.05,
        high=20,
    )
    minutes_mean: float = parameter(
        "mean length of a call",
        unit="minutes",
        source="[D] see calls.per_person_day",
        low=0.1,
        high=60,
    )
    business_share: float = parameter(
        "share of calls with a business, delivery or stranger rather than a contact",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    bank_per_person_year: float = parameter(
        "real calls with one's own bank", unit="per year", source="[A] no source", low=0, high=50
    )
    long_stranger_share: float = parameter(
        "share of calls with a business or stranger that are long, half of them over 22 minutes "
        "(helpdesks, care, installers)",
        unit="share",
        source="[A] no source; the look-alikes of a fraudulent call",
        low=0,
        high=1,
    )
    unvouched_share: float = parameter(
        "share of honest callers for whose number no network vouches: abroad, a call centre's line",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    spoofing_noticed_share: float = parameter(
        "share of calls under another's number for which no network vouches; the rest pass",
        unit="share",
        source="[A] no source; operators stop part of such calls from abroad, and what still "
        "arrives is harder to notice",
        low=0,
        high=1,
    )
    texts_per_person_day: float = parameter(
        "text messages per person per day, most of them codes and notices",
        unit="per day",
        source="[A] no source",
        low=0,
        high=20,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Shopping:
    """Online shopping: orders, checkouts at payment providers, and the payments behind them."""

    per_person_day: float = parameter(
        "online purchases paid from a bank account, per person per day",
        unit="per day",
        source="[D] about 75 iDEAL payments a year (tweakers 192722): 0.2 a day",
        low=0,
        high=5,
    )
    sitting_share: float = parameter(
        "share of online purchases that follow another one within minutes",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.9,
    )
    psp_share: float = parameter(
        "share of online shops that are paid through a payment service provider",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    pay_later_share: float = parameter(
        "share of purchases at partner shops that are paid afterwards",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    pay_later_days: float = parameter(
        "mean days until such a purchase is paid", unit="days", source="[A]", low=1, high=90
    )
    pick_up_share: float = parameter(
        "share of orders delivered at a parcel point instead of at home",
        unit="share",
        source="[A] no source; look-alikes of sales fraud",
        low=0,
        high=1,
    )
    other_address_share: float = parameter(
        "share of orders delivered at somebody else's home (gifts, neighbours)",
        unit="share",
        source="[A] no source; look-alikes of sales fraud",
        low=0,
        high=1,
    )
    fresh_customer_share: float = parameter(
        "share of purchases at a partner shop by a newly made customer account",
        unit="share",
        source="[A] no source; look-alikes of sales fraud",
        low=0,
        high=1,
    )
    fresh_shop_share: float = parameter(
        "share of shops that opened within the last year",
        unit="share",
        source="[A] no source; look-alikes of fake shops",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Marketplace:
    """Second-hand trade between private persons."""

    deals_per_person_day: float = parameter(
        "purchases from a private seller per person per day",
        unit="per day",
        source="[A] no source",
        low=0,
        high=1,
    )
    contacts_per_deal: float = parameter(
        "answers to an offer for every one that ends in a deal",
        unit="contacts",
        source="[A] no source",
        low=1,
        high=50,
    )
    call_share: float = parameter(
        "share of deals paid while on the phone with the seller",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    transfer_share: float = parameter(
        "share of deals paid by bank transfer before delivery; the rest is paid at the door",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Crypto:
    """Honest customers of crypto exchanges."""

    customers_share: float = parameter(
        "share of adults with an account at an exchange",
        unit="share",
        source="[A] surveys give 5 to 15 %",
        low=0,
        high=1,
    )
    deposits_per_customer_year: float = parameter(
        "deposits per customer per year", unit="per year", source="[A] no source", low=0, high=365
    )
    withdrawal_share: float = parameter(
        "share of deposits followed by a withdrawal to a wallet",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Social:
    """Adverts on social platforms; the platforms take no part by default."""

    clicks_per_person_day: float = parameter(
        "clicks on adverts per person per day", unit="per day", source="[A]", low=0, high=20
    )


def _quota(about: str, most: float) -> Any:
    return parameter(
        about, unit="per 1,000 adults a year", source="[A] no source", low=0, high=most
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Episodes:
    """Honest episodes in which look-alikes of fraud meet."""

    helper: float = _quota("a child on the phone helps a parent to pay somebody new", 1000)
    young_seller: float = _quota(
        "a buyer and a young seller are on the phone as the buyer pays", 2000
    )
    bank_call: float = _quota(
        "a bank calls, and its customer raises a limit, moves savings or pays", 1000
    )
    house: float = _quota("a house is bought or rented, with several large sums to new payees", 300)
    crowd: float = _quota("a crowd pays one young person the same sum", 300)
    equal_sums: float = _quota("the same sum goes to the same payee several times in hours", 3000)
    long_call: float = _quota("a call takes hours, in some of which somebody is paid", 10000)
    new_account: float = _quota("relatives pay a new account for the first time", 1000)
    helpdesk_order: float = _quota("a first order at a shop with a helpdesk on the line", 1000)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NameCheck:
    """The check of a payee's name against the holder of the account."""

    typo_share: float = parameter(
        "share of payees whose name is entered nearly right",
        unit="share",
        source="[A] initials, married names, typing errors",
        low=0,
        high=0.5,
    )
    mismatch_share: float = parameter(
        "share of payees who are entered under another name, such as a trading name",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )
    false_name_close_share: float = parameter(
        "share of false names of a payee, told by criminals, that resemble the holder's",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    unchecked_share: float = parameter(
        "share of accounts whose bank does not answer",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Freezing:
    """Accounts of honest holders that a bank freezes while it looks into them."""

    honest_per_1000_year: float = parameter(
        "honest accounts that a bank freezes for a while",
        unit="per 1,000 accounts a year",
        source="[A] no source",
        low=0,
        high=50,
    )
    days_median: float = parameter(
        "median length of such a freeze", unit="days", source="[A] no source", low=0.01, high=365
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FalseReports:
    """Reports of honest payments: disputes, mistakes."""

    per_true_report: float = parameter(
        "reports of honest payments to banks for every true one of the same form of fraud",
        unit="reports",
        source="[D] 8,700 civil disputes and unclear cases beside 29,643 others (police 2017)",
        low=0,
        high=20,
    )
    delay_days_median: float = parameter(
        "median delay of such a report", unit="days", source="[A] no source", low=0.01, high=365
    )
