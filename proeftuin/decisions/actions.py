"""Actions of partners on rows of the test period: alerts, and refusals of blocked entities.

They are all that an arm changes; world and truth are the same in every arm.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from proeftuin.decisions.budget import Stream
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.query import Desk
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.world import World

BY_ALERT, BY_BLOCK, BY_RULE = "alert", "block", "rule"
#: An action at a row: ``sector`` and ``event`` of the row, its ``time``, ``acting`` (name of the
#: partner that acts, for a payment also the payee's bank), ``how``.
ACTIONS = {"sector": "str", "event": "int64", "time": "int64", "acting": "str", "how": "str"}


@dataclass(frozen=True, eq=False)
class ScoredDesk:
    """A partner's test rows with the arm's scores and alerts.

    Attributes:
        desk: the desk.
        event, time, amount_eur: (rows,) reference, seconds, amount.
        entities: (rows,) codes of the entities in the rows, by kind, as in the desk's features.
        age: (rows,) age of the customer, -1 if unknown.
        score: (rows,) higher is more suspicious.
        probability: (rows,) that a row is reported as fraud; NaN where rules give the score.
        alerted: (rows,) whether the partner acts on the row.
        customer_ages: (customers,) ages of all customers, if known to the desk.
        stream: how rare each row's score was, for alerts at another budget.
    """

    desk: Desk
    event: Ints
    time: Ints
    amount_eur: Floats
    entities: dict[str, Ints]
    age: Ints
    score: Floats
    probability: Floats
    alerted: Bools
    customer_ages: Ints
    stream: Stream

    @property
    def customer(self) -> Ints:
        """(rows,) code of the customer behind the row, -1 if unknown to the desk."""
        nobody = np.full(len(self.event), -1)
        return self.entities.get(DECIDING[self.desk.sector].customer, nobody)


@dataclass(frozen=True, eq=False)
class Decisions:
    """The decisions of all partners in one world under one arm.

    Attributes:
        scored: the test rows of every desk, with scores and alerts.
        blocks: entities that partners refuse (``sharing.query.BLOCKS``).
        held: payments that banks hold or refuse by a rule (``decisions.holds.HELD``).
    """

    scored: list[ScoredDesk]
    blocks: pd.DataFrame
    held: pd.DataFrame


def actions_of(scored: list[ScoredDesk], blocks: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return all actions on rows of the test period (see ``ACTIONS``), in order of time.

    A block of an account holds at the bank that pays and, if the account is its own, at the bank
    that receives; no refusal precedes the block.
    """
    found: list[tuple[ScoredDesk, Ints, Any, str]] = []  # row numbers, actor, action
    receiving = _of_own_accounts(blocks, world)
    for each in scored:
        found.append((each, np.flatnonzero(each.alerted), each.desk.name, BY_ALERT))
        here = blocks[
            (blocks["sector"] == each.desk.sector) & (blocks["partner"] == each.desk.index)
        ]
        row, _ = refused(each, here)
        found.append((each, np.unique(row), each.desk.name, BY_BLOCK))
        if DECIDING[each.desk.sector].holds_accounts:
            row, block = refused(each, receiving[receiving["partner"] != each.desk.index])
            names = np.array(world.partners[each.desk.sector])
            found.append((each, row, names[block["partner"].to_numpy()], BY_BLOCK))
    lengths = [len(row) for _, row, *_ in found]
    every = pd.DataFrame(
        {
            "sector": np.repeat([each.desk.sector for each, *_ in found], lengths),
            "event": np.concatenate([each.event[row] for each, row, *_ in found]),
            "time": np.concatenate([each.time[row] for each, row, *_ in found]),
            "acting": np.concatenate([np.broadcast_to(who, len(row)) for _, row, who, _ in found]),
            "how": np.repeat([how for *_, how in found], lengths),
        }
    )
    return every.sort_values("time", kind="stable", ignore_index=True)


def refused(desk: ScoredDesk, blocks: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return the rows that name a blocked entity while it is blocked, each with its block."""
    rows, held = [np.zeros(0, dtype=np.int64)], [blocks[:0]]
    for entity, some in blocks.groupby("entity", sort=False):
        code = desk.entities.get(str(entity))
        if code is None:
            continue
        row = np.flatnonzero(np.isin(code, some["code"].to_numpy()))
        if not len(row):
            continue
        pairs = pd.DataFrame({"row": row, "code": code[row], "time": desk.time[row]}).merge(
            some, on="code"
        )
        pairs = pairs[(pairs["since"] <= pairs["time"]) & (pairs["time"] < pairs["until"])]
        rows.append(pairs["row"].to_numpy())
        held.append(pairs[list(blocks.columns)])
    return np.concatenate(rows), pd.concat(held, ignore_index=True)


def _of_own_accounts(blocks: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return banks' blocks of accounts that they hold themselves."""
    accounts = blocks[(blocks["sector"] == BANK) & (blocks["entity"] == "account")]
    register = world.tables["accounts"]
    register = register[register["account"].isin(accounts["code"])]
    bank = register.set_index("account")["bank"].reindex(accounts["code"])
    own: Bools = bank.to_numpy() == accounts["partner"].to_numpy()
    return accounts.loc[own]
