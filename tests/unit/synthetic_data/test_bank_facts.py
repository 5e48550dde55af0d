"""What a bank knows besides payments: names that match, limits that are raised."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.features.views import desk_view
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import generated
from scenarios.base import Phase
from synthetic_data.rows import (
    CLOSE_MATCH,
    LIMIT_RAISE,
    LIMITS_EUR,
    NO_MATCH,
    NOT_CHECKED,
    limit_eur,
)
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_for(
        [
            "scenario=bank_helpdesk",
            "world.population.persons=6000",
            "world.market.absent=[webshop,marketplace,psp,exchange,social,helpdesk]",
        ]
    )


@pytest.fixture(scope="module")
def town(settings: Settings) -> tuple[World, Truth]:
    return generate(settings.world, settings.scenario, Seeds(3).child("world"))


@pytest.fixture(scope="module")
def payments(town: tuple[World, Truth]) -> pd.DataFrame:
    world, truth = town
    victims = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    rows = world.tables["payments"]
    return rows.assign(fraud=rows["payment"].isin(victims))


def test_no_desk_sees_what_another_bank_answered(town: tuple[World, Truth]) -> None:
    world, _ = town
    assert "name_match" in world.tables["payments"]
    view = desk_view(world, "bank", tuple(range(5)), world.partners["bank"])
    assert "name_match" not in view.tables["payments"]


def test_a_pair_gets_one_answer(payments: pd.DataFrame) -> None:
    honest = payments[~payments["fraud"]]
    assert (honest.groupby(["payer", "payee"])["name_match"].nunique() == 1).all()


def test_names_match_as_often_as_configured(payments: pd.DataFrame, settings: Settings) -> None:
    names = generated(settings.world).name_check
    told = settings.scenario.forms["bank_helpdesk"].preparation.true_name_share
    pairs = payments.drop_duplicates(["payer", "payee"])
    checked = pairs[pairs["name_match"] != NOT_CHECKED]
    honest, fraud = (
        checked.loc[checked["fraud"] == value, "name_match"] for value in (False, True)
    )
    assert (honest == NO_MATCH).mean() == pytest.approx(names.mismatch_share, abs=0.005)
    assert (honest == CLOSE_MATCH).mean() == pytest.approx(names.typo_share, abs=0.005)
    assert (fraud == 0).mean() == pytest.approx(told * 0.88, abs=4 * 0.5 / np.sqrt(len(fraud)))
    unchecked = payments.drop_duplicates("payee")["name_match"] == NOT_CHECKED
    assert unchecked.mean() == pytest.approx(names.unchecked_share, abs=0.02)


def test_a_limit_is_the_smallest_on_offer_that_is_enough() -> None:
    needed = np.array([1.0, 1_000.0, 1_000.5, 99_999.0, 1e6])
    assert limit_eur(needed).tolist() == [1_000, 1_000, 2_500, 100_000, 100_000]


def test_honest_and_defrauded_people_raise_limits_to_the_same_amounts(
    town: tuple[World, Truth],
) -> None:
    actions = town[0].tables["actions"]
    raised = actions.loc[actions["kind"] == LIMIT_RAISE, "amount_eur"]
    assert set(raised) <= {float(limit) for limit in LIMITS_EUR}
    assert raised.nunique() >= 5


def test_victims_who_pay_a_provider_or_an_exchange_enter_its_own_name() -> None:
    """Only 4 % of honest names do not match; told a false one, a third of the victims would."""
    settings = settings_for(
        ["scenario=mix", "world.population.persons=6000", "scenario.forms.purchase.orientation"
         ".victims_per_1000_year=200", "scenario.forms.purchase.contact.fake_shop_share=1.0"]
    )  # fmt: skip
    world, truth = generate(settings.world, settings.scenario, Seeds(4).child("world"))
    victims = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    rows = world.tables["payments"]
    busiest = rows["payee"].value_counts().index[:6]  # four providers and two exchanges
    paid = rows[rows["payment"].isin(victims) & rows["payee"].isin(busiest)]
    checked = paid.drop_duplicates(["payer", "payee"])
    checked = checked[checked["name_match"] != NOT_CHECKED]
    assert len(checked) > 100
    assert (checked["name_match"] == NO_MATCH).mean() < 0.12
