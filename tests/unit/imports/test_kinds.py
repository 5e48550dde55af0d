"""Faults of real files that used to pass in silence, or could not be said: each kind once."""

from pathlib import Path

import pytest

from proeftuin.features.bank import bank_features
from proeftuin.features.views import desk_view
from synthetic_data.clock import DAY, HOUR
from synthetic_data.schema import BUSINESS, UNKNOWN_AGE
from synthetic_data.stored import read_about
from tests.fixtures.one_bank import HEADER, PAYMENTS, ROW, Bank, payments


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


def test_a_label_that_is_empty_is_no_report(bank: Bank) -> None:
    words = ["1", "", "NULL", "n/a", "0", "nee", "ja"]
    rows = [f"{ROW.format(10 + n, n)},2025-03-04T09:00:00,{word}" for n, word in enumerate(words)]
    bank.pay(*rows, header=f"{HEADER},known,fraud")
    columns = {"event": "id", "known_at": "known", "label": "fraud"}
    bank.tables["labels"] = {"file": "p.csv", "columns": columns}
    summary = bank.summary()
    assert summary.fraud == {"payments": 2}
    [label] = [each for each in summary.cells if (each.table, each.column) == ("labels", "label")]
    assert (label.empty, label.by_word) == (3 / 7, 2 / 7)


def test_words_for_nothing_are_no_device_that_many_share(bank: Bank) -> None:
    words = ["NULL", "N/A", "None", "-", "onbekend", "(null)", "n.v.t.", "", "nan", "phone-1"]
    bank.pay(
        *(f"{ROW.format(10 + n, n)},{word}" for n, word in enumerate(words)),
        header=f"{HEADER},device",
    )
    bank.tables["payments"]["columns"]["device"] = "device"
    world, _ = bank.world()
    assert (world.tables["payments"]["device"] >= 0).sum() == 1


def test_a_placeholder_that_no_list_knows_is_warned_of(bank: Bank) -> None:
    rows = [f"NL20AAAA{n:02d},41,+31600000000" for n in range(1, 60)]
    bank.write("a.csv", "\n".join(["account,age,phone", *rows, ""]))
    bank.pay(*payments())
    [warning] = [each for each in bank.summary().warnings if "placeholder" in each]
    assert warning.startswith("accounts.phone: one value (hash ")
    assert "59 rows of 59" in warning
    assert "600000000" not in warning


@pytest.mark.parametrize("written", ["1e-05", "0.00001000000000000000000001", "+.00001", "1.0E-5"])
def test_any_way_of_writing_a_number_is_read(bank: Bank, written: str) -> None:
    bank.pay(f"{ROW.format(10, 0)},{written}", f"{ROW.format(11, 1)},0.5", header=f"{HEADER},f")
    feature = {"column": "f", "low": -10, "high": 10, "unit": "x"}
    bank.tables["payments"]["features"] = {"f": feature}
    world, _ = bank.world()
    assert sorted(world.features.values["f"]) == pytest.approx([1e-5, 0.5])


def test_numbers_cut_off_at_the_bounds_are_counted_and_warned_of(bank: Bank) -> None:
    bank.pay(*(f"{row},{n}" for row, n in zip(payments(4), (5, 500, 700, 12000), strict=True)),
             header=f"{HEADER},f")  # fmt: skip
    feature = {"column": "f", "low": -10, "high": 10, "unit": "x"}
    bank.tables["payments"]["features"] = {"f": feature}
    summary = bank.summary()
    assert {each.column: each.clipped for each in summary.cells}["f"] == 0.75
    assert any("75% of the numbers lie beyond low and high" in each for each in summary.warnings)


