"""What crosses an in-process Grid must be what a network would have carried."""

import dataclasses

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict

from proeftuin.federation.cohort import Cohort
from proeftuin.federation.training import Training
from proeftuin.federation.vectors import LocalArray, bytes_of, record_of, vector_of
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds
from tests.fixtures.partner_rows import NAMES, rows


def test_a_message_that_stays_here_counts_the_bytes_of_one_that_travels() -> None:
    vector = np.arange(6209, dtype=np.float32)
    rest = {"metrics": MetricRecord({"n": 3}), "config": ConfigRecord({"server-round": 1})}
    here = RecordDict({"arrays": record_of("weights", vector), **rest})
    away = RecordDict({"arrays": ArrayRecord({"weights": Array(vector)}), **rest})
    assert isinstance(here["arrays"]["weights"], LocalArray)
    assert bytes_of(here) == bytes_of(away) == sum(r.count_bytes() for r in away.values())


def test_an_array_that_stays_here_is_an_ordinary_one_to_whoever_looks() -> None:
    vector = np.linspace(0, 1, 7, dtype=np.float32)
    here, away = LocalArray(vector), Array(vector)
    assert (here.dtype, here.shape, here.stype) == (away.dtype, away.shape, away.stype)
    assert here.data == away.data
    taken = here.numpy()
    taken += 1  # Flower's privacy wrappers write in what they read
    np.testing.assert_array_equal(here.numpy(), vector)
    assert Array(here.dtype, here.shape, here.stype, here.data) == away


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7,), (0,), (3, 4)])
def test_what_was_encoded_is_read_as_numpy_reads_it(kind: type, shape: tuple[int, ...]) -> None:
    numbers = np.random.default_rng(1).normal(size=shape).astype(kind)
    read = vector_of(Array(np.asfortranarray(numbers)))
    np.testing.assert_array_equal(read, numbers)
    assert read.dtype == kind


@pytest.mark.parametrize("arm", ["federated", "federated_dp"])
def test_training_a_round_at_once_changes_no_bit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, arm: str
) -> None:
    chosen = settings.arms[arm]
    quick = dataclasses.replace(chosen, detector=dataclasses.replace(chosen.detector, rounds=3))
    parts = {name: rows(count, count) for name, count in {"a": 900, "b": 300, "c": 80}.items()}
    at_once = learn_jointly(Training(parts, NAMES, quick, settings.federation, Seeds(5)))
    monkeypatch.setattr(Cohort, "foresee", lambda self, round_of: None)
    one_by_one = learn_jointly(Training(parts, NAMES, quick, settings.federation, Seeds(5)))
    np.testing.assert_array_equal(at_once.model.weights, one_by_one.model.weights)
    assert at_once.losses == one_by_one.losses
    assert at_once.bytes_moved == one_by_one.bytes_moved


@pytest.mark.parametrize("arm", ["federated", "federated_dp"])
def test_a_banks_own_model_is_the_same_whoever_learns_beside_it(
    settings: Settings, arm: str
) -> None:
    parts = {name: rows(count, count) for name, count in {"a": 900, "b": 300, "c": 80}.items()}
    chosen = settings.arms[arm]
    each = learn_each(Training(parts, NAMES, chosen, settings.federation, Seeds(5)))
    for name, split in parts.items():
        alone = learn_each(Training({name: split}, NAMES, chosen, settings.federation, Seeds(5)))
        np.testing.assert_array_equal(each[name].model.weights, alone[name].model.weights)
        assert each[name].losses == alone[name].losses
