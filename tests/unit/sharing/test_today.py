"""What Dutch banks and the police do today, counted by hand."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proeftuin.errors import SettingsError
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.notified import _opened, read_at, worked
from proeftuin.sharing.query import Answer, Desk
from synthetic_data.clock import DAY, HOUR
from synthetic_data.reports import PAYEE
from synthetic_data.rows import CLOSE_MATCH, MATCH, NO_MATCH, NOT_CHECKED
from synthetic_data.seeds import Seeds
from synthetic_data.world import World
from tests.fixtures.counted_world import make_world
from tests.fixtures.instruments import changed, instrument, told

A, B = Desk("bank", 0, "bank_a"), Desk("bank", 1, "bank_b")
MULE, HONEST, SECOND = 50, 51, 52  #: the mule's accounts are at bank_b and bank_a
NOTICE = changed(instrument("fraud_notice"), delay_hours=2.0)
REGISTER = changed(instrument("evr"), proof_days=1.0, latency="real_time")


def world_with(*labels: dict) -> World:
    """Payments of customers 10 and 11 of bank_a, and of 20 of bank_b, to three accounts."""
    payments = [(1, 10, MULE), (2, 11, MULE), (3, 20, MULE), (4, 10, HONEST), (6, 11, SECOND)]
    banks = {10: 0, 11: 0, 20: 1, MULE: 1, HONEST: 1, SECOND: 0}
    holder = {MULE: 900, SECOND: 900, HONEST: 901}
    return make_world(
        {
            "payments": [
                {
                    "time": day * DAY,
                    "payment": day,
                    "payer": payer,
                    "payee": payee,
                    "payer_bank": banks[payer],
                    "payee_bank": banks[payee],
                    "amount_eur": 100.0,
                }
                for day, payer, payee in payments
            ],
            "accounts": [
                {
                    "account": account,
                    "bank": bank,
                    "age": 40,
                    "phone": account,
                    "holder": holder.get(account, account),
                    "opened_day": 5 if account == SECOND else -100,
                }
                for account, bank in banks.items()
            ],
        },
        list(labels),
    )


def reported(case: int, at: str, day: float, payee: int = MULE, until: float = 1e6) -> dict:
    known, gone = int(day * DAY), int(until * DAY)
    return {"partner": at, "case": case, "kind": PAYEE, "value": payee, "known_at": known,
            "withdrawn_at": gone}  # fmt: skip


def asked(world: World, desk: Desk, **values: object) -> Answer:
    name = str(values.pop("name", "fraud_notice"))
    one = {"fraud_notice": NOTICE, "evr": REGISTER}.get(name) or instrument(name)
    return told(InformationSets(world, Seeds(1)), desk, changed(one, **values))


def test_the_payees_bank_alone_hears_of_a_report_elsewhere_and_freezes_the_account() -> None:
    world = world_with(reported(1, "bank_a", 1.5))  # Tuesday noon
    at_b = asked(world, B)
    assert at_b.blocks["code"].tolist() == [MULE]
    assert at_b.blocks["since"].tolist() == [int(1.5 * DAY) + 2 * HOUR]
    assert at_b.columns["payee_notified"].tolist() == [1.0]  # its customer pays on day 3
    [flow] = at_b.flows
    assert (flow.sender, flow.receiver, flow.data) == ("bank_a", "bank_b", "fraud_notice")
    at_a = asked(world, A)
    assert at_a.blocks.empty
    assert not at_a.hits.any(), "the payer's bank does not hold the account"


def test_a_bank_sends_itself_no_notice_and_a_withdrawn_report_ends_the_freeze() -> None:
    assert asked(world_with(reported(1, "bank_b", 1.5)), B).blocks.empty
    short = asked(world_with(reported(1, "bank_a", 1.5, until=2.0)), B)
    assert short.blocks["until"].tolist() == [2 * DAY]
    assert not short.hits.any()


def test_a_notice_that_does_not_arrive_freezes_nothing() -> None:
    lost = asked(world_with(reported(1, "bank_a", 1.5)), B, match_rate=0.0)
    assert lost.blocks.empty
    assert not lost.flows


@pytest.mark.parametrize(
    ("moment", "acted"),
    [
        (DAY + 10 * HOUR, DAY + 12 * HOUR),  # Tuesday 10:00
        (DAY + 16 * HOUR, 2 * DAY + 10 * HOUR),  # an hour before closing
        (4 * DAY + 20 * HOUR, 7 * DAY + 11 * HOUR),  # Friday evening: on Monday
        (5 * DAY, 7 * DAY + 11 * HOUR),  # Saturday
        (3 * HOUR, 11 * HOUR),  # Monday night
    ],
)
def test_a_desk_with_working_hours_acts_when_it_is_open(moment: int, acted: int) -> None:
    assert read_at(np.array([moment]), NOTICE).tolist() == [acted]
    always = changed(NOTICE, desk="always")
    assert read_at(np.array([moment]), always).tolist() == [moment + 2 * HOUR]


@given(st.integers(0, 10**8), st.integers(0, 10**6))
def test_a_desk_never_acts_before_it_has_worked_so_long(moment: int, wait: int) -> None:
    then = _opened(worked(np.array([moment])) + wait)
    assert then[0] >= moment
    assert worked(then)[0] - worked(np.array([moment]))[0] == wait


def test_a_listed_holder_is_seen_at_an_account_that_is_opened_later() -> None:
    """Two victims at two banks are one too many; proof takes a day; day 5 is after that."""
    world = world_with(reported(1, "bank_a", 1.5), reported(2, "bank_b", 3.2))
    at_a = asked(world, A, name="evr")
    assert at_a.hits.tolist() == [False, False, False, True]  # the payment to the second account
    at_b = asked(world, B, name="evr")
    assert not at_b.hits.any(), "the first account was opened long ago"
    late = asked(world, A, name="evr", proof_days=2.0)
    assert not late.hits.any(), "the account was opened before the listing"
    one = world_with(reported(1, "bank_a", 1.5), reported(1, "bank_b", 3.2))
    assert not asked(one, A, name="evr").hits.any(), "one victim proves nothing"


def test_who_looks_everybody_up_every_day_sees_old_accounts_too() -> None:
    world = world_with(reported(1, "bank_a", 0.5), reported(2, "bank_b", 1.2))
    at_b = asked(world, B, name="evr", looked_up="daily")
    assert at_b.hits.tolist() == [True]  # the payment of day 3
    refused = asked(world, B, name="evr", looked_up="daily", acts=True).blocks
    assert refused["code"].tolist() == [MULE]


def test_the_payees_bank_answers_whether_the_name_is_the_holders() -> None:
    world = world_with()
    answers = {1: NO_MATCH, 2: CLOSE_MATCH, 3: MATCH, 4: NOT_CHECKED, 6: NO_MATCH}
    payments = world.tables["payments"]
    payments["name_match"] = payments["payment"].map(answers).astype("int8")
    at_a = asked(world, A, name="name_check")
    assert at_a.columns["name_differs"].tolist() == [1.0, 0.5, 0.0, 1.0]
    assert at_a.columns["name_checked"].tolist() == [1.0, 1.0, 0.0, 1.0]
    question, reply = at_a.flows
    assert (question.receiver, question.records) == ("bank_b", 3)  # not about its own account
    assert (reply.sender, reply.records) == ("bank_b", 2)
    alone = told(InformationSets(world, Seeds(1)), A, changed(instrument("name_check")))
    none = InformationSets(world, Seeds(1)).answer(A, instrument("name_check"), frozenset())
    assert none.columns["name_checked"].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert alone.hits.tolist() == [True, False, False, True]


def test_today_is_part_of_every_form_of_sharing_and_of_every_coalition() -> None:
    small = ["regime=federated", "regime.coalition=[bank_a,bank_b]"]
    regime = settings_for(small).arms["chosen"].regime
    world = world_with(reported(1, "bank_a", 1.5))
    alone = dataclasses.replace(regime, learning="own", coalition=("bank_a",))
    inputs = InformationSets(world, Seeds(1)).inputs_of(alone)
    assert "payee_notified" in inputs.tables[B].names
    assert inputs.flows
    assert all(flow.today for flow in inputs.flows)


def test_what_a_world_cannot_answer_is_left_out_of_today_and_said() -> None:
    absent = "world.market.absent=[police,webshop,marketplace,psp,exchange,social,helpdesk]"
    arms = settings_for(["study=demo", absent]).arms
    assert "police_iban" not in arms["today"].regime.today
    assert arms["today"].regime.unanswered == ("police_iban",)
    assert arms["centre"].regime.today == arms["today"].regime.today


def test_a_setting_that_means_nothing_to_an_instrument_is_refused() -> None:
    with pytest.raises(SettingsError, match="threshold=3: means nothing to name_check; leave it"):
        settings_for(["regime=today", "regime.today.name_check.threshold=3"])
