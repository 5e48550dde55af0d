"""The server of a deployment: the app that Flower's SuperLink runs, in the server's folder."""

import json
from pathlib import Path

import numpy as np
from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from proeftuin.detectors.scaling import Moments
from proeftuin.federation.checkpoint import Checkpoint
from proeftuin.federation.deployment.certificates import public_key_of
from proeftuin.federation.deployment.folders import KEYS, read_task
from proeftuin.federation.deployment.grid import Network
from proeftuin.federation.server import JointModel
from proeftuin.federation.server import server_app as app_of
from proeftuin.files import new_file

FAILURE, RESULT, KEPT = "failure.txt", "result.npz", "training"

server_app = ServerApp()


@server_app.main()
def main(grid: Grid, context: Context) -> None:
    """Run the training that the folder describes and write its result there."""
    folder = Path(str(context.run_config["folder"]))
    try:
        task = read_task(folder)
        keys = {name: public_key_of(folder / KEYS / f"{name}.pub") for name in task.partners}
        patience_s = float(str(context.run_config["patience-seconds"]))
        results: list[JointModel] = []
        app = app_of(task, results.append, Checkpoint(folder / KEPT))
        app(Network(grid, keys, patience_s), context)
        _write(results[0], folder / RESULT)
        (folder / KEPT).unlink()
    except Exception as error:
        (folder / FAILURE).write_text(f"{type(error).__name__}: {error}\n", "utf-8")
        raise


def read_result(folder: Path) -> JointModel:
    """Return the result in a server's folder."""
    with np.load(folder / RESULT, allow_pickle=False) as kept:
        plain = json.loads(str(kept["plain"]))
        pairs = {name: [tuple(row) for row in plain[name]] for name in ("losses", "incidents")}
        moments = Moments(kept["count"][()], kept["sum"], kept["sum_of_squares"])
        return JointModel(
            weights=kept["weights"],
            moments=moments,
            losses=pairs["losses"],
            bytes_moved=plain["bytes_moved"],
            messages=plain["messages"],
            incidents=tuple(pairs["incidents"]),
        )


def _write(model: JointModel, path: Path) -> None:
    plain = {
        name: getattr(model, name) for name in ("losses", "bytes_moved", "messages", "incidents")
    }
    with new_file(path) as part, part.open("wb") as file:
        np.savez(
            file, weights=model.weights, plain=np.array(json.dumps(plain)), **vars(model.moments)
        )
