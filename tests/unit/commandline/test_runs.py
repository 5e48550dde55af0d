"""The command line as a user meets it: whole runs of a tiny world."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from proeftuin.errors import InspectionError
from tests.fixtures.tiny import TINY

Run = Callable[..., subprocess.CompletedProcess[str]]
ONE, TWO = (*TINY, "repetitions=1"), (*TINY, "repetitions=2")


@pytest.mark.long
def test_run_resume_report_generate_inspect(tmp_path: Path, python: Run, proeftuin: Run) -> None:
    """The first in a process of its own, and with a ledger of its own."""
    shutil.rmtree(tmp_path / "outputs")
    first = python("-m", "proeftuin", "run", *TWO, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["outputs"]
    table = first.stdout.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in table[2:5]] == ["silo", "chosen", "centre"]
    assert max(map(len, table)) <= 110
    assert "  repetitions=2 (default 6)" in first.stdout
    [folder] = (tmp_path / "outputs" / "one_arm").iterdir()
    reports = [tmp_path / line.strip() for line in first.stdout.splitlines() if "html" in line]
    assert len(reports) == 2
    assert all(report.parent == folder for report in reports)
    before = (folder / "outcomes.parquet").read_bytes()

    again = proeftuin("run", *TWO, "jobs=1")
    assert again.returncode == 0, again.stderr
    assert [path.name for path in (tmp_path / "outputs" / "one_arm").iterdir()] == [folder.name]
    assert (folder / "outcomes.parquet").read_bytes() == before
    assert again.stdout.split("\n\n")[0] == first.stdout.split("\n\n")[0]

    reports[0].unlink()
    anew = proeftuin("report", str(folder))
    assert anew.returncode == 0, anew.stderr
    assert reports[0].is_file()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["command"] == f"proeftuin run {' '.join(TWO)} jobs=1"
    assert str(tmp_path) not in (folder / "manifest.json").read_text()

    world = proeftuin("generate", *TWO)
    assert world.returncode == 0, world.stderr
    [folder] = (tmp_path / "outputs" / "worlds").iterdir()
    assert str(folder.relative_to(tmp_path)) in world.stdout
    assert (folder / "bank_a" / "payments").is_dir()

    sheet = proeftuin("inspect", *TWO)
    # 600 adults are no country, and the inspection says so
    assert sheet.returncode == InspectionError.exit_code, sheet.stderr
    assert sheet.stderr.splitlines()[-1].startswith("the world fails ")
    assert "leaks" in sheet.stdout
    pages = [Path(line) for line in sheet.stdout.splitlines() if line.endswith(".html")]
    assert [(tmp_path / page).is_file() for page in pages] == [True]


@pytest.mark.long
def test_a_bad_job_of_a_sweep(tmp_path: Path, proeftuin: Run) -> None:
    sweep = ["seed=1,x,2", "--multirun"]
    done = proeftuin("run", *ONE, *sweep)
    assert done.returncode == 2, done.stderr
    failed = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 1
    assert "seed=x: must be a whole number" in failed[0]
    assert len(list((tmp_path / "outputs" / "one_arm").iterdir())) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["outputs"]


@pytest.mark.slow
def test_the_wheel_brings_its_settings(tmp_path: Path, root: Path, python: Run) -> None:
    pip = [sys.executable, "-m", "pip"]
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path / "dist")]
    subprocess.run([*pip, *build, str(root)], check=True)
    [wheel] = (tmp_path / "dist").glob("proeftuin-*.whl")
    target = ["install", "--quiet", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)]
    subprocess.run([*pip, *target], check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = python("-m", "proeftuin", "check", cwd=empty, PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert "The settings are fine" in done.stdout


@pytest.mark.long
def test_what_an_audit_finds_is_in_the_page_of_the_run_that_it_attacked(
    tmp_path: Path, proeftuin: Run
) -> None:
    private = (*ONE, "regime=federated", "privacy=record_dp", "privacy.epsilon=2")
    ran = proeftuin("run", *private)
    assert ran.returncode == 0, ran.stderr
    [disclosure] = tmp_path.glob("outputs/*/*/disclosure.json")
    report = disclosure.with_name("report.en.html")
    assert json.loads(disclosure.read_text())["arms"]["chosen"]["measured_attacks"] == []
    before = report.read_text("utf-8")

    few = ("audit.canaries=20", "audit.shadows=8")
    audited = proeftuin("audit", *private, *few)
    assert audited.returncode == 0, audited.stderr
    assert "report.en.html" in audited.stdout
    attacks = json.loads(disclosure.read_text())["arms"]["chosen"]["measured_attacks"]
    assert {"canaries", "membership"} <= {one["attack"] for one in attacks}
    assert report.read_text("utf-8") != before


@pytest.mark.slow
def test_a_deployment_in_which_nobody_has_anything_to_learn_from_is_refused(
    in_empty_folder: Path, proeftuin: Run
) -> None:
    """Whether somebody reports a fraud in time shows in the world only."""
    rare = [word.replace("enrichment=900", "enrichment=1") for word in TINY]
    done = proeftuin("deploy", *rare, "regime=federated", "--to", "deployed")
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert re.fullmatch(
        r"world\.population\.persons=600: nothing to deploy \(joint_bank[a-z_, ]*: no row of the "
        r"training days was reported by the day of training\); raise it or the forms' "
        r"orientation\.enrichment, or take another seed",
        line,
    )
    assert [path.name for path in in_empty_folder.iterdir()] == ["outputs"]
