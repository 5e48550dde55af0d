"""A model learns from all that is known on the first test day, and from nothing after it."""

import dataclasses

import numpy as np
import pytest

from proeftuin.features.split import chosen_rows, rehearsal_rows, split_rows
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning.train import learn_each
from proeftuin.metrics import ALL
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import rehearsal_of, training_of
from proeftuin.study.learned import learned_from
from synthetic_data.seeds import Seeds
from synthetic_data.world import World

SEEDS = Seeds(5)


def own_table(information: InformationSets) -> FeatureTable:
    return information.own(information.desks[0])


def test_all_reported_rows_and_a_sample_of_the_others_are_learned_from(
    information: InformationSets, settings: Settings
) -> None:
    table, evaluation = own_table(information), settings.evaluation
    rows = chosen_rows(table, evaluation)
    day, known = table.time / DAY, table.labelled(evaluation.test_day * DAY)
    within = (day >= evaluation.warm_up_days) & (day < evaluation.test_day)
    assert not rows[~within].any()
    assert rows[within & known].all()
    kept = rows[within & ~known].mean()
    assert abs(kept - evaluation.negatives_kept) < 0.01
    split = split_rows(table, evaluation)
    assert len(split.train_y) == rows.sum()
    assert split.train_y.sum() == (within & known).sum() > 0
    assert split.valid_x.shape == (0, len(table.names))


@pytest.mark.parametrize("regime", ["silo", "signals", "shared_labels", "federated", "centre"])
def test_a_study_that_describes_fewer_payments_reads_the_same_numbers(
    world: World, information: InformationSets, settings: Settings, regime: str
) -> None:
    """Also where reports come from elsewhere, by mistake too; flows count all payments."""
    evaluation = settings.evaluation
    typed = ["study=demo", f"regime@arms.silo.regime={regime}", "world.market.absent=[]"]
    sharing = settings_for(typed).arms["silo"].regime
    whole = information.inputs_of(sharing)
    fewer = InformationSets(world, information.seeds, evaluation).inputs_of(sharing)
    for one, other in zip(whole.flows, fewer.flows, strict=True):
        assert (one.data, one.records, one.bytes) == (other.data, other.records, other.bytes)
        np.testing.assert_array_equal(one.about, other.about)
    for desk, table in whole.tables.items():
        some = fewer.tables[desk]
        for rows in (split_rows, rehearsal_rows):
            for name, part in vars(rows(table, evaluation)).items():
                np.testing.assert_array_equal(part, getattr(rows(some, evaluation), name))
        late = table.time >= evaluation.scored_day * DAY
        np.testing.assert_array_equal(table.values_of(late), some.values_of(late))
        if desk.sector == "bank":
            assert len(some.values) < 0.6 * len(table.values)
            with pytest.raises(ValueError, match="describes nowhere"):
                some.values_of(np.ones(len(some.event), dtype=bool))
            assert np.isnan(some.column("app")[~some.described]).all()


def test_a_larger_sample_of_honest_rows_holds_the_smaller_one(
    information: InformationSets, settings: Settings
) -> None:
    table, pooled = (
        own_table(information),
        information.pooled(
            tuple(desk for desk in information.desks if desk.sector == "bank"),
            information.world.coalition("all"),
        ),
    )
    some = settings.evaluation
    more = dataclasses.replace(some, negatives_kept=3 * some.negatives_kept)
    few, many = (chosen_rows(table, each) for each in (some, more))
    assert few.sum() < many.sum()
    assert not (few & ~many).any()
    alone, central = table.event[few], pooled.event[chosen_rows(pooled, some)]
    unknown = ~np.isin(central, table.event[table.reports.row])
    mine = np.isin(central, table.event) & unknown
    assert set(central[mine]) >= set(alone) - set(table.event[table.reports.row])


def test_days_whose_reports_are_still_to_come_can_be_left_out(
    information: InformationSets, settings: Settings
) -> None:
    """The same test days and reports; the rows of the last days before them are gone."""
    table, evaluation = own_table(information), settings.evaluation
    other = dataclasses.replace(evaluation, train_days=evaluation.train_days - 7, unlabelled_days=7)
    assert other.test_day == evaluation.test_day
    all_days, fewer = chosen_rows(table, evaluation), chosen_rows(table, other)
    np.testing.assert_array_equal(fewer, all_days & (table.time < (evaluation.test_day - 7) * DAY))


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
    one, two = (split_rows(table, each) for each in (evaluation, other))
    np.testing.assert_array_equal(one.train_x, two.train_x)
    np.testing.assert_array_equal(one.train_y, two.train_y)
    assert rehearsal_of({"bank_a": table}, settings.arms["silo"], settings, SEEDS) is None


def test_a_rehearsal_knows_nothing_of_the_days_it_is_held_against(
    information: InformationSets, settings: Settings
) -> None:
    table, evaluation = own_table(information), settings.evaluation
    split = rehearsal_rows(table, evaluation)
    day, cutoff = table.time / DAY, evaluation.cutoff_day
    known = table.labelled(cutoff * DAY)
    last = evaluation.warm_up_days + evaluation.train_days
    assert split.train_y.sum() == (known & (day >= evaluation.warm_up_days) & (day < last)).sum()
    later = table.labelled(evaluation.test_day * DAY)
    assert split.valid_y.sum() == (later & (day >= cutoff) & (day < evaluation.test_day)).sum()
    whole = split_rows(table, evaluation)
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
    found = learned_from(learned, inputs, evaluation).set_index(["partner", "metric"])
    values = found["value"]
    for name, table in tables.items():
        split = split_rows(table, evaluation)
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
