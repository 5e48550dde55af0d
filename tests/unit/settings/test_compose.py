"""Every option in conf/ composes and validates; several problems are reported at once."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose
from omegaconf import OmegaConf

from proeftuin.commandline.listing import GROUPS, choices
from proeftuin.errors import ProeftuinError, SettingsError
from proeftuin.settings.compose import hydra_started, settings_for, settings_from
from proeftuin.settings.diagnosis import problems_with
from proeftuin.settings.paths import conf_dir

#: Every option but a stored world, which takes a folder: see test_stored_world.py.
CHOICES = [
    (choice.group, choice.option)
    for choice in choices(conf_dir())
    if (choice.group, choice.option) != ("world", "stored")
]
#: What an option needs beside it to make sense.
NEEDS = {
    "privacy=record_dp": ["regime=federated"],
    "privacy=partner_dp": ["regime=federated"],
    **{key: ["study=tune"] for key in ("tune=usual", "tune=learning_together", "tune=units")},
    "regime=vertical": ["detector=mlp"],
    "tracking=server": ["tracking.uri=http://localhost:5000"],
    "federation=bulyan": [
        "study=demo",
        "~world.market.bank",
        "+world.market.bank={a: 0.4, b: 0.1, c: 0.1, d: 0.1, e: 0.1, f: 0.1, g: 0.1}",
    ],
}


#: Files that start with the command that uses them.
WITH_COMMAND = [
    path
    for folder in ("form", "scenario", "measure")
    for path in sorted((conf_dir() / folder).glob("*.yaml"))
]


@pytest.mark.parametrize(("group", "option"), CHOICES)
def test_every_option_composes_and_validates(group: str, option: str) -> None:
    choice = f"{group}={option}"
    if group == "form":
        forms = settings_for(["scenario=none", f"+form@scenario.forms.{option}={option}"])
        assert [form.name for form in forms.scenario.forms.values()] == [option]
        return
    if group == "instrument":
        place = f"instruments.{option}"
        settings = settings_for(["regime=silo", f"+instrument@regime.{place}={option}"])
        assert settings.arms["chosen"].regime.instruments[option].name == option
        return
    if group == "measure":
        measured = settings_for(["regime=silo", f"+measure@arms.chosen.measures.{option}={option}"])
        assert [measure.name for measure in measured.arms["chosen"].measures.values()] == [option]
        return
    needs = NEEDS.get(choice, ["study=demo"] if group == "federation" else [])
    settings = settings_for([choice, *needs])
    part = settings.arms["chosen"] if hasattr(settings.arms.get("chosen"), group) else settings
    chosen = getattr(part, group)
    personal = getattr(chosen, "personal", None)
    assert (chosen.name if personal is None else personal.kind) == option


@pytest.mark.parametrize("path", WITH_COMMAND, ids=lambda path: path.stem)
def test_the_command_at_the_top_of_a_file_works_and_uses_it(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    hash_sign, program, _, *overrides = shlex.split(first)
    assert (hash_sign, program) == ("#", "proeftuin")
    assert f"={path.stem}" in first
    assert problems_with(overrides) == []


def test_every_folder_of_conf_is_listed(root: Path) -> None:
    assert {path.name for path in (root / "conf").iterdir() if path.is_dir()} == set(GROUPS)


def test_root_groups_reach_the_chosen_arm_only() -> None:
    settings = settings_for(["regime=federated", "privacy=record_dp", "privacy.epsilon=3"])
    assert settings.arms["chosen"].privacy.epsilon == 3
    assert settings.arms["centre"].privacy.unit is None


def test_a_number_of_a_form_is_set_under_its_name() -> None:
    settings = settings_for(["scenario=mix", "scenario.forms.dating.transfer.growth=1.1"])
    assert settings.scenario.forms["dating"].transfer.growth == 1.1
    assert settings.scenario.forms["investment"].transfer.growth == 1.5


def test_the_demo_takes_settings_arm_by_arm() -> None:
    settings = settings_for(
        ["study=demo", "arms.federated_dp.privacy.epsilon=2", "regime@arms.line_busy.regime=silo"]
    )
    assert settings.arms["federated_dp"].privacy.epsilon == 2
    assert settings.arms["line_busy"].regime.name == "silo"


def test_what_a_study_sets_counts_unless_the_user_says_otherwise() -> None:
    assert settings_for(["study=small_partners"]).repetitions == 10
    assert settings_for(["study=small_partners", "repetitions=2"]).repetitions == 2


def test_all_problems_are_in_one_error() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(["seed=x", "jobs=0", "+evaluation.extra=1"])
    assert len(caught.value.problems) == 3
    assert caught.value.exit_code == 2


def test_a_problem_of_every_arm_is_said_once() -> None:
    problems = problems_with(["study=demo", "detector.rounds=0"])
    assert problems == ["detector.rounds=0: must be a whole number from 1 to 10,000"]


def test_the_order_of_overrides_does_not_matter() -> None:
    assert problems_with(["privacy.epsilon=3", "privacy=record_dp"]) == []
    assert problems_with(["arms.federated.regime.coalition=all", "study=demo"]) == []


def test_a_plain_configuration_object_is_checked_as_well() -> None:
    with hydra_started(None):
        cfg = compose("config", [])
    OmegaConf.set_struct(cfg, False)
    cfg.world.days = "many"
    with pytest.raises(SettingsError, match=r"world\.days=many: must be a whole number from 28"):
        settings_from(cfg)


def test_a_broken_folder_of_settings_is_explained(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "mine.yaml").write_text("name: [mine\n")
    [problem] = problems_with(["world=mine"], str(tmp_path))
    assert problem.startswith(f"world=mine: {tmp_path}/world/mine.yaml: cannot be read as YAML")
    assert "\n" not in problem


def test_no_folder_of_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("proeftuin.settings.paths.PACKAGE", tmp_path / "proeftuin")
    with pytest.raises(ProeftuinError) as caught:
        conf_dir()
    assert str(tmp_path / "proeftuin" / "conf") in str(caught.value)
    assert str(tmp_path / "conf") in str(caught.value)


def test_each_verb_looks_only_at_what_it_uses() -> None:
    """A world of 60 days was refused by ``generate`` for days of training that it does not have."""
    with hydra_started(None):
        cfg = compose("config", ["world.days=60", "study.primary=nonsense"])
    assert settings_from(cfg, "world").world.days == 60
    for concern, problems in (("days", ["evaluation"]), ("study", ["evaluation", "study.primary"])):
        with pytest.raises(SettingsError) as caught:
            settings_from(cfg, concern)  # type: ignore[arg-type]
        assert [re.split("[:=]", one)[0] for one in caught.value.problems] == problems


@pytest.mark.parametrize("number", [0, 51, 100])
def test_more_partners_than_there_can_be_are_refused_with_how_many_can(number: int) -> None:
    banks = ",".join(f"b{each}: {1 / number}" for each in range(number))
    with pytest.raises(SettingsError, match="must be a group of 1 to 50 named settings"):
        settings_for(["~world.market.bank", f"+world.market.bank={{{banks}}}"])


@pytest.mark.parametrize(
    ("change", "said"),
    [("value=5", "must be below 1"), ("value=1", "must be below 1"), ("source='[A] '", "reason")],
)
def test_a_margin_that_makes_every_difference_irrelevant_or_has_no_reason_is_refused(
    change: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_for([f"study.margins.victims_spared_share.{change}"])


def test_a_margin_is_of_an_outcome_and_the_line_that_adds_one_works_as_advised() -> None:
    margin = "{value: 0.05, unit: share, source: '[A] why'}"
    with pytest.raises(SettingsError, match=r"study\.margins\.victims_sparred: no such outcome"):
        settings_for(["study=demo", f"+study.margins.victims_sparred={margin}"])
    with pytest.raises(SettingsError, match="no margin is declared") as caught:
        settings_for(["study=demo", "study.primary=recall_at_budget"])
    (advice,) = re.findall(r"such as ('.*')$", caught.value.problems[0])
    settings_for(["study=demo", "study.primary=recall_at_budget", *shlex.split(advice)])
