"""docs/extending.md is carried out to the letter: the package that it builds works as installed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Python = Callable[..., subprocess.CompletedProcess[str]]
Lab = Callable[..., subprocess.CompletedProcess[str]]
ADDED = ("scenario=none", "+form@scenario.forms.tickets=tickets")
LOOK = """
import json, sys
from proeftuin.settings.compose import settings_for
from proeftuin.study.record import RunRecord
from scenarios.parameters import assumptions
from scenarios.registry import FORMS

settings = settings_for(sys.argv[1:])
form = settings.scenario.forms.get("tickets")
print(json.dumps({
    "forms": list(FORMS),
    "numbered": settings.scenario.numbered_forms,
    "steps": [[step.phase.name, step.event, step.share] for step in form.steps()] if form else [],
    "sources": {each.key: each.source for each in assumptions(form, "tickets")} if form else {},
    "fingerprint": RunRecord.of(settings, overrides=[], command="").fingerprint,
    "heavy": sorted({"torch", "mlflow", "opacus"} & sys.modules.keys()),
}))
"""
#: Words of the package in the reports of its study, by language.
WORDS = {
    "en": (
        "ticket fraud",
        "corrected linear score",
        "young accounts",
        "age of an account",
        "Answer: opened lately, or not",
        "Young-account signal",
        "a limit on first payments",
        "most that a first payment to a payee may be",
    ),
    "nl": (
        "ticketfraude",
        "gecorrigeerde lineaire score",
        "jonge rekeningen",
        "leeftijd van een rekening",
        "Antwoord: kort geleden geopend, of niet",
        "Signaal over jonge rekeningen",
        "een grens voor eerste betalingen",
        "hoogste bedrag van een eerste betaling",
        "gemiddeld aantal betalingen voor kaartjes",
    ),
}


@pytest.fixture(scope="module")
def document(root: Path) -> str:
    return (root / "docs" / "extending.md").read_text("utf-8")


@pytest.fixture(scope="module")
def commands(document: str) -> list[list[str]]:
    [block] = re.findall(r"```sh\n(.*?)```", document, re.S)
    return [line.split()[1:] for line in block.splitlines()]


@pytest.fixture(scope="module")
def site(document: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package of the document installed, which only child processes see."""
    source = tmp_path_factory.mktemp("proeftuin-lab")
    for path, code in re.findall(
        r"^### [^\n]*: `([^`]+)`\n\n```\w+\n(.*?)```", document, re.M | re.S
    ):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(code, "utf-8")
    (source / "proeftuin_lab" / "__init__.py").touch()
    site = tmp_path_factory.mktemp("site")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--target", str(site))
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)
    return site


@pytest.fixture
def lab(python: Python, root: Path, site: Path, tmp_path: Path) -> Lab:
    """Run a fresh Python that sees the package, and further folders before it."""

    def run(*arguments: str, before: tuple[Path, ...] = ()) -> subprocess.CompletedProcess[str]:
        places = ":".join(map(str, (root, *before, site)))
        return python(*arguments, cwd=tmp_path, PYTHONPATH=places)

    return run


def look(lab: Lab, *overrides: str, before: tuple[Path, ...] = ()) -> dict[str, object]:
    done = lab("-c", LOOK, *overrides, before=before)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def a_distribution(folder: Path, entry_points: str, **files: str) -> Path:
    """Write an installed distribution ``proeftuin-other`` with modules or files of settings."""
    about = folder / "proeftuin_other-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: proeftuin-other\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(entry_points)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def test_every_part_is_listed(lab: Lab) -> None:
    done = lab("-m", "proeftuin", "list")
    assert done.returncode == 0, done.stderr
    for part in (
        "form=tickets",
        "instrument=young_account",
        "regime=young_account",
        "measure=first_payment",
        "detector=residual",
        "study=lab",
    ):
        assert f"{part} " in done.stdout


def test_the_form_has_its_steps_and_sources(lab: Lab) -> None:
    found = look(lab, *ADDED, "scenario.forms.tickets.persuasion.call_share=0.25")
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


def test_a_form_that_is_installed_but_not_used_changes_no_numbers(lab: Lab) -> None:
    own = [*look(lab)["forms"]][:-1]  # type: ignore[misc]
    assert look(lab)["numbered"] == own
    assert look(lab, *ADDED)["numbered"] == [*own, "tickets"]


