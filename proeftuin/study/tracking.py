"""The only module that uses MLflow: a record of finished studies, to browse and to query.

A study is an experiment, an invocation a parent run, every arm in every world a child run.
Everything is written once, after the study, in batches: measured on SQLite, a child with 540
numbers takes 0.2 s (one number at a time it would be 8 s), a fresh store 7 s.
"""

import logging
import os
import posixpath
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from proeftuin.errors import SettingsError, UnfinishedError
from proeftuin.files import alone, unwritable, workshop
from proeftuin.metrics import ALL
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import StoredWorld
from proeftuin.study.record import RunRecord, digest

if TYPE_CHECKING:
    import pandas as pd

#: Behind it stands a path as it is: what has a meaning in an address is quoted here.
SQLITE = "sqlite:///"
ANOTHER = "name another store, such as tracking.uri=sqlite:///FOLDER/mlflow.db"
FINGERPRINT = "fingerprint"
#: What one call of ``log_batch`` takes.
MOST_METRICS, MOST_PARAMS = 1000, 100
LONGEST = 250  #: characters of a name


def prepare_store(uri: str) -> None:
    """Check that the store answers, before any work; create a missing SQLite file.

    The file is made under another name and moved into place at once, because two processes that
    start on a fresh file break each other's migrations.

    Raises:
        SettingsError: MLflow cannot use the address.
    """
    refuse_unwritable(uri)
    store = Path(uri.removeprefix(SQLITE))
    unusable: tuple[type[Exception], ...] = (ValueError, *failures())
    try:
        if uri.startswith(SQLITE) and not store.exists():
            with workshop(store) as folder:
                if not store.exists():  # else another process was faster
                    _client(f"{SQLITE}{folder / store.name}")
                    (folder / store.name).replace(store)
        _client(uri)
    except unusable as error:
        raise SettingsError([f"{_unusable(uri, error)}; {ANOTHER}"]) from error


def refuse_unwritable(uri: str) -> None:
    """Raise if a store in a file could not be written; other stores are not asked.

    Raises:
        SettingsError: it could not.
    """
    if not uri.startswith(SQLITE):
        return
    store = Path(uri.removeprefix(SQLITE))
    why = unwritable(store.parent)
    if why is None and store.exists() and not os.access(store, os.W_OK):
        why = f"{store}: Permission denied"
    if why:
        raise SettingsError([f"tracking.uri={uri}: cannot be written ({why}); {ANOTHER}"])


def log_study(
    settings: Settings,
    record: RunRecord,
    outcomes: "pd.DataFrame",
    curves: "pd.DataFrame",
    compared: "pd.DataFrame",
    artifacts: Sequence[Path],
    uri: str,
) -> str:
    """Write a finished study to the store, unless it is there; return the id of the parent run.

    Args:
        settings: what was run.
        record: its record; the fingerprint says whether the study is in the store.
        outcomes: columns of :mod:`proeftuin.metrics`.
        curves: columns arm, seed, partner, round, metric, value.
        compared: as of :func:`proeftuin.outcomes.comparison.compare_all`; the parent gets every
            difference with its interval, and the verdict on the primary outcome as a tag.
        artifacts: files to keep with the parent: outcomes, settings, manifest, reports.
        uri: address of a store that :func:`prepare_store` prepared.

    Raises:
        UnfinishedError: the store did not take it.
    """
    with _losing_nothing(record.folder, uri), alone(record.folder):
        client = _client(uri)
        experiment = _experiment(client, settings, uri)
        same = {
            "experiment_ids": [experiment],
            "filter_string": f"tags.{FINGERPRINT} = '{record.fingerprint}'",
        }
        for run in client.search_runs(**same):
            if run.data.tags["kind"] == "study" and run.info.status == "FINISHED":
                return str(run.info.run_id)
        while unfinished := client.search_runs(**same):
            for run in unfinished:
                client.delete_run(run.info.run_id)
        tags = {FINGERPRINT: record.fingerprint}
        name = f"{settings.study.name} {record.fingerprint[:12]}"
        told = {**tags, "kind": "study", **_verdicts(compared)}
        parent = client.create_run(experiment, tags=told, run_name=name).info.run_id
        shared = {key: value for key, value in record.settings.items() if key != "arms"}
        _log(client, parent, params=flat(shared), metrics=[*_differences(compared, settings)])
        for (arm, seed), numbers in outcomes.groupby(["arm", "seed"], sort=False):
            parts = record.settings["arms"][arm]
            own = {"mlflow.parentRunId": parent, "kind": "arm", "arm": arm, "seed": str(seed)}
            own |= {part: parts[part]["name"] for part in ("regime", "privacy", "detector")}
            child = client.create_run(
                experiment, tags=tags | own, run_name=f"{arm} {seed}"
            ).info.run_id
            rounds = curves[(curves["arm"] == arm) & (curves["seed"] == seed)]
            metrics = [*_final(numbers), *_per_round(rounds)]
            _log(client, child, params=flat(parts), metrics=metrics)
            client.set_terminated(child)
        for artifact in artifacts:
            client.log_artifact(parent, str(artifact))
        client.set_terminated(parent)
        return str(parent)


