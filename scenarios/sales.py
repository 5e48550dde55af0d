"""Sales fraud: criminals order at a web shop to pay later, collect the parcel and never pay."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    HOUR_S,
    SHOP_ROUNDING,
    Event,
    FraudForm,
    Money,
    Phase,
    Step,
    Wait,
)
from scenarios.parameters import STRICT, parameter

MOST_ORDERS = 5  # [A]
BETWEEN = Wait(median_s=6 * HOUR_S, sigma=1.0)  # [A]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The orders that are never paid."""

    orders_mean: float = parameter(
        "mean number of orders at one shop in a case",
        unit="orders",
        source="[A] no source",
        low=1,
        high=MOST_ORDERS,
    )
    amount_median_eur: float = parameter(
        "median amount of one order",
        unit="EUR",
        source="[A] no source",
        low=10,
        high=5_000,
    )
    amount_sigma: float = parameter(
        "spread of the amounts (log-normal sigma)",
        unit="log",
        source="[D] mean loss EUR 250 in purchase and sales fraud together (police 2023)",
        low=0.1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Sales(FraudForm):
    """Sales fraud: orders by customer accounts of criminals; the shop loses."""

    VICTIM: ClassVar[Literal["person", "shop"]] = "shop"
    SOURCES: ClassVar[dict[str, str]] = {
        "orientation.victims_per_1000_year": "[D] 1.3 % of people (CBS 2022); those are private "
        "sellers, and here the loss is a web shop's",
        "reporting.police_share": "[D] about 20 % of all online fraud (tweakers 228974)",
        "reporting.delay_days_median": "[A] the shop waits for the term of payment first",
    }

    name: Literal["sales"]
    transfer: Transfer

    def steps(self) -> tuple[Step, ...]:
        """Return the one step: orders to be paid later, delivered at a parcel point."""
        transfer = self.transfer
        return (
            Step(
                phase=Phase.TRANSFER,
                event=Event.ORDER,
                wait=AT_ONCE,
                times_mean=transfer.orders_mean,
                times_max=MOST_ORDERS,
                gap=BETWEEN,
                money=Money(
                    median_eur=transfer.amount_median_eur,
                    sigma=transfer.amount_sigma,
                    rounding=SHOP_ROUNDING,
                ),
                criminal_device=1.0,
            ),
        )


FORM = Sales