def test_settings_are_checked_without_heavy_libraries(lab: Lab) -> None:
    chosen = ("detector=residual", "regime=young_account")
    assert (
        look(lab, *chosen, "+measure@arms.chosen.measures.first_payment=first_payment")["heavy"]
        == []
    )


def test_the_commands_of_the_document_are_accepted(lab: Lab, commands: list[list[str]]) -> None:
    *light, (run, *_) = commands
    assert run == "run"
    program = (
        "import sys; from proeftuin.commandline.main import main; "
        f"sys.exit(max(map(main, {light!r})))"
    )
    done = lab("-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Nothing was run.") == len(light) - 1


@pytest.mark.long
def test_the_study_of_the_document_runs_and_its_reports_have_the_words_of_the_package(
    lab: Lab, commands: list[list[str]], tmp_path: Path
) -> None:
    done = lab("-m", "proeftuin", *commands[-1])
    assert done.returncode == 0, done.stderr
    [folder] = (tmp_path / "outputs" / "lab").iterdir()
    for language, words in WORDS.items():
        report = (folder / f"report.{language}.html").read_text("utf-8")
        assert [word for word in words if word not in report] == []
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert re.fullmatch(r"0\.1\.0 \([0-9a-f]{12}\)", manifest["versions"]["proeftuin-lab"])
    table = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.strip()}
    assert float(table["limited"][2]) > float(table["silo"][2])  # euros stopped
    assert table["young_account"][-1] != "0"  # people about whom a fact crosses
    assert table["silo"][-1] == "0"


@pytest.mark.long
def test_the_instrument_keeps_what_every_instrument_owes(
    python: Python, root: Path, site: Path
) -> None:
    tests = root / "tests" / "unit" / "sharing" / "test_conformance.py"
    chosen = ("-n", "0", "-p", "no:cacheprovider", str(tests), "-k", "young_account")
    done = python("-m", "pytest", *chosen, cwd=root, PYTHONPATH=f"{root}:{site}")
    assert done.returncode == 0, done.stdout


def test_another_version_of_a_plugin_is_another_run(lab: Lab, site: Path, tmp_path: Path) -> None:
    first = look(lab)["fingerprint"]
    assert look(lab)["fingerprint"] == first
    newer, edited = tmp_path / "newer", tmp_path / "edited"
    for copy in (newer, edited):
        shutil.copytree(site, copy, ignore=shutil.ignore_patterns("__pycache__"))
    [metadata] = newer.glob("*.dist-info/METADATA")
    metadata.write_text(metadata.read_text("utf-8").replace("Version: 0.1.0", "Version: 0.2.0"))
    module = edited / "proeftuin_lab" / "holding.py"
    module.write_text(f"{module.read_text('utf-8')}# another source\n", "utf-8")
    others = {look(lab, before=(copy,))["fingerprint"] for copy in (newer, edited)}
    assert len(others | {first}) == 3


