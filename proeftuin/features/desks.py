"""The features of every sector that decides on rows of its own."""

from collections.abc import Callable

from proeftuin.features.bank import bank_features
from proeftuin.features.exchange import exchange_features
from proeftuin.features.marketplace import marketplace_features
from proeftuin.features.psp import psp_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.views import DeskView
from proeftuin.features.webshop import webshop_features
from proeftuin.sectors import BANK

#: How the rows of a deciding sector are described, by sector.
DESCRIBE: dict[str, Callable[[DeskView], FeatureTable]] = {
    BANK: bank_features,
    "webshop": webshop_features,
    "psp": psp_features,
    "marketplace": marketplace_features,
    "exchange": exchange_features,
}
