"""A world small enough to count on one's fingers, and what partners do in it.

Day 0 is history, the test period is day 1 up to and including 10. Bank_a and bank_b, one shop, one
payment provider, one marketplace, one exchange. Amounts are round and entities have short codes.
"""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from proeftuin.decisions.actions import ScoredDesk
from proeftuin.decisions.holds import no_holds
from proeftuin.outcomes.measuring import measure
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Interventions
from proeftuin.sharing.query import BLOCKS, ROWS, Desk
from scenarios.base import Phase
from synthetic_data.clock import DAY
from synthetic_data.reports import NEVER
from synthetic_data.schema import LABELS, TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World

PARTNERS = {
    "bank": ("bank_a", "bank_b"), "webshop": ("shop",), "psp": ("psp",),
    "marketplace": ("place",), "exchange": ("exchange",), "police": ("police",),
}  # fmt: skip
DAYS, TEST_DAY = 11, 1
DESKS = (
    Desk("bank", 0, "bank_a"), Desk("bank", 1, "bank_b"), Desk("webshop", 0, "shop"),
    Desk("psp", 0, "psp"), Desk("marketplace", 0, "place"), Desk("exchange", 0, "exchange"),
)  # fmt: skip
#: Which column of a row is which entity, as the features of each sector name them.
ENTITIES = {
    "bank": {"payer": "payer", "account": "payee", "device": "device"},
    "webshop": {"customer": "customer", "device": "device", "address": "address"},
    "psp": {"payer": "account", "merchant": "merchant", "device": "device"},
    "marketplace": {"seller": "seller", "buyer": "buyer", "account": "account"},
    "exchange": {"trader": "trader", "wallet": "wallet"},
}
Row = dict[str, Any]


def interventions(**success: float) -> Interventions:
    """The usual ones, always working unless said otherwise."""
    usual = settings_for([]).intervention
    changed = {
        sector: dataclasses.replace(getattr(usual, sector), success=success.get(sector, 1.0))
        for sector in ROWS
    }
    return dataclasses.replace(usual, **changed)


def make_world(rows: dict[str, list[Row]], labels: list[Row] | None = None) -> World:
    """Fill the tables of the schema; what a row does not say is 0."""
    tables = {}
    for name, table in TABLES.items():
        given = pd.DataFrame(rows.get(name, []), columns=[*table.columns])
        tables[name] = given.fillna(0).astype({c: v.dtype for c, v in table.columns.items()})
    given = [{"form": "", "withdrawn_at": NEVER, **label} for label in labels or []]
    told = pd.DataFrame(given, columns=[*LABELS]).astype({c: v.dtype for c, v in LABELS.items()})
    return World(partners=PARTNERS, days=DAYS, tables=tables, labels=told)


def make_truth(
    world: World, cases: list[Row], fraud: dict[tuple[str, int], tuple[int, Phase]]
) -> Truth:
    """Say which rows were fraud: ``(table, event): (case, phase)``."""
    forms = {case["case"]: case["form"] for case in cases}
    events = pd.DataFrame(
        [
            (table, event, case, forms.get(case, ""), int(phase))
            for (table, event), (case, phase) in fraud.items()
        ],
        columns=["table", "event", "case", "form", "phase"],
    )
    found = []
    for table, event, _, _, _ in events.itertuples(index=False):
        row = world.tables[table].set_index(TABLES[table].event).loc[event]
        found.append((row["time"], row.get("amount_eur", 0.0)))
    events[["time", "amount_eur"]] = np.array(found, dtype=float).reshape(-1, 2)
    events["time"] = events["time"].astype(int)
    paid = events[events["table"] == "payments"].rename(columns={"event": "payment"})
    bank = world.tables["payments"].set_index("payment")["payer_bank"].reindex(paid["payment"])
    usual = {"contact_time": 0, "real_weight": 1.0, "age": 40, "bank": 0, "succeeded": True}
    return Truth(
        events=events,
        calls=pd.DataFrame({"number": pd.Series(dtype="int64")}),
        payments=paid.assign(bank=bank.to_numpy()),
        cases=pd.DataFrame([usual | case for case in cases]),
        links=pd.DataFrame({"entity": [], "code": [], "person": []}).astype(
            {"code": "int64", "person": "int64"}
        ),
        persons=1_000,
        days=DAYS,
    )


def scored(
    world: World,
    alerts: set[tuple[str, int]] = frozenset(),  # type: ignore[assignment]
    scores: dict[int, float] | None = None,
) -> list[ScoredDesk]:
    """Every desk's test rows; ``alerts`` are (table, event)."""
    ages = world.tables["accounts"].set_index("account")["age"]
    found = []
    for desk in DESKS:
        name = ROWS[desk.sector]
        table, schema = world.tables[name], TABLES[name]
        mine = table[(table[schema.holders[0]] == desk.index) & (table["time"] >= TEST_DAY * DAY)]
        event = mine[schema.event].to_numpy()
        bank = desk.sector == "bank"
        own = world.tables["accounts"]["bank"] == desk.index
        found.append(
            ScoredDesk(
                desk=desk,
                event=event,
                time=mine["time"].to_numpy(),
                amount_eur=mine.get("amount_eur", pd.Series(0.0, mine.index)).to_numpy(),
                entities={k: mine[c].to_numpy() for k, c in ENTITIES[desk.sector].items()},
                age=ages.reindex(mine["payer"]).fillna(-1).astype(int).to_numpy()
                if bank
                else np.full(len(mine), -1),
                score=np.array([(scores or {}).get(each, 0.0) for each in event]),
                probability=np.array([(scores or {}).get(each, 0.0) for each in event]),
                alerted=np.array([(name, each) in alerts for each in event], dtype=bool),
                customer_ages=world.tables["accounts"].loc[own, "age"].to_numpy()
                if bank
                else np.zeros(0, dtype=np.int64),
            )
        )
    return found


def blocks(*rows: tuple[str, int, str, int, int, int]) -> pd.DataFrame:
    """Blocks by an instrument: ``sector, partner, entity, code, since, until``."""
    columns = [name for name in BLOCKS if name != "by"]
    return pd.DataFrame(rows, columns=columns).assign(by="list").astype(BLOCKS)


def outcome(
    world: World,
    truth: Truth,
    alerts: set[tuple[str, int]] = frozenset(),  # type: ignore[assignment]
    refused: pd.DataFrame | None = None,
    actions: Interventions | None = None,
    scores: dict[int, float] | None = None,
    seed: int = 1,
    held: pd.DataFrame | None = None,
) -> pd.Series:
    """Values by (partner, fraud form, metric)."""
    rows = measure(
        scored(world, alerts, scores),
        blocks() if refused is None else refused,
        no_holds() if held is None else held,
        world,
        truth,
        interventions=actions or interventions(),
        test_day=TEST_DAY,
        seeds=Seeds(seed),
    )
    assert not rows.duplicated(["partner", "fraud_form", "metric"]).any()
    return rows.set_index(["partner", "fraud_form", "metric"])["value"].sort_index()
