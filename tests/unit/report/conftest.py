"""A realistic run folder made from invented numbers, for the report to be tried on."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import TypeAdapter

from proeftuin.metrics import AGE_GROUPS, ALL, METRICS
from proeftuin.outcomes.comparison import compare_all
from proeftuin.report.folder import RunFolder, read_run_folder
from proeftuin.settings.compose import settings_for
from proeftuin.settings.paths import conf_dir
from proeftuin.settings.study import Settings
from proeftuin.study.run import assumed
from scenarios.phases import Drift
from scenarios.registry import FORMS

DRIFT = Drift(from_day=84.0, only_bank=None, amount_factor=0.7, wait_factor=2.0, visible_factor=0.5)
REGIMES = {
    "silo": ("own", False),
    "line_busy": ("own", True),
    "federated": ("federated", False),
    "federated_line_busy": ("federated", True),
    "centre": ("pooled", False),
}
#: Arms of the demo: regime, epsilon, and the invented gain in stopped share.
DEMO = {
    "silo": ("silo", None, 0.0),
    "line_busy": ("line_busy", None, 0.055),
    "federated": ("federated", None, 0.035),
    "federated_dp": ("federated", 8.0, 0.012),
    "federated_line_busy": ("federated_line_busy", None, 0.085),
    "centre": ("centre", None, 0.115),
}
Arms = dict[str, tuple[str, float | None, float]]


@cache
def settings_of(scenario: str) -> Settings:
    return settings_for([f"scenario={scenario}"])


def recorded(settings: Settings) -> list[dict[str, Any]]:
    """Every figure of a study, as assumptions.json lists it."""
    return [{**asdict(one), "changed": "in_call_share" in one.key} for one in assumed(settings)]


@cache
def instruments_of(regime: str) -> dict[str, Any]:
    """What a regime tells from sector to sector, with its usual numbers."""
    if not (conf_dir() / "regime" / f"{regime}.yaml").exists():
        return instruments_of("line_busy")
    settings = settings_for([f"regime={regime}"])
    chosen = TypeAdapter(Settings).dump_python(settings, mode="json")["arms"]["chosen"]
    return dict(chosen["regime"]["instruments"])


def arm_config(regime: str, epsilon: float | None) -> dict[str, Any]:
    learning, busy = REGIMES.get(regime, ("own", True))
    return {
        "regime": {
            "name": regime,
            "about": f"About {regime}",
            "coalition": "all",
            "learning": learning,
            "instruments": instruments_of(regime) if busy else {},
        },
        "privacy": {
            "name": "record_dp" if epsilon else "none",
            "unit": "record" if epsilon else None,
            "epsilon": epsilon,
        },
        "detector": {"name": "mlp"},
    }


def make_config(arms: Arms, scenario: str) -> dict[str, Any]:
    settings = TypeAdapter(Settings).dump_python(settings_of(scenario), mode="json")
    return {
        "arms": {name: arm_config(regime, epsilon) for name, (regime, epsilon, _) in arms.items()},
        "study": {
            "name": "demo",
            "question_en": "What does each form of sharing add against bank-helpdesk fraud, and "
            "what does it cost in privacy?",
            "question_nl": "Wat levert elke vorm van gegevensdeling op tegen bankhelpdeskfraude, "
            "en wat kost die aan privacy?",
            "baseline": "silo",
            "ceiling": "centre",
            "primary": "stopped_share",
        },
        "world": settings["world"],
        "scenario": settings["scenario"],
        "evaluation": {"confidence": 0.95},
        "intervention": settings["intervention"],
        "seed": 2026,
        "repetitions": 6,
    }


def _values(gain: float, spill: float, share: float, rng: np.random.Generator) -> dict[str, float]:
    """Invented outcomes of one arm in one world at one partner."""
    noise = rng.normal(scale=0.006 / np.sqrt(share))
    stopped, alarms = 0.31 + gain + spill + noise, 22 - 60 * gain + rng.normal(scale=0.8)
    values = {
        "average_precision": 0.24 + 1.4 * gain + rng.normal(scale=0.01),
        "recall_at_budget": 0.42 + 1.2 * gain + spill + noise,
        "recall_ceiling": 0.97,
        "precision": 0.14 + gain / 2,
        "precision_real": 0.0018 + gain / 60 + rng.normal(scale=5e-5),
        "alerts_per_1000": 2.48,
        "stopped_share": stopped,
        "loss_eur": 410_000 * share,
        "stopped_eur": 410_000 * share * stopped,
        "victims": 190 * share,
        "victims_spared_share": stopped - 0.08,
        "journeys_stopped_share": stopped + 0.16,
        "minutes_after_contact": 34 - 20 * gain + rng.normal(),
        "stopped_in[persuasion]": 0.1,
        "stopped_in[transfer]": 0.9,
        "lead_minutes": 21 + 40 * gain + rng.normal(),
        "false_alarms_per_10k": alarms,
        "national_loss_eur": 210e6,
        "national_stopped_eur": 210e6 * stopped,
        "national_victims_spared": 41_000 * stopped,
        "national_journeys_stopped": 52_000 * stopped,
        "people_stopped": 900 * share,
        "people_stopped_per_fraud": 31 - 20 * gain + noise,
        "wrong_listings_per_fraud": 0.02,
        "journeys_stopped_by_own_action": 60 * share,
        "seconds": 30.0,
    }
    for group, factor in zip(AGE_GROUPS, (0.7, 0.9, 1.1, 1.5), strict=True):
        values[f"predictive_equality[{group}]"] = factor
        values[f"false_alarms_per_10k[{group}]"] = alarms * factor + rng.normal(scale=0.7)
    return values


def make_outcomes(arms: Arms, seeds: int, config: dict[str, Any]) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    shares = config["world"]["market"]["bank"]
    rows = []
    for seed in range(seeds):
        world = rng.normal(scale=0.02)
        for name, (regime, epsilon, gain) in arms.items():
            learning, busy = REGIMES.get(regime, ("own", True))
            for partner, share in {"all": 1.0, **shares}.items():
                small = gain * (0.4 - min(share, 0.4)) if partner != "all" else 0.0
                values = _values(gain + small, world, share, rng)
                everybody, asked = 25_000 * share, 19_300 * share * busy
                pooled = learning == "pooled"
                values |= {
                    "epsilon": epsilon - 0.01 if epsilon else np.nan,
                    "persons_disclosed": everybody if pooled else asked,
                    "fields_disclosed": 17.0 if pooled else 2.0 * busy,
                    "bytes_moved": 61e6 * share if pooled else 3e5 * busy + 4.1e6 * (gain > 0),
                }
                rows += [("demo", name, seed, partner, form, m, values.get(m, np.nan))
                         for form in (ALL, *config["scenario"]["forms"])
                         for m in METRICS]  # fmt: skip
    columns = ["study", "arm", "seed", "partner", "fraud_form", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


def compared(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of a study, as a run writes them."""
    return compare_all(outcomes, baseline="silo", primary="stopped_share", confidence=0.95)