@pytest.mark.parametrize(
    "phone", ["0612345678", "06-12 34 56 78", "0031612345678", "31612345678", "+31 6 12345678"]
)
def test_a_phone_number_links_however_it_is_written(bank: Bank, phone: str) -> None:
    bank.write("a.csv", f"account,age,phone\nNL20AAAA01,41,{phone}\n")
    bank.write("s.csv", "p\n+31612345678\n")
    bank.write("c.csv", "t,s,n,d,i\n2025-03-03T09:00:00,+31612345678,+31880001111,600,1\n")
    calls = {"time": "t", "subscriber": "s", "number": "n", "duration_s": "d", "incoming": "i"}
    tables = {
        "calls": {"file": "c.csv", "columns": calls},
        "subscribers": {"file": "s.csv", "columns": {"phone": "p"}},
    }
    bank.others = [{"name": "operator_1", "sector": "telecom", "tables": tables}]
    bank.pay(*payments())
    [link] = [each for each in bank.summary().links if each.what.startswith("phones")]
    assert (link.known, link.all) == (1, 1)


def test_a_number_that_a_spreadsheet_shortened_is_nobodys_phone(bank: Bank) -> None:
    bank.write("a.csv", "account,age,phone\nNL20AAAA01,41,3.16E+10\nNL20AAAA02,74,3.16E+10\n")
    bank.pay(*payments())
    first, second = bank.refused()
    assert first == (
        "a.csv, row 2, column 'phone': '9.99A+99' is a number that a spreadsheet shortened; save "
        "the column as text"
    )
    assert "row 3" in second


def test_a_windows_file_is_read_if_the_mapping_says_so(bank: Bank) -> None:
    bank.write("p.csv", f"{HEADER},cliënt\n{ROW.format(10, 0)},Zoë\n".encode("cp1252"))
    [problem] = bank.refused()
    assert "is no UTF-8 at row 1; say encoding: cp1252 if it comes from Windows" in problem
    bank.tables["payments"]["encoding"] = "cp1252"
    assert bank.summary().stored["payments"] == 1


def test_utf_16_is_recognised(bank: Bank) -> None:
    bank.write("p.csv", f"{HEADER}\n{ROW.format(10, 0)}\n".encode("utf-16"))
    assert bank.summary().stored["payments"] == 1


def test_a_report_twenty_minutes_after_a_payment_when_the_clocks_go_back(bank: Bank) -> None:
    rows = ["2025-10-26T02:50:00+02:00,0,NL20AAAA01,X,25.00",
            "2025-10-26T03:30:00+01:00,1,NL20AAAA01,X,25.00"]  # fmt: skip
    bank.pay(*rows)
    bank.write("l.csv", "id,known\n0,2025-10-26T02:10:00+01:00\n")
    bank.tables["labels"] = {"file": "l.csv", "columns": {"event": "id", "known_at": "known"}}
    world, _ = bank.world()
    [first, _] = world.tables["payments"]["time"]
    assert 0 < world.labels["known_at"].min() - first < HOUR


def test_a_report_dated_on_the_day_of_the_payment_comes_after_it(bank: Bank) -> None:
    bank.pay(*payments(), "2025-03-05T09:00:00,9,NL20AAAA01,X,5")
    bank.write("l.csv", "id,known\n0,2025-03-03\n")
    bank.tables["labels"] = {"file": "l.csv", "columns": {"event": "id", "known_at": "known"}}
    world, _ = bank.world()
    assert set(world.labels["known_at"]) == {DAY - 1}


def test_reports_a_fixed_time_after_what_they_are_about(bank: Bank) -> None:
    bank.pay(f"{ROW.format(10, 0)},0", f"{ROW.format(11, 1)},1",
             "2025-03-20T09:00:00,9,NL20AAAA01,X,5,0", header=f"{HEADER},fraud")  # fmt: skip
    columns = {"event": "id", "label": "fraud", "known_at": {"delay_days": 7}}
    bank.tables["labels"] = {"file": "p.csv", "columns": columns}
    world, _ = bank.world()
    moment = world.tables["payments"]["time"].iloc[1]
    assert set(world.labels["known_at"]) == {moment + 7 * DAY}


