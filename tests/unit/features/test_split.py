"""A model learns from all that is known on the first test day, and from nothing after it."""

import dataclasses

import numpy as np

from proeftuin.features.split import chosen_rows, rehearsal_rows, split_rows
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning.train import learn_each
from proeftuin.metrics import ALL
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import rehearsal_of, training_of
from proeftuin.study.learned import learned_from
from synthetic_data.seeds import Seeds

SEEDS = Seeds(5)


def own_table(information: InformationSets) -> FeatureTable:
    return information.own(information.desks[0])


def test_all_reported_rows_and_a_sample_of_the_others_are_learned_from(
    information: InformationSets, settings: Settings
) -> None:
    table, evaluation = own_table(information), settings.evaluation
    rows = chosen_rows(table, evaluation, SEEDS)
    day, known = table.time / DAY, table.labelled(evaluation.test_day * DAY)
    within = (day >= evaluation.warm_up_days) & (day < evaluation.test_day)
    assert not rows[~within].any()
    assert rows[within & known].all()
    kept = rows[within & ~known].mean()
    assert abs(kept - evaluation.negatives_kept) < 0.01
    split = split_rows(table, evaluation, SEEDS)
    assert len(split.train_y) == rows.sum()
    assert split.train_y.sum() == (within & known).sum() > 0
    assert split.valid_x.shape == (0, len(table.names))


def test_validation_days_decide_nothing_where_no_candidates_compete(
    information: InformationSets, settings: Settings
) -> None:
    """Other validation days, the same test days: the same rows, labels and scaling, to the bit."""
    table, evaluation = own_table(information), settings.evaluation
    other = dataclasses.replace(
        evaluation,
        train_days=evaluation.train_days - 7,
        validation_days=evaluation.validation_days + 7,
    )
    assert other.test_day == evaluation.test_day
    one, two = (split_rows(table, each, SEEDS) for each in (evaluation, other))
    np.testing.assert_array_equal(one.train_x, two.train_x)
    np.testing.assert_array_equal(one.train_y, two.train_y)
    assert rehearsal_of({"bank_a": table}, settings.arms["silo"], settings, SEEDS) is None


def test_a_rehearsal_knows_nothing_of_the_days_it_is_held_against(
    information: InformationSets, settings: Settings
) -> None:
    table, evaluation = own_table(information), settings.evaluation
    split = rehearsal_rows(table, evaluation, SEEDS)
    day, cutoff = table.time / DAY, evaluation.cutoff_day
    known = table.labelled(cutoff * DAY)
    last = evaluation.warm_up_days + evaluation.train_days
    assert split.train_y.sum() == (known & (day >= evaluation.warm_up_days) & (day < last)).sum()
    later = table.labelled(evaluation.test_day * DAY)
    assert split.valid_y.sum() == (later & (day >= cutoff) & (day < evaluation.test_day)).sum()
    whole = split_rows(table, evaluation, SEEDS)
    assert len(split.train_y) + len(split.valid_y) <= len(whole.train_y)


def test_every_partner_says_what_its_detector_learned_from(
    information: InformationSets, settings: Settings
) -> None:
    inputs, evaluation = information.inputs_of(settings.arms["silo"].regime), settings.evaluation
    tables = {desk.name: inputs.tables[desk] for desk in information.desks if desk.sector == "bank"}
    quick = dataclasses.replace(
        settings.arms["silo"],
        detector=dataclasses.replace(settings.arms["silo"].detector, rounds=2),
    )
    learned = learn_each(training_of(tables, quick, settings, SEEDS))
    found = learned_from(learned, inputs, evaluation, SEEDS).set_index(["partner", "metric"])
    values = found["value"]
    for name, table in tables.items():
        split = split_rows(table, evaluation, SEEDS.child("split", name))
        if split.train_y.sum():
            assert values[name, "rows_learned"] == len(split.train_y)
            assert values[name, "reports_learned"] == split.train_y.sum()
            assert values[name, "rounds_learned"] == 2
        else:
            assert name not in found.index.get_level_values("partner"), "it has no model"
    assert values[ALL, "rounds_learned"] == 2
    able = [name for name in tables if (name, "reports_learned") in values]
    own = [values[name, "reports_learned"] for name in able]
    assert values[ALL, "reports_learned"] == sum(own)
