"""Fixtures of the inspection's tests; the small world is in ``tests.fixtures``."""

from types import SimpleNamespace
from typing import cast

import pytest

from proeftuin.inspection.evidence import Evidence
from proeftuin.settings.study import Evaluation, Settings
from tests.fixtures.inspected_world import DAYS, FRAUD, PERSONS, Made, evidence_of, make


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Only what the checks read of the settings."""
    form = SimpleNamespace(
        orientation=SimpleNamespace(
            victims_per_1000_year=FRAUD / PERSONS * 1000 * 365 / DAYS / 2, enrichment=2.0
        ),
        preparation=SimpleNamespace(starts_day=0.0, ramp_days=0.0),
        drift=None,
        steps=lambda: (),
        reporting=SimpleNamespace(delay_days_p90=45.0, bank_share=0.4),
        SEASON=(1.0,) * 12,
    )
    return cast(
        Settings,
        SimpleNamespace(
            seed=1,
            world=SimpleNamespace(
                days=DAYS,
                name="by hand",
                first_month=1,
                population=SimpleNamespace(persons=PERSONS),
                market=SimpleNamespace(bank={"bank_a": 0.5, "bank_b": 0.5}),
            ),
            scenario=SimpleNamespace(name="purchase", forms={"purchase": form}),
            evaluation=Evaluation(
                warm_up_days=14,
                train_days=42,
                label_wait_days=14,
                validation_days=14,
                negatives_kept=1.0,
                unlabelled_days=0,
                keep_scores=False,
                confidence=0.95,
            ),
        ),
    )


@pytest.fixture(scope="session")
def twin() -> Made:
    return make(fraud=False)


@pytest.fixture(scope="session")
def clean(twin: Made) -> Evidence:
    return evidence_of(make(), twin)
