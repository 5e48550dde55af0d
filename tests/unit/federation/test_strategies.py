"""Every strategy on offer does what its paper says, and no partner can stop a run."""

import dataclasses
import json

import numpy as np
import pytest
import yaml
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from pydantic import TypeAdapter, ValidationError

from proeftuin.federation.cohort import WEIGHTS
from proeftuin.federation.flower_internals import identify_process
from proeftuin.federation.grid import SERVER_NODE_ID
from proeftuin.federation.strategies import EXAMPLES, strategy_of
from proeftuin.federation.training import Training
from proeftuin.federation.vectors import record_of, vector_of
from proeftuin.learning.train import Learned, learn_jointly
from proeftuin.settings.arm import Arm
from proeftuin.settings.combinations import check_combinations
from proeftuin.settings.compose import settings_for
from proeftuin.settings.diagnosis import problems_with
from proeftuin.settings.federation import Attack, Federation, LabelFlip, NotFinite, ScaledUpdate
from proeftuin.settings.paths import conf_dir
from proeftuin.settings.study import Settings
from tests.fixtures.federations import NUMBERS, federation, server_task
from tests.fixtures.partner_rows import NAMES, SEEDS, rows

SENT = np.random.default_rng(3).normal(size=(7, 5)).astype(np.float32)
SENT[6] += 100  # a bad partner
EXAMPLE_COUNTS = np.array([10, 20, 30, 10, 20, 30, 40])
START = np.full(5, 0.5, dtype=np.float32)


def put_together(name: str, vectors: np.ndarray = SENT, rounds: int = 1) -> np.ndarray:
    """Let a strategy put the same vectors together, round after round."""
    strategy = strategy_of(server_task(len(vectors), START, rounds, federation(name)))

    class Nodes:
        def get_node_ids(self) -> list[int]:
            return [SERVER_NODE_ID + 1 + place for place in range(len(vectors))]

    arrays = record_of(WEIGHTS, START)
    identify_process(1, SERVER_NODE_ID)
    for training_round in range(1, rounds + 1):
        asked = strategy.configure_train(training_round, arrays, ConfigRecord(), Nodes())
        replies = []
        for place, message in enumerate(
            sorted(asked, key=lambda message: message.metadata.dst_node_id)
        ):
            content = RecordDict({"arrays": record_of(WEIGHTS, vectors[place])})
            content["metrics"] = MetricRecord({EXAMPLES: int(EXAMPLE_COUNTS[place])})
            replies.append(Message(content, reply_to=message))
        result, _ = strategy.aggregate_train(training_round, replies)
        assert isinstance(result, ArrayRecord)
        arrays = result
    vector = vector_of(arrays[WEIGHTS])
    assert vector.dtype == np.float32
    return vector


def average() -> np.ndarray:
    return (EXAMPLE_COUNTS / EXAMPLE_COUNTS.sum()) @ SENT.astype(np.float64)


def krum_order(vectors: np.ndarray, suspects: int) -> np.ndarray:
    distance = np.square(vectors[:, None] - vectors[None]).sum(-1).astype(np.float64)
    nearest = np.sort(distance, axis=1)[:, 1 : len(vectors) - suspects - 1]
    return np.argsort(nearest.sum(1))


def test_averages_are_weighted_by_rows() -> None:
    for name in ("fedavg", "fedprox"):
        np.testing.assert_allclose(put_together(name), average(), rtol=1e-5)


def test_momentum_keeps_a_share_of_the_earlier_step() -> None:
    first = average() - START
    np.testing.assert_allclose(put_together("fedavgm"), START + first, rtol=1e-5)
    second = average() - (START + first) + 0.5 * first
    np.testing.assert_allclose(
        put_together("fedavgm", rounds=2), START + first + second, rtol=1e-4, atol=1e-4
    )


def test_adaptive_steps_follow_reddi_et_al() -> None:
    step = average() - START
    first, second = 0.1 * step, 0.01 * step**2  # beta_1 = 0.9, beta_2 = 0.99
    yogi = START + 0.05 * first / (np.sqrt(second) + 1e-3)
    np.testing.assert_allclose(put_together("fedyogi"), yogi, rtol=1e-4)
    correction = np.sqrt(1 - 0.99**2) / (1 - 0.9**2)  # Flower counts one round further
    adam = START + 0.05 * correction * first / (np.sqrt(second) + 1e-3)
    np.testing.assert_allclose(put_together("fedadam"), adam, rtol=1e-4)


def test_robust_strategies_leave_a_bad_partner_out() -> None:
    np.testing.assert_allclose(put_together("fedmedian"), np.median(SENT, axis=0), rtol=1e-5)
    trimmed = np.sort(SENT, axis=0)[1:-1].mean(0)
    np.testing.assert_allclose(put_together("fedtrimmedavg"), trimmed, rtol=1e-5)
    order = krum_order(SENT, 1)
    np.testing.assert_allclose(put_together("krum"), SENT[order[0]], rtol=1e-6)
    chosen, weight = SENT[order[:4]], EXAMPLE_COUNTS[order[:4]]
    np.testing.assert_allclose(
        put_together("multikrum"), (weight / weight.sum()) @ chosen, rtol=1e-4
    )
    candidates = SENT[order[:5]]
    middle = np.median(candidates, axis=0)
    nearest = np.argsort(np.abs(candidates - middle), axis=0)[:3]
    bulyan = np.take_along_axis(candidates, nearest, axis=0).mean(0)
    np.testing.assert_allclose(put_together("bulyan"), bulyan, rtol=1e-5)


