"""Hashed numbers come back in clear; how long that takes is said."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from proeftuin.audit import hashing
from proeftuin.audit.auditing import write_audit
from proeftuin.audit.finding import Finding
from proeftuin.audit.flags import attack_flags
from proeftuin.audit.hashing import attack_hashes, hashed
from proeftuin.commandline.audit import audit_table, verdict
from proeftuin.instruments.mechanisms import Mechanism, Plain, RandomisedResponse
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets

FOUND_NOTHING = Finding(
    arm="a", attack="canaries", position="server", of="all", partner="b", measure="epsilon",
    value=0.0, low=0.0, trivial=0.0, ceiling=2.8, theory=1.0,
)  # fmt: skip


def test_whoever_has_the_key_reads_every_number_that_is_tried() -> None:
    key = bytes(range(32))
    secret = [612_345_678, 612_340_001, 699_999_999]
    told = {hashed(number, key) for number in secret}
    tried = range(612_340_000, 612_350_000)
    assert [each for each in tried if hashed(each, key) in told] == [612_340_001, 612_345_678]
    assert [each for each in tried if hashed(each, bytes(32)) in told] == []


def test_all_account_numbers_take_a_hundred_times_as_long_as_all_telephone_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rate = hashing.hashes_per_second(tried=1_000, times=1)
    monkeypatch.setattr(hashing, "hashes_per_second", lambda: rate)
    hours = {finding.of: finding.value for finding in attack_hashes()}
    assert hours["phone"] == pytest.approx(10**8 / rate / 3600)
    assert hours["account"] == pytest.approx(100 * hours["phone"])


def test_the_same_audit_gives_the_same_file_however_fast_the_machine_is(tmp_path: Path) -> None:
    record = SimpleNamespace(folder=tmp_path)
    written = []
    for hours in (0.4, 0.5):
        timed = dataclasses.replace(FOUND_NOTHING, attack=hashing.HASHES, value=hours)
        written.append(write_audit([FOUND_NOTHING, timed], record).read_bytes())  # type: ignore[arg-type]
    assert written[0] == written[1]
    assert [one["value"] for one in json.loads((tmp_path / "hashing.json").read_text())] == [0.5]


def test_a_bound_of_nothing_is_never_called_safe() -> None:
    assert verdict(FOUND_NOTHING) == "attack found nothing"
    assert "2.8" in audit_table([FOUND_NOTHING])


def test_a_bound_above_theory_is_named() -> None:
    assert verdict(dataclasses.replace(FOUND_NOTHING, value=1.5, low=1.5)).startswith("MORE THAN")


def test_randomised_answers_give_less_away_than_plain_ones(
    settings: Settings, information: InformationSets
) -> None:
    """No more than the odds times e^epsilon; a plain answer gives every flag away."""
    arm = settings.arms["line_busy"]
    instrument = dataclasses.replace(arm.regime.instruments["line_busy"], match_rate=1.0)

    def right(mechanism: Mechanism) -> Finding:
        changed = dataclasses.replace(instrument, mechanism=mechanism)
        regime = dataclasses.replace(arm.regime, instruments={"line_busy": changed})
        chosen = dataclasses.replace(arm, regime=regime)
        return attack_flags("line_busy", chosen, information, confidence=0.999)[1]

    noisy = right(RandomisedResponse(name="randomised_response", epsilon=2.0))
    plain = right(Plain(name="plain"))
    assert noisy.measure == plain.measure == "share_of_guesses_right"
    assert noisy.low is not None
    assert noisy.theory is not None
    assert noisy.trivial is not None
    assert noisy.low <= noisy.theory < plain.value
    assert noisy.value > noisy.trivial
