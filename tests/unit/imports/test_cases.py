"""A report of a case is one of every row that belongs to it, at the partner whose case it is."""

from pathlib import Path
from typing import Any

import pytest

from synthetic_data.clock import DAY, HOUR
from synthetic_data.reports import NEVER
from synthetic_data.world import World
from tests.fixtures.one_bank import HEADER, PAYMENTS, Bank

#: A Monday: day 0 of the world. Payments of 5, 6, 7 and 8 euros, one each day at nine.
ROWS = [
    "2025-03-03T09:00:00,0,NL20AAAA01,NL31BBBB01,5,D-7",
    "2025-03-04T09:00:00,1,NL20AAAA02,NL31BBBB02,6,D-7",
    "2025-03-05T09:00:00,2,NL20AAAA01,NL31BBBB03,7,D-8",
    "2025-03-06T09:00:00,3,NL20AAAA01,NL31BBBB04,8,",
]
REPORTS = "dossier,known,gone,type\n"
LABELS: dict[str, Any] = {
    "event": "dossier", "kind": {"value": "case"}, "known_at": "known", "withdrawn_at": "gone",
    "form": "type",
}  # fmt: skip


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    bank = Bank(tmp_path)
    bank.pay(*ROWS, header=f"{HEADER},dossier")
    bank.tables["payments"]["columns"]["case"] = "dossier"
    bank.tables["labels"] = {"file": "l.csv", "columns": dict(LABELS)}
    return bank


def by_amount(world: World, kind: str = "payment") -> dict[float, tuple[int, int]]:
    """Return when each report was known and withdrawn, by the amount of what it names."""
    rows = world.tables["payments"].set_index(kind)["amount_eur"]
    labels = world.labels[world.labels["kind"] == kind]
    return {
        float(rows.loc[value]): (known, gone)
        for value, known, gone in zip(
            labels["value"], labels["known_at"], labels["withdrawn_at"], strict=True
        )
    }


