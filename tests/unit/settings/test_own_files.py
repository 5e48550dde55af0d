"""A user's own files: what is wrong is said of the file, in a line, and nothing in them is run."""

from pathlib import Path

import pytest

from proeftuin.commandline import main as cli

#: A file, its contents, and what is said of it.
WRONG = [
    ("regime", "defaults: [sillo]", ": its defaults name regime=sillo, which does not exist; did "),
    ("regime", "defaults: [/world: vilage]", ": its defaults name world=vilage, which does not "),
    ("regime", "defaults: [mine]", ": its defaults lead back to itself; take mine out of them"),
    ("regime", 'defaults: ["${world}"]', ": its defaults hold a ${...}; write the option itself"),
    ("regime", "defaults: silo", ": defaults is a list; write defaults: [silo]"),
    ("regime", "defaults: [3]", ": its defaults hold 3; write an option, or group: option"),
    ("regime", "about: caf\xe9", ": is no text in UTF-8; save it so"),
    (
        "regime",
        "name: x\nname: y",
        ": cannot be read as YAML (the key name stands in ",
    ),
    (
        "regime",
        "name: x\nabout: a: b",
        ": cannot be read as YAML (mapping values are not allowed",
    ),
    (
        "regime",
        "name: !!python/object/apply:os.getcwd []",
        ": cannot be read as YAML (could",
    ),
    ("regime", "null: x", ": null is no name, and every ${ needs a }; put what is text"),
    ("regime", "- silo", ": holds no settings; write them as key: value, one a line"),
    ("regime", "", ": holds no settings; write them as key: value, one a line"),
    ("study", "# @package _global_\nhydra: {run: {dir: /}}", ": sets Hydra itself, and proeftuin "),
    ("study", "# @package hydra.callbacks\nx: {_target_: os.getcwd}", ": sets Hydra itself, and "),
    ("study", "defaults: [override /hydra/launcher: basic]", ": sets Hydra itself, and proeftuin "),
]


def own(folder: Path, group: str, name: str, text: str) -> Path:
    path = folder / "conf" / group / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    return path


@pytest.mark.parametrize(("group", "text", "said"), WRONG, ids=[text for _, text, _ in WRONG])
def test_a_wrong_file_is_named_with_what_is_wrong(
    group: str, text: str, said: str, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = own(in_empty_folder, group, "mine", text)
    assert cli.main(["check", f"{group}=mine", "--config-dir", "conf"]) == 2
    [problem] = capsys.readouterr().err.splitlines()
    assert problem.startswith(f"{group}=mine: {path.relative_to(in_empty_folder)}{said}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("regime/silo", "conf/regime/silo.yaml: is not read, for regime=silo exists already; "),
        ("config", "conf/config.yaml: is not read; put settings in the folder of their group"),
    ],
)
def test_a_file_that_would_be_passed_over_is_refused(
    name: str, said: str, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(in_empty_folder, str(Path(name).parent), Path(name).name, "repetitions: 3")
    assert cli.main(["check", "--config-dir", "conf"]) == 2
    assert capsys.readouterr().err.startswith(said)


def test_a_name_that_yaml_reads_as_no_is_refused(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(in_empty_folder, "regime", "mine", "defaults: [federated]\ncoalition: [no, bank_b]\n")
    assert cli.main(["check", "regime=mine", "--config-dir", "conf"]) == 2
    [problem] = capsys.readouterr().err.splitlines()
    assert problem.endswith("; put in quotes what is read as no text: false (or no, off)")


def test_what_an_own_study_sets_of_everything_counts(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = "# @package _global_\ndefaults: [demo]\nrepetitions: 3\nstudy: {name: mine}\n"
    own(in_empty_folder, "study", "mine", study)
    assert cli.main(["check", "study=mine", "--config-dir", "conf"]) == 0
    assert "3 worlds of" in capsys.readouterr().out


@pytest.mark.parametrize(
    "choice",
    ["study=./evil", "study=evil.yaml", "study=../study/evil", "study=evil", "study=sub/evil",
     "study=glob(ev*) --multirun", "study=demo,./evil --multirun"],
)  # fmt: skip
def test_no_way_of_naming_a_file_lets_it_set_hydra(
    tmp_path: Path, choice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "mark.txt"
    content = "# @package _global_\ndefaults: [/study/one_arm, _self_]\n" + (
        f"hydra: {{callbacks: {{x: {{_target_: numpy.savetxt, fname: {mark}, X: [1]}}}}}}\n"
    )
    for place in ("study", "study/sub"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "evil.yaml").write_text(content, encoding="utf-8")
    assert cli.main(["check", f"--config-dir={tmp_path}", *choice.split()]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not mark.exists()
