"""docs/adding_a_form.md is carried out to the letter: its form works, with nothing else changed."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Python = Callable[..., subprocess.CompletedProcess[str]]
ADDED = ("scenario=none", "+form@scenario.forms.tickets=tickets")
LOOK = """
import json, sys
from proeftuin.settings.compose import settings_for
from scenarios.figures import assumptions
from scenarios.registry import FORMS

settings = settings_for(sys.argv[1:])
form = settings.scenario.forms["tickets"]
print(json.dumps({
    "forms": list(FORMS),
    "steps": [[step.phase.name, step.event, step.share] for step in form.steps()],
    "sources": {each.key: each.source for each in assumptions(form, "tickets")},
}))
"""


@pytest.fixture(scope="module")
def document(root: Path) -> str:
    return (root / "docs" / "adding_a_form.md").read_text("utf-8")


@pytest.fixture(scope="module")
def extended(root: Path, document: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with the two files of the document beside the others."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("conf", "proeftuin", "scenarios", "synthetic_data"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / folder, copy / folder, ignore=ignored)
    for path, code in re.findall(
        r"^## [^\n]*: `([^`]+)`\n\n```\w+\n(.*?)```", document, re.M | re.S
    ):
        (copy / path).write_text(code, "utf-8")
    return copy


def look(python: Python, extended: Path, *overrides: str) -> dict[str, object]:
    done = python("-c", LOOK, *overrides, cwd=extended, PYTHONPATH=str(extended))
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_form_of_the_document_is_found_and_has_its_steps(
    python: Python, extended: Path
) -> None:
    found = look(python, extended, *ADDED, "scenario.forms.tickets.persuasion.call_share=0.25")
    forms, sources = found["forms"], found["sources"]
    assert isinstance(forms, list)
    assert isinstance(sources, dict)
    assert len(forms) == 8
    assert "tickets" in forms
    assert found["steps"] == [
        ["CONTACT", "contact", 1.0],
        ["PERSUASION", "call", 0.25],
        ["TRANSFER", "payment", 1.0],
    ]
    assert sources["tickets.orientation.share_under_35"] == "[A] concerts draw the young"


def test_the_commands_of_the_document_are_accepted(
    python: Python, extended: Path, document: str
) -> None:
    [block] = re.findall(r"```sh\n(.*?)```", document, re.S)
    commands = [line.split()[1:] for line in block.splitlines()]
    program = (
        "import sys; from proeftuin.commandline.main import main; "
        "sys.exit(max(map(main, COMMANDS)))"
    )
    done = python(
        "-c",
        program.replace("COMMANDS", repr(commands)),
        cwd=extended,
        PYTHONPATH=str(extended),
    )
    assert done.returncode == 0, done.stderr
    assert "form=tickets " in done.stdout
    assert done.stdout.count("Nothing was run.") == len(commands) - 1


def test_a_module_with_another_name_than_its_form_says_so(
    python: Python, extended: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(extended, broken)
    (broken / "scenarios" / "tickets.py").rename(broken / "scenarios" / "concerts.py")
    done = python("-c", "import scenarios.registry", cwd=broken, PYTHONPATH=str(broken))
    assert 'scenarios/concerts.py: name must be Literal["concerts"]' in done.stderr


def test_the_numbers_of_the_document_are_explained_as_in_the_other_files(
    root: Path, document: str
) -> None:
    """The phases that all forms share have the same keys, in the same order."""
    [written] = re.findall(r"```yaml\n(.*?)```", document, re.S)
    delivered = (root / "conf" / "form" / "purchase.yaml").read_text("utf-8")
    for phase in ("orientation", "preparation", "spending", "reporting"):
        keys = [_keys(text, phase) for text in (written, delivered)]
        assert keys[0] == keys[1]


def _keys(text: str, phase: str) -> list[str]:
    [block] = re.findall(rf"^{phase}:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  (\w+):", block, re.M)