def test_a_duplicate_reference_is_one_line_also_with_two_banks(bank: Bank) -> None:
    bank.pay(*payments())
    bank.write("b_a.csv", "account,age\nB1,41\n")
    rows = ["2025-03-03T09:00:00,2,B1,X1,5.00", "2025-03-03T09:01:00,2,B1,X2,6.00"]
    bank.write("b_p.csv", "\n".join([HEADER, *rows, ""]))
    tables = {
        "payments": {"file": "b_p.csv", "columns": PAYMENTS},
        "accounts": {"file": "b_a.csv", "columns": {"account": "account", "age": "age"}},
    }
    bank.others = [{"name": "bank_b", "sector": "bank", "tables": tables}]
    assert bank.refused() == [
        "b_p.csv, row 3, column 'id': stands in row 2 as well; payment must be different in every "
        "row"
    ]


def test_a_file_without_a_header_prints_nobodys_account(bank: Bank) -> None:
    bank.write("p.csv", "2025-03-03T09:12:40,1,NL20AAAA0000000001,NL31BBBB0000000001,5\n")
    problems = "\n".join(bank.refused())
    assert "does its first row name its columns?" in problems
    assert "BBBB" not in problems


def test_a_year_typo_is_warned_of(bank: Bank) -> None:
    bank.pay(*payments(), "2052-03-04T09:12:40,9,NL20AAAA01,X,25.00")
    assert any("is a horizon of years" in each for each in bank.summary().warnings)


def test_strict_refuses_what_would_make_a_study_meaningless(bank: Bank) -> None:
    bank.pay(*payments())
    assert bank.refused(strict=True) == [
        "no reports: nothing can be learned and nothing counts as fraud; add labels"
    ]


def test_amounts_in_other_money_count_at_their_rate(bank: Bank) -> None:
    bank.pay(f"{ROW.format(10, 0)},US Dollar", f"{ROW.format(11, 1)},EUR",
             header=f"{HEADER},currency")  # fmt: skip
    [warning] = [each for each in bank.summary().warnings if "euros" in each]
    assert warning.startswith("p.csv: nobody reads currency")
    (bank.place / "world").rename(bank.place / "before")
    bank.more["rates"] = {"US Dollar": 0.5}
    bank.tables["payments"]["columns"]["amount_eur"] = {"column": "amount", "currency": "currency"}
    world, _ = bank.world()
    assert world.tables["payments"]["amount_eur"].tolist() == [12.5, 25.0]


def test_a_statement_with_signs_says_who_pays_whom(bank: Bank) -> None:
    bank.pay("2025-03-03T09:00:00,0,NL20AAAA01,NL31BBBB01,-25.00",
             "2025-03-03T10:00:00,1,NL20AAAA01,NL31BBBB01,40.00")  # fmt: skip
    bank.tables["payments"]["columns"]["amount_eur"] = {"column": "amount", "signed": True}
    world, _ = bank.world()
    out, back = world.tables["payments"].itertuples(index=False)
    assert (out.payer, out.payee, out.amount_eur) == (back.payee, back.payer, 25.0)
    assert back.amount_eur == 40.0


def test_a_birth_date_becomes_an_age_on_the_first_day(bank: Bank) -> None:
    bank.write("a.csv", "account,born\nNL20AAAA01,1984-03-02\nNL20AAAA02,1984-03-03\nNL20AAAA03,\n")
    age = {"column": "born", "unit": "birth_date"}
    bank.tables["accounts"]["columns"] = {"account": "account", "age": age}
    bank.pay("2024-03-02T09:00:00,0,NL20AAAA01,X,25.00")
    world, _ = bank.world()
    assert sorted(world.tables["accounts"]["age"]) == [-1, 39, 40]


