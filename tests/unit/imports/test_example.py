"""The example of the document and the command that reads it."""

import re
from pathlib import Path

import pytest

from proeftuin.commandline.main import main
from proeftuin.imports.fields import FIELDS
from proeftuin.imports.importing import import_tables
from proeftuin.settings.compose import settings_for
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
    assert read_about(in_empty_folder / rest[-1])["persons"] == 4
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


def test_the_mapping_of_insurers_in_the_document_makes_a_world_that_can_be_studied(
    tmp_path: Path,
) -> None:
    [mapping] = re.findall(r"```yaml\n(called:.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    kinds = ["water", "fire", "hail"]
    rows = [
        f"2025-0{month}-1{day},c{month}{day},p{day % 3},{100 + day},{kinds[day % 3]},"
        f"{int(day == 7)},2025-0{month}-2{day}"
        for month in range(1, 8)
        for day in range(9)
    ]
    (tmp_path / "claims.csv").write_text(
        "\n".join(["filed,claim,policy,amount,damage,fraud,found_out", *rows, ""])
    )
    import_tables(tmp_path / "mapping.yaml", tmp_path / "world")
    chosen = ["study=alone", "world=stored", f"world.folder={tmp_path / 'world'}", "repetitions=1"]
    stored = settings_for(chosen).world.stored
    assert stored["origin"]["called"]["payments"] == {"en": "claims", "nl": "schadeclaims"}
    assert stored["customers"] == {"insurer_a": 3}
    assert stored["rows"]["payments"] == 63
    world, truth = load_world(tmp_path / "world")
    assert len(truth.cases) == 7
    assert world.tables["payments"]["payee"].is_unique
    assert sorted(world.features.measures) == [f"damage_{kind}" for kind in (
        "fire", "other", "theft", "water")]  # fmt: skip
