import json
import subprocess
import sys

import pytest

from proeftuin.errors import PrivacyError
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease

LEDGER = Ledger(
    "bank_1",
    "record",
    18_000,
    (
        GaussianRelease("scaling statistics", 10.0),
        SampledGaussianRelease("learning", 1 / 0.9, 0.05, 150),
    ),
)


def test_a_ledger_read_back_from_json_costs_the_same() -> None:
    read = Ledger.from_dict(json.loads(json.dumps(LEDGER.to_dict())))
    assert read == LEDGER
    assert guarantee(read, 1e-6) == guarantee(LEDGER, 1e-6)


def test_a_release_of_unknown_kind_in_a_file_is_not_counted_as_free() -> None:
    data = LEDGER.to_dict()
    data["releases"][0]["kind"] = "laplace"
    with pytest.raises(PrivacyError, match="laplace"):
        Ledger.from_dict(data)


@pytest.mark.parametrize(
    ("noise", "rate", "steps"),
    [(float("nan"), 0.1, 1), (-1.0, 0.1, 1), (1.0, 0.0, 1), (1.0, 1.5, 1), (1.0, 0.1, 0)],
)
def test_an_impossible_release_cannot_be_written_down(
    noise: float, rate: float, steps: int
) -> None:
    with pytest.raises(PrivacyError, match="learning"):
        SampledGaussianRelease("learning", noise, rate, steps)


def test_a_ledger_of_no_records_is_refused() -> None:
    with pytest.raises(PrivacyError, match="bank_1"):
        Ledger("bank_1", "record", 0)


def test_reading_a_ledger_does_not_make_the_command_line_wait_for_torch() -> None:
    code = (
        "import sys, proeftuin.privacy.ledger, proeftuin.privacy.accounting, "
        "proeftuin.privacy.calibration, proeftuin.privacy.statistics; "
        "sys.exit(bool({'torch', 'opacus', 'dp_accounting'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