REFUSED = {
    "a name that proeftuin has": (
        "[proeftuin.detectors]\nmlp = other:network",
        {"other.py": ""},
        "proeftuin.detectors: proeftuin-other brings a part named mlp, which proeftuin has already",
    ),
    "a name that another plug-in has": (
        "[proeftuin.forms]\ntickets = other:Tickets",
        {"other.py": ""},
        "proeftuin.forms: proeftuin-lab and proeftuin-other both bring a part named tickets",
    ),
    "a module that fails": (
        "[proeftuin.instruments]\nbroken = other:Broken",
        {"other.py": "import nothing_of_that_name"},
        "proeftuin.instruments: broken of proeftuin-other cannot be loaded from other:Broken "
        "(ModuleNotFoundError: No module named 'nothing_of_that_name'); mend it, or uninstall",
    ),
    "a class without its name": (
        "[proeftuin.forms]\nodd = proeftuin_lab.tickets:Tickets",
        {},
        "proeftuin.forms: odd of proeftuin-other is proeftuin_lab.tickets:Tickets, whose name must "
        'be Literal["odd"]',
    ),
    "something else than a measure": (
        "[proeftuin.measures]\nodd = math:floor\n[proeftuin.holds]\nodd = math:floor",
        {},
        "proeftuin.measures: odd of proeftuin-other is math:floor; must be a subclass of Measure",
    ),
    "a measure that does nothing": (
        "[proeftuin.measures]\nidle = other:Idle",
        {"other.py": ""},
        "proeftuin.measures: idle of proeftuin-other does nothing; add an entry point idle of",
    ),
    "an instrument that nothing answers": (
        "[proeftuin.instruments]\nmute = other:Mute",
        {
            "other.py": "from typing import ClassVar, Literal\n"
            "from pydantic.dataclasses import dataclass\n"
            "from proeftuin.instruments.base import Instrument\n"
            "@dataclass(frozen=True, kw_only=True)\n"
            "class Mute(Instrument):\n"
            "    STATISTIC: ClassVar[str] = 'silence'\n"
            "    name: Literal['mute']\n"
        },
        "proeftuin.instruments: mute of proeftuin-other has STATISTIC=silence; must be one of "
        "in_call, ",
    ),
    "an unknown group": (
        "[proeftuin.detector]\nodd = other:network",
        {"other.py": ""},
        "proeftuin.detector: unknown group of entry points in proeftuin-other; allowed are ",
    ),
    "a package that is not there": (
        "[proeftuin.packages]\nother = proeftuin_other",
        {},
        "proeftuin.packages: other of proeftuin-other is in proeftuin_other, which is not",
    ),
    "an option that there is": (
        "[proeftuin.packages]\nother = proeftuin_other",
        {"proeftuin_other/conf/study/demo.yaml": "study: {}"},
        "conf/study/demo.yaml: proeftuin-other brings it, and proeftuin has one already; rename",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_in_one_line(lab: Lab, tmp_path: Path, what: str) -> None:
    entry_points, files, line = REFUSED[what]
    other = a_distribution(tmp_path / "other", entry_points, **files)
    done = lab("-m", "proeftuin", "check", before=(other,))
    assert done.returncode == 2
    [told] = done.stderr.splitlines()
    assert told.startswith(line)


def test_a_detector_that_fails_is_refused_before_any_work(lab: Lab, tmp_path: Path) -> None:
    settings = (
        "name: broken\nabout: ''\nhidden: []\noptimiser: sgd\nlearning_rate: 0.1\n"
        "weight_decay: 0.0\nbatch_size: 8\nrounds: 1\n"
    )
    other = a_distribution(
        tmp_path / "other",
        "[proeftuin.packages]\nother = proeftuin_other\n"
        "[proeftuin.detectors]\nbroken = proeftuin_other.missing:network",
        **{
            "proeftuin_other/__init__.py": "",
            "proeftuin_other/conf/detector/broken.yaml": settings,
        },
    )
    done = lab("-m", "proeftuin", "run", "detector=broken", before=(other,))
    assert done.returncode == 2
    [told] = done.stderr.splitlines()
    assert told.startswith("proeftuin.detectors: broken of proeftuin-other cannot be loaded from")
    assert not (tmp_path / "outputs").exists()


def test_a_text_that_is_there_already_is_refused(lab: Lab, tmp_path: Path) -> None:
    other = a_distribution(
        tmp_path / "other",
        "[proeftuin.packages]\nother = proeftuin_other",
        **{"proeftuin_other/texts/en.toml": '[forms]\npurchase = "shopping"\n'},
    )
    program = "from proeftuin.report.words import load_words; load_words('en')"
    done = lab("-c", program, before=(other,))
    assert "PluginError: proeftuin-other: en.toml: forms: purchase is there already" in done.stderr


def test_a_module_with_another_name_than_its_form_says_so(
    python: Python, root: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "scenarios"
    shutil.copytree(root / "scenarios", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "purchase.py").rename(copy / "concerts.py")
    done = python("-c", "import scenarios.registry", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert 'scenarios/concerts.py: name must be Literal["concerts"]' in done.stderr


def test_the_numbers_of_the_form_are_explained_as_in_the_other_files(
    root: Path, document: str
) -> None:
    """The phases that all forms share have the same keys, in the same order."""
    [written] = re.findall(r"conf/form/tickets.yaml`\n\n```yaml\n(.*?)```", document, re.S)
    delivered = (root / "conf" / "form" / "purchase.yaml").read_text("utf-8")
    for phase in ("orientation", "preparation", "spending", "reporting"):
        keys = [_keys(text, phase) for text in (written, delivered)]
        assert keys[0] == keys[1]


def _keys(text: str, phase: str) -> list[str]:
    [block] = re.findall(rf"^{phase}:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  (\w+):", block, re.M)
