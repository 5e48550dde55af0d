"""The features of an answer to an offer, as a marketplace can compute them when it is sent.

Reports name the seller, not the conversation: what buyers wrote to a reported seller in the two
weeks before the report counts as reported. Earlier contacts, and later ones, are as often with the
owner of an account that criminals had taken over for a while.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups, Past, first_of_pair
from proeftuin.features.columns import (
    CLOCK,
    MONTH,
    WEEK,
    Sharing,
    clock,
    log_days_since,
    log_hours,
    opened_days,
    register_column,
    reported_by,
    same_in_register,
)
from proeftuin.features.table import (
    DAY,
    Bounds,
    FeatureTable,
    cents,
    ints,
    matrix,
    reports_about_entity,
)
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Floats, Ints
from synthetic_data.reports import CALLER, PAYEE

BEFORE_REPORT = 14 * DAY  # [A]
BOUNDS: Bounds = {
    "log_seller_age_days": (0, 8),
    "log_buyer_age_days": (0, 8),
    "log_buyer_contacts": (0, 6),
    "log_buyer_contacts_24h": (0, 3),
    "first_contact": (0, 1),
    "log_seller_contacts": (0, 9),
    "log_seller_contacts_24h": (0, 6),
    "log_seller_buyers_7d": (0, 7),
    "log_hours_since_previous": (0, 8),
    "log_seller_first_contact_days": (0, 5),
    "log_seller_bought": (0, 5),
    "account_given": (0, 1),
    "account_new_to_seller": (0, 1),
    "log_account_other_sellers": (0, 3),
    "log_seller_gave_7d": (0, 5),
    "log_seller_accounts": (0, 3),
    "log_listings": (0, 8),
    "log_listings_7d": (0, 6),
    "listings_7d_share": (0, 1),
    "log_hours_since_listing": (0, 8),
    "log_price": (0, 12),
    "log_price_to_usual": (-6, 6),
    "log_listings_device": (0, 8),
    "log_device_other_sellers": (0, 3),
    "log_network_sellers_28d": (0, 4),
    "log_phone_accounts": (0, 3),
    "seller_reported": (0, 3),
    "account_reported": (0, 3),
    "device_reported": (0, 3),
    "network_reported": (0, 3),
    "phone_reported": (0, 3),
    **CLOCK,
}


def marketplace_features(view: DeskView) -> FeatureTable:
    """Compute the features of every contact, in the view's order of rows."""
    rows, register = view.tables["contacts"], view.tables["users"]
    seller, buyer, account = (ints(rows[c]) for c in ("seller", "buyer", "account"))
    time = ints(rows["time"])
    asked, by_account = Lookups(seller, time), Lookups(account, time)
    offers = _Offers(view, asked)
    by_device, by_network = Lookups(offers.device, time), Lookups(offers.network, time)
    phone = register_column(seller, register, "user", "phone")
    by_phone = Lookups(phone, time)
    opened = opened_days(seller, register, "user")
    columns = {
        "log_seller_age_days": log_days_since(opened, time),
        "log_buyer_age_days": log_days_since(opened_days(buyer, register, "user"), time),
        **_contact_columns(seller, buyer, time, asked),
        **_account_columns(seller, account, time, asked, by_account),
        **offers.columns(by_device, by_network),
        "log_phone_accounts": np.log1p(same_in_register(register, "phone", by_phone)),
        "seller_reported": reported_by(view.labels, ("seller",), asked),
        "account_reported": reported_by(view.labels, (PAYEE,), by_account)
        + _reported_through(view.labels, seller, account, time, by_account),
        "device_reported": _reported_through(
            view.labels, offers.seller, offers.devices, offers.time, by_device
        ),
        "network_reported": _reported_through(
            view.labels, offers.seller, offers.networks, offers.time, by_network
        ),
        "phone_reported": reported_by(view.labels, (CALLER,), by_phone)
        + reported_by(view.labels, ("seller",), by_phone, register.set_index("user")["phone"]),
        **clock(time),
    }
    return FeatureTable(
        sector="marketplace",
        **matrix(columns, BOUNDS, len(rows)),
        event=ints(rows["contact"]),
        time=time,
        entities={
            "seller": seller,
            "buyer": buyer,
            "account": account,
            "device": offers.device,
            "network": offers.network,
            "phone": phone,
        },
        amount_eur=offers.price,
        age=np.full(len(rows), -1),
        partner=ints(rows["place"]),
        reports=reports_about_entity(view.labels, "seller", seller, time, BEFORE_REPORT),
    )


