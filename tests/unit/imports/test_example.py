"""The example of the document and the command that reads it."""

import re
from pathlib import Path

import pytest

from proeftuin.commandline.main import main
from proeftuin.imports.fields import FIELDS
from synthetic_data.stored import load_world, read_about

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "experiments" / "import_example"
DOCUMENT = (ROOT / "docs" / "import.md").read_text("utf-8")


def test_the_document_shows_the_example_as_it_is() -> None:
    shown = dict(re.findall(r"`([\w./]+)`:\n\n```\w+\n(.*?)```", DOCUMENT, re.DOTALL))
    files = {
        path.relative_to(EXAMPLE).as_posix(): path.read_text("utf-8")
        for path in EXAMPLE.rglob("*")
        if path.is_file()
    }
    assert shown == files


def test_the_command_of_the_document_says_what_the_document_says(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [command] = re.findall(r"```sh\nproeftuin (import .*? --to .*?)\n```", DOCUMENT)
    verb, mapping, *rest = command.split()
    assert main([verb, str(ROOT / mapping), *rest]) == 0
    [told] = re.findall(r"says what it made:\n\n```text\n(.*?)```", DOCUMENT, re.DOTALL)
    salted = r"hash \w+"  # another one in every import
    assert re.sub(salted, "", capsys.readouterr().out) == re.sub(salted, "", told)
    world, truth = load_world(in_empty_folder / rest[-1])
    payments = world.tables["payments"]
    assert sorted(payments["amount_eur"]) == [12.5, 25.0, 48.0, 89.95, 1250.0, 4900.0]
    # The payer's bank decides: bank_a says that all it knows was made in the app, bank_b does not.
    app = payments.set_index("amount_eur")["app"]
    assert app.loc[[25.0, 12.5, 48.0]].tolist() == [1, 0, 0]
    assert read_about(in_empty_folder / rest[-1])["persons"] == 2
    stolen = payments[payments["payment"].isin(truth.payments["payment"])]
    assert stolen[["amount_eur", "payer_bank", "payee_bank"]].to_numpy().tolist() == [[4900, 0, 1]]
    # 11:47:59 on Wednesday, by the wall clock, although bank_b and the operator count otherwise.
    assert stolen["time"].tolist() == [2 * 86_400 + 11 * 3600 + 47 * 60 + 59]
    victim = world.tables["accounts"].set_index("account").loc[stolen["payer"]]
    call = world.tables["calls"].query("duration_s == 1730")
    assert victim["phone"].tolist() == call["subscriber"].tolist()
    assert call["time"].tolist() == [2 * 86_400 + 11 * 3600 + 40 * 60 + 1]


@pytest.mark.parametrize("table", [table for table in FIELDS if table != "labels"])
def test_the_document_says_which_columns_are_required(table: str) -> None:
    columns = ", ".join(
        f"**{name}**" if field.fill is None else name for name, field in FIELDS[table].items()
    )
    assert f"| {table} | {columns} |" in DOCUMENT


def test_the_document_knows_every_column_of_a_report() -> None:
    for name, field in FIELDS["labels"].items():
        assert f"\n| **{name}** |" if field.fill is None else f"\n| {name} |" in DOCUMENT
