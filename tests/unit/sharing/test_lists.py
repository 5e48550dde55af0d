"""Lists of what was reported: when something comes on a list, and when it goes off."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.instruments.base import Instrument
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.reported import listed, listings, reaches_at
from synthetic_data.clock import DAY, HOUR
from synthetic_data.reports import NEVER
from tests.fixtures.instruments import changed, consumers, instrument, mechanism, told

BANKS = {"bank": (0, 1)}
REGISTER = instrument("payee_register")


def reports(*rows: tuple[int, int, int, float, float]) -> pd.DataFrame:
    """Return mentions of (bank, case, account, day known, day withdrawn)."""
    bank, case, code, known, withdrawn = zip(*rows, strict=True)
    gone = [NEVER if day == np.inf else int(day * DAY) for day in withdrawn]
    return pd.DataFrame(
        {
            "sector": "bank",
            "partner": bank,
            "case": case,
            "code": code,
            "phone": code,
            "known_at": [int(day * DAY) for day in known],
            "withdrawn_at": gone,
        }
    )


def days_listed(mentions: pd.DataFrame, register: Instrument, account: int = 7) -> list[int]:
    """Return the days at whose noon an account is on the list."""
    spells = listings(mentions, register, BANKS)
    noon = np.arange(40) * DAY + DAY // 2
    return np.flatnonzero(listed(spells, np.full(40, account), noon)).tolist()


NEVER_WITHDRAWN = np.inf
TWO = reports((0, 1, 7, 3.2, NEVER_WITHDRAWN), (0, 2, 7, 10.2, NEVER_WITHDRAWN))


def test_an_account_is_listed_at_the_second_report_and_not_before() -> None:
    register = changed(REGISTER, latency="real_time", retention_days=20.0)
    assert days_listed(TWO, register) == list(range(10, 30))
    assert days_listed(TWO, changed(register, threshold=1)) == list(range(3, 30))
    assert days_listed(TWO, changed(register, threshold=3)) == []
    assert days_listed(TWO, register, account=8) == []


def test_telling_takes_until_the_next_hour_or_day() -> None:
    moments = np.array([0, HOUR - 1, HOUR, DAY + 5])
    assert reaches_at(moments, "real_time").tolist() == moments.tolist()
    assert reaches_at(moments, "hourly").tolist() == [HOUR, HOUR, 2 * HOUR, DAY + HOUR]
    assert reaches_at(moments, "daily").tolist() == [DAY, DAY, DAY, 2 * DAY]
    assert days_listed(TWO, changed(REGISTER, latency="daily", retention_days=2.0)) == [11, 12]


def test_reports_at_two_banks_do_not_add_up() -> None:
    apart = TWO.assign(partner=[0, 1])
    assert days_listed(apart, changed(REGISTER, retention_days=20.0)) == []


def test_one_victim_counts_once_however_many_payments_are_reported() -> None:
    assert days_listed(TWO.assign(case=1), REGISTER) == []


def test_reports_further_apart_than_the_window_do_not_add_up() -> None:
    assert days_listed(TWO, changed(REGISTER, window_days=6.9)) == []
    assert days_listed(TWO, changed(REGISTER, window_days=7.1)) != []


def test_withdrawn_reports_lift_a_listing_when_too_few_stand() -> None:
    register = changed(REGISTER, latency="daily", retention_days=90.0)
    third = (0, 3, 7, 12.0, NEVER_WITHDRAWN)
    gone = (0, 1, 7, 3.2, 20.2)
    stays = (0, 2, 7, 10.2, NEVER_WITHDRAWN)
    assert days_listed(reports(gone, stays), register) == list(range(11, 21))
    assert days_listed(reports(gone, stays, third), register) == list(range(11, 40))
    early = (0, 1, 7, 3.2, 8.0)
    assert days_listed(reports(early, stays), register) == []


def test_a_later_report_keeps_an_account_on_the_list() -> None:
    register = changed(REGISTER, threshold=1, latency="daily", retention_days=5.0)
    assert days_listed(TWO, register) == [*range(4, 9), *range(11, 16)]


def test_only_providers_that_take_part_are_heard() -> None:
    assert listings(TWO, REGISTER, {"bank": (1,)}).empty
    assert listings(TWO, REGISTER, {"police": (0,)}).empty


LISTS = ["suspicious_devices", "payee_register", "police_iban", "trusted_flagger"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("way", ["keyed_hash", "set_intersection"])
def test_hashing_and_intersection_change_no_answer(
    information: InformationSets, name: str, way: str
) -> None:
    plain = changed(instrument(name), threshold=1)
    for desk in consumers(information, plain):
        hidden = told(information, desk, changed(plain, mechanism=mechanism(way)))
        np.testing.assert_array_equal(told(information, desk, plain).hits, hidden.hits)


def test_intersection_tells_about_fewer_people_than_a_list(information: InformationSets) -> None:
    plain = changed(instrument("police_iban"), threshold=1)
    private = changed(plain, mechanism=mechanism("set_intersection"))
    desk = information.desks[-1]
    persons = [
        sum(flow.persons for flow in told(information, desk, each).flows)
        for each in (plain, private)
    ]
    assert 0 < persons[1] < persons[0]


@pytest.mark.parametrize("rate", [0.01, 0.2])
def test_a_bloom_filter_adds_its_rate_of_innocents(
    information: InformationSets, rate: float
) -> None:
    plain = changed(instrument("police_iban"), threshold=1, latency="real_time")
    desk = information.desks[0]
    table = information.own(desk)
    seeming = told(
        information,
        desk,
        changed(plain, mechanism=mechanism("bloom_filter", false_positive_rate=rate)),
    ).hits
    added = seeming & ~told(information, desk, plain).hits
    assert not (told(information, desk, plain).hits & ~seeming).any()
    late = table.time > table.time.max() / 2  # there is a list to be mistaken for
    accounts = table.entities["account"]
    share = len(np.unique(accounts[added & late])) / len(np.unique(accounts[late]))
    assert share == pytest.approx(rate, rel=0.25)
