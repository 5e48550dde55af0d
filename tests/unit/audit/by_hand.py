"""Small partners that learn logistic regression, on which an audit takes a second."""

import dataclasses

import numpy as np

from proeftuin.audit.subject import Subject
from proeftuin.features.split import Split
from proeftuin.settings.compose import settings_for
from proeftuin.settings.privacy import Privacy
from synthetic_data.seeds import Seeds

COLUMNS = 60
NONE = Privacy(name="none", about="", unit=None)


def split(rows: int, name: str) -> Split:
    """Return rows that say something in three columns and nothing in the others."""
    x = np.zeros((rows, COLUMNS), dtype=np.float32)
    x[:, :3] = Seeds(1).rng(name).uniform(-1, 1, (rows, 3))
    y = (x[:, 0] > 0.6).astype(np.float32)
    return Split(x, y, x[:30], y[:30], np.arange(rows))


def subject(**privacy: object) -> Subject:
    """Return two partners that learn together under record DP, epsilon 1 unless said otherwise."""
    settings = settings_for(["study=demo", "world=hamlet", "detector=logistic_binned"])
    arm = settings.arms["federated_dp"]
    usual = {"epsilon": 1.0, "clip_norm": 0.01, "learning_rate": 0.05, "sampling_rate": 0.2}
    schedule = {"rounds": 4, "steps_per_round": 8}
    policy = dataclasses.replace(arm.privacy, **usual | schedule | privacy)  # type: ignore[arg-type]
    return Subject(
        dataclasses.replace(arm, privacy=policy),
        settings.federation,
        tuple(f"column_{number}" for number in range(COLUMNS)),
        {"bank_a": split(400, "bank_a"), "bank_b": split(300, "bank_b")},
        Seeds(3),
    )