@contextmanager
def _losing_nothing(folder: Path, uri: str) -> Iterator[None]:
    """Say that a run is whole where the store fails, and what to do."""
    try:
        yield
    except failures() as error:
        raise UnfinishedError(
            f"{_unusable(uri, error)}; the run is whole in {folder}, only MLflow does not know it: "
            "the same command tells it, once the store works again"
        ) from error


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as one level of dotted keys."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        nested = isinstance(value, Mapping)
        found |= flat(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return found


def failures() -> tuple[type[Exception], ...]:
    """Return what a store that does not work raises."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, OSError


def _unusable(uri: str, error: Exception) -> str:
    reason = re.split(r"\. |\n", str(error).strip())[0][:160]
    return f"tracking.uri={uri}: MLflow cannot use it ({reason})"


def _client(uri: str) -> Any:
    """Return a client of a store that answers."""
    os.environ.setdefault(
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2"
    )  # a dead server: seconds, not minutes
    from mlflow import MlflowClient

    for chatty in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    store = uri.removeprefix(SQLITE)
    if uri.startswith(SQLITE) and (path := quote(store)) != store:
        # By the name of its driver, for MLflow makes the folder of an address that begins as SQLITE
        # does, and under the quoted name.
        uri = f"sqlite+pysqlite:///{path}"
    client = MlflowClient(tracking_uri=uri)
    client.search_experiments(max_results=1)
    return client


def _experiment(client: Any, settings: Settings, uri: str) -> str:
    """Return the study's experiment; with a local store its files go under the output folder."""
    found = client.get_experiment_by_name(settings.study.name)
    if found is not None:
        number = str(found.experiment_id)
        if found.lifecycle_stage == "deleted":  # in MLflow's pages; its old runs stay deleted
            client.restore_experiment(number)
            while old := client.search_runs([number]):
                for run in old:
                    client.delete_run(run.info.run_id)
        return number
    files = Path(settings.output_dir).absolute() / "mlflow" / settings.study.name
    location = files.as_uri() if uri.startswith(SQLITE) else None
    return str(client.create_experiment(settings.study.name, artifact_location=location))


Number = tuple[str, float, int]


def _final(outcomes: "pd.DataFrame") -> Iterator[Number]:
    rows: Any = _of_several(outcomes).dropna(subset="value").itertuples()
    for row in rows:
        yield _name(row.metric, row.partner, row.fraud_form), row.value, 0


def _of_several(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Return rows of all forms of fraud; an only one goes without saying, and is told once."""
    whole = rows["fraud_form"] == ALL
    if rows.loc[~whole, "fraud_form"].nunique() > 1:
        return rows
    return (rows[whole] if whole.any() else rows).assign(fraud_form=ALL)


def _verdicts(compared: "pd.DataFrame") -> dict[str, str]:
    """Return the verdict on every arm in the primary outcome, as tags."""
    primary = compared[compared["primary"]]
    return {
        _safe(f"verdict.{arm}"): verdict
        for arm, verdict in zip(primary["arm"], primary["verdict"], strict=True)
    }


def _differences(compared: "pd.DataFrame", settings: Settings) -> Iterator[Number]:
    """Yield every difference for all partners together, and the ends of its interval.

    One or two generated worlds say nothing about a country, as in the report.
    """
    from proeftuin.outcomes.intervals import FEWEST_WORLDS  # loads scipy

    together = compared[compared["partner"] == ALL]
    if settings.repetitions < FEWEST_WORLDS and not isinstance(settings.world, StoredWorld):
        together = together[~together["metric"].str.startswith("national")]
    for row in _of_several(together).to_dict("records"):
        name = _name(row["metric"], row["fraud_form"])
        for what in ("difference", "low", "high"):
            if row[what] == row[what]:
                yield f"{what}/{_safe(row['arm'])}/{name}", row[what], 0


def _per_round(curves: "pd.DataFrame") -> Iterator[Number]:
    rows: Any = curves.dropna(subset="value").itertuples()
    for row in rows:
        yield f"rounds/{_name(row.metric, row.partner)}", row.value, row.round


def _name(metric: object, *axes: object) -> str:
    """Return a name such as ``recall_at_budget.bank_a``; all together goes without saying."""
    name = ".".join(str(part) for part in (metric, *axes) if part != ALL)
    return _safe(name.replace("[", ".").replace("]", "").replace("+", " and over"))


def _safe(name: str) -> str:
    """Return a name that MLflow takes; one that had to be changed ends in a digest of its own."""
    safe = re.sub(r"[^\w\-. :/]", "_", name)
    if safe == name == posixpath.normpath(name) and len(name) <= LONGEST and name[0] not in "/.":
        return name
    return f"{safe.replace('/', '_').lstrip('.')[: LONGEST - 9]}-{digest(name)[:8]}"


def _log(
    client: Any, run: str, *, params: Mapping[str, Any], metrics: Sequence[Number] = ()
) -> None:
    from mlflow.entities import Metric, Param

    now = time.time_ns() // 1_000_000
    told = [Param(_safe(key), str(value)) for key, value in params.items()]
    for some in _batches(told, MOST_PARAMS):
        client.log_batch(run, params=some)
    numbers = [Metric(name, float(value), now, int(step)) for name, value, step in metrics]
    for some in _batches(numbers, MOST_METRICS):
        client.log_batch(run, metrics=some)


def _batches(items: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
