"""Which accounts, shops, sellers, devices and wallets had a part in fraud; all others are innocent.

The owner of an account, shop or seller account that criminals used counts as involved, knowingly or
not.
"""

import numpy as np
import pandas as pd

from scenarios.base import Phase
from synthetic_data.arrays import Ints
from synthetic_data.world import Truth, World

#: By kind of entity: the tables and columns that name it in a row of a case, and in a row that
#: criminals cause apart from any case (a mule's payment is made by the mule).
IN_CASES = {
    "account": (("payments", "payee"), ("contacts", "account")),
    "merchant": (("checkouts", "merchant"),),
    "seller": (("contacts", "seller"),),
    "customer": (("orders", "customer"),),
    "address": (("orders", "address"),),
    "device": (("orders", "device"),),
    "wallet": (("transfers", "wallet"),),
}
APART = {
    "account": (("payments", "payer"),),
    "merchant": (("checkouts", "merchant"),),
    "seller": (("listings", "seller"),),
    "device": (("listings", "device"), ("payments", "device")),
    "trader": (("transfers", "trader"),),
    "wallet": (("transfers", "wallet"),),
}
EVENT = {
    "payments": "payment", "orders": "order", "checkouts": "checkout", "contacts": "contact",
    "transfers": "transfer", "listings": "listing",
}  # fmt: skip


def involved(world: World, truth: Truth) -> dict[str, Ints]:
    """Return the codes with a part in fraud, by kind of entity."""
    rows = {
        table: world.tables[table][world.tables[table][event].isin(of_table["event"])].merge(
            of_table[["event", "case", "phase"]], left_on=event, right_on="event"
        )
        for table, event in EVENT.items()
        if table in world.tables
        for of_table in [truth.events[truth.events["table"] == table]]
    }
    found: dict[str, list[Ints]] = {"phone": [truth.calls["number"].to_numpy(np.int64)]}
    for sources, in_case in ((IN_CASES, True), (APART, False)):
        for entity, columns in sources.items():
            for table, column in columns:
                if table not in rows:
                    continue
                some = rows[table][(rows[table]["case"] >= 0) == in_case]
                if table in ("payments", "transfers") and not in_case:
                    some = some[some["phase"] == Phase.SPENDING]
                found.setdefault(entity, []).append(some[column].to_numpy(np.int64))
    if "checkouts" in rows:
        shops = world.tables["merchants"]
        paid_out = shops.loc[
            shops["merchant"].isin(rows["checkouts"]["merchant"]), "payout_account"
        ]
        found["account"].append(paid_out.to_numpy(np.int64))
    if "payments" in rows:
        found["device"].append(_not_their_own(world, rows["payments"]))
    return {entity: np.unique(np.concatenate(codes)) for entity, codes in found.items()}


def _not_their_own(world: World, rows: pd.DataFrame) -> Ints:
    """Return the devices of victims' payments that these payers use for nothing else."""
    paid = rows[rows["case"] >= 0][["payer", "device"]].drop_duplicates()
    payments = world.tables["payments"]
    usual = payments[payments["payer"].isin(paid["payer"])]
    usual = usual[~usual["payment"].isin(rows["payment"])][["payer", "device"]].drop_duplicates()
    both = paid.merge(usual, on=["payer", "device"], how="left", indicator=True)
    return both.loc[both["_merge"] == "left_only", "device"].to_numpy(np.int64)