def test_nobody_is_born_after_the_data(bank: Bank) -> None:
    bank.write("a.csv", "account,born\nNL20AAAA01,2031-01-01\n")
    age = {"column": "born", "unit": "birth_date"}
    bank.tables["accounts"]["columns"] = {"account": "account", "age": age}
    bank.pay(*payments())
    [problem] = bank.refused()
    assert problem.startswith("a.csv, row 2, column 'born': is a birth after the first day")


def test_steps_without_a_date_row_numbers_and_accounts_from_the_payments(bank: Bank) -> None:
    rows = ["1,9.50,C1,M1,0", "2,65.07,C2,M2,1", "2,7.00,C1,M2,0", "500,1.00,C2,C1,0"]
    bank.write("p.csv", "\n".join(["step,amount,nameOrig,nameDest,isFraud", *rows, ""]))
    time = {"column": "step", "unit": "h", "origin": "2020-01-06"}
    row = {"row_number": True}
    columns = {
        "time": time, "payment": row, "payer": "nameOrig", "payee": "nameDest",
        "amount_eur": "amount",
    }  # fmt: skip
    account = {"account": "nameOrig", "age": {"value": 40}}
    labels = {"event": row, "label": "isFraud", "known_at": {"delay_days": 0.5}}
    bank.tables = {
        "payments": {"file": "p.csv", "columns": columns},
        "accounts": {"file": "p.csv", "columns": account, "distinct": True},
        "labels": {"file": "p.csv", "columns": labels},
    }
    world, truth = bank.world()
    assert world.tables["payments"]["time"].tolist() == [HOUR, 2 * HOUR, 2 * HOUR, 500 * HOUR]
    assert len(world.tables["accounts"]) == 2
    assert truth.payments["amount_eur"].tolist() == [65.07]
    assert set(world.labels["known_at"]) == {14 * HOUR}


def test_one_file_serves_all_banks_by_a_bank_column(bank: Bank) -> None:
    rows = ["010,1,0020,9,50.00", "0020,9,010,1,60.00", "0020,9,99,7,70.00"]
    lines = [f"2022/09/01 00:0{n},{row}" for n, row in enumerate(rows)]
    header = "Timestamp,From Bank,Account,To Bank,Account.1,Paid"
    bank.write("t.csv", "\n".join([header, *lines, ""]))
    columns = {
        "time": {"column": "Timestamp", "format": "%Y/%m/%d %H:%M"},
        "payment": {"row_number": True}, "payer": "Account", "payee": "Account.1",
        "amount_eur": "Paid",
    }  # fmt: skip
    tables = {}
    for name, code, account in (("bank_a", "010", "1"), ("bank_b", "0020", "9")):
        bank.write(f"{name}.csv", f"account,age\n{account},40\n")
        where = {"column": ["From Bank", "To Bank"], "is": code}
        tables[name] = {
            "payments": {"file": "t.csv", "columns": columns, "where": where},
            "accounts": {"file": f"{name}.csv", "columns": {"account": "account", "age": "age"}},
        }
    bank.tables = tables["bank_a"]
    bank.others = [{"name": "bank_b", "sector": "bank", "tables": tables["bank_b"]}]
    world, _ = bank.world()
    pairs = world.tables["payments"][["payer_bank", "payee_bank"]].to_numpy().tolist()
    assert pairs == [[0, 1], [1, 0], [1, -1]]


def test_reports_of_accounts_make_no_fraud_until_they_say_which_payments(bank: Bank) -> None:
    rows = ["03T09:00:00,0,NL20AAAA01,NL20AAAA02,5", "09T09:00:00,1,X,NL20AAAA02,6",
            "11T09:00:00,2,NL20AAAA01,NL20AAAA02,7", "09T09:00:00,3,NL20AAAA02,X,8"]  # fmt: skip
    bank.pay(*(f"2025-03-{row}" for row in rows))
    bank.write("sar.csv", "account,date\nNL20AAAA02,2025-03-10\n")
    columns = {"event": "account", "kind": {"value": "payee"}, "known_at": "date"}
    bank.tables["labels"] = {"file": "sar.csv", "columns": columns}
    summary = bank.summary()
    assert summary.fraud == {}
    assert any("reports name accounts or persons only" in each for each in summary.warnings)
    for spread, amounts in (
        ({"payments": "received"}, [5.0, 6.0]),
        ({"payments": "received", "days": 3}, [6.0]),
        ({"payments": "both", "days": 3}, [6.0, 8.0]),
    ):
        (bank.place / "world").rename(bank.place / f"world {len(amounts)} {spread['payments']}")
        bank.tables["labels"]["spread"] = spread
        _, truth = bank.world()
        assert sorted(truth.payments["amount_eur"]) == amounts


