"""One federated training by one engine, in an environment that has it; federation.py runs it.

The task is the same for all: partners with a thousand or so random rows of 30 features each, a
network 30-64-64-1, one local epoch per round by plain gradient descent, all partners in every
round, weights averaged by number of rows. The output, as JSON: seconds of the whole process (with
imports and data) and of the rounds alone, wall and CPU (with children), peak memory, and the loss
on common test rows.
"""

import json
import os
import resource
import sys
import time

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
STARTED = time.perf_counter()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

FEATURES, HIDDEN, RATE = 30, (64, 64), 0.1
PLACES: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}


def rows(partner: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a partner's rows, cached as in every engine; partner -1 holds the test rows."""
    if partner not in PLACES:
        rng = np.random.default_rng((7, partner + 1))
        x = rng.uniform(-1, 1, (count, FEATURES)).astype(np.float32)
        odds = 4 * x[:, 0] + 3 * x[:, 1] * x[:, 2] - 2 * x[:, 3]
        y = (rng.random(count) < 1 / (1 + np.exp(-odds))).astype(np.float32)
        PLACES[partner] = torch.from_numpy(x), torch.from_numpy(y)
    return PLACES[partner]


def network() -> nn.Sequential:
    """Return the network, with the same initial weights in every engine."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )


def flat(module: nn.Module) -> torch.Tensor:
    """Return the parameters as one vector."""
    return nn.utils.parameters_to_vector(module.parameters()).detach()


def load(module: nn.Module, vector: torch.Tensor) -> None:
    """Set the parameters from one vector."""
    nn.utils.vector_to_parameters(vector.clone(), module.parameters())


def shuffle(partner: int, training_round: int) -> torch.Generator:
    """Return a partner's random stream of a round."""
    return torch.Generator().manual_seed(100_003 * training_round + partner)


def local_pass(module: nn.Module, partner: int, training_round: int, task: "Task") -> None:
    """Train as an ordinary PyTorch client does: one shuffled epoch."""
    x, y = rows(partner, task.rows)
    optimiser = torch.optim.SGD(module.parameters(), lr=RATE)
    loss_of = nn.BCEWithLogitsLoss()
    order = torch.randperm(len(y), generator=shuffle(partner, training_round))
    for batch in order.split(task.batch):
        optimiser.zero_grad()
        loss_of(module(x[batch]).squeeze(1), y[batch]).backward()
        optimiser.step()


class Task:
    """How large the task is."""

    def __init__(self, partners: int, rows: int, batch: int, rounds: int) -> None:
        self.partners, self.rows, self.batch, self.rounds = partners, rows, batch, rounds


def plain(task: Task) -> torch.Tensor:
    """Federated averaging in plain PyTorch, without a framework."""
    module = network()
    weights = flat(module)
    for training_round in range(1, task.rounds + 1):
        total = torch.zeros_like(weights)
        for partner in range(task.partners):
            load(module, weights)
            local_pass(module, partner, training_round, task)
            total += flat(module) / task.partners
        weights = total
    return weights


def flower_apps(task: Task, results: list[torch.Tensor]) -> tuple[object, object]:
    """Return a ServerApp and a ClientApp as Flower's users write them, around the same epoch."""
    from flwr.app import Array, ArrayRecord, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp
    from flwr.serverapp import ServerApp
    from flwr.serverapp.strategy import FedAvg

    client, server = ClientApp(), ServerApp()
    module = network()

    @client.train()
    def train(message, context):  # type: ignore[no-untyped-def]
        partner = int(context.node_config["partition-id"])
        weights = message.content["arrays"]["weights"].numpy()
        load(module, torch.from_numpy(weights))
        local_pass(module, partner, message.content["config"]["server-round"], task)
        arrays = ArrayRecord({"weights": Array(flat(module).numpy())})
        metrics = MetricRecord({"num-examples": task.rows})
        return Message(RecordDict({"arrays": arrays, "metrics": metrics}), reply_to=message)

    @server.main()
    def main(grid, context):  # type: ignore[no-untyped-def]
        strategy = FedAvg(
            fraction_evaluate=0.0,
            min_train_nodes=task.partners,
            min_available_nodes=task.partners,
        )
        start = ArrayRecord({"weights": Array(flat(network()).numpy())})
        result = strategy.start(grid, start, num_rounds=task.rounds)
        results.append(torch.from_numpy(result.arrays["weights"].numpy()))

    return server, client


def flower_in_process(task: Task) -> torch.Tensor:
    """Unmodified Flower apps on proeftuin's in-process Grid."""
    from proeftuin.federation.grid import run_in_process

    results: list[torch.Tensor] = []
    server, client = flower_apps(task, results)
    run_in_process(server, client, task.partners)  # type: ignore[arg-type]
    return results[0]


def flower_ray(task: Task) -> torch.Tensor:
    """The same apps on Flower's own simulation engine, which runs on Ray."""
    from flwr.simulation import run_simulation

    results: list[torch.Tensor] = []
    server, client = flower_apps(task, results)
    run_simulation(
        server_app=server,
        client_app=client,
        num_supernodes=task.partners,
        backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
    )
    return results[0]


def proeftuin(task: Task, *, stacked: bool) -> torch.Tensor:
    """Proeftuin's learners, with the trainings of a round stacked or sequential."""
    from proeftuin.detectors.gradient import GradientLearner
    from proeftuin.detectors.scaling import Moments
    from proeftuin.features.split import Split
    from proeftuin.federation.cohort import Cohort
    from proeftuin.federation.joint import fit_jointly
    from proeftuin.federation.personal import Personalisation
    from proeftuin.federation.training import Parties, ServerTask
    from proeftuin.settings.arm import Detector
    from proeftuin.settings.federation import FedAvg
    from synthetic_data.seeds import Seeds

    class Unscaled(GradientLearner):
        """No scaling and no validation, as in the other engines."""

        may_validate = False

        def moments(self) -> Moments:
            count = np.float64(len(self.split.train_y))
            return Moments(count, np.zeros(FEATURES), np.full(FEATURES, count))

        def generator(self, purpose: str, training_round: int) -> torch.Generator:
            return shuffle(int(self.seeds.axes[-1]), training_round)

    detector = Detector(
        name="mlp",
        about="",
        hidden=HIDDEN,
        optimiser="sgd",
        learning_rate=RATE,
        weight_decay=0.0,
        batch_size=task.batch,
        rounds=task.rounds,
    )
    learners = []
    for partner in range(task.partners):
        x, y = (part.numpy() for part in rows(partner, task.rows))
        split = Split(x, y, x[:1], y[:1])
        learners.append(Unscaled(split, detector, epochs=1, seeds=Seeds(0).child(str(partner))))
    if not stacked:
        Cohort.foresee = lambda self, round_of: None  # type: ignore[method-assign]
    start = flat(network()).numpy()
    server = ServerTask(
        partners=tuple(str(partner) for partner in range(task.partners)),
        initial=start,
        rounds=task.rounds,
        validate=False,
        federation=FedAvg(name="fedavg", about="", participation=1.0, local_epochs=1),
        seeds=Seeds(0),
    )
    joint = fit_jointly(Parties(learners, Personalisation(None, start, 0, server.rounds), server))
    return torch.from_numpy(joint.weights)


def blazefl(task: Task) -> torch.Tensor:
    """BlazeFL's sequential trainer, fed by slices of tensors: a DataLoader takes thrice as long."""
    from blazefl.contrib.fedavg import FedAvgBaseClientTrainer, FedAvgBaseServerHandler

    class Batches:
        def get_dataloader(self, type_, cid, batch_size, generator=None):  # type: ignore[no-untyped-def]
            x, y = rows(cid, task.rows)
            order = torch.randperm(len(y), generator=generator)
            return ((x[batch], y[batch].unsqueeze(1)) for batch in order.split(batch_size))

    class Networks:
        def select_model(self, model_name: str) -> nn.Module:
            return network()

    handler = FedAvgBaseServerHandler(
        Networks(), "mlp", Batches(), task.rounds, task.partners, 1.0, "cpu", task.batch, 0
    )
    trainer = FedAvgBaseClientTrainer(
        Networks(), "mlp", Batches(), "cpu", task.partners, 1, task.batch, RATE, 0
    )
    trainer.criterion = nn.BCEWithLogitsLoss()
    while not handler.if_stop():
        sampled, package = handler.sample_clients(), handler.downlink_package()
        trainer.local_process(package, sampled)
        for reply in trainer.uplink_package():
            handler.load(reply)
    return flat(handler.model)


def pfl(task: Task) -> torch.Tensor:
    """Apple's pfl-research."""
    from pfl.aggregate.simulate import SimulatedBackend
    from pfl.aggregate.weighting import WeightByDatapoints
    from pfl.algorithm.base import NNAlgorithmParams
    from pfl.algorithm.federated_averaging import FederatedAveraging
    from pfl.data.federated_dataset import FederatedDataset
    from pfl.data.pytorch import PyTorchTensorDataset
    from pfl.hyperparam import NNEvalHyperParams, NNTrainHyperParams
    from pfl.metrics import Weighted
    from pfl.model.pytorch import PyTorchModel

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = network()
            self.loss_of = nn.BCEWithLogitsLoss()

        def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return self.loss_of(self.layers(x).squeeze(1), y)

        def metrics(self, x, y, eval=False):  # type: ignore[no-untyped-def]
            return {"loss": Weighted(float(self.loss(x, y)) * len(y), len(y))}

    order = iter(list(range(task.partners)) * (task.rounds + 1))

    def dataset(partner: int) -> object:
        return PyTorchTensorDataset(rows(partner, task.rows), user_id=str(partner))

    data = FederatedDataset(dataset, lambda: next(order))
    module = Network()
    model = PyTorchModel(
        module,
        local_optimizer_create=torch.optim.SGD,
        central_optimizer=torch.optim.SGD(module.parameters(), lr=1.0),
    )
    FederatedAveraging().run(
        algorithm_params=NNAlgorithmParams(
            central_num_iterations=task.rounds,
            evaluation_frequency=10**6,
            train_cohort_size=task.partners,
            val_cohort_size=0,
        ),
        backend=SimulatedBackend(data, data, postprocessors=[WeightByDatapoints()]),
        model=model,
        model_train_params=NNTrainHyperParams(
            local_num_epochs=1, local_learning_rate=RATE, local_batch_size=task.batch
        ),
        model_eval_params=NNEvalHyperParams(local_batch_size=10_000),
        callbacks=[],
    )
    return flat(module)


ENGINES = {
    "plain": plain,
    "flower_in_process": flower_in_process,
    "sequential": lambda task: proeftuin(task, stacked=False),
    "stacked": lambda task: proeftuin(task, stacked=True),
    "flower_ray": flower_ray,
    "blazefl": blazefl,
    "pfl": pfl,
}


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the children it waited for."""
    used = [resource.getrusage(scope) for scope in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Run one engine on one task and print its costs."""
    engine, (partners, count, batch, rounds) = sys.argv[1], map(int, sys.argv[2:6])
    torch.set_num_threads(1)
    task = Task(partners, count, batch, rounds)
    for partner in range(partners):
        rows(partner, count)
    began, began_cpu = time.perf_counter(), cpu_seconds()
    weights = ENGINES[engine](task)
    wall, cpu = time.perf_counter() - began, cpu_seconds() - began_cpu
    module = network()
    load(module, weights)
    x, y = rows(-1, 20_000)
    with torch.no_grad():
        loss = float(nn.functional.binary_cross_entropy_with_logits(module(x).squeeze(1), y))
    print(
        json.dumps(
            {
                "loss": loss,
                "wall": time.perf_counter() - STARTED,
                "cpu": cpu_seconds(),
                "rounds_wall": wall,
                "rounds_cpu": cpu,
                "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            }
        )
    )


if __name__ == "__main__":
    main()