def test_both_payments_of_a_case_are_reported_when_it_was_known(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-05T12:00:00,,helpdesk\n")
    world, truth = bank.world()
    known = 2 * DAY + 12 * HOUR
    assert by_amount(world) == {5.0: (known, NEVER), 6.0: (known, NEVER)}
    assert by_amount(world, "payee") == {5.0: (known, NEVER), 6.0: (known, NEVER)}
    assert set(world.labels["form"]) == {"helpdesk"}
    assert world.labels["case"].nunique() == 1
    assert sorted(truth.payments["amount_eur"]) == [5.0, 6.0]
    assert len(truth.cases) == 1
    assert "case" not in world.tables["payments"]


def test_a_case_is_one_report_of_the_file(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-05T12:00:00,,x\nD-8,2025-03-06T12:00:00,,x\n")
    summary = bank.summary()
    assert summary.reports_per_week == [2, 0]
    assert {each.column: each.empty for each in summary.cells if each.table == "payments"}[
        "case"
    ] == 0.25


def test_a_payment_later_than_its_case_is_known_at_the_end_of_its_day(bank: Bank) -> None:
    """Known as soon as it is made, the bank could refuse it for its own report."""
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-03T10:00:00,,x\n")
    summary = bank.summary()
    assert [each for each in summary.warnings if "cases" in each] == [
        "l.csv, known: 50% of the rows of its cases were made when the case was known already; "
        "is it the right column?"
    ]
    (bank.place / "world").rename(bank.place / "before")
    world, _ = bank.world()
    first, second = 10 * HOUR, 2 * DAY - 1
    assert by_amount(world) == {5.0: (first, NEVER), 6.0: (second, NEVER)}
    assert by_amount(world, "payee") == {5.0: (first, NEVER), 6.0: (second, NEVER)}


def test_a_withdrawn_case_is_no_fraud(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-04T12:00:00,2025-03-06T08:00:00,x\n")
    world, truth = bank.world()
    moments = (DAY + 12 * HOUR, 3 * DAY + 8 * HOUR)
    assert by_amount(world) == {5.0: moments, 6.0: moments}
    assert truth.payments.empty


def test_a_payment_after_its_case_was_withdrawn_is_never_reported(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-03T10:00:00,2025-03-03T11:00:00,x\n")
    world, truth = bank.world()
    known, gone = by_amount(world)[6.0]
    assert known >= gone
    assert by_amount(world)[5.0] == (10 * HOUR, 11 * HOUR)
    assert truth.payments.empty


def test_a_case_withdrawn_before_it_was_known_is_refused(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-05T12:00:00,2025-03-01T08:00:00,x\n")
    problems = bank.refused()
    assert problems[0].startswith("l.csv, row 2, column 'gone': lies before the report itself")


def test_a_case_of_which_only_the_day_is_known_comes_at_its_end(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-04,,x\n")
    world, _ = bank.world()
    assert by_amount(world) == {5.0: (2 * DAY - 1, NEVER), 6.0: (2 * DAY - 1, NEVER)}


def test_a_case_that_no_payment_belongs_to_is_one_line(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-8,2025-03-06,,x\nD-9,2025-03-06,,x\n")
    assert bank.refused() == [
        "l.csv, row 3, column 'dossier': is a case that no row of p.csv belongs to; add it there, "
        "or drop the report"
    ]


def test_payments_without_a_case_belong_to_none(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS},2025-03-06,,x\n")
    assert bank.refused() == [
        "l.csv, row 2, column 'dossier': is empty, but event is required; fill it in"
    ]


def add_second_bank(bank: Bank) -> None:
    """Let another bank bring its payments, accounts and reports of cases."""
    tables = {
        "payments": {"file": "b_p.csv", "columns": PAYMENTS | {"case": "dossier"}},
        "accounts": {"file": "b_a.csv", "columns": {"account": "account", "age": "age"}},
        "labels": {"file": "b_l.csv", "columns": LABELS},
    }
    bank.others = [{"name": "bank_b", "sector": "bank", "tables": tables}]


def test_the_same_number_at_two_banks_is_two_cases(bank: Bank) -> None:
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-05T12:00:00,,x\n")
    bank.write("b_a.csv", "account,age\nB1,41\n")
    bank.write(
        "b_p.csv",
        f"{HEADER},dossier\n2025-03-03T09:00:00,b0,B1,X1,50,D-7\n2025-03-03T10:00:00,b1,B1,X2,60,\n",
    )
    bank.write("b_l.csv", f"{REPORTS}D-7,2025-03-04T12:00:00,,purchase\n")
    add_second_bank(bank)
    world, truth = bank.world()
    labels = world.labels[world.labels["kind"] == "payment"]
    assert by_amount(world) == {
        5.0: (2 * DAY + 12 * HOUR, NEVER),
        6.0: (2 * DAY + 12 * HOUR, NEVER),
        50.0: (DAY + 12 * HOUR, NEVER),
    }
    assert labels.groupby("partner")["case"].nunique().to_dict() == {"bank_a": 1, "bank_b": 1}
    assert labels["case"].nunique() == len(truth.cases) == 2


def test_the_bank_that_is_paid_has_cases_of_its_own(bank: Bank) -> None:
    """The row that is kept is the other bank's, and knows nothing of this bank's cases."""
    bank.write("l.csv", f"{REPORTS}D-8,2025-03-06,,x\n")
    bank.write("b_a.csv", "account,age\nNL31BBBB01,41\n")
    received = ROWS[0].replace("D-7", "mule-1")
    bank.write("b_p.csv", f"{HEADER},dossier\n{received}\n")
    bank.write("b_l.csv", f"{REPORTS}mule-1,2025-03-04T12:00:00,,mule\n")
    add_second_bank(bank)
    world, _ = bank.world()
    assert by_amount(world)[5.0] == (DAY + 12 * HOUR, NEVER)
    assert len(world.tables["payments"]) == 4


def test_a_case_can_be_known_so_long_after_each_of_its_payments(bank: Bank) -> None:
    columns = LABELS | {"known_at": {"delay_days": 0.5}}
    bank.tables["labels"]["columns"] = columns
    bank.write("l.csv", f"{REPORTS}D-7,,,x\n")
    world, _ = bank.world()
    assert by_amount(world) == {5.0: (21 * HOUR, NEVER), 6.0: (DAY + 21 * HOUR, NEVER)}
    assert by_amount(world, "payee") == by_amount(world)


def test_cases_and_payments_are_reported_in_one_file(bank: Bank) -> None:
    kinds = {"dossier": "case", "payment": "payment"}
    bank.tables["labels"]["columns"]["kind"] = {"column": "what", "values": kinds}
    rows = ["D-7,2025-03-05T12:00:00,,x,dossier", "3,2025-03-06T12:00:00,,x,payment"]
    bank.write("l.csv", "\n".join([f"{REPORTS.strip()},what", *rows, ""]))
    world, _ = bank.world()
    assert sorted(by_amount(world)) == [5.0, 6.0, 8.0]
    assert sorted(by_amount(world, "payee")) == [5.0, 6.0]  # of the payment only what is said


def test_a_case_number_beside_the_reports_of_payments_is_the_same_case(bank: Bank) -> None:
    bank.tables["labels"]["columns"] |= {"kind": "what", "case": "of"}
    rows = ["D-8,2025-03-05T12:00:00,,x,case,", "3,2025-03-06T12:00:00,,x,payment,D-8"]
    bank.write("l.csv", "\n".join([f"{REPORTS.strip()},what,of", *rows, ""]))
    _, truth = bank.world()
    assert sorted(truth.payments["amount_eur"]) == [7.0, 8.0]
    assert len(truth.cases) == 1


def test_a_case_on_either_line_of_a_statement_counts(bank: Bank) -> None:
    bank.pay("2025-03-03T09:00:00,0,NL20AAAA01,NL20AAAA02,-25,",
             "2025-03-03T09:00:00,0,NL20AAAA02,NL20AAAA01,25,D-7",
             "2025-03-05T09:00:00,1,NL20AAAA02,X,-30,", header=f"{HEADER},dossier")  # fmt: skip
    bank.tables["payments"]["columns"]["amount_eur"] = {"column": "amount", "signed": True}
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-04,,x\n")
    world, _ = bank.world()
    assert sorted(by_amount(world)) == [25.0]


@pytest.mark.parametrize(
    "kind", [{"value": "case"}, {"column": "type", "values": {"dossier": "case"}}]
)
def test_payments_must_say_to_which_case_they_belong(bank: Bank, kind: dict[str, Any]) -> None:
    del bank.tables["payments"]["columns"]["case"]
    bank.tables["labels"]["columns"]["kind"] = kind
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-05T12:00:00,,x\n")
    assert bank.refused() == [
        "mapping.yaml: bank_a.tables.payments.columns.case: missing, but labels are of the kind "
        "case; say which column has the number of the case that a row belongs to"
    ]


def test_a_case_that_only_the_file_speaks_of_is_refused_as_well(bank: Bank) -> None:
    del bank.tables["payments"]["columns"]["case"]
    bank.tables["labels"]["columns"]["kind"] = "what"
    bank.write("l.csv", f"{REPORTS.strip()},what\nD-7,2025-03-05T12:00:00,,x,case\n")
    assert bank.refused() == [
        "l.csv, row 2, column 'dossier': is a case, but no column of payments says what belongs to "
        "it; map case of payments"
    ]


def test_the_police_have_no_rows_that_belong_to_a_case(bank: Bank) -> None:
    del bank.tables["labels"]
    labels = {"file": "l.csv", "columns": LABELS}
    bank.write("l.csv", f"{REPORTS}D-7,2025-03-05T12:00:00,,x\n")
    bank.others = [{"name": "police", "sector": "police", "tables": {"labels": labels}}]
    [problem] = bank.refused()
    assert problem.startswith("l.csv: value 'case' in the mapping is no kind that a police can rep")


OTHERS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "webshop": ("orders", {"order": "id", "customer": "who"}, ["customer", "order"]),
    "psp": ("checkouts", {"checkout": "id", "merchant": "who"}, ["checkout", "merchant"]),
    "exchange": (
        "transfers",
        {"transfer": "id", "trader": "who", "withdrawal": {"value": "0"}},
        ["transfer"],
    ),
    "marketplace": (
        "contacts",
        {"contact": "id", "seller": "who", "buyer": {"value": "b"}},
        ["seller"],
    ),
}


@pytest.mark.parametrize("sector", OTHERS)
def test_other_sectors_have_cases_of_their_own_rows(bank: Bank, sector: str) -> None:
    table, columns, kinds = OTHERS[sector]
    columns = columns | {"time": "time", "case": "dossier"}
    if sector != "marketplace":
        columns["amount_eur"] = "amount"
    rows = ["2025-03-03T09:00:00,r1,w1,5,C1", "2025-03-03T10:00:00,r2,w1,6,C1",
            "2025-03-03T11:00:00,r3,w2,7,"]  # fmt: skip
    bank.write("r.csv", "\n".join(["time,id,who,amount,dossier", *rows, ""]))
    bank.write("rl.csv", f"{REPORTS}C1,2025-03-04T12:00:00,,purchase\n")
    bank.write("l.csv", f"{REPORTS}D-8,2025-03-06,,x\n")
    tables = {
        table: {"file": "r.csv", "columns": columns},
        "labels": {"file": "rl.csv", "columns": LABELS},
    }
    bank.others = [{"name": "other", "sector": sector, "tables": tables}]
    world, _ = bank.world()
    labels = world.labels[world.labels["partner"] == "other"]
    assert sorted(labels["kind"].unique()) == kinds
    named = world.tables[table]
    for kind, some in labels.groupby("kind"):
        told = named[named[str(kind)].isin(some["value"])]
        assert sorted(told["time"]) == [9 * HOUR, 10 * HOUR]
    assert set(labels["known_at"]) == {DAY + 12 * HOUR}