class _Offers:
    """The offers, and the seller's latest one at each contact.

    Attributes:
        seller, devices, networks, time: (offers,) seller, device, network and moment of the offer.
        device, network: (rows,) of the seller's latest offer, -1 if there was none.
        price: (rows,) its asking price in EUR, 0 if there was none.
    """

    def __init__(self, view: DeskView, asked: Lookups) -> None:
        listings = view.tables["listings"]
        self.seller, self.devices, self.networks, self.time = (
            ints(listings[c]) for c in ("seller", "device", "network", "time")
        )
        self._past = History(self.seller, self.time, cents(listings["price_eur"])).before(asked)
        last = self._past.last()
        known = last >= 0
        self.device, self.network = np.full(len(last), -1), np.full(len(last), -1)
        self.price = np.zeros(len(last))
        self.device[known] = self.devices[last[known]]
        self.network[known] = self.networks[last[known]]
        self.price[known] = listings["price_eur"].to_numpy()[last[known]]
        self._asked = asked

    def columns(self, by_device: Lookups, by_network: Lookups) -> dict[str, Floats]:
        """Return columns on the seller's offers and where they came from."""
        past, count = self._past, self._past.count()
        usual = (past.total() / 100 - self.price) / np.maximum(count - 1, 1)
        sellers = self._sellers(self.devices, by_device).count()
        on_network = self._sellers(self.networks, by_network)
        on_device = History(self.devices, self.time).before(by_device).count()
        return {
            "log_listings": np.log1p(count),
            "log_listings_7d": np.log1p(past.count(WEEK)),
            "listings_7d_share": past.count(WEEK) / np.maximum(count, 1),
            "log_hours_since_listing": log_hours(past.since_last()),
            "log_price": np.log1p(self.price),
            "log_price_to_usual": np.where(
                count > 1, np.log1p(self.price) - np.log1p(np.maximum(usual, 0)), 0.0
            ),
            "log_listings_device": np.log1p(on_device),
            "log_device_other_sellers": np.log1p(np.maximum(sellers - 1, 0)),
            "log_network_sellers_28d": np.log1p(on_network.count(MONTH)),
        }

    def _sellers(self, thing: Ints, asked: Lookups) -> Past:
        """The past of a device or network, each seller counted when first seen on it."""
        first = first_of_pair(self.seller, thing)
        return History(thing[first], self.time[first]).before(asked)


def _contact_columns(seller: Ints, buyer: Ints, time: Ints, asked: Lookups) -> dict[str, Floats]:
    """Return columns on earlier contacts between buyer and seller."""
    contacts = History(seller, time).before(asked)
    first = first_of_pair(seller, buyer)
    buyers = History(seller[first], time[first]).before(asked)
    bought = History(buyer, time)
    by_buyer = bought.before(Lookups(buyer, time))
    return {
        "log_buyer_contacts": np.log1p(by_buyer.count()),
        "log_buyer_contacts_24h": np.log1p(by_buyer.count(DAY)),
        "first_contact": first.astype(np.float64),
        "log_seller_contacts": np.log1p(contacts.count()),
        "log_seller_contacts_24h": np.log1p(contacts.count(DAY)),
        "log_seller_buyers_7d": np.log1p(buyers.count(WEEK)),
        "log_hours_since_previous": log_hours(contacts.since_last()),
        "log_seller_first_contact_days": np.nan_to_num(np.log1p(contacts.since_first() / DAY)),
        "log_seller_bought": np.log1p(bought.before(asked).count()),
    }


def _account_columns(
    seller: Ints, account: Ints, time: Ints, asked: Lookups, by_account: Lookups
) -> dict[str, Floats]:
    """The account number that the seller gave in the conversation."""
    given = account >= 0
    sharing = Sharing(account, seller, time)
    new = sharing.new > 0
    return {
        "account_given": given.astype(np.float64),
        "account_new_to_seller": sharing.new,
        "log_account_other_sellers": np.log1p(sharing.others(by_account)),
        "log_seller_gave_7d": np.log1p(
            History(seller[given], time[given]).before(asked).count(WEEK)
        ),
        "log_seller_accounts": np.log1p(History(seller[new], time[new]).before(asked).count()),
    }


def _reported_through(
    labels: pd.DataFrame, seller: Ints, thing: Ints, time: Ints, asked: Lookups
) -> Floats:
    """Count reports about sellers who used a thing: each counts once both are known.

    Args:
        labels: label events.
        seller: (uses,) sellers who used a thing, in order of time.
        thing: (uses,) codes of the things, -1 if none.
        time: (uses,) seconds.
        asked: thing and time.
    """
    used = thing >= 0
    uses = pd.DataFrame({"seller": seller[used], "thing": thing[used], "time": time[used]})
    uses = uses.drop_duplicates(["seller", "thing"])
    about = labels[labels["kind"] == "seller"].merge(uses, left_on="value", right_on="seller")
    known = about.assign(
        value=about["thing"], known_at=np.maximum(about["known_at"], about["time"])
    )
    return reported_by(known[known["known_at"] < known["withdrawn_at"]], ("seller",), asked)
