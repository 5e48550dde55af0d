"""The features of every sector that decides on rows of its own."""

from collections.abc import Callable

from proeftuin.features.exchange import exchange_features
from proeftuin.features.marketplace import marketplace_features
from proeftuin.features.psp import psp_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.views import DeskView
from proeftuin.features.webshop import webshop_features

#: How the rows of a sector with one holder a row are described; banks have ``bank.py``.
DESCRIBE: dict[str, Callable[[DeskView], FeatureTable]] = {
    "webshop": webshop_features,
    "psp": psp_features,
    "marketplace": marketplace_features,
    "exchange": exchange_features,
}
