"""The blocklist of every partner: entities with enough reports at the partner itself, in every arm.

An entity is refused while that many reports stand at the partner. A bank does not refuse an account
that many of its customers have paid already, such as a shop or the tax office, before a manual
review: one mistaken report would otherwise stop hundreds.
"""

import pandas as pd

from proeftuin.sectors import BANK, DECIDING
from proeftuin.settings.study import Interventions
from proeftuin.sharing.query import BLOCKS
from synthetic_data.reports import PAYEE
from synthetic_data.world import World

OWN = "own"
ONE = ["desk", "entity", "code"]  # what a desk refuses
ESTABLISHED_PAYERS = 30  # [A] customers of the bank who paid an account before it is listed
#: By kind of report: the entity, as the desk calls it, that is refused.
REFUSED = {PAYEE: "account", "merchant": "merchant", "seller": "seller", "customer": "customer"}


def own_blocks(world: World, interventions: Interventions) -> pd.DataFrame:
    """Return the entities that partners refuse after reports to themselves (``BLOCKS``).

    At an exchange a report names a transfer; the exchange refuses the wallet it went to, not the
    deceived customer.
    """
    partners = [
        (sector, index, name, interventions.by_sector[sector].block_after)
        for sector in DECIDING
        for index, name in enumerate(world.partners.get(sector, ()))
    ]
    desks = pd.DataFrame(partners, columns=["sector", "partner", "name", "after"])
    desk = pd.Index(desks["name"]).get_indexer(pd.Index(world.labels["partner"]))
    told = _named(world, world.labels.assign(desk=desk)[desk >= 0])
    spells = _standing(told, told["desk"].map(desks["after"]))
    found = spells.join(desks, on="desk").assign(by=OWN)
    return found[list(BLOCKS)].astype(BLOCKS).reset_index(drop=True)


def without_established(blocks: pd.DataFrame, world: World) -> pd.DataFrame:
    """Leave out blocks of accounts that enough of the bank's customers have paid before."""
    of_account = (blocks["sector"] == BANK) & (blocks["entity"] == "account")
    rows = world.tables["payments"]
    rows = rows[rows["payee"].isin(blocks.loc[of_account, "code"])]
    pair = ["payer_bank", "payee", "payer"]
    first = rows.groupby(pair)["time"].min().reset_index()
    asked = blocks[of_account].reset_index(names="block")
    paid = asked.merge(first, left_on=["partner", "code"], right_on=["payer_bank", "payee"])
    before = paid[paid["time"] < paid["since"]].groupby("block").size()
    return blocks.drop(before.index[before >= ESTABLISHED_PAYERS]).reset_index(drop=True)


def _named(world: World, labels: pd.DataFrame) -> pd.DataFrame:
    """Return which case names which entity at whom (``ONE``), with ``known_at, withdrawn_at``."""
    direct = labels[labels["kind"].isin(REFUSED)]
    direct = direct.assign(entity=direct["kind"].astype(str).map(REFUSED), code=direct["value"])
    moved = labels[labels["kind"] == "transfer"]
    if len(moved) and "transfers" in world.tables:
        rows = world.tables["transfers"]
        rows = rows[rows["transfer"].isin(moved["value"]) & (rows["wallet"] >= 0)]
        moved = moved.merge(rows[["transfer", "wallet"]], left_on="value", right_on="transfer")
        direct = pd.concat(
            [direct, moved.assign(entity="wallet", code=moved["wallet"])], ignore_index=True
        )
    by_case = direct.groupby([*ONE, "case"], sort=True)
    return by_case.agg({"known_at": "min", "withdrawn_at": "max"}).reset_index()


def _standing(told: pd.DataFrame, after: "pd.Series[int]") -> pd.DataFrame:
    """Return the spells, ``since`` to ``until``, in which enough reports stand; 0 is never."""
    told = told.assign(after=after)[after > 0]
    steps = pd.concat(
        [
            told[[*ONE, "after"]].assign(moment=told[moment].to_numpy(), step=step)
            for moment, step in (("known_at", 1), ("withdrawn_at", -1))
        ]
    ).groupby([*ONE, "after", "moment"])["step"].sum().reset_index()  # fmt: skip
    enough = steps.groupby(ONE)["step"].cumsum() >= steps["after"]
    before = enough.groupby([steps[key] for key in ONE]).shift(1, fill_value=False)
    since, until = steps[enough & ~before], steps[~enough & before]
    return since[ONE].assign(since=since["moment"].to_numpy(), until=until["moment"].to_numpy())
