"""A file is read whatever program wrote it, or refused in one line that says how to save it."""

import codecs
import gzip
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from proeftuin.imports.problems import Problems, like_a_name, listed
from proeftuin.imports.reading import blocks, column_names
from scenarios.foreign import ForeignFileError

TEXT = "naam;café\nJosé;1\nNULL;2\n"
ROWS = [{"naam": "José", "café": "1"}, {"naam": "NULL", "café": "2"}]


def read(path: Path, encoding: str = "utf-8") -> list[dict[str, Any]]:
    names = column_names(path, ";", encoding)
    found = blocks(path, ";", names, names, Problems(), path.name, lambda held: None, encoding)
    return [row for block in found for row in block.columns.to_pylist()]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "cp1252"),
        (TEXT.encode("utf-16"), "utf-8"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-8"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.encode("cp1252"), "latin-1"),
        (gzip.compress(TEXT.encode()), "utf-8"),
        (gzip.compress(TEXT.encode("utf-16")), "utf-8"),
    ],
)
def test_a_text_is_read_in_its_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    assert read(path, encoding) == ROWS


def test_parquet_is_known_by_what_it_begins_with(tmp_path: Path) -> None:
    path = tmp_path / "part-0000"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    assert read(path) == ROWS


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("naam;caf\xe9\nJan;1\n", 1),
        ("naam;x\nJan;1\nJos\xe9;1\n", 3),
        ('naam;x\n"over\ntwo\nlines";1\nJos\xe9;1\n', 3),
    ],
)
def test_a_text_of_windows_is_refused_with_its_row_and_what_to_say(
    tmp_path: Path, content: str, row: int
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content.encode("cp1252"))
    with pytest.raises(ForeignFileError) as refused:
        read(path)
    told = f"is no UTF-8 at row {row}; say encoding: cp1252 if it comes from Windows"
    assert refused.value.reason == told


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(TEXT.encode(), "ascii"), (b"a;b\n1;\x81\n", "cp1252"), (TEXT.encode(), "utf-16")],
)
def test_a_wrong_encoding_is_refused(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with pytest.raises(ForeignFileError, match=f"is no {encoding}; say under encoding"):
        read(path, encoding)


def test_a_packed_file_or_workbook_is_refused(tmp_path: Path) -> None:
    for name, told in (("p.zip", "is compressed; unpack it first"), ("p.xlsx", "is a workbook")):
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("p.csv", TEXT)
        with pytest.raises(ForeignFileError, match=told):
            read(tmp_path / name)


@pytest.mark.parametrize(
    "cell", ["a.b@c.nl", "NL20AAAA0000000001", "tel 06 12 34 56", "41", "A1234"]
)
def test_a_cell_of_a_person_is_not_taken_for_the_name_of_a_column(cell: str) -> None:
    assert not like_a_name(cell)
    assert cell not in listed(["time", cell])


def test_names_of_columns_are_shown() -> None:
    assert listed(["Account.1", "V28", "Is Laundering"]) == "Account.1, V28, Is Laundering"
