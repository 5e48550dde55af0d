"""Every leak is planted once in a clean world, and its check must find it."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from proeftuin.inspection.checks import Check
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.leaks.columns import column_leaks
from proeftuin.inspection.leaks.joint import joint_leaks
from proeftuin.settings.study import Settings
from synthetic_data.clock import DAY, HOUR
from synthetic_data.freezes import FREEZE, RELEASE
from tests.fixtures.inspected_world import DAYS, Change, Made, evidence_of, make

Tables = dict[str, pd.DataFrame]
RNG = np.random.default_rng(5)


def leaks(evidence: Evidence, settings: Settings) -> list[Check]:
    return [*column_leaks(evidence), *joint_leaks(evidence, settings)]


def failed(checks: list[Check]) -> set[str]:
    return {check.id for check in checks if check.passed is False}


def guilty(tables: Tables, truth: Tables) -> pd.Series:
    return tables["payments"]["payment"].isin(truth["payments"]["payment"])


def sorted_again(tables: Tables) -> None:
    rows = tables["payments"].sort_values("time", kind="stable", ignore_index=True)
    tables["payments"] = rows


def low_codes(tables: Tables, truth: Tables) -> None:
    new = dict(zip(truth["payments"]["payment"], range(10_000, 20_000), strict=False))
    for rows, column in (
        (tables["payments"], "payment"), (truth["payments"], "payment"), (truth["events"], "event"),
    ):  # fmt: skip
        rows[column] = rows[column].map(lambda code: new.get(code, code))


def last_in_file(tables: Tables, truth: Tables) -> None:
    fraud = guilty(tables, truth)
    rows = tables["payments"]
    tables["payments"] = pd.concat([rows[~fraud], rows[fraud]], ignore_index=True)


def column_of_truth(tables: Tables, truth: Tables) -> None:
    tables["payments"]["is_fraud"] = guilty(tables, truth).astype(np.int8)


def fresh_payees(tables: Tables, truth: Tables) -> None:
    fraud = guilty(tables, truth)
    tables["payments"].loc[fraud, "payee"] = RNG.integers(0, 2**31, int(fraud.sum()))


def own_category(tables: Tables, truth: Tables) -> None:
    tables["payments"].loc[guilty(tables, truth), "app"] = 2


def no_device(tables: Tables, truth: Tables) -> None:
    rows = tables["payments"]
    gap = guilty(tables, truth) | (RNG.random(len(rows)) < 0.001)
    rows.loc[gap, "device"] = -1


def times_five(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    rows.loc[fraud, "amount_eur"] = (rows.loc[fraud, "amount_eur"] / 5).round(2) * 5


def above_a_threshold(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    rows.loc[fraud, "amount_eur"] = 30_000 + np.arange(fraud.sum())
    rows.loc[~fraud, "amount_eur"] = rows.loc[~fraud, "amount_eur"].clip(upper=25_000)


def whole_minutes(tables: Tables, truth: Tables) -> None:
    fraud = guilty(tables, truth)
    tables["payments"].loc[fraud, "time"] //= 60
    tables["payments"].loc[fraud, "time"] *= 60
    sorted_again(tables)


def at_night(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    rows.loc[fraud, "time"] = rows["time"] // DAY * DAY + rows["time"] % (4 * HOUR)
    sorted_again(tables)


def off_the_cent(tables: Tables, truth: Tables) -> None:
    tables["payments"].loc[guilty(tables, truth), "amount_eur"] += 0.0031


def unknown_payee(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    elsewhere = fraud | (RNG.random(len(rows)) < 0.005)
    rows.loc[elsewhere, "payee"] = RNG.integers(0, 2**31, 50)[RNG.integers(0, 50, elsewhere.sum())]


def emptied_account(tables: Tables, truth: Tables) -> None:
    """Every fraud takes exactly what was there: all that came in, less all that went out."""
    rows, fraud = tables["payments"], guilty(tables, truth)
    balance = tables["accounts"].set_index("account")["opening_eur"].mul(100).round().to_dict()
    cents = rows["amount_eur"].mul(100).round().astype(np.int64).to_numpy().copy()
    for index, (payer, payee, is_fraud) in enumerate(
        zip(rows["payer"], rows["payee"], fraud, strict=True)
    ):
        if is_fraud and balance[payer] > 0:
            cents[index] = balance[payer]
        balance[payer] -= cents[index]
        balance[payee] += cents[index]
    rows["amount_eur"] = cents / 100


def never_again(tables: Tables, truth: Tables) -> None:
    rows = tables["payments"]
    fraud = guilty(tables, truth).to_numpy()
    victims = tables["accounts"]["account"].to_numpy()
    rows.loc[fraud, "payer"] = victims[np.arange(fraud.sum()) % len(victims)]


def fraud_only_days(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    key = rows["payer"] * 1000 + rows["time"] // DAY
    tables["payments"] = rows[fraud | ~key.isin(key[fraud])].reset_index(drop=True)


def few_payers(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    some = rows.loc[fraud, "payer"].unique()
    keep = rows["payer"].isin(some[:300])
    tables["payments"] = rows[keep | fraud].reset_index(drop=True)


def only_in_the_middle(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    time = rows.loc[fraud, "time"]
    rows.loc[fraud, "time"] = 6 * DAY + (time * (DAYS - 12) // DAYS)
    sorted_again(tables)


def shared_stream(tables: Tables, truth: Tables) -> None:
    tables["payments"]["app"] = (tables["payments"]["time"] % 60 < 40).astype(np.int8)


def first_week_of_the_month(tables: Tables, truth: Tables) -> None:
    cases = truth["cases"]
    cases["contact_time"] = cases["contact_time"] // (30 * DAY) * 30 * DAY + 3 * DAY


def internal_numbers(tables: Tables, truth: Tables) -> None:
    tables["accounts"]["phone"] = np.arange(len(tables["accounts"]))


def report_before_the_fact(tables: Tables, truth: Tables) -> None:
    truth["labels"].loc[:2, "known_at"] = 0


def copied_label(tables: Tables, truth: Tables) -> None:
    paid = truth["payments"]
    truth["labels"] = pd.DataFrame(
        {
            "partner": "bank_a", "case": paid["case"], "form": "purchase", "kind": "payment",
            "value": paid["payment"], "known_at": paid["time"] + 60,
            "withdrawn_at": np.iinfo(np.int64).max,
        }
    )  # fmt: skip


def twice(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    some = rows[~fraud].sample(40, random_state=1)
    again = pd.concat([rows[fraud], some]).assign(payment=lambda part: part["payment"] + 1)
    copies = again[again["payment"].sub(1).isin(truth["payments"]["payment"])]
    more = truth["payments"].merge(
        copies[["payment"]].assign(old=copies["payment"] - 1), left_on="payment", right_on="old"
    )
    more = more.assign(payment=more["payment_y"])[truth["payments"].columns]
    truth["payments"] = pd.concat([truth["payments"], more], ignore_index=True)
    truth["events"] = (
        truth["payments"].rename(columns={"payment": "event"}).assign(table="payments")
    )
    tables["payments"] = pd.concat([rows, again], ignore_index=True)
    sorted_again(tables)


def wrong_weight(tables: Tables, truth: Tables) -> None:
    truth["cases"]["real_weight"] = 1.0


def case_on_both_sides(tables: Tables, truth: Tables) -> None:
    rows = truth["payments"].sort_values("time")
    truth["payments"].loc[rows.index[[50, -1]], "case"] = rows["case"].iloc[0]


def other_ordinary_row(tables: Tables, truth: Tables) -> None:
    rows, fraud = tables["payments"], guilty(tables, truth)
    rows.loc[(~fraud).idxmax(), "amount_eur"] += 1


def paid_while_frozen(tables: Tables, truth: Tables) -> None:
    some = tables["payments"]["payer"].value_counts().index[0]
    frozen = pd.DataFrame(
        {
            "time": [40 * DAY, 50 * DAY], "account": some, "bank": np.int8(0),
            "kind": np.int8([FREEZE, RELEASE]), "amount_eur": 0.0,
        }
    )  # fmt: skip
    tables["actions"] = pd.concat([tables["actions"], frozen]).sort_values("time")


def name_that_tells(tables: Tables, truth: Tables) -> None:
    tables["payments"]["name_match"] = guilty(tables, truth).astype(np.int8) * 2


PLANTED: dict[str, list[Change]] = {
    "L1": [low_codes],
    "L2": [last_in_file],
    "L3": [column_of_truth],
    "L4": [fresh_payees],
    "L5": [own_category],
    "L6": [no_device],
    "L7": [unknown_payee],
    "L8": [times_five],
    "L9": [above_a_threshold],
    "L10": [emptied_account],
    "L11": [whole_minutes],
    "L12": [at_night],
    "L13": [never_again],
    "L14": [fraud_only_days],
    "L15": [few_payers],
    "L16": [only_in_the_middle],
    "L17": [shared_stream],
    "L18": [first_week_of_the_month, last_in_file],
    "L19": [internal_numbers],
    "L20": [report_before_the_fact],
    "L21": [copied_label],
    "L23": [off_the_cent],
    "L24": [twice],
    "L25": [wrong_weight],
    "L26": [case_on_both_sides],
    "L29": [other_ordinary_row],
    "L31": [paid_while_frozen, name_that_tells],
}


@pytest.mark.parametrize(
    ("leak", "change"), [(leak, change) for leak, many in PLANTED.items() for change in many]
)
def test_a_planted_leak_is_found(leak: str, change: Change, twin: Made, settings: Settings) -> None:
    evidence = evidence_of(make(change), twin if leak == "L29" else None)
    assert leak in failed(leaks(evidence, settings))


def test_a_world_without_leaks_passes_every_check(clean: Evidence, settings: Settings) -> None:
    found = [check for check in leaks(clean, settings) if check.passed is False]
    # every second inhabitant is a victim here, and waves of fraud are not imitated
    assert {check.id for check in found} <= {"L15"}, found


def test_text_with_spaces_gives_fraud_away(settings: Settings) -> None:
    def spaced(tables: Tables, truth: Tables) -> None:
        text = np.where(guilty(tables, truth), "Order ", "Order")
        tables["payments"]["app"] = pd.Series(text, dtype=object)

    evidence = evidence_of(make(spaced))
    checks = [check for check in joint_leaks(evidence, settings) if check.id == "L22"]
    assert [check.passed for check in checks] == [False]


def test_a_pseudonym_that_two_partners_share_is_found(settings: Settings) -> None:
    def shared(tables: Tables, truth: Tables) -> None:
        tables["customers"] = pd.DataFrame(
            {"customer": [7, 7], "shop": [0, 1], "phone": -1, "address": 1, "opened_day": 0}
        )

    assert "L19" in failed(joint_leaks(evidence_of(make(shared)), settings))


def test_a_world_without_fraud_is_not_judged_on_it(twin: Made, settings: Settings) -> None:
    assert failed(leaks(evidence_of(twin), settings)) == set()


def test_more_victims_than_configured_are_noticed(settings: Settings) -> None:
    half = SimpleNamespace(**vars(settings.scenario.forms["purchase"]))
    half.orientation = SimpleNamespace(victims_per_1000_year=10.0, enrichment=2.0)
    other = SimpleNamespace(**vars(settings))
    other.scenario = SimpleNamespace(name="", forms={"purchase": half})
    assert "L25" in failed(joint_leaks(evidence_of(make()), cast(Settings, other)))
