"""The folders of a deployment, one per party: written by the planner, read by each party.

``server/`` holds the task and the public keys of the admitted partners; ``partners/<name>/`` holds
the rows, the secret key and the settings of that partner, and nothing of any other.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from proeftuin import __version__
from proeftuin.detectors.gradient import GradientLearner
from proeftuin.features.split import Split
from proeftuin.federation.deployment.certificates import write_node_key, write_server_certificate
from proeftuin.federation.personal import Personalisation
from proeftuin.federation.training import (
    Parties,
    ServerTask,
    Training,
    parties_of,
    personalisation_of,
)
from proeftuin.privacy.learners import learner_of
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from synthetic_data.seeds import Seeds

SERVER, PARTNERS, APP, KEYS = "server", "partners", "app", "keys"
TASK, INITIAL = "task.json", "initial.npy"
LABEL, CUSTOMER = "label", "customer_code"
_TRAINING, _VALIDATION = "training.parquet", "validation.parquet"
SCRIPTS = Path(__file__).parent / "scripts"


def write_parties(folder: Path, training: Training, *, host: str) -> Parties:
    """Write the folders of the server and of every partner.

    Args:
        folder: where to; must not exist.
        training: the partners' rows, and how they learn.
        host: name or address of the server's machine.

    Returns:
        Both sides, as they would be in this process.
    """
    parties, server = parties_of(training), folder / SERVER
    (server / KEYS).mkdir(parents=True)
    write_server_certificate(server, host)
    _write_task(server, parties.task)
    (server / APP).mkdir()
    (server / APP / "pyproject.toml").write_text(_APP, "utf-8")
    for script in ("start.sh", "register.sh", "run.sh"):
        _write_script(server / script, f"server_{script}", {})
    for partner in parties.task.partners:
        own = folder / PARTNERS / partner
        own.mkdir(parents=True)
        write_node_key(own / "node.key", server / KEYS / f"{partner}.pub")
        (own / "ca.crt").write_bytes((server / "ca.crt").read_bytes())
        _write_learner(own, training, partner)
        _write_script(own / "start.sh", "partner_start.sh", {"HOST": host})
    (folder / "README.md").write_text((SCRIPTS / "README.md").read_text("utf-8"), "utf-8")
    return parties


def _write_learner(folder: Path, training: Training, partner: str) -> None:
    """Write a partner's own rows and settings in its folder."""
    split, names = training.splits[partner], training.names
    customers = _customers(split, training.arm)
    _write_rows(folder / _TRAINING, split.train_x, split.train_y, names, customers)
    if len(split.valid_y):  # of a rehearsal
        _write_rows(folder / _VALIDATION, split.valid_x, split.valid_y, names, None)
    spec = {
        "partner": partner,
        "arm": TypeAdapter(Arm).dump_python(training.arm, mode="json"),
        "federation": asdict(training.federation),
        "seeds": asdict(training.seeds),
    }
    _write_json(folder / "learner.json", spec)


def read_learner(folder: Path) -> tuple[GradientLearner, Personalisation]:
    """Return the learner of the partner with this folder, and its personalisation."""
    spec = json.loads((folder / "learner.json").read_text("utf-8"))
    arm = TypeAdapter(Arm).validate_json(json.dumps(spec["arm"]))
    federation, seeds = _federation(spec["federation"]), _seeds(spec["seeds"])
    train_x, train_y, customers = _read_rows(folder / _TRAINING)
    valid_x, valid_y = train_x[:0], train_y[:0]
    if (folder / _VALIDATION).exists():
        valid_x, valid_y, _ = _read_rows(folder / _VALIDATION)
    split = Split(train_x, train_y, valid_x, valid_y, customers)
    learner = learner_of(split, arm, federation, owner=spec["partner"], seeds=seeds, jointly=True)
    return learner, personalisation_of(learner, arm, federation, seeds=seeds)


def _write_task(folder: Path, task: ServerTask) -> None:
    """Write the server's side of a training in its folder."""
    plain = {name: value for name, value in vars(task).items() if name != "initial"}
    parts = {name: asdict(plain[name]) for name in ("federation", "seeds")}
    _write_json(folder / TASK, plain | parts)
    np.save(folder / INITIAL, task.initial, allow_pickle=False)


def read_task(folder: Path) -> ServerTask:
    """Return the server's side of the training in its folder."""
    spec = json.loads((folder / TASK).read_text("utf-8"))
    parts = {
        "partners": tuple(spec["partners"]),
        "federation": _federation(spec["federation"]),
        "seeds": _seeds(spec["seeds"]),
        "initial": np.load(folder / INITIAL, allow_pickle=False),
    }
    return ServerTask(**spec | parts)


def _federation(spec: dict[str, Any]) -> Federation:
    return TypeAdapter(Federation).validate_json(json.dumps(spec))


def _seeds(spec: dict[str, Any]) -> Seeds:
    return Seeds(spec["root"], tuple(spec["axes"]))


def _customers(split: Split, arm: Arm) -> np.ndarray[Any, Any] | None:
    """Return the customers behind the rows where the unit of privacy needs them, else None."""
    return split.train_customer if arm.privacy.unit == "person" else None


def _write_rows(
    path: Path,
    x: np.ndarray[Any, Any],
    y: np.ndarray[Any, Any],
    names: tuple[str, ...],
    customers: np.ndarray[Any, Any] | None,
) -> None:
    rows = pd.DataFrame(x, columns=list(names)).assign(**{LABEL: y})
    if customers is not None:
        rows[CUSTOMER] = customers
    rows.to_parquet(path, index=False)


def _read_rows(path: Path) -> tuple[Any, Any, Any]:
    rows = pd.read_parquet(path)
    customers = rows.pop(CUSTOMER) if CUSTOMER in rows else pd.Series(dtype=np.int64)
    labels = np.array(rows.pop(LABEL), dtype=np.float32)
    return np.array(rows, dtype=np.float32, order="C"), labels, np.array(customers)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _write_script(path: Path, name: str, values: dict[str, str]) -> None:
    text = (SCRIPTS / name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


_APP = f"""\
[project]
name = "proeftuin-federation"
version = "{__version__}"
description = "One federated training of proeftuin; its code is the installed package"
license = "Apache-2.0"
dependencies = ["proeftuin=={__version__}"]

[tool.flwr.app]
publisher = "proeftuin"

[tool.flwr.app.components]
serverapp = "proeftuin.federation.deployment.server:server_app"
clientapp = "proeftuin.federation.deployment.node:client_app"

[tool.flwr.app.config]
folder = "."
patience-seconds = 3600
"""