def make_curves(arms: Arms, seeds: int) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    rows = [
        (name, seed, bank, step, "validation_loss",
         0.2 + 0.4 * np.exp(-step / 4) - gain + 0.0004 * step + rng.normal(scale=0.004))
        for name, (_, _, gain) in arms.items()
        for seed in range(seeds)
        for bank in ("bank_a", "bank_b")
        for step in range(1, 21)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["arm", "seed", "partner", "round", "metric", "value"])


def make_flows(arms: Arms) -> list[dict[str, Any]]:
    sent = []
    for name, (regime, epsilon, _) in arms.items():
        learning, busy = REGIMES.get(regime, ("own", True))
        form = "private_aggregate" if epsilon else "aggregate"
        if busy:
            sent.append((name, "bank_a", "telecom", "line_busy_question", "in_clear", 6900, 1))
            sent.append((name, "telecom", "bank_a", "line_busy_answer", "in_clear", 6500, 1))
        if learning == "federated":
            sent.append((name, "bank_a", "server", "model_updates", form, 0, 0))
        if learning == "pooled":
            sent.append((name, "bank_a", "centre", "bank_records", "in_clear", 9000, 17))
    keys = ("arm", "sender", "receiver", "data", "form", "persons", "fields")
    rest = {"records": 8410.5, "bytes": 201_840.0, "period": "112 days"}
    return [{**dict(zip(keys, row, strict=True)), **rest} for row in sent]


