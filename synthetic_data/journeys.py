"""Bank-helpdesk journeys: groups run campaigns, call people, and move money over mule accounts.

Victims, mules and phone numbers come from the ordinary population; a journey only hands intents to
the ledger. Reused mules and numbers are what makes information at one party useful to another.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.bank_helpdesk import BankHelpdesk
from scenarios.base import Phase
from synthetic_data.ledger import (
    LIMIT_RAISE,
    NOT_FRAUD,
    OWN_DEVICE,
    SAVINGS_IN,
    ActionIntents,
    CallIntents,
    PaymentIntents,
)
from synthetic_data.population import AGE_GROUPS, DAY, Floats, Ints, Population
from synthetic_data.rhythm import FRAUD_CALL_HOURS, FRAUD_CALL_WEEKDAYS, HOUR, time_of_day
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

MULE_AGES = (16, 27)  # [S] most known mules are 15-23 (jv.nh-sv.nl); adults only in this world
SCRIPT_SPREAD = 0.5  # [A] how much scripts differ between campaigns, log scale
SECOND_MULE_SHARE = 0.25  # [A] share of payments in a case that go to another mule
MAX_PAYMENTS = 6


@dataclass(frozen=True)
class Journeys:
    """What the criminals intend, and the truth about it.

    Attributes:
        payments, calls, actions: intents for the ledger.
        cases: one row per target: ``case, person, account, campaign, group, succeeded, number,
            contact_time``; attempts that fail leave a call and nothing else.
    """

    payments: PaymentIntents
    calls: CallIntents
    actions: ActionIntents
    cases: pd.DataFrame


def run_journeys(
    world: WorldSettings, scenario: BankHelpdesk, population: Population, seeds: Seeds
) -> Journeys:
    """Let every criminal group run its campaigns over the horizon of the world."""
    seeds = seeds.child("journeys", scenario.name)
    campaigns = _campaigns(world, scenario, population, seeds.rng("campaigns"))
    cases = _targets(world, scenario, population, campaigns, seeds.rng("targets"))
    cases = _numbers(scenario, population, cases, seeds.rng("numbers"))
    victims = cases[cases["succeeded"]].reset_index(drop=True)
    script = campaigns.iloc[victims["campaign"]].reset_index(drop=True)
    payments = _payments(scenario, population, victims, script, seeds)
    calls = _calls(scenario, cases, victims, payments, seeds.rng("calls"))
    actions = _actions(scenario, victims, script, payments, seeds.rng("actions"))
    spending = _cash_out(scenario, population, payments, seeds.rng("spending"))
    stacked = {
        name: np.concatenate([getattr(payments, name), getattr(spending, name)])
        for name in PaymentIntents.__dataclass_fields__
    }
    return Journeys(
        payments=PaymentIntents(**stacked),
        calls=calls,
        actions=actions,
        cases=cases,
    )


def _campaigns(
    world: WorldSettings, scenario: BankHelpdesk, population: Population, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per campaign: group, period, the bank it imitates and how its script differs."""
    settings = scenario.preparation
    mean = settings.groups * settings.campaigns_per_group_year * world.days / 365
    size = max(settings.groups, int(rng.poisson(mean)))
    length = np.maximum(2.0, rng.gamma(4, settings.campaign_days / 4, size))
    banks = len(population.bank_phone)
    share = np.bincount(population.account_bank[: population.persons], minlength=banks)
    group = np.arange(size) % settings.groups
    return pd.DataFrame(
        {
            "group": group,
            "start": rng.uniform(-length / 2, world.days - length / 4),
            "length": length,
            "bank": rng.choice(banks, size, p=share / share.sum()),
            "weight": rng.lognormal(0, 0.4, size) * length,
            "amount": rng.lognormal(0, SCRIPT_SPREAD, size),
            "limit_raise": rng.lognormal(0, SCRIPT_SPREAD, size),
            "savings": rng.lognormal(0, SCRIPT_SPREAD, size),
            "takeover": rng.lognormal(0, SCRIPT_SPREAD, size),
        }
    )


