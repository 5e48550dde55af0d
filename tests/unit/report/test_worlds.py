import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proeftuin.report import worlds
from proeftuin.report.folder import RunFolder, read_run_folder
from proeftuin.report.words import load_words

EN, NL = load_words("en"), load_words("nl")
ARMS = {"silo": ("silo", None, 0.0), "centre": ("centre", None, 0.1)}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]) -> RunFolder:
    """A run with several forms, one of which emerges and one of which changes."""
    folder = tmp_path_factory.mktemp("several")
    return read_run_folder(write_run(folder, arms=ARMS, seeds=1, scenario="emerging"))


def with_config(run: RunFolder, **changes: Any) -> RunFolder:
    return replace(run, config={**run.config, **changes})


def test_every_form_is_named_as_people_say_it(several: RunFolder) -> None:
    limits = worlds.limits(several, NL)
    assert limits[1].startswith(
        "Meerdere vormen van fraude samen: aankoopfraude, verkoopfraude, bankhelpdeskfraude, "
        "beleggingsfraude, datingfraude, factuurfraude en vriend-in-noodfraude. De meeste cijfers"
    )
    assert "ongeveer 1 tot 20 keer zo vaak" in limits[2]
    assert limits[3].startswith("Verkoopfraude kost een winkel spullen")


def test_one_form_is_not_spoken_of_as_several(run: RunFolder) -> None:
    limits = worlds.limits(run, EN)
    assert limits[1].startswith("One fraud form: bank-helpdesk fraud.")
    assert "about 92 times as often" in limits[2]
    assert not [text for text in limits if "Several" in text or "Sales fraud" in text]


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ({}, None),
        ({"dating": 1.0}, None),
        ({"dating": 1.0, "invoice": 1.0}, None),
        ({"dating": 5.0, "invoice": 5.0}, "about 5 times as often"),
        ({"dating": 2.5, "invoice": 1.0}, "about 1 to 2.5 times as often"),
    ],
)
def test_enrichment_is_told_as_it_was_set(
    run: RunFolder, factors: dict[str, float], said: str | None
) -> None:
    forms = {name: {"orientation": {"enrichment": factor}} for name, factor in factors.items()}
    told = " ".join(worlds.limits(with_config(run, scenario={"forms": forms}), EN))
    assert said in told if said else "times as often" not in told
    assert ("There is no fraud in these worlds." in told) == (not factors)


def test_the_day_a_form_emerges_or_changes_is_told(several: RunFolder) -> None:
    forms = worlds.contents(several, NL)[0][1]
    assert len(forms) == 7
    assert "aankoopfraude" in forms
    assert "vriend-in-noodfraude, komt op vanaf dag 42" in forms
    assert "bankhelpdeskfraude, andere werkwijze vanaf dag 84" in forms


def test_who_has_data_and_who_takes_no_part_follows_the_market(run: RunFolder) -> None:
    told = {name: values[0] for name, values in worlds.contents(run, EN)}
    assert told["Parties with data"] == (
        "5 banks, 4 telecom operators, 3 web shops, 2 marketplaces, 4 payment service providers, "
        "2 crypto exchanges, the police and the Fraudehelpdesk"
    )
    assert told["Take no part"] == "social platforms"
    world = run.config["world"]
    market = {**world["market"], "absent": ["psp", "helpdesk"], "webshop": {"shop": 0.1}}
    told = dict(worlds.contents(with_config(run, world={**world, "market": market}), NL))
    assert (
        "4 telecomaanbieders, één webwinkel, 2 online marktplaatsen"
        in told["Partijen met gegevens"][0]
    )
    assert told["Partijen met gegevens"][0].endswith("2 sociale platforms en de politie")
    assert told["Doen niet mee"] == ["betaaldienstverleners en de Fraudehelpdesk"]
    market["absent"] = []
    everyone = worlds.contents(with_config(run, world={**world, "market": market}), EN)
    assert "Take no part" not in dict(everyone)


def test_every_figure_is_in_the_table_of_its_own_form_or_of_the_world(several: RunFolder) -> None:
    groups = worlds.assumptions(several.assumptions, EN)["groups"]
    assert len(groups) == 9
    assert sum(len(table.rows) for _, table in groups) == len(several.assumptions)
    for title, table in groups:
        keys = [row[0].details[0].split(".") for row in table.rows]
        assert len({key[2] if key[0] == "scenario" else key[0] for key in keys}) == 1
        assert f": {len(keys)} figures" in title
        headings = list(table.sections.values())
        assert len(headings) == len(set(headings))
        assert ("Orientation" in headings) == (keys[0][0] == "scenario")


def test_a_changed_figure_is_told_with_its_form_and_part(several: RunFolder) -> None:
    told = worlds.assumptions(several.assumptions, EN)
    assert told["changed"].sections == {0: "Bank-helpdesk fraud: transfer"}
    changed = [title for title, _ in told["groups"] if "changed" in title]
    assert len(changed) == 1
    assert re.fullmatch(r"Bank-helpdesk fraud: \d+ figures, changed: 1", changed[0])


def test_a_form_that_somebody_added_is_called_by_its_key(run: RunFolder) -> None:
    forms = {"ticket_fraud": {"orientation": {"enrichment": 1.0}}}
    told = worlds.limits(with_config(run, scenario={"forms": forms}), EN)
    assert told[1].startswith("One fraud form: ticket fraud.")
    record = {**run.assumptions[0], "key": "scenario.forms.ticket_fraud.haste.share"}
    title, table = worlds.assumptions([record], EN)["groups"][0]
    assert title.startswith("Ticket fraud: 1 figure")
    assert table.sections == {0: "Haste"}


@pytest.mark.parametrize(("unit", "told"), [("record", True), (None, False)])
def test_that_private_arms_were_not_tuned_is_said(
    run: RunFolder, unit: str | None, told: bool
) -> None:
    arm = {"detector": {"candidates": {"slow": {}}}, "privacy": {"unit": unit}}
    limits = worlds.limits(with_config(run, arms={"a": arm}), EN)
    assert any("could not choose among the settings" in text for text in limits) == told
