"""The settings of a world: its population and market; ordinary life is in ``habits.py``."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from scenarios.names import Name
from scenarios.parameters import STRICT, parameter
from synthetic_data.habits import (
    Calls,
    Crypto,
    Episodes,
    FalseReports,
    Freezing,
    Marketplace,
    NameCheck,
    Payments,
    Shopping,
    Social,
)
from synthetic_data.partners import problems_with_partners
from synthetic_data.schema import SECTORS

MONTH_DAYS = 30  #: days of every month


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


def _known_sector(name: str) -> str:
    if name not in SECTORS:
        words = {"name": name, "allowed": ", ".join(SECTORS)}
        raise PydanticCustomError("unknown_sector", "{name} is none; write one of {allowed}", words)
    return name


def _list_sectors(schema: dict[str, Any]) -> None:
    schema["enum"] = list(SECTORS)


SectorName = Annotated[str, AfterValidator(_known_sector), Field(json_schema_extra=_list_sectors)]
"""Name of a sector that can hold data (``schema.SECTORS``)."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Market:
    """The partners of every sector and their shares of the customers.

    Attributes:
        bank, telecom, marketplace, psp, exchange, social: partner name to market share.
        webshop: partner shops and their shares of all online purchases; the rest is bought at
            other shops.
        absent: sectors that take no part; no partner holds their rows.
    """

    bank: Shares
    telecom: Shares
    webshop: PartialShares
    marketplace: Shares
    psp: Shares
    exchange: Shares
    social: Shares
    absent: tuple[SectorName, ...]

    @model_validator(mode="after")
    def _partners_have_names_of_their_own(self) -> Self:
        by_sector = {sector: self.partners(sector) for sector in SECTORS}
        if problems := problems_with_partners(by_sector):
            raise ValueError("; ".join(problems))
        return self

    def partners(self, sector: str) -> tuple[str, ...]:
        """Return the partner names of a sector by index; a sector without data has none."""
        return (sector,) if SECTORS[sector].alone else tuple(getattr(self, sector, ()))

    @property
    def present(self) -> tuple[str, ...]:
        """Sectors that take part."""
        return tuple(
            sector for sector in SECTORS if sector not in self.absent and self.partners(sector)
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PopulationSettings:
    """The persons of a world and what they own."""

    persons: Annotated[int, Field(ge=500, le=20_000_000)]
    persons_per_business: float = parameter(
        "adults per business with a bank account",
        unit="persons",
        source="[A] about 2 million businesses (KVK), most of them without a shop",
        low=5,
        high=200,
    )
    single_household_share: float = parameter(
        "share of adults who are the only adult of their household",
        unit="share",
        source="[A] rounded from CBS household statistics",
        low=0,
        high=1,
    )
    second_bank_share: float = parameter(
        "share of persons with an account at a second bank",
        unit="share",
        source="[D] 24 million current accounts (RTL Nieuws 2023), less some 2 million of "
        "minors, for 14.6 million adults; 70 % had one account (ACM 2013)",
        low=0,
        high=1,
    )
    fresh_account_share: float = parameter(
        "share of accounts opened per year, for honest reasons",
        unit="share a year",
        source="[A] about 45,000 switchers a year, plus young people and newcomers",
        low=0,
        high=0.5,
    )
    sellers_share: float = parameter(
        "share of persons who often receive money from strangers (second-hand sellers)",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    shared_computer_share: float = parameter(
        "share of payments and orders made on the household's computer instead of one's own phone",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    device_renewal_share: float = parameter(
        "share of persons who replace their phone in a year",
        unit="share a year",
        source="[A] a phone lasts three to four years",
        low=0,
        high=1,
    )
    network_renewals_year: float = parameter(
        "times a year that the internet connection of a household gets another address",
        unit="per year",
        source="[A] no source",
        low=0,
        high=12,
    )
    number_renewal_share: float = parameter(
        "share of persons who change their phone number in a year",
        unit="share a year",
        source="[A] no source",
        low=0,
        high=1,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Linkage:
    """Errors in the keys that link one person's rows at several partners."""

    phone_wrong_share: float = parameter(
        "share of customer registers with a mistyped or missing phone number",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )
    phone_outdated_share: float = parameter(
        "share of registers that keep the old number after a change",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    common_fingerprint_share: float = parameter(
        "share of devices whose fingerprint is that of a common configuration, shared by many",
        unit="share",
        source="[A] no source; false matches of device lists",
        low=0,
        high=0.5,
    )
    address_wrong_share: float = parameter(
        "share of customer registers with another address than the household's",
        unit="share",
        source="[A] no source",
        low=0,
        high=0.5,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WorldSettings:
    """All settings of a world except the fraud in it."""

    name: Name
    about: str
    days: Annotated[int, Field(ge=28, le=1100)]
    first_month: Annotated[int, Field(ge=1, le=12)]
    events_per_chunk: Annotated[int, Field(ge=1000, le=20_000_000)]
    population: PopulationSettings
    market: Market
    linkage: Linkage
    payments: Payments
    calls: Calls
    shopping: Shopping
    marketplace: Marketplace
    crypto: Crypto
    social: Social
    episodes: Episodes
    name_check: NameCheck
    freezing: Freezing
    false_reports: FalseReports
