"""Files that are no tables, or claim more than they hold, are refused in one short line each."""

import datetime
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from proeftuin.errors import SettingsError
from proeftuin.imports import rows
from proeftuin.imports.importing import import_tables
from proeftuin.imports.problems import LIMIT
from scenarios.foreign import LONGEST_LINE
from tests.fixtures.partner_files import Habits, little_world, write_partners

SECRET = "hunter2"
CALLS = "operator_1/calls.csv"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    return write_partners(little_world(seed=4, payments=12), tmp_path, Habits())


def refusal(mapping: Path) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        import_tables(mapping, mapping.parent / "world")
    problems = refused.value.problems
    assert not (mapping.parent / "world").exists()
    assert len(problems) <= 4 * LIMIT
    assert all(len(line) <= LONGEST_LINE and "\n" not in line for line in problems)
    assert SECRET not in "".join(problems)
    return problems


def of_calls(mapping: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change what the mapping says of the calls of the operator."""
    content = yaml.safe_load(mapping.read_text())
    [operator] = [one for one in content["partners"] if one["name"] == "operator_1"]
    edit(operator["tables"]["calls"])
    mapping.write_text(yaml.safe_dump(content))


def as_parquet(mapping: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Give the calls of the operator as Parquet."""
    rows = pa.csv.read_csv(mapping.parent / CALLS)
    pq.write_table(change(rows), mapping.parent / "calls.parquet")
    of_calls(mapping, lambda calls: calls.update(file="calls.parquet"))


def with_column(name: str, values: pa.Array) -> Callable[[pa.Table], pa.Table]:
    return lambda rows: rows.set_column(rows.column_names.index(name), name, values)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (os.mkfifo, "a pipe or a device"),
        (Path.mkdir, "a folder"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.symlink_to("/dev/zero"), "a pipe or a device"),
        (lambda path: path.write_text(f"root:x:{SECRET}:0\ndaemon:x:1:1\n"), "no column"),
        (lambda path: path.write_text(f"{SECRET},Jansen\n1,2\n"), "no column"),
        (lambda path: path.write_text(f"{SECRET},{SECRET}\n"), "no column"),
        (lambda path: path.write_text(f"-----BEGIN KEY-----\n{SECRET}"), "no column"),
        (lambda path: path.write_bytes("Time,Number\n1,2\n".encode("utf-16")), "no column"),
        (lambda path: path.write_bytes(b"\x7fELF\x00\x01" * 100), "is no table"),
        (lambda path: path.write_text("x" * (2 << 20)), "is no table"),
        (lambda path: path.write_text(",".join(map(str, range(100_000))) + "\n"), "columns"),
        (lambda path: path.write_text(""), "cannot be read"),
        (lambda path: path.write_bytes("bankré,b\n1,2\n".encode("cp1252")), "UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_and_not_repeated(
    mapping: Path, make: Callable[[Path], object], told: str
) -> None:
    path = mapping.parent / CALLS
    path.unlink()
    make(path)
    problems = refusal(mapping)
    assert all(problem.startswith(CALLS) for problem in problems)
    assert told in problems[0]


def test_what_is_not_utf8_is_refused_without_the_words_that_are_not(mapping: Path) -> None:
    path = mapping.parent / CALLS
    path.write_bytes(path.read_bytes() + f"{SECRET} caf\xe9,,,,,\n".encode("latin-1"))
    [problem] = refusal(mapping)
    assert "is no UTF-8 at row 14; say encoding: cp1252" in problem


def test_a_packed_table_is_not_unpacked(mapping: Path) -> None:
    packed = mapping.parent / "calls.csv.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(mapping.parent / CALLS, "calls.csv")
    of_calls(mapping, lambda calls: calls.update(file=packed.name))
    assert refusal(mapping) == ["calls.csv.zip: is compressed; unpack it first (operator_1.calls)"]


@pytest.mark.parametrize("change", [{"file": "a\0b"}, {"delimiter": "\0"}])
def test_a_zero_byte_in_a_mapping_is_refused(mapping: Path, change: dict[str, str]) -> None:
    of_calls(mapping, lambda calls: calls.update(change))
    [problem] = refusal(mapping)
    assert "mapping.yaml: cannot be read as YAML (a text has a sign that cannot be shown" in problem


@pytest.mark.parametrize("name", ["x" * 5000, "../../nowhere"])
def test_an_odd_name_of_a_table_is_refused(mapping: Path, name: str) -> None:
    of_calls(mapping, lambda calls: calls.update(file=name))
    [problem] = refusal(mapping)
    assert problem.endswith("(operator_1.calls)")


@pytest.mark.parametrize("delimiter", ["é", "a", "1", '"', "\n", "", ",,"])
def test_a_delimiter_that_is_no_sign_is_refused(mapping: Path, delimiter: str) -> None:
    of_calls(mapping, lambda calls: calls.update(delimiter=delimiter))
    [problem] = refusal(mapping)
    assert "operator_1.tables.calls.delimiter=" in problem


@pytest.mark.parametrize("layout", ["%Q", "%d-%d", "%z%z", "%", "%U"])
def test_a_format_that_is_none_is_refused(mapping: Path, layout: str) -> None:
    of_calls(
        mapping,
        lambda calls: calls["columns"].update(time={"column": "Their time", "format": layout}),
    )
    [problem] = refusal(mapping)
    assert f"columns.time.format={layout}: " in problem


@pytest.mark.parametrize("moment", ["9999-12-31 23:59:59", "9999-12-31T23:59:59Z", "0001-01-01"])
def test_a_moment_in_another_age_is_refused_with_its_row(mapping: Path, moment: str) -> None:
    path = mapping.parent / CALLS
    header, first, *others = path.read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index("Their time")] = moment
    path.write_text("\n".join([header, ",".join(cells), *others]))
    [problem] = refusal(mapping)
    assert problem.startswith(f"{CALLS}, row 2, column 'Their time': ")