def _targets(
    world: WorldSettings,
    scenario: BankHelpdesk,
    population: Population,
    campaigns: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Whom each campaign calls and when; most calls fail."""
    settings = scenario.orientation
    mean = settings.victims_per_1000_year / 1000 * population.persons * world.days / 365
    victims = int(rng.poisson(mean))
    failed = int(rng.poisson(mean * settings.attempts_per_victim))
    size = victims + failed
    weight = campaigns["weight"].to_numpy()
    campaign = rng.choice(len(campaigns), size, p=weight / weight.sum())
    rows = campaigns.iloc[campaign]
    day = rows["start"].to_numpy() + rng.beta(1.5, 1.5, size) * rows["length"].to_numpy()
    day = np.mod(day, world.days)
    weekday = np.array(FRAUD_CALL_WEEKDAYS)[day.astype(np.int64) % 7]
    shift = rng.random(size) > weekday / max(FRAUD_CALL_WEEKDAYS)
    day = np.where(shift, np.mod(day + rng.integers(1, 4, size), world.days), day)

    between = 1 - settings.share_70_plus - settings.share_under_35
    wanted = np.array([settings.share_under_35, between / 2, between / 2, settings.share_70_plus])
    group = np.digitize(population.age, [low for low, _, _ in AGE_GROUPS[1:]])
    appeal = (wanted / np.bincount(group, minlength=len(wanted)))[group]
    person = rng.choice(population.persons, size, p=appeal / appeal.sum())
    bank = rows["bank"].to_numpy()
    focused = np.flatnonzero(rng.random(size) < scenario.preparation.bank_focus)
    for imitated in np.unique(bank[focused]):
        here = focused[bank[focused] == imitated]
        customers = np.flatnonzero(population.account_bank[: population.persons] == imitated)
        chance = appeal[customers] / appeal[customers].sum()
        person[here] = rng.choice(customers, len(here), p=chance)
    cases = pd.DataFrame(
        {
            "person": person,
            "account": person,
            "campaign": campaign,
            "group": rows["group"].to_numpy(),
            "imitated_bank": population.account_bank[person],
            "succeeded": np.arange(size) < victims,
            "contact_time": time_of_day(rng, day, FRAUD_CALL_HOURS),
        }
    ).sort_values("contact_time", ignore_index=True)
    cases.insert(0, "case", np.arange(size))
    return cases


def _numbers(
    scenario: BankHelpdesk, population: Population, cases: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """The number each target sees: the bank's own (spoofed), or a number used for a while."""
    spoofed = rng.random(len(cases)) < scenario.contact.spoofed_share
    number = np.where(
        spoofed,
        population.bank_phone[cases["imitated_bank"].to_numpy()],
        population.next_phone + _stint(cases, scenario.preparation.calls_per_number),
    )
    return cases.assign(number=number, spoofed=spoofed)


def _payments(
    scenario: BankHelpdesk,
    population: Population,
    victims: pd.DataFrame,
    script: pd.DataFrame,
    seeds: Seeds,
) -> PaymentIntents:
    """The transfers of each victim, all inside one or two hours after first contact."""
    settings, rng = scenario.transfer, seeds.rng("payments")
    count = 1 + rng.binomial(
        MAX_PAYMENTS - 1, (settings.payments_mean - 1) / (MAX_PAYMENTS - 1), len(victims)
    )
    row = np.repeat(np.arange(len(victims)), count)
    first = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else np.zeros(0, dtype=bool)
    gap = rng.lognormal(np.log(360), 0.8, len(row))
    gap[first] = rng.lognormal(np.log(1080), 0.5, int(first.sum()))
    running = np.cumsum(gap)
    since_contact = running - (running[first] - gap[first])[row] if len(row) else running
    amount = settings.amount_median_eur * script["amount"].to_numpy()[row]
    amount = amount * rng.lognormal(0, settings.amount_sigma, len(row))
    taken_over = rng.random(len(victims)) < np.minimum(
        1, scenario.persuasion.takeover_share * script["takeover"].to_numpy()
    )
    burnt = _stint(victims, scenario.preparation.victims_per_device)
    device = np.where(taken_over, population.next_device + burnt, OWN_DEVICE)[row]
    time = victims["contact_time"].to_numpy()[row] + since_contact.astype(np.int64)
    return PaymentIntents(
        time=time,
        payer=victims["account"].to_numpy()[row],
        payee=_mules(scenario, population, victims, row, seeds.rng("mules")),
        amount_eur=np.maximum(amount, 5.0),
        rounding=np.full(len(row), 0.5),
        device=device,
        case=victims["case"].to_numpy()[row],
        phase=np.full(len(row), int(Phase.TRANSFER)),
    )


def _mules(
    scenario: BankHelpdesk,
    population: Population,
    victims: pd.DataFrame,
    row: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Which mule account each payment goes to: in a campaign, one after the other."""
    settings = scenario.preparation
    stint = 2 * _stint(victims, settings.victims_per_mule)[row]
    stint = stint + (rng.random(len(row)) < SECOND_MULE_SHARE)
    mule, used_first, which = np.unique(stint, return_index=True, return_inverse=True)
    day = victims["contact_time"].to_numpy()[row[used_first]] / DAY
    holder = population.account_owner
    young = np.flatnonzero((holder >= 0) & (population.age[np.maximum(holder, 0)] <= MULE_AGES[1]))
    account = rng.choice(young, len(mule))
    opened = population.account_opened
    for index in np.flatnonzero(rng.random(len(mule)) >= settings.recruited_mule_share):
        recent = np.flatnonzero(
            (holder >= 0) & (opened >= day[index] - 60) & (opened < day[index] - 2)
        )
        if len(recent):
            account[index] = rng.choice(recent)
    early = opened[account] > day - 1
    account[early] = rng.choice(young[opened[young] < 0], int(early.sum()))
    return account[which]


def _stint(cases: pd.DataFrame, uses: float) -> Ints:
    """Number the resources of all campaigns: each serves ``uses`` cases in a row, then burns."""
    nth = cases.groupby("campaign").cumcount().to_numpy()
    stint = np.floor(nth / uses).astype(np.int64)
    key = cases["campaign"].to_numpy() * len(cases) + stint
    return np.unique(key, return_inverse=True)[1]


def _calls(
    scenario: BankHelpdesk,
    cases: pd.DataFrame,
    victims: pd.DataFrame,
    payments: PaymentIntents,
    rng: np.random.Generator,
) -> CallIntents:
    """The call behind every case; three in four victims are still on the line when they pay."""
    length = rng.lognormal(np.log(150), 1.0, len(cases))
    settings = scenario.persuasion
    succeeded = cases["succeeded"].to_numpy()
    long = rng.lognormal(
        np.log(settings.call_minutes_median * 60), settings.call_minutes_sigma, len(victims)
    )
    start = victims["contact_time"].to_numpy()
    order = np.searchsorted(victims["case"].to_numpy(), payments.case)
    first_payment = np.full(len(victims), np.iinfo(np.int64).max)
    last_payment = np.zeros(len(victims), dtype=np.int64)
    np.minimum.at(first_payment, order, payments.time)
    np.maximum.at(last_payment, order, payments.time)
    stays = rng.random(len(victims)) < scenario.transfer.in_call_share
    during = np.maximum(long, last_payment - start + rng.uniform(30, 600, len(victims)))
    before = np.minimum(long, (first_payment - start) * rng.uniform(0.3, 0.95, len(victims)))
    length[succeeded] = np.where(stays, during, before)
    visible = rng.random(len(cases)) >= scenario.contact.internet_call_share
    return CallIntents(
        time=cases["contact_time"].to_numpy()[visible],
        subscriber=cases["person"].to_numpy()[visible],
        number=cases["number"].to_numpy()[visible],
        duration_s=np.clip(length, 5, 6 * HOUR).astype(np.int64)[visible],
        incoming=np.ones(int(visible.sum()), dtype=np.int64),
        case=cases["case"].to_numpy()[visible],
    )


def _actions(
    scenario: BankHelpdesk,
    victims: pd.DataFrame,
    script: pd.DataFrame,
    payments: PaymentIntents,
    rng: np.random.Generator,
) -> ActionIntents:
    """Limits raised and savings moved between first contact and first payment."""
    settings = scenario.persuasion
    order = np.searchsorted(victims["case"].to_numpy(), payments.case)
    first_payment = np.full(len(victims), np.iinfo(np.int64).max)
    np.minimum.at(first_payment, order, payments.time)
    start = victims["contact_time"].to_numpy()
    times, accounts, kinds = [], [], []
    for kind, share, script_column in (
        (LIMIT_RAISE, settings.limit_raise_share, "limit_raise"),
        (SAVINGS_IN, settings.savings_share, "savings"),
    ):
        chance = np.minimum(1, share * script[script_column].to_numpy())
        done = np.flatnonzero(rng.random(len(victims)) < chance)
        moment = start[done] + rng.uniform(0.2, 0.95, len(done)) * (first_payment - start)[done]
        times.append(moment.astype(np.int64))
        accounts.append(victims["account"].to_numpy()[done])
        kinds.append(np.full(len(done), kind))
    return ActionIntents(
        time=np.concatenate(times), account=np.concatenate(accounts), kind=np.concatenate(kinds)
    )


def _cash_out(
    scenario: BankHelpdesk,
    population: Population,
    received: PaymentIntents,
    rng: np.random.Generator,
) -> PaymentIntents:
    """Money leaves the mule account: in one or two payments to another young account."""
    settings = scenario.spending
    row = np.flatnonzero(rng.random(len(received.time)) < settings.cash_out_share)
    row = np.repeat(row, 1 + (rng.random(len(row)) < 0.4))
    delay_h: Floats = rng.lognormal(np.log(settings.cash_out_hours_median), 1.0, len(row))
    holder = population.account_owner
    young = np.flatnonzero((holder >= 0) & (population.age[np.maximum(holder, 0)] <= MULE_AGES[1]))
    return PaymentIntents(
        time=received.time[row] + (delay_h * HOUR).astype(np.int64),
        payer=received.payee[row],
        payee=rng.choice(young, len(row)),
        amount_eur=np.maximum(received.amount_eur[row] * rng.uniform(0.4, 0.95, len(row)), 5.0),
        rounding=np.full(len(row), 0.6),
        device=np.full(len(row), OWN_DEVICE),
        case=np.full(len(row), NOT_FRAUD),
        phase=np.full(len(row), int(Phase.SPENDING)),
    )
