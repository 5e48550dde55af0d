"""Whatever door a name comes through, it is the name of one partner, arm or folder."""

import dataclasses
import json
from pathlib import Path

import pytest

from proeftuin.errors import SettingsError
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from synthetic_data.partners import problem_with_partner, problems_with_partners
from synthetic_data.reported import as_reported
from synthetic_data.seeds import Seeds
from synthetic_data.stored import StoredWorldError, load_world, save_world
from tests.fixtures.partner_files import little_world

FEATURE = {"low": 0.0, "high": 1.0, "unit": "EUR"}


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["world.name=../../up"], "world.name: '../../up' becomes"),
        (["world.name=${oc.env:PATH}"], "world.name: "),
        (["scenario.name=a/b"], "scenario.name: 'a/b' becomes"),
        (["regime.name=a b"], "regime.name: 'a b' becomes"),
        (["study.name=/abs"], "study.name: '/abs' becomes"),
        (["+arms.Up=${arms.chosen}"], "arms: 'Up' becomes"),
        (["+arms.all=${arms.chosen}"], "arms: all has a meaning of its own"),
        (["+detector.candidates.Two={rounds: 2}"], "detector.candidates: 'Two' becomes"),
        (["~world.market.bank.bank_a", "+world.market.bank={../PART: 0.36}"], "'../PART' becomes"),
        (["~world.market.psp", "+world.market.psp={bank_a: 1.0}"],
         "world.market.psp: bank_a is a partner of sector bank already"),
        *((["~world.market.psp", f"+world.market.psp={{{name}: 1.0}}"],
          f"world.market.psp: {name} " + ("has a meaning" if name == "all" else "is "))
          for name in ("police", "truth", "server", "centre", "joint_bank", "telecom", "all")),
    ],
)  # fmt: skip
def test_settings_refuse_a_name_in_one_line(overrides: list[str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_for(["world=hamlet", *overrides])
    [problem] = refused.value.problems
    assert told in problem


def test_natural_names_in_a_file_of_the_users_are_refused_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    (tmp_path / "world/mine.yaml").write_text(
        "defaults: [hamlet, _self_]\nname: mine\nmarket:\n"
        "  psp: {psp_1: 0.1, A&B Pay: 0.1, Pay (NL): 0.1, l'Épargne: 0.05, no: 0.03, 007: 0.02}\n"
        "  telecom: {operator_1: 0.2, Ä: 0.1}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as refused:
        settings_for(["world=mine"], str(tmp_path))
    told = str(refused.value)
    for name in ("'A&B Pay'", "'Pay (NL)'", '"l\'\\xc9pargne"', "false has a meaning", "'7'"):
        assert name in told
    assert r"world.market.telecom: '\xc4'" in told


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda about: about["partners"]["bank"].append("../up"), "bank: '../up' becomes"),
        (lambda about: about["partners"]["telecom"].append("bank_a"), "bank_a is a partner of"),
        (lambda about: about["features"].update({"a/b": FEATURE}), "'a/b' becomes"),
        (lambda about: about["features"].update(x=FEATURE | {"low": 5.0}), "low=5 must be below"),
        (lambda about: about["rows"].pop("payments"), "rows has no number for payments; make"),
        (lambda about: about["customers"].clear(), "customers must have a number for each bank"),
        (lambda about: about["customers"].update(nobody=1), "customers must have a number for"),
        (lambda about: about.update(persons=10**400), "persons: "),
    ],
)
def test_a_stored_world_that_was_edited_is_refused(tmp_path: Path, edit, told: str) -> None:  # type: ignore[no-untyped-def]
    world = little_world(seed=4, payments=12)
    save_world(world, as_reported(world, world.labels, 6), tmp_path)
    about = json.loads((tmp_path / "world.json").read_text())
    edit(about)
    (tmp_path / "world.json").write_text(json.dumps(about))
    with pytest.raises(StoredWorldError, match=told):
        load_world(tmp_path)


def test_no_world_has_two_partners_of_one_name() -> None:
    world = little_world(seed=4, payments=12)
    for names in (("bank_a",), ("operator_1", "operator_1")):
        with pytest.raises(ValueError, match="is a partner of sector"):
            dataclasses.replace(world, partners={**world.partners, "telecom": names})


def test_a_sector_of_one_partner_is_named_after_it() -> None:
    assert problem_with_partner("police", "police") is None
    assert problem_with_partner("police", "politie") is not None
    assert not problems_with_partners({"police": ["police"], "bank": ["bank_a", "bank_b"]})


def test_a_coalition_by_bare_names_is_of_partners_with_their_sector() -> None:
    world = little_world(seed=4, payments=12)
    information = InformationSets(world, Seeds(1))
    for desk in information.desks:
        assert world.coalition([desk.name]) == {(desk.sector, desk.name)}
    everyone = {(sector, name) for sector, names in world.partners.items() for name in names}
    assert world.coalition("all") == everyone