@pytest.mark.parametrize(
    "kind", [pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.date32()]
)
def test_a_moment_of_parquet_in_another_age_is_refused(mapping: Path, kind: pa.DataType) -> None:
    far = [datetime.datetime(9999, 12, 31)] * 12
    as_parquet(mapping, with_column("Their time", pa.array(far).cast(kind, safe=False)))
    assert len(refusal(mapping)) == 12


def test_a_time_of_day_is_no_moment(mapping: Path) -> None:
    as_parquet(mapping, with_column("Their time", pa.array([datetime.time(9)] * 12)))
    assert "column 'Their time'" in refusal(mapping)[0]


def test_a_column_of_lists_is_refused(mapping: Path) -> None:
    as_parquet(mapping, with_column("Their number", pa.array([[1, 2]] * 12)))
    [problem] = refusal(mapping)
    assert "holds lists or groups" in problem


def test_a_cell_of_a_megabyte_is_refused_before_it_is_written_out(mapping: Path) -> None:
    as_parquet(mapping, with_column("Their number", pa.array([SECRET * 150_000] * 12)))
    [problem] = refusal(mapping)
    assert "1,050,000 bytes" in problem


def test_rows_that_do_not_fit_on_the_disk_are_refused_before_they_are_read(
    mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal rows take no room in a file: 60 million of them fit in 1.6 MB."""
    usage = shutil.disk_usage(mapping.parent)._replace(free=10 << 20)
    monkeypatch.setattr(rows.shutil, "disk_usage", lambda folder: usage)
    as_parquet(mapping, lambda found: pa.concat_tables([found] * 10_000))
    problems = refusal(mapping)
    assert [problem for problem in problems if problem.startswith("calls.parquet: holds 120,000")]


def test_a_payment_listed_twice_is_told_once(mapping: Path) -> None:
    path = mapping.parent / "bank_b/payments.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]))
    [problem] = refusal(mapping)
    assert problem.startswith(f"bank_b/payments.csv, row {len(lines) + 1}, column ")
    assert f"stands in row {len(lines)} as well" in problem


def test_a_cell_is_shown_by_its_shape(mapping: Path) -> None:
    """A column in the wrong place can hold anybody's name, telephone or account number."""
    path = mapping.parent / CALLS
    header, *rows = path.read_text().splitlines()
    place = header.split(",").index("Their duration_s")
    cells = rows[0].split(",")
    cells[place] = "J. de Vries NL12 ABNA 0417"
    path.write_text("\n".join([header, ",".join(cells), *rows[1:]]))
    [problem] = refusal(mapping)
    assert "'A. aa Aaaaa AA99 AAAA 9999' is no whole number" in problem


def test_any_other_file_as_mapping_is_not_repeated(tmp_path: Path) -> None:
    for text in (f"root:x:0:0:{SECRET}\n", f"PASSWORD={SECRET}\n", f"{SECRET}: [", f"- {SECRET}"):
        path = tmp_path / "mapping.yaml"
        path.write_text(text)
        refusal(path)


def test_a_mapping_with_very_many_problems_tells_some_and_counts_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text("\n".join(f"key_{number}: 1" for number in range(5000)))
    assert refusal(path)[-1] == "mapping.yaml: ... and 4,981 more"