def test_customers_and_shops_with_the_same_numbers_are_not_the_same_accounts(bank: Bank) -> None:
    bank.write("a.csv", "account,age\n7,41\n8,40\n")
    bank.tables["accounts"]["columns"] = {"account": "account", "age": "age"}
    bank.pay("2025-03-03T09:00:00,0,7,7,25.00", "2025-03-03T10:00:00,1,7,8,25.00")
    assert any("from an account to itself" in each for each in bank.summary().warnings)
    (bank.place / "world").rename(bank.place / "before")
    bank.tables["payments"]["columns"]["payee"] = {"column": "payee", "prefix": "shop-"}
    world, _ = bank.world()
    assert world.tables["payments"]["payee_bank"].tolist() == [-1, -1]


def test_people_without_phones_are_told_apart_by_their_accounts(bank: Bank) -> None:
    bank.write("a.csv", "account,age,who\nA1,41,x\nA2,40,x\nA3,30,\nA4,-1,\n")
    columns = {"account": "account", "age": "age", "holder": "who"}
    bank.tables["accounts"]["columns"] = columns
    bank.pay("2025-03-03T09:00:00,0,A1,X,25.00")
    world, _ = bank.world()
    accounts = world.tables["accounts"]
    assert accounts.loc[accounts["age"] >= 0, "phone"].nunique() == 2
    assert accounts.loc[accounts["age"] < 0, "phone"].tolist() == [-1]


def test_without_ages_everybody_is_a_private_customer_and_a_business_where_one_is_empty(
    bank: Bank,
) -> None:
    bank.write("a.csv", "account,age\nNL20AAAA01,41\nNL20AAAA02,\n")
    bank.tables["accounts"]["columns"] = {"account": "account", "age": "age"}
    bank.pay(*payments())
    world, _ = bank.world()
    assert sorted(world.tables["accounts"]["age"]) == [BUSINESS, 41]
    (bank.place / "world").rename(bank.place / "before")
    del bank.tables["accounts"]["columns"]["age"]
    world, _ = bank.world()
    accounts = world.tables["accounts"]
    assert accounts["age"].tolist() == [UNKNOWN_AGE] * 2
    assert accounts["phone"].nunique() == 2
    desk = bank_features(desk_view(world, "bank", (0,), ("bank_a",)))
    assert len(desk.event) == 2  # and so its payments are judged
    assert read_about(bank.place / "world")["customers"] == {"bank_a": 2}


@pytest.mark.parametrize(
    ("called", "told"),
    [
        ({"banks": {"en": "insurers"}}, ["banks.nl: missing", "called.payments: missing"]),
        ({"bank": {"en": "insurers"}}, ["called.bank: unknown key; did you mean banks?"]),
        ({"banks": {"en": "insurers", "de": "x"}}, ["called.banks.de: unknown key"]),
        ("insurers", ["called: is no group"]),
        ({"banks": {"en": "x" * 41, "nl": "x"}}, ["called.banks.en=xxx"]),
    ],
)
def test_what_banks_are_called_is_said_in_both_languages(
    bank: Bank, called: object, told: list[str]
) -> None:
    bank.more["called"] = called
    bank.pay(*payments())
    problems = "\n".join(bank.refused())
    for each in told:
        assert each in problems
