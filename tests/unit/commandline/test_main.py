"""Verbs, exit codes, completion, and what is left behind. Wrong settings: test_refusals.py."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from proeftuin import __version__
from proeftuin.commandline import main as cli
from proeftuin.errors import PrivacyError

HEAVY = ("torch", "opacus", "mlflow", "flwr", "pandas", "numpy", "sklearn")
Run = Callable[..., CompletedProcess[str]]
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"], ["list", "--help"]])
def test_help(argv: list[str], capsys: Capture) -> None:
    assert cli.main(argv) == 0
    out = capsys.readouterr().out
    assert all(f"proeftuin {verb}" in out for verb in cli.VERBS)


@pytest.mark.parametrize("argv", [["--version"], ["run", "--version"]])
def test_version(argv: list[str], capsys: Capture) -> None:
    assert cli.main(argv) == 0
    assert capsys.readouterr().out == f"proeftuin {__version__}\n"


def test_help_of_a_verb_shows_groups_and_every_setting(capsys: Capture) -> None:
    assert cli.main(["run", "--help"]) == 0
    out = capsys.readouterr().out
    assert "regime: all_instruments_federated, centre" in out
    assert "negatives_kept: 0.1" in out
    assert "powered by" not in out.lower()


def test_list_shows_every_yaml_with_a_line(root: Path, capsys: Capture) -> None:
    assert cli.main(["list"]) == 0
    out = capsys.readouterr().out
    lines = [line.split(maxsplit=1) for line in out.splitlines() if re.match(r" +\w+=", line)]
    files = {f"{path.parent.name}={path.stem}" for path in (root / "conf").glob("*/*.yaml")}
    assert {choice for choice, _ in lines} == files
    assert all(len(about) > 10 for _, about in lines)


def test_check_tells_what_would_run_and_runs_nothing(
    in_empty_folder: Path, capsys: Capture
) -> None:
    argv = ["check", "study=demo", "arms.federated_dp.privacy.epsilon=2", "seed=7"]
    assert cli.main(argv) == 0
    out = capsys.readouterr().out
    for expected in (
        "federated_dp: epsilon 2 at delta",
        "trainings",
        "study=demo (default one_arm)",
        "arms.federated_dp.privacy.epsilon=2 (default 8.0)",
        "seed=7 (default 42)",
        "Nothing was run.",
    ):
        assert expected in out
    assert list(in_empty_folder.iterdir()) == []


def test_check_of_the_defaults_reports_no_changes(capsys: Capture) -> None:
    assert cli.main(["check"]) == 0
    assert "not the defaults\n  none\n" in capsys.readouterr().out


def test_changed_groups_are_named_as_groups(capsys: Capture) -> None:
    assert cli.main(["check", "regime=federated", "privacy=record_dp", "privacy.epsilon=3"]) == 0
    changes = capsys.readouterr().out.partition("not the defaults\n")[2].split("\n\n")[0]
    assert changes.split("\n") == [
        "  privacy=record_dp (default none)",
        "  regime=federated (default line_busy)",
        "  privacy.epsilon=3 (default 8.0)",
    ]


def test_settings_may_stand_on_both_sides_of_an_option(capsys: Capture) -> None:
    assert cli.main(["check", "seed=1", "--cfg", "job", "jobs=1"]) == 0
    out = capsys.readouterr().out
    assert "seed: 1\n" in out
    assert "jobs: 1\n" in out


def test_a_users_own_folder_of_settings(in_empty_folder: Path, capsys: Capture) -> None:
    own = in_empty_folder / "my conf" / "regime"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text(
        "defaults: [silo]\nname: mine\nabout: mine\nlearning: federated\n"
    )
    folder = ["--config-dir", str(own.parent)]
    assert cli.main(["check", "regime=mine", *folder]) == 0
    assert "mine" in capsys.readouterr().out
    assert cli.main(["check", "regime=mine", "regime.learning=own", "seed=x", *folder]) == 2
    assert capsys.readouterr().err.startswith("seed=x: must be a whole number")


def test_a_broken_file_in_a_users_folder(in_empty_folder: Path, capsys: Capture) -> None:
    own = in_empty_folder / "conf" / "world"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("name: [mine\n")
    assert cli.main(["check", "world=mine", "--config-dir", "conf"]) == 2
    assert capsys.readouterr().err.startswith("world=mine: ")


def test_a_bad_job_does_not_stop_the_others(in_empty_folder: Path, capsys: Capture) -> None:
    assert cli.main(["check", "seed=1,abc,3", "--multirun"]) == 2
    out, err = capsys.readouterr()
    assert out.count("Nothing was run.") == 2
    [failed] = [line for line in err.splitlines() if line.startswith("failed")]
    assert failed.startswith("failed: seed=abc: seed=abc: must be a whole number")
    assert list(in_empty_folder.iterdir()) == []


def test_other_errors_give_their_message_and_code(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def refuse(call: object) -> None:
        raise PrivacyError("no epsilon can be given")

    monkeypatch.setitem(cli.WORK, "run", refuse)
    assert cli.main(["run"]) == PrivacyError.exit_code
    assert capsys.readouterr().err == "no epsilon can be given\n"


def test_unexpected_errors_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(call: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setitem(cli.WORK, "run", break_down)
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        cli.main(["run"])


def test_an_interruption_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupt(call: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.WORK, "run", interrupt)
    assert cli.main(["run"]) == cli.INTERRUPTED
    assert "same command" in capsys.readouterr().err


def test_demo_is_run_with_the_demo_study(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    for verb in ("demo", "run"):
        monkeypatch.setitem(cli.WORK, verb, lambda call: commands.append(call.record))
    assert cli.main(["demo", "seed=3"]) == 0
    assert cli.main(["run", "study=demo", "seed=3"]) == 0
    assert commands[0].fingerprint == commands[1].fingerprint
    assert [record.command for record in commands] == [
        "proeftuin demo seed=3",
        "proeftuin run study=demo seed=3",
    ]


def test_inspect_takes_one_world_unless_more_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setitem(cli.WORK, "inspect", calls.append)
    assert cli.main(["inspect", "seed=3"]) == 0
    assert cli.main(["inspect", "repetitions=5"]) == 0
    assert cli.main(["inspect", "repetitions=2,3", "--multirun"]) == 0
    assert [call.settings.repetitions for call in calls] == [1, 5, 2, 3]
    assert calls[1].record.command == "proeftuin inspect repetitions=5"


@pytest.mark.parametrize("argv", [["--help"], ["list"], ["check", "study=demo"], ["run", "--help"]])
def test_light_verbs_import_nothing_heavy(argv: list[str], tmp_path: Path, python: Run) -> None:
    code = (
        "import json, sys\nfrom proeftuin.commandline.main import main\n"
        f"code = main({argv!r})\n"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = python("-c", code, cwd=tmp_path)
    code, modules = json.loads(done.stderr)
    assert code == 0
    needed = {"numpy"} if argv[0] == "check" else set()  # to tell what a study can show
    assert not (set(HEAVY) - needed) & set(modules)
    assert list(tmp_path.iterdir()) == []


def test_exit_code_reaches_the_shell(tmp_path: Path, python: Run) -> None:
    done = python("-m", "proeftuin", "run", "+privacy.epsilom=3", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("proeftuin ", set(cli.VERBS)),
        ("proeftuin r", {"run", "report"}),
        ("proeftuin run reg", {"regime=", "regime."}),
        ("proeftuin run regime=li", {"regime=line_busy"}),
        ("proeftuin run regime=silo privacy=rec", {"privacy=record_dp"}),
        ("proeftuin check evaluation.neg", {"evaluation.negatives_kept="}),
        ("proeftuin demo arms.federated_dp.privacy.eps", {"arms.federated_dp.privacy.epsilon="}),
        ("proeftuin run --mu", {"--multirun"}),
        ("proeftuin run --multirun det", {"detector=", "detector."}),
        ("proeftuin run not['composable reg", set()),
        ("proeftuin list ", set()),
    ],
)
def test_completion(
    line: str, offered: set[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_POINT", str(len(line)))
    assert cli.main(["-sc", "query=bash"]) == 0
    out, err = capsys.readouterr()
    assert set(out.split()) == offered
    assert err == ""


def test_completion_script_names_the_command(capsys: Capture) -> None:
    assert cli.main(["-sc", "install=bash"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("-F hydra_bash_completion proeftuin")
