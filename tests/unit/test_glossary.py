"""A word of the glossary that the code no longer uses would mislead whoever looks it up."""

import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEPARATOR = re.compile(r"\|(?:---\|)+")
CODE = [
    path
    for package in ("proeftuin", "scenarios", "synthetic_data")
    for path in (ROOT / package).rglob("*.py")
]
SETTINGS = list((ROOT / "conf").rglob("*.yaml"))


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and not SEPARATOR.fullmatch(line)
    ]
    return [row for row in cells if row[0] != "in the code"]


def names_in_use() -> set[str]:
    """Return the names of the code, its column and metric names, and the keys of the settings."""
    names = {path.stem for path in (*CODE, *SETTINGS)} | {path.parent.name for path in CODE}
    for path in CODE:
        with path.open("rb") as source:
            for token in tokenize.tokenize(source.readline):
                text = token.string.strip("\"'")
                if token.type in (tokenize.NAME, tokenize.STRING) and text.isidentifier():
                    names.add(text)
    for path in SETTINGS:
        names |= set(re.findall(r"^\s*(\w+):", path.read_text("utf-8"), re.MULTILINE))
    return names


def test_every_term_of_the_glossary_exists_in_code_or_settings() -> None:
    used = names_in_use()
    assert [row[0] for row in rows() if row[0].strip("`") not in used] == []


def test_every_term_has_the_words_of_the_field_and_of_the_report() -> None:
    terms = [row[0] for row in rows()]
    assert len(terms) > 50
    assert len(set(terms)) == len(terms)
    assert [row for row in rows() if len(row) != 4 or not all(row)] == []
