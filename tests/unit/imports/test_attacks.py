"""What a hostile reader of the import found, each once: silent changes first."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthetic_data.clock import DAY, HOUR
from tests.fixtures.one_bank import HEADER, PAYMENTS, ROW, Bank, payments


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


@pytest.mark.parametrize("name", ["part", "row", "other", "found", "sender"])
def test_a_feature_may_have_any_name_and_moves_no_payment(bank: Bank, name: str) -> None:
    bank.pay(f"{ROW.format(10, 0)},7", f"{ROW.format(11, 1)},8", header=f"{HEADER},x")
    feature = {"column": "x", "low": 0, "high": 10, "unit": "x"}
    bank.tables["payments"]["features"] = {name: feature}
    world, _ = bank.world()
    assert len(world.tables["payments"]) == 2
    assert sorted(world.features.values[name]) == [7.0, 8.0]


@pytest.mark.parametrize("kind", ["csv", "float csv", "parquet"])
def test_a_number_that_stands_for_nothing_is_no_number_in_any_file(bank: Bank, kind: str) -> None:
    rows = [f"{ROW.format(10 + n, n)},{value}" for n, value in enumerate((5, -999, 7))]
    text = [row.replace("-999", "-999.0") for row in rows] if kind == "float csv" else rows
    bank.pay(*text, header=f"{HEADER},x")
    if kind == "parquet":
        pd.read_csv(bank.place / "p.csv").to_parquet(bank.place / "p.parquet", index=False)
        bank.tables["payments"]["file"] = "p.parquet"
    feature = {"column": "x", "low": 0, "high": 10, "unit": "x", "missing": 6}
    bank.tables["payments"] |= {"features": {"x": feature}, "na_values": ["-999"]}
    world, _ = bank.world()
    assert sorted(world.features.values["x"]) == [5.0, 6.0, 7.0]


def test_a_quote_that_is_never_closed_swallows_no_payment(bank: Bank) -> None:
    rows = ["2025-03-03T09:00:00,p1,NL20AAAA01,B1,10.00,\"huur,x",
            "2025-03-04T09:00:00,p2,NL20AAAA01,B1,20.50,\"eten,y"]  # fmt: skip
    bank.pay(*rows, header=f"{HEADER},what,more")
    [problem] = bank.refused()
    assert 'row 2 holds what looks like further rows; is a sign " missing in it?' in problem


def test_a_line_break_within_quotes_is_read_in_files_of_any_size(bank: Bank) -> None:
    rows = [f'{ROW.format(10, number)},"street\ntown"' for number in range(3)]
    bank.pay(*rows, header=f"{HEADER},address")
    assert bank.summary().stored["payments"] == 3


def test_a_statement_has_both_lines_of_a_payment_within_the_bank(bank: Bank) -> None:
    rows = ["2025-03-03T13:00:00,r1,NL20AAAA01,NL20AAAA02,-3",
            "2025-03-03T13:00:00,r1,NL20AAAA02,NL20AAAA01,3"]  # fmt: skip
    bank.pay(*rows)
    bank.tables["payments"]["columns"]["amount_eur"] = {"column": "amount", "signed": True}
    world, _ = bank.world()
    assert len(world.tables["payments"]) == 1
    (bank.place / "world").rename(bank.place / "before")
    bank.tables["payments"]["columns"]["payment"] = {"row_number": True}
    [problem] = bank.refused()
    assert "stands in its statements twice, which only a reference tells" in problem


def two_banks(bank: Bank, mine: str, theirs: str) -> None:
    """One payment, with the moments that the bank of the payer and that of the payee have."""
    bank.pay(f"{mine},p1,NL20AAAA01,B1,5.00", "2025-03-20T09:00:00,p2,NL20AAAA01,X,5.00")
    bank.write("b_a.csv", "account,age\nB1,41\n")
    bank.write("b_p.csv", f"{HEADER}\n{theirs},p1,NL20AAAA01,B1,5.00\n")
    tables = {
        "payments": {"file": "b_p.csv", "columns": PAYMENTS},
        "accounts": {"file": "b_a.csv", "columns": {"account": "account", "age": "age"}},
    }
    bank.others = [{"name": "bank_b", "sector": "bank", "tables": tables}]


def test_the_moment_of_a_payment_is_everywhere_that_of_the_payers_bank(bank: Bank) -> None:
    two_banks(bank, "2025-03-03T09:00:00", "2025-03-03T08:00:00")
    columns = {"event": "id", "known_at": {"delay_days": 0.5}}
    bank.write("l.csv", "id\np1\n")
    bank.tables["labels"] = {"file": "l.csv", "columns": columns}
    world, _ = bank.world()
    assert world.labels["known_at"].unique().tolist() == [21 * HOUR]


def test_banks_that_disagree_on_the_day_of_a_payment_are_asked_which(bank: Bank) -> None:
    two_banks(bank, "2025-03-03T09:00:00", "2023-03-03T09:00:00")
    [problem] = bank.refused()
    assert problem.startswith("b_p.csv, row 2, column 'time': is more than a day from its moment")


def test_a_delay_counts_from_a_row_and_from_nothing_else(bank: Bank) -> None:
    bank.pay(*payments())
    bank.write("l.csv", "account\nNL20AAAA01\n")
    columns = {"event": "account", "kind": {"value": "payee"}, "known_at": {"delay_days": 7}}
    bank.tables["labels"] = {"file": "l.csv", "columns": columns}
    [problem] = bank.refused()
    assert "is a payee, which has no moment to count delay_days from" in problem


def test_days_and_moments_of_reports_may_mix(bank: Bank) -> None:
    bank.pay(*payments(3), "2025-03-20T09:00:00,9,NL20AAAA01,X,5.00")
    bank.write("l.csv", "id,known,gone\n0,2025-03-07,\n1,2025-03-08T10:00:00,\n"
                        "2,2025-03-09,2025-03-09T15:00:00\n")  # fmt: skip
    columns = {"event": "id", "known_at": "known", "withdrawn_at": "gone"}
    bank.tables["labels"] = {"file": "l.csv", "columns": columns}
    world, _ = bank.world()
    known = sorted(world.labels["known_at"].unique())
    assert known == [5 * DAY - 1, 5 * DAY + 10 * HOUR, 6 * DAY + 15 * HOUR]


def test_a_zone_by_name_is_refused_rather_than_ignored(bank: Bank) -> None:
    bank.pay(*payments())
    time = {"column": "time", "format": "%Y-%m-%dT%H:%M:%S %Z"}
    bank.tables["payments"]["columns"]["time"] = time
    [problem] = bank.refused()
    assert "%Z, the name of a zone, is not understood; use %z" in problem


def test_account_numbers_that_differ_in_case_are_two_accounts(bank: Bank) -> None:
    """Only an IBAN is written in any case."""
    rows = ["2025-03-03T09:00:00,0,nl20aaaa01,xy1,5", "2025-03-03T10:00:00,1,NL20AAAA01,XY1,5"]
    bank.pay(*rows)
    world, _ = bank.world()
    assert world.tables["payments"]["payee"].nunique() == 2
    assert world.tables["payments"]["payer"].nunique() == 1


def test_hexadecimal_account_numbers_are_no_shortened_ones(bank: Bank) -> None:
    bank.write("a.csv", "account,age\n80012E450,41\n")
    bank.tables["accounts"]["columns"] = {"account": "account", "age": "age"}
    bank.pay("2025-03-03T09:00:00,12e5,80012E450,8E10,5")
    assert bank.summary().stored["payments"] == 1


def test_reports_from_before_the_first_day_count_in_the_first_week(bank: Bank) -> None:
    bank.pay(*payments())
    bank.write("l.csv", "account,known\nNL20AAAA01,2025-02-01\n")
    columns = {"event": "account", "kind": {"value": "payee"}, "known_at": "known"}
    bank.tables["labels"] = {"file": "l.csv", "columns": columns}
    assert bank.summary().reports_per_week == [1, 0]


def test_labels_without_a_report_leave_room_for_those_of_another_bank(bank: Bank) -> None:
    two_banks(bank, "2025-03-03T09:00:00", "2025-03-03T09:00:00")
    bank.write("l.csv", "id,known,label,form\np1,,0,x\n")
    bank.write("b_l.csv", "id,known,label,form\np1,2025-03-05,1,helpdesk\n")
    columns = {"event": "id", "known_at": "known", "label": "label", "form": "form"}
    bank.tables["labels"] = {"file": "l.csv", "columns": columns}
    bank.others[0]["tables"]["labels"] = {"file": "b_l.csv", "columns": columns}
    summary = bank.summary()
    assert summary.fraud == {"payments": 1}
    assert not any("leave the column out" in warning for warning in summary.warnings)


def test_a_payment_of_another_century_is_one_line(bank: Bank) -> None:
    bank.pay(*payments(), "2099-12-31T09:00:00,9,NL20AAAA01,X,5")
    [problem] = bank.refused()
    assert "days; is a year in them wrong?" in problem


def test_a_list_of_accounts_says_how_many_reports_it_had_whatever_they_mean(bank: Bank) -> None:
    bank.pay(*payments(3))
    bank.write("sar.csv", "account,date\nNL31BBBB01,2025-03-10\n")
    columns = {"event": "account", "kind": {"value": "payee"}, "known_at": "date"}
    spread = {"payments": "received"}
    bank.tables["labels"] = {"file": "sar.csv", "columns": columns, "spread": spread}
    summary = bank.summary()
    assert summary.rows["bank_a"]["labels"] == 1
    assert sum(summary.reports_per_week) == 1
    assert summary.fraud == {"payments": 3}


def test_a_device_of_one_bank_alone_is_no_shared_one(bank: Bank) -> None:
    two_banks(bank, "2025-03-03T09:00:00", "2025-03-03T09:00:00")
    bank.pay("2025-03-03T09:00:00,p1,NL20AAAA01,B1,5.00,d", header=f"{HEADER},device")
    bank.tables["payments"]["columns"]["device"] = "device"
    bank.write("b_p.csv", f"{HEADER},device\n2025-03-03T09:00:00,p1,NL20AAAA01,B1,5.00,\n"
                          "2025-03-03T09:00:00,p7,ELSEWHERE,B1,5.00,d\n")  # fmt: skip
    theirs = bank.others[0]["tables"]["payments"]
    theirs["columns"] = PAYMENTS | {"device": "device"}
    [link] = [each for each in bank.summary().links if each.what.startswith("devices")]
    assert (link.known, link.all) == (0, 1)


def test_the_order_of_rows_in_a_file_changes_nothing(bank: Bank) -> None:
    bank.more["salt"] = "the same in both"
    bank.pay(*payments())
    rng, kinds = np.random.default_rng(1), ["0", "1", "2", "3", "4"]
    rows = [f"2025-03-03T09:00:00,NL20AAAA01,{kinds[n % 5]},{n}" for n in range(20)]
    columns = {"time": "t", "account": "a", "kind": "k", "amount_eur": "e"}
    bank.tables["actions"] = {"file": "k.csv", "columns": columns}
    found = []
    for order in (np.arange(20), rng.permutation(20)):
        bank.write("k.csv", "\n".join(["t,a,k,e", *(rows[n] for n in order), ""]))
        found.append(bank.world()[0].tables["actions"])
        (bank.place / "world").rename(bank.place / f"world {len(found)}")
    pd.testing.assert_frame_equal(*found)


def test_a_named_start_gives_the_same_ages_whoever_else_takes_part(bank: Bank) -> None:
    bank.write("a.csv", "account,born\nNL20AAAA01,1984-02-20\n")
    age = {"column": "born", "unit": "birth_date"}
    bank.tables["accounts"]["columns"] = {"account": "account", "age": age}
    bank.pay(*payments())
    bank.more["start"] = "2025-01-08"
    world, _ = bank.world()
    assert world.tables["accounts"]["age"].tolist() == [40]
    assert world.tables["payments"]["time"].min() // DAY == 56
    (bank.place / "world").rename(bank.place / "before")
    bank.more["start"] = "2025-03-10"
    assert "lies before start; name an earlier day there" in bank.refused()[0]


@pytest.mark.parametrize("salt", [1234567890123456, "geheim123"])
def test_the_salt_is_never_repeated(bank: Bank, salt: object) -> None:
    bank.pay(*payments())
    bank.more["salt"] = salt
    assert bank.refused() == ["mapping.yaml: salt: give a text of 16 characters or more, in quotes"]


def test_a_gzip_file_that_was_cut_off_is_one_line(bank: Bank) -> None:
    import gzip

    bank.write("p.csv.gz", gzip.compress(f"{HEADER}\n{ROW.format(10, 0)}\n".encode() * 99)[:-20])
    bank.tables["payments"]["file"] = "p.csv.gz"
    [problem] = bank.refused()
    assert problem.startswith("p.csv.gz: cannot be read")
