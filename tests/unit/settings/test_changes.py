"""What is not the default is found from values, however a user gave them."""

from pathlib import Path

from hydra import compose

from proeftuin.settings.changes import changes_of
from proeftuin.settings.compose import hydra_started


def changed(*overrides: str, own: Path | None = None) -> list[str]:
    with hydra_started(None if own is None else str(own)):
        cfg = compose("config", list(overrides), return_hydra_config=True)
        choices = dict(cfg.hydra.runtime.choices)
        del cfg.hydra
        return [change.text for change in changes_of(cfg, choices)]


def write(folder: Path, option: str, text: str) -> Path:
    path = folder / f"{option}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


WRONG = "world.linkage.phone_wrong_share=0.4 (default 0.05)"


def test_what_a_user_changed_in_the_forms_is_reported_and_nothing_else() -> None:
    assert changed(
        "scenario=mix",
        "~scenario.forms.dating",
        "scenario.forms.sales.name=sales",
        "scenario.forms.invoice.orientation.enrichment=9",
    ) == [
        "scenario=mix (default bank_helpdesk)",
        "~scenario.forms.dating (left out)",
        "scenario.forms.invoice.orientation.enrichment=9 (default 4.0)",
    ]


def test_a_value_given_with_its_whole_group_is_a_change() -> None:
    assert changed("world.linkage={phone_wrong_share: 0.4}") == [WRONG]


def test_a_default_that_is_typed_is_no_change() -> None:
    assert changed("world.linkage.phone_wrong_share=0.05", "world=town", "repetitions=6") == []


def test_a_value_taken_from_another_one_is_shown_and_compared_as_what_it_is() -> None:
    assert changed("world.days=${evaluation.train_days}") == ["world.days=56 (default 112)"]
    assert changed("world.days=${evaluation.train_days}", "evaluation.train_days=112") == [
        "evaluation.train_days=112 (default 56)"
    ]


def test_what_an_option_of_ours_says_is_its_own_default() -> None:
    assert changed("world=hamlet") == ["world=hamlet (default town)"]
    assert changed("study=small_partners") == ["study=small_partners (default one_arm)"]


def test_the_values_of_an_own_file_are_changes(tmp_path: Path) -> None:
    text = "defaults: [town, _self_]\nname: mine\nlinkage: {phone_wrong_share: 0.4}\n"
    found = changed("world=mine", own=write(tmp_path, "world/mine", text))
    assert found == ["world=mine (default town)", WRONG]


def test_an_own_study_that_changes_the_world_is_a_change(tmp_path: Path) -> None:
    text = (
        "# @package _global_\ndefaults: [demo, _self_]\nstudy: {name: mine}\n"
        "world: {linkage: {phone_wrong_share: 0.4}}\n"
    )
    found = changed("study=mine", own=write(tmp_path, "study/mine", text))
    assert found[0] == "study=mine (default one_arm)"
    assert WRONG in found


def test_a_regime_that_is_added_to_a_study_brings_its_instruments() -> None:
    added = "regime@arms.own.regime=line_busy"
    assert changed("study=demo", f"+{added}") == [
        "study=demo (default one_arm)",
        f"{added} (default null)",
    ]


def test_an_own_scenario_is_held_against_the_forms_it_uses(tmp_path: Path) -> None:
    text = (
        "defaults:\n  - /form@forms.dating: dating\n  - /form@forms.sales: own_sales\n  - _self_\n"
        "name: mine\nabout: x\nforms: {dating: {orientation: {enrichment: 7.0}}}\n"
    )
    write(tmp_path, "scenario/mine", text)
    own_sales = "defaults: [sales, _self_]\norientation: {enrichment: 3.0}\n"
    found = changed("scenario=mine", own=write(tmp_path, "form/own_sales", own_sales))
    assert found == [
        "scenario=mine (default bank_helpdesk)",
        "scenario.forms.dating.orientation.enrichment=7.0 (default 1.0)",
        "scenario.forms.sales.orientation.enrichment=3.0 (default 1.0)",
    ]


def test_a_form_of_an_own_file_is_held_against_ours_of_its_name(tmp_path: Path) -> None:
    text = "defaults: [dating, _self_]\norientation: {enrichment: 7.0}\n"
    write(tmp_path, "form/own_dating", text)
    assert changed("+form@scenario.forms.dating=own_dating", own=tmp_path) == [
        "form@scenario.forms.dating=own_dating (default null)",
        "scenario.forms.dating.orientation.enrichment=7.0 (default 1.0)",
    ]


def test_a_measure_that_is_added_with_another_value_is_a_change() -> None:
    place = "measure@arms.chosen.measures.time_lock=time_lock"
    assert changed(f"+{place}", "arms.chosen.measures.time_lock.hours=7") == [
        f"{place} (default null)",
        "arms.chosen.measures.time_lock.hours=7 (default 24.0)",
    ]


def test_figures_that_a_study_itself_changes_are_changed() -> None:
    """Else a report of a study without reuse would say that no figure was changed."""
    place = "scenario.forms.bank_helpdesk.preparation"
    found = changed("study=control")
    assert found[:2] == [
        "study=control (default one_arm)",
        f"{place}.reuse_share=0.0 (default 0.3)",
    ]
    assert len(found) == 7
    assert all(each.startswith(place) for each in found[1:])
