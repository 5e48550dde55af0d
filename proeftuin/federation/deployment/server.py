"""The server of a deployment: the app that Flower's SuperLink runs, in the server's folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from proeftuin.detectors.scaling import Moments
from proeftuin.federation import joint
from proeftuin.federation.deployment.certificates import public_key_of
from proeftuin.federation.deployment.folders import KEYS, read_federation, read_seeds
from proeftuin.federation.deployment.grid import Network
from proeftuin.federation.strategies import strategy_of
from proeftuin.files import new_file

FAILURE, RESULT, KEPT = "failure.txt", "result.npz", "training"

server_app = ServerApp()


@server_app.main()
def main(grid: Grid, context: Context) -> None:
    """Run the training that the folder describes and write its result there."""
    folder = Path(str(context.run_config["folder"]))
    try:
        task: dict[str, Any] = json.loads((folder / "task.json").read_text())
        keys = {name: public_key_of(folder / KEYS / f"{name}.pub") for name in task["partners"]}
        patience_s = float(str(context.run_config["patience-seconds"]))
        federation = read_federation(task["federation"])
        strategy = strategy_of(
            federation,
            len(keys),
            weighted_by=joint.EXAMPLES,
            validate=task["validate"],
            seeds=read_seeds(task["seeds"]),
            server_noise=task["server_noise"],
        )
        results: list[joint.JointModel] = []
        initial = np.load(folder / "initial.npy", allow_pickle=False)
        app = joint.server_app(
            strategy,
            initial,
            task["rounds"],
            results.append,
            folder / KEPT,
            personal=federation.personal is not None,
        )
        app(Network(grid, keys, patience_s), context)
        _write(results[0], folder / RESULT)
        (folder / KEPT).unlink()
    except Exception as error:
        (folder / FAILURE).write_text(f"{type(error).__name__}: {error}\n")
        raise


def read_result(folder: Path) -> joint.JointModel:
    """Return the result in a server's folder."""
    with np.load(folder / RESULT, allow_pickle=False) as kept:
        plain = json.loads(str(kept["plain"]))
        pairs = {name: [tuple(row) for row in plain[name]] for name in ("losses", "incidents")}
        moments = Moments(kept["count"][()], kept["sum"], kept["sum_of_squares"])
        return joint.JointModel(
            weights=kept["weights"],
            moments=moments,
            losses=pairs["losses"],
            bytes_moved=plain["bytes_moved"],
            messages=plain["messages"],
            incidents=tuple(pairs["incidents"]),
        )


def _write(model: joint.JointModel, path: Path) -> None:
    plain = {
        name: getattr(model, name) for name in ("losses", "bytes_moved", "messages", "incidents")
    }
    with new_file(path) as part, part.open("wb") as file:
        np.savez(
            file, weights=model.weights, plain=np.array(json.dumps(plain)), **vars(model.moments)
        )
