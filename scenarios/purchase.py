"""Purchase fraud: the victim pays for goods that never come, at a fake shop or to a fake seller."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from scenarios.base import (
    AT_ONCE,
    DEAL_ROUNDING,
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

SHOP, SELLER = "fake_shop", "fake_seller"
SPREAD = 1.0  # [A] log-normal sigma of every wait


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Contact:
    """How the victim comes across the offer."""

    fake_shop_share: float = parameter(
        "share of campaigns with a fake web shop; the others offer on marketplaces",
        unit="share",
        source="[S] 16,000 of more than 40,000 reports (police 2023)",
        low=0,
        high=1,
    )
    advert_share: float = parameter(
        "share of fake-shop victims who came by an advert on a social platform",
        unit="share",
        source="[A] no source",
        low=0,
        high=1,
    )
    victims_per_offer: float = parameter(
        "victims who answer the same offer on a marketplace",
        unit="victims",
        source="[A] no source",
        low=1,
        high=50,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Persuasion:
    """How long the victim hesitates."""

    shop_hours_median: float = parameter(
        "median time from the advert to the purchase at a fake shop",
        unit="hours",
        source="[A] no source",
        low=0.05,
        high=240,
    )
    seller_hours_median: float = parameter(
        "median time from the first message to a fake seller to the payment",
        unit="hours",
        source="[A] no source",
        low=0.05,
        high=240,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Transfer:
    """The payment."""

    amount_median_eur: float = parameter(
        "median amount paid",
        unit="EUR",
        source="[S] half below EUR 50 (CBS 2021) or 60 (CBS 2023)",
        low=5,
        high=2_000,
    )
    amount_sigma: float = parameter(
        "spread of the amounts (log-normal sigma)",
        unit="log",
        source="[D] median EUR 50-60 (CBS 2021, CBS 2023), mean about EUR 200 (police 2017; "
        "CBS 2021: EUR 238 million): 1.6",
        low=0.1,
        high=3,
    )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Purchase(FraudForm):
    """Purchase fraud: an offer, hesitation, one payment."""

    BY_BUYING: ClassVar[bool] = True
    #: [A] the police see a peak around Black Friday and in December; its height is not known
    SEASON: ClassVar[tuple[float, ...]] = (
        1.1, 0.95, 0.95, 0.95, 0.95, 0.9, 0.85, 0.8, 0.8, 0.85, 1.4, 1.5,
    )  # fmt: skip
    SOURCES: ClassVar[dict[str, str]] = {
        "orientation.victims_per_1000_year": "[S] 7.2 % in a year (CBS 2024)",
        "orientation.share_under_35": "[D] 6.4, 7.4, 8.2 and 4.8 % of those aged 15-25, 25-45, "
        "45-65 and 65+ (CBS 2021), over rounded shares of the population",
        "orientation.share_70_plus": "[D] as share_under_35 (CBS 2021)",
        "reporting.bank_share": "[S] 11.9 % (CBS 2025, lowest income fifth)",
        "reporting.police_share": "[S] 18.5 % (CBS 2025, lowest income fifth); about 20 % "
        "(tweakers 228974)",
        "reporting.platform_share": "[D] platform 13.2 % and seller or shop 19.8 % (CBS 2025, "
        "lowest income fifth)",
        "reporting.helpdesk_share": "[S] 6.1 % (CBS 2025, lowest income fifth)",
        "reporting.delay_days_median": "[A] 7-30 days: goods have to fail to come first",
        "reporting.withdrawn_share": "[S] more than 5,400 of 38,343 reports (police 2017)",
    }

    name: Literal["purchase"]
    contact: Contact
    persuasion: Persuasion
    transfer: Transfer

    def variants(self) -> dict[str, float]:
        """Return the share of campaigns with a fake shop and with a fake seller."""
        share = self.contact.fake_shop_share
        return {SHOP: share, SELLER: 1 - share}

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of both variants, from the offer to the payment."""
        median, sigma = self.transfer.amount_median_eur, self.transfer.amount_sigma
        price = Money(median_eur=median, sigma=sigma, rounding=SHOP_ROUNDING)
        deal = Money(median_eur=median, sigma=sigma, rounding=DEAL_ROUNDING)
        return (
            Step(
                phase=Phase.CONTACT,
                event=Event.ADVERT,
                variant=SHOP,
                share=self.contact.advert_share,
                wait=AT_ONCE,
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.CHECKOUT,
                variant=SHOP,
                wait=Wait(
                    median_s=self.persuasion.shop_hours_median * HOUR_S,
                    sigma=SPREAD,
                ),
                money=price,
            ),
            Step(  # the other cases answer an existing offer
                phase=Phase.PREPARATION,
                event=Event.LISTING,
                variant=SELLER,
                share=1 / self.contact.victims_per_offer,
                wait=AT_ONCE,
            ),
            Step(
                phase=Phase.CONTACT,
                event=Event.CONTACT,
                variant=SELLER,
                wait=Wait(median_s=12 * HOUR_S, sigma=SPREAD),  # [A]
            ),
            Step(
                phase=Phase.TRANSFER,
                event=Event.PAYMENT,
                variant=SELLER,
                wait=Wait(
                    median_s=self.persuasion.seller_hours_median * HOUR_S,
                    sigma=SPREAD,
                ),
                money=deal,
            ),
        )


FORM = Purchase