@pytest.fixture
def arm(settings: Settings) -> Arm:
    arm = settings.arms["federated"]
    return dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=8))


def learn(arm: Arm, how: Federation, partners: int = 5) -> Learned:
    parts = {f"bank_{place}": rows(300, place) for place in range(partners)}
    return learn_jointly(Training(parts, NAMES, arm, how, SEEDS))


@pytest.mark.parametrize("name", list(NUMBERS))
def test_every_offered_strategy_learns_something(arm: Arm, name: str) -> None:
    losses = learn(arm, federation(name, local_epochs=2), 7).losses
    assert losses[-1][1] < 0.9 * losses[0][1]


def test_partners_that_do_not_answer_are_noted_and_stop_nothing(arm: Arm) -> None:
    how = federation("fedavg", dropout=0.4)
    first, second = learn(arm, how), learn(arm, how)
    np.testing.assert_array_equal(first.model.weights, second.model.weights)
    assert first.incidents == second.incidents
    assert {what for _, _, what in first.incidents} == {"no_answer"}
    assert 0.2 < len(first.incidents) / (5 * 8) < 0.6
    assert first.messages == learn(arm, federation("fedavg")).messages - len(first.incidents)


def test_a_round_in_which_nobody_answers_leaves_the_model_as_it_is(arm: Arm) -> None:
    learned = learn(arm, federation("fedavg", dropout=0.999))
    assert len(learned.incidents) == 40
    assert len({loss for _, loss in learned.losses}) == 1


def test_numbers_that_are_none_are_refused_and_noted(arm: Arm) -> None:
    attack = NotFinite(kind="not_finite", partners=("bank_3",))
    learned = learn(arm, federation("fedavg", attack=attack))
    assert np.isfinite(learned.model.weights).all()
    assert learned.incidents == tuple(("bank_3", when, "refused_update") for when in range(1, 9))


@pytest.mark.parametrize(
    "attack",
    [
        ScaledUpdate(kind="scaled_update", partners=("bank_1",), strength=-20.0),
        LabelFlip(kind="label_flip", partners=("bank_1",)),
    ],
)
def test_robust_strategies_help_against_a_poisoned_update(arm: Arm, attack: Attack) -> None:
    """The attacker holds half of all rows, so that an average by rows listens to it most."""
    parts = {f"bank_{place}": rows(300, place) for place in range(5)}
    parts["bank_1"] = rows(1200, 1)
    longer = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=60))
    honest = rows(4000, 99)

    def loss(name: str, **changes: object) -> float:
        how = federation(name, local_epochs=2, **changes)
        model = learn_jointly(Training(parts, NAMES, longer, how, SEEDS)).model
        logits = np.clip(model.score(honest.train_x), -50, 50)
        return float(np.mean(np.logaddexp(0, logits) - honest.train_y * logits))

    untouched, poisoned = loss("fedavg"), loss("fedavg", attack=attack)
    robust = [loss(name, attack=attack) for name in ("fedmedian", "fedtrimmedavg", "multikrum")]
    assert poisoned > untouched + 0.1
    assert max(robust) < untouched + 0.5 * (poisoned - untouched)


def test_a_number_that_a_strategy_lacks_or_ignores_is_refused() -> None:
    assert problems_with(["federation=krum", "federation.num_malicious=null"]) == [
        "federation.num_malicious=null: federation.name=krum needs it; give it a value, a whole "
        "number from 1 to 1,000"
    ]
    (ignored,) = problems_with(["+federation.proximal_mu=1"])
    assert ignored.startswith("federation.proximal_mu=1: federation.name=fedavg has no use for it")
    attack = "federation.attack={kind: label_flip, partners: [bank_a], strength: 3}"
    (ignored,) = problems_with([attack])
    assert ignored.startswith("federation.attack.strength=3: federation.attack.kind=label_flip has")
    with pytest.raises(ValidationError):
        federation("krum", num_malicious=None)


@pytest.mark.parametrize("name", list(NUMBERS))
def test_a_null_that_only_other_strategies_need_says_nothing(name: str) -> None:
    numbers = dict.fromkeys(number for of_one in NUMBERS.values() for number in of_one)
    idle = [f"+federation.{number}=null" for number in numbers if number not in NUMBERS[name]]
    banks = "{" + ", ".join(f"bank_{number}: {1 / 8}" for number in range(8)) + "}"
    together = ",".join(f"bank_{number}" for number in range(8))
    words = ["~world.market.bank", f"+world.market.bank={banks}", "regime=federated", *idle]
    words.append(f"regime.coalition=[{together}]")
    assert settings_for([*words, f"federation={name}"]).federation.name == name


@pytest.mark.parametrize("name", list(NUMBERS))
def test_every_strategy_has_an_option(name: str) -> None:
    option = yaml.safe_load((conf_dir() / "federation" / f"{name}.yaml").read_text("utf-8"))
    assert TypeAdapter(Federation).validate_json(json.dumps(option)).name == name


def test_too_few_partners_for_a_strategy_are_refused() -> None:
    settings = settings_for(["study=demo", "federation=krum"])
    how = dataclasses.replace(settings.federation, num_malicious=2)
    problems = check_combinations(dataclasses.replace(settings, federation=how))
    assert any("federation=krum needs 7" in problem for problem in problems)
    attack = LabelFlip(kind="label_flip", partners=("bank_z",))
    how = dataclasses.replace(settings.federation, attack=attack)
    problems = check_combinations(dataclasses.replace(settings, federation=how))
    assert any("federation.attack.partners=bank_z" in problem for problem in problems)
