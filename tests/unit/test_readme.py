"""What the documents tell people to type must work, and what they point to must be there."""

import re
import shlex
from pathlib import Path

import pytest

from proeftuin.commandline.launch import BROUGHT
from proeftuin.commandline.main import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "experiments").glob("*/README.md")))
COMMANDS = sorted(
    {
        line.strip()
        for document in DOCUMENTS
        for block in re.findall(r"```sh\n(.*?)```", document.read_text(), re.DOTALL)
        for line in re.sub(r"\\\n\s*", " ", block).splitlines()
        if line.startswith("proeftuin ")
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_a_document_is_accepted(
    command: str, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, *settings = shlex.split(command)[1:]
    settings = [*BROUGHT.get(verb, []), *settings]
    checked = ["list"] if verb == "list" else ["check", *settings]
    assert main(checked) == 0, capsys.readouterr().err


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.parent.name)
def test_a_link_in_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_experiment_has_its_study() -> None:
    for document in (ROOT / "experiments").glob("*/README.md"):
        assert (ROOT / "conf" / "study" / f"{document.parent.name}.yaml").is_file()
