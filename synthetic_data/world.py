"""A world: what happened, who saw which part of it, and (apart) the truth about fraud.

``generate`` is a pure function of settings, scenario and seeds. The rows of the world carry account
numbers, phone numbers, device fingerprints and payment references: random codes without meaning,
drawn last. Nothing in :class:`World` says what was fraud except the reports of victims.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.bank_helpdesk import BankHelpdesk
from scenarios.base import Phase
from synthetic_data.background.bank import ordinary_payments
from synthetic_data.background.telecom import ordinary_calls
from synthetic_data.journeys import Journeys, run_journeys
from synthetic_data.ledger import ActionIntents, joined, write_calls, write_payments
from synthetic_data.population import DAY, Ints, Population, populate
from synthetic_data.reports import victim_reports
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

POLICE = "police"


@dataclass(frozen=True)
class World:
    """Everything that happened, as the parties together could know it; schemas in ``schema.py``.

    Attributes:
        banks, operators: partner names by index.
        days: length of the horizon.
        payments: transfers in order of time.
        accounts: holder's age and phone, bank and day of opening of every account.
        actions: raised limits and moved savings.
        calls: call records by subscriber and start.
        subscribers: phone and operator of every person.
        labels: reports as label events, in order of arrival.
    """

    banks: tuple[str, ...]
    operators: tuple[str, ...]
    days: int
    payments: pd.DataFrame
    accounts: pd.DataFrame
    actions: pd.DataFrame
    calls: pd.DataFrame
    subscribers: pd.DataFrame
    labels: pd.DataFrame


@dataclass(frozen=True)
class Truth:
    """What only the outcomes may know.

    Attributes:
        payments: payments of journeys: ``payment, case, phase, bank, time, amount_eur``; the
            transfers of victims and, with case -1, the spending by mules.
        cases: all targets: ``case, age, bank, group, campaign, succeeded, contact_time``.
        persons: number of adults; the base of every rate.
        days: length of the world.
        real_victims_per_1000_year: the rate at which outcomes are restated.
    """

    payments: pd.DataFrame
    cases: pd.DataFrame
    persons: int
    days: int
    real_victims_per_1000_year: float


def generate(world: WorldSettings, scenario: BankHelpdesk, seeds: Seeds) -> tuple[World, Truth]:
    """Generate a world and the truth about it."""
    population = populate(world, seeds)
    journeys = run_journeys(world, scenario, population, seeds)
    payments, calls, actions = _ledgers(world, population, journeys, seeds)
    codes = _Codes(population, journeys.cases, len(payments), seeds)
    bank = population.account_bank
    payments = payments.assign(
        payment=codes.payment,
        payer=codes.account[payments["payer"]],
        payee=codes.account[payments["payee"]],
        payer_bank=bank[payments["payer"]].astype(np.int8),
        payee_bank=bank[payments["payee"]].astype(np.int8),
        device=codes.device[payments["device"]],
    )
    phone = codes.phone.astype(np.int32)
    calls = calls.assign(subscriber=phone[calls["subscriber"]], number=phone[calls["number"]])
    staged = payments[payments["phase"] > 0].rename(columns={"payer_bank": "bank"})
    fraud = staged[staged["phase"] == Phase.TRANSFER]
    cases = journeys.cases
    callers = pd.DataFrame(
        {
            "case": cases["case"],
            "caller": np.where(cases["spoofed"], -1, codes.phone[cases["number"]]),
        }
    )
    banks = tuple(world.population.bank_shares)
    labels = victim_reports(scenario, callers, fraud, list(banks), seeds)
    labels["case"] = codes.case[labels["case"]]
    visible = ["time", "payment", "payer", "payee", "payer_bank", "payee_bank"]
    return World(
        banks=banks,
        operators=tuple(world.population.operator_shares),
        days=world.days,
        payments=payments[[*visible, "amount_eur", "app", "device"]],
        accounts=_accounts(population, codes),
        actions=_actions(actions, population, codes, world.days),
        calls=calls.drop(columns="case"),
        subscribers=pd.DataFrame(
            {"phone": codes.phone[: population.persons], "operator": population.operator}
        ).sort_values("phone", ignore_index=True),
        labels=labels,
    ), Truth(
        payments=staged[["payment", "case", "phase", "bank", "time", "amount_eur"]],
        cases=cases.assign(age=population.age[cases["person"]], bank=bank[cases["account"]])[
            ["case", "age", "bank", "group", "campaign", "succeeded", "contact_time"]
        ],
        persons=population.persons,
        days=world.days,
        real_victims_per_1000_year=scenario.orientation.real_victims_per_1000_year,
    )


def _ledgers(
    world: WorldSettings, population: Population, journeys: Journeys, seeds: Seeds
) -> tuple[pd.DataFrame, pd.DataFrame, ActionIntents]:
    """Let ordinary life and the journeys happen in the same ledgers."""
    ordinary, around, actions = ordinary_payments(world, population, seeds)
    actions = joined(actions, journeys.actions)
    payments = write_payments(joined(ordinary, journeys.payments), population, world.days, seeds)
    del ordinary  # the largest intents; the calls need the room
    calls = joined(ordinary_calls(world, population, seeds), around, journeys.calls)
    return payments, write_calls(calls, world.days), actions


class _Codes:
    """Random codes for every entity and row, so that an identifier tells nothing."""

    def __init__(self, population: Population, cases: pd.DataFrame, payments: int, seeds: Seeds):
        def shuffled(kind: str, size: int) -> Ints:
            return seeds.rng("codes", kind).permutation(size).astype(np.int64)

        phones = int(max(population.next_phone, cases["number"].max() + 1))
        self.payment = shuffled("payment", payments)
        self.account = shuffled("account", len(population.account_owner))
        self.phone = shuffled("phone", phones)
        self.device = shuffled("device", population.next_device + len(cases))
        self.case = shuffled("case", len(cases))


def _accounts(population: Population, codes: _Codes) -> pd.DataFrame:
    """Account register; businesses have no holder's age and no mobile phone (both -1)."""
    owner = population.account_owner
    private = owner >= 0
    return pd.DataFrame(
        {
            "account": codes.account,
            "bank": population.account_bank.astype(np.int8),
            "age": np.where(private, population.age[owner], -1),
            "phone": np.where(private, codes.phone[np.maximum(owner, 0)], -1),
            "opened_day": population.account_opened,
        }
    ).sort_values("account", ignore_index=True)


def _actions(
    intents: ActionIntents, population: Population, codes: _Codes, days: int
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "time": intents.time,
            "account": codes.account[intents.account],
            "bank": population.account_bank[intents.account].astype(np.int8),
            "kind": intents.kind.astype(np.int8),
        }
    )
    inside = (rows["time"] >= 0) & (rows["time"] < days * DAY)
    return rows[inside].sort_values(["time", "account"], ignore_index=True)
