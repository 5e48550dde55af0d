"""A first mapping for files that nobody has described."""

from pathlib import Path

import pytest

from proeftuin.commandline.main import main
from proeftuin.imports.importing import import_tables
from proeftuin.imports.suggest import suggest

ROWS = {
    "iso": ("timestamp,transaction_id,from_account,to_account,amount,is_fraud\n"
            "2025-03-03T09:00:00,t1,A1,B1,25.00,0\n2025-03-20T09:00:00,t2,A2,B1,1250.50,1\n"),
    "dutch": ("Boekmoment;Referentie;Van;Naar;Bedrag;Fraude\n"
              "03-03-2025 09:12:40;r1;A1;B1;25,00;nee\n20-03-2025 20:31:05;r2;A2;B1;1250,50;ja\n"),
    "steps": ("step,type,amount,nameOrig,nameDest,isFraud\n"
              "1,CASH,25.00,A1,B1,0\n400,T,1250.5,A2,B1,1\n"),
    "two accounts": ("Timestamp,From Bank,Account,To Bank,Account.1,Amount Paid,Payment Currency,"
                     "Is Laundering\n2022/09/01 00:00,1,A1,2,B1,25.00,Euro,0\n"
                     "2022/09/20 00:00,1,A2,2,B1,1250.50,Euro,1\n"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_a_suggestion_for_a_plain_file_of_payments_imports_as_it_is(
    tmp_path: Path, kind: str
) -> None:
    encoding = "cp1252" if kind == "dutch" else "utf-8"
    (tmp_path / "p.csv").write_text(ROWS[kind].replace("Fraude", "Fraude café"), encoding)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(suggest([tmp_path / "p.csv"]))
    summary = import_tables(mapping, tmp_path / "world")
    assert summary.stored["payments"] == 2
    assert summary.stored["accounts"] == 2
    assert summary.fraud == {"payments": 1}


def test_a_suggestion_shows_no_cell_of_the_file(tmp_path: Path) -> None:
    for text in ROWS.values():
        (tmp_path / "p.csv").write_text(text)
        shown = suggest([tmp_path / "p.csv"])
        assert not any(cell in shown for cell in ("A1", "B1", "1250", "t1", "r1"))


def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "--suggest", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.strip() == f"{tmp_path / 'none.csv'}: no such file"


def test_a_first_row_that_is_no_header_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Jan Jansen,NL20AAAA01,5\nPiet,NL20AAAA02,6\n")
    assert "Jansen" not in suggest([tmp_path / "p.csv"])


def test_a_column_that_is_there_twice_is_left_to_its_reader(tmp_path: Path) -> None:
    text = "id,id,amount,time,from,to\n1,2,5,2025-03-03T09:00:00,A,B\n"
    (tmp_path / "p.csv").write_text(text)
    assert "payment: {row_number: true}" in suggest([tmp_path / "p.csv"])