def make_privacy(arms: Arms, seeds: int) -> list[dict[str, Any]]:
    terms = {
        "unit": "record",
        "accountant": "PLD of dp-accounting 0.6.0 (grid 0.0001), checked by PRV of Opacus 1.6.0",
        "neighbouring": "add_or_remove_one",
        "adversary": "whoever sees every message this partner sends, the server and the other "
        "partners included",
    }
    return [
        {
            "arm": name,
            "seed": seed,
            "partner": bank,
            "epsilon": epsilon - 0.01 * seed - 0.005,
            "delta": 1e-6,
            "epsilon_prv": epsilon - 0.02,
            "records": 30_000 + 100 * seed,
            **terms,
        }
        for name, (_, epsilon, _) in arms.items()
        if epsilon
        for seed in range(seeds)
        for bank in ("bank_a", "bank_b", "bank_c", "bank_d", "bank_e")
    ]


CHANGED = "scenario.forms.bank_helpdesk.transfer.in_call_share"
MANIFEST = {
    "fingerprint": "9f1c0a7be2d34415",
    "command": f"proeftuin run study=demo {CHANGED}=0.6",
    "overrides": ["study=demo", f"{CHANGED}=0.6"],
    "versions": {"numpy": "2.4.6", "torch": "2.9.1", "flwr": "1.41.0"},
    "commit": "423d1df",
    "hardware": {"cpus": 2, "memory_gib": 24},
    "python": "3.11.13",
}


def make_run(
    folder: Path, *, arms: Arms = DEMO, seeds: int = 6, scenario: str = "bank_helpdesk"
) -> Path:
    """Write the eight files of a run folder that every study has."""
    folder.mkdir(parents=True, exist_ok=True)
    config = make_config(arms, scenario)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    contents = {
        "manifest": MANIFEST,
        "data_flows": make_flows(arms),
        "privacy": make_privacy(arms, seeds),
        "assumptions": recorded(settings_of(scenario)),
    }
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    outcomes = make_outcomes(arms, seeds, config)
    outcomes.to_parquet(folder / "outcomes.parquet")
    compared(outcomes).to_parquet(folder / "comparisons.parquet")
    make_curves(arms, seeds).to_parquet(folder / "curves.parquet")
    return folder


@pytest.fixture(scope="session")
def write_run() -> Callable[..., Path]:
    """Return the maker of run folders."""
    return make_run


@pytest.fixture(scope="session")
def figures() -> list[dict[str, Any]]:
    """Every figure of the world and of all forms there are, a changed way of working included."""
    settings = settings_for(
        [
            "study=necessity",
            "scenario=none",
            *(f"+form@scenario.forms.{form}={form}" for form in FORMS),
        ]
    )
    forms = {name: replace(form, drift=DRIFT) for name, form in settings.scenario.forms.items()}
    return recorded(replace(settings, scenario=replace(settings.scenario, forms=forms)))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The contents of a small run folder."""
    arms = {arm: DEMO[arm] for arm in ("silo", "line_busy", "federated", "centre")}
    return read_run_folder(make_run(tmp_path_factory.mktemp("run"), arms=arms, seeds=2))
