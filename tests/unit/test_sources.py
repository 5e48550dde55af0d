"""Every source that the code or a document cites stands in docs/sources.md."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("proeftuin", "scenarios", "synthetic_data")
LISTED = (ROOT / "docs" / "sources.md").read_text("utf-8")
ROWS = [row for row in LISTED.splitlines() if row.startswith("| ")]
SHORT_NAMES = [name.strip() for row in ROWS for name in row.split("|")[1].split(",")]
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TEXTS = [
    *MODULES,
    *sorted((ROOT / "conf").rglob("*.yaml")),
    *sorted((ROOT / "benchmarks").rglob("*.*")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "experiments").rglob("*.md")),
]
MARK = re.compile(r"\[[SDA]\]")
ARXIV = re.compile(r"arXiv (\d{4}\.\d{5})")
#: A first author or an institute, possibly others, and a year.
CITED = re.compile(
    r"\b([A-Z][\w'-]+)(?:, | and | & | et al\. | )(?:[A-Z][\w'-]+(?:, | and | & | ))*"
    r"((?:19|20)\d\d)\b"
)
WEB = re.compile(
    r"\b(?:[\w-]+\.)+(?:nl|org|eu|com)\b(?: n?\d[\d-]+)?"
    r"|\b(?:tweakers|blikopnieuws|eprint) \d[\d/]*"
)
MONTHS = {
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
}  # fmt: skip
#: What a sourced or derived figure may rest on besides a source: a definition, another figure, or
#: a measurement that can be repeated.
OURS = re.compile(r"by definition|see [a-z_]+\.[a-z_]+|measured with .*benchmarks/\w+\.py")


def prose(path: Path) -> str:
    """Return the text of a file without line breaks, marks of comments, and code in documents."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*(?:#:? ?)?", " ", text)


def marked(path: Path) -> Iterator[str]:
    """Yield the texts of a module that carry a mark: strings that begin with it, and comments."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and MARK.match(node.value)
        ):
            yield node.value
    comments: dict[int, str] = {}
    with path.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                line = token.start[0]
                comments[line] = f"{comments.pop(line - 1, '')} {token.string.lstrip('#: ')}"
    yield from comments.values()


def is_listed(name: str, year: str) -> bool:
    return any(re.search(rf"\b{name}\b", row) and year in row for row in ROWS)


def test_every_cited_work_is_listed() -> None:
    missing = set()
    for path in TEXTS:
        text = prose(path)
        missing |= {(path, number) for number in ARXIV.findall(text) if number not in LISTED}
        missing |= {
            (path, f"{name} {year}")
            for name, year in CITED.findall(text)
            if name not in MONTHS and not is_listed(name, year)
        }
    assert missing == set()


def test_every_sourced_number_names_its_source() -> None:
    claims = [
        (path, mark, claim)
        for path in MODULES
        for text in marked(path)
        for mark, claim in re.findall(r"\[([SDA])\] ?([^\[]*)", text)
        if claim.strip()
    ]
    assert len(claims) > 200
    unknown = [
        (path, claim)
        for path, mark, claim in claims
        if mark != "A" and not OURS.search(claim) and not any(name in claim for name in SHORT_NAMES)
    ]
    unknown += [
        (path, site) for path, _, claim in claims for site in WEB.findall(claim)
        if site not in LISTED
    ]  # fmt: skip
    assert unknown == []


def test_every_measurement_that_a_number_rests_on_can_be_repeated() -> None:
    for path in MODULES:
        for script in re.findall(r"benchmarks/\w+\.py", path.read_text("utf-8")):
            assert (ROOT / script).is_file(), (path, script)
