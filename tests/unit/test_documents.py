"""What the documents tell people to type must work, and what they point to must be there."""

import re
import runpy
from argparse import ArgumentParser
from pathlib import Path
from typing import NoReturn

import pytest

from proeftuin.commandline import main as cli
from tests.fixtures.documents import DOCUMENTS, EXTENDING, PROGRAMS, ROOT, VERB_NAMES, commands

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
#: Modules of the package that docs/extending.md builds.
READERS_PACKAGE = "proeftuin_lab/"
COMMANDS = {
    command.text: command for command in reversed(commands()) if command.document != EXTENDING
}


class Accepted(BaseException):
    """Stands for the work that would begin after the arguments are read."""


@pytest.fixture
def idle(in_empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every verb read its line and check its settings, and do no work."""
    (in_empty_folder / "experiments").symlink_to(ROOT / "experiments")
    for verb in cli.WORK:
        monkeypatch.setitem(cli.WORK, verb, cli.WORK["check"])
    monkeypatch.setattr("proeftuin.commandline.budget.budget", lambda settings, question: "")
    monkeypatch.setattr("proeftuin.commandline.launch.changes_of", lambda cfg, choices: [])
    monkeypatch.setattr("proeftuin.commandline.deploy.first_world", stop)


def stop(*arguments: object, **named: object) -> NoReturn:
    raise Accepted


def of(program: str) -> list[str]:
    return sorted(text for text, command in COMMANDS.items() if command.words[0] == program)


def test_every_documented_program_is_one_that_a_test_checks() -> None:
    assert {command.words[0] for command in COMMANDS.values()} == {
        name.strip() for name in PROGRAMS
    }


@pytest.mark.long
@pytest.mark.parametrize("text", of("proeftuin"))
@pytest.mark.usefixtures("idle")
def test_proeftuin_accepts_it(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    verb, *rest = COMMANDS[text].words[1:]
    if text in VERB_NAMES:
        assert verb in cli.VERBS
        return
    if COMMANDS[text].comment:  # a launcher of Hydra that comes with another package
        rest = [word for word in rest if not word.startswith("hydra")]
    try:
        code = cli.main([verb, *rest])
    except Accepted:
        code = 0
    told = capsys.readouterr().err.splitlines()
    missing = [line for line in told if re.search("not a run folder|no stored world", line)]
    if COMMANDS[text].placeholders:
        assert code != 0
        assert told == missing
    else:
        assert code == 0, told


@pytest.mark.parametrize("text", of("python"))
def test_a_script_accepts_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = ArgumentParser.parse_args

    def parse_only(self: ArgumentParser) -> NoReturn:
        parse(self)
        raise Accepted

    script, *arguments = COMMANDS[text].words[1:]
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.setattr("sys.argv", [script, *arguments])
    monkeypatch.setattr(ArgumentParser, "parse_args", parse_only)
    with pytest.raises(Accepted):
        runpy.run_path(script, run_name="__main__")


@pytest.mark.parametrize("text", of("make"))
def test_make_knows_the_target(text: str) -> None:
    target, *variables = COMMANDS[text].words[1:]
    assert re.search(rf"^{target}:.*##", MAKEFILE, re.MULTILINE)
    for variable in variables:
        assert re.search(rf"^{variable.partition('=')[0]} \?=", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("text", of("mlflow"))
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")
def test_mlflow_accepts_it(text: str) -> None:
    import mlflow.cli

    command, *arguments = COMMANDS[text].words[1:]
    mlflow.cli.cli.commands[command].make_context(command, arguments)


@pytest.mark.parametrize("text", of("pip"))
def test_pip_installs_an_extra_or_a_marked_package(text: str) -> None:
    extras = re.findall(r"^(\w+) = \[$", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    verb, *words = COMMANDS[text].words[1:]
    assert verb == "install"
    assert COMMANDS[text].comment in ("another package", "several machines") or words in [
        ["-c", "constraints.txt", "-e", f".[{extra}]"] for extra in extras
    ]


@pytest.mark.parametrize("text", of("cp"))
def test_a_copied_file_is_written_by_the_command_before_it(text: str) -> None:
    document = [each for each in commands() if each.document == COMMANDS[text].document]
    before = document[[each.text for each in document].index(text) - 1]
    assert before.text == "proeftuin inspect scenario=mix repetitions=5"
    assert COMMANDS[text].words[1] == "outputs/worlds/town-*-inspection-5/checks.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_link_in_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_module_that_a_text_names_exists() -> None:
    modules = {f"/{path.relative_to(ROOT).as_posix()}" for path in python_files()}
    texts = [*DOCUMENTS, *sorted((ROOT / "conf").rglob("*.yaml")), *python_files()]
    missing = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in texts
        if path.name != "test_extending.py"
        for name in re.findall(r"(?<![\w./*{-])((?:[\w-]+/)*[\w-]+\.py)\b", path.read_text("utf-8"))
        if not name.startswith(READERS_PACKAGE)
        and not any(each.endswith(f"/{name}") for each in modules)
    ]
    assert missing == []


def python_files() -> list[Path]:
    folders = ("proeftuin", "scenarios", "synthetic_data", "benchmarks", "tests")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_experiment_has_its_study() -> None:
    for document in (ROOT / "experiments").glob("*/README.md"):
        assert (ROOT / "conf" / "study" / f"{document.parent.name}.yaml").is_file()
