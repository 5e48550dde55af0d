"""The settings of a world: how many people, which market, what ordinary life looks like."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from scenarios.base import STRICT, figure


def _shares_sum_to_one(shares: dict[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        raise ValueError(f"the shares add up to {total:.4g}, they must add up to 1")
    return shares


Shares = Annotated[
    dict[str, Annotated[float, Field(gt=0, le=1)]],
    Field(min_length=1, max_length=50),
    AfterValidator(_shares_sum_to_one),
]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Population:
    """Who lives in the world and where they are customers."""

    persons: Annotated[int, Field(ge=500, le=2_000_000)]
    bank_shares: Shares
    operator_shares: Shares
    second_bank_share: float = figure(
        "share of persons with an account at a second bank",
        unit="share",
        source="[S] 70 % had one account (ACM 2013)",
        low=0,
        high=1,
    )
    fresh_account_share: float = figure(
        "share of accounts opened during the simulated period, for honest reasons",
        unit="share",
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


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Payments:
    """Ordinary transfers."""

    per_person_day: float = figure(
        "transfers per person per day (card payments at a till are left out)",
        unit="per day",
        source="[D] about 75 iDEAL payments a year (0.2 a day) plus bills and own transfers",
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
    stranger_call_share: float = figure(
        "share of payments to a private seller made while on the phone with an unknown number",
        unit="share",
        source="[A] no source",
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


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WorldSettings:
    """Everything about a world except the fraud in it."""

    name: str
    about: str
    days: Annotated[int, Field(ge=28, le=1100)]
    population: Population
    payments: Payments
    calls: Calls
