"""What the payee's bank tells of an account, counted by hand."""

import numpy as np
import pytest
from scipy.stats import chisquare

from proeftuin.errors import SettingsError
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.payee_facts import one_of_a_few
from proeftuin.sharing.query import Answer, Desk
from synthetic_data.clock import HOUR
from synthetic_data.seeds import Seeds
from tests.fixtures.counted_world import make_world
from tests.fixtures.instruments import changed, instrument, mechanism, told

A = Desk("bank", 0, "bank_a")
FRESH, OLD, SHOP = 50, 51, 52  #: all at bank_b: opened 10 and 400 days ago, and a company's
FACTS = instrument("payee_facts")


def by_hand() -> InformationSets:
    """Customer 10 of bank_a pays three payees; customers of bank_b pay the shop before."""
    payments = [
        (1, 8, 20, SHOP, 20.0), (2, 9, 21, SHOP, 20.0), (3, 10, 10, FRESH, 900.0),
        (4, 20, 10, OLD, 10.0), (5, 26, 10, SHOP, 30.0), (6, 31, 10, FRESH, 50.0),
        (7, 60, 10, FRESH, 70.0),
    ]  # fmt: skip
    banks = {10: 0, 20: 1, 21: 1, FRESH: 1, OLD: 1, SHOP: 1}
    opened = {FRESH: -10, OLD: -400, SHOP: -3000}
    world = make_world(
        {
            "payments": [
                {"time": hour * HOUR, "payment": n, "payer": payer, "payee": payee,
                 "payer_bank": banks[payer], "payee_bank": banks[payee], "amount_eur": eur}
                for n, hour, payer, payee, eur in payments
            ],
            "accounts": [
                {"account": account, "bank": bank, "age": -1 if account == SHOP else 40,
                 "phone": account, "opened_day": opened.get(account, -500)}
                for account, bank in banks.items()
            ],
        }
    )  # fmt: skip
    return InformationSets(world, Seeds(1))


def asked(**values: object) -> Answer:
    return told(by_hand(), A, changed(FACTS, **values))


def test_the_payees_bank_tells_in_which_bands_its_account_lies() -> None:
    """Payments 3 to 7: the last is to a payee first paid two days ago, so nobody asks."""
    answer = asked()
    assert answer.columns["facts_answered"].tolist() == [1, 1, 1, 1, 0]
    assert answer.columns["facts_account_age"].tolist() == [0, 0.75, 1, 0, 0]
    assert answer.columns["facts_holder"].tolist() == [0, 0, 1, 0, 0]
    # nobody, nobody, two, and the customer itself, who paid 21 hours before
    assert answer.columns["facts_payers"].tolist() == [0, 0, 0.25, 0.25, 0]
    question, reply = answer.flows
    assert (question.receiver, question.records) == ("bank_b", 4)
    assert (reply.sender, reply.records, reply.fields) == ("bank_b", 4, 3)
    assert reply.about.tolist() == [FRESH, OLD, SHOP]


def test_exact_numbers_are_told_where_that_is_asked() -> None:
    answer = asked(says="exact", facts=("account_age", "holder"))
    days = np.expm1(9 * answer.columns["facts_account_age"][:3])
    assert days == pytest.approx([10 + 10 / 24, 400 + 20 / 24, 3000 + 26 / 24])
    assert answer.columns["facts_holder"].tolist() == [0, 0, 1, 0, 0]
    assert "facts_payers" not in answer.columns


def test_a_bank_in_doubt_asks_about_the_largest_payments_to_new_payees() -> None:
    """On the first day nothing is known, so it asks; then only from the largest of before on."""
    answer = asked(asked="doubt", doubt_share=0.5)
    assert answer.columns["facts_answered"].tolist() == [1, 1, 0, 0, 0]
    assert asked(payee_hours=0.0).columns["facts_answered"].tolist() == [1, 1, 1, 0, 0]


def test_randomised_bands_are_as_false_as_epsilon_says_and_the_same_all_day() -> None:
    band = np.full(40_000, 2)
    noisy = one_of_a_few(band, 5, 1.5, np.random.default_rng(1))
    true = np.exp(1.5) / (np.exp(1.5) + 4)
    assert (
        chisquare(
            np.bincount(noisy), 40_000 * np.where(np.arange(5) == 2, true, (1 - true) / 4)
        ).pvalue
        > 0.001
    )
    answer = asked(mechanism=mechanism("randomised_response", epsilon=0.1), facts=("payers",))
    [_, reply] = answer.flows
    assert reply.noise is not None
    assert reply.noise.epsilon == 0.1
    # payee 50 on two days, 51 and the shop once: one drawn answer each a day; the customer is
    # counted in the second answer about 50, and two customers of bank_b in that about the shop
    assert dict(zip(reply.noise.persons.tolist(), reply.noise.answers.tolist(), strict=True)) == {
        10: 1, 20: 1, 21: 1, FRESH: 2, OLD: 1, SHOP: 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("says=exact", "says=exact: randomised response names one of a few bands"),
        ("facts=[payers,payers]", "facts=payers, payers: one is named twice"),
    ],
)
def test_what_cannot_be_told_is_refused(typed: str, why: str) -> None:
    noisy = "regime.instruments.payee_facts.mechanism={name: randomised_response, epsilon: 1}"
    with pytest.raises(SettingsError, match=why):
        settings_for(["regime=payee_facts", f"regime.instruments.payee_facts.{typed}", noisy])
