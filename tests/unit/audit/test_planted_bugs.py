"""A private learner with something left out is caught by the audit; a sound one is not accused."""

from typing import Any

import pytest

from proeftuin.audit.attacks import attack_by_canaries, attack_membership
from proeftuin.audit.auditing import check_promises
from proeftuin.audit.finding import Finding
from proeftuin.detectors import stack
from proeftuin.errors import PrivacyError
from proeftuin.privacy import learner
from synthetic_data.seeds import Seeds
from tests.fixtures.audit_subject import subject


def audited(**privacy: object) -> list[Finding]:
    return attack_by_canaries(
        "arm", subject(**privacy), canaries=100, confidence=0.95, seeds=Seeds(5)
    )


def without_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger still says that there was noise."""
    real = learner.noisy_steps

    def silent(*arguments: Any, noise_multipliers: list[float], **options: Any) -> None:
        real(*arguments, noise_multipliers=[0.0] * len(noise_multipliers), **options)

    monkeypatch.setattr(learner, "noisy_steps", silent)


def without_clipping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "_clip", lambda *_: None)


def test_a_sound_learner_is_not_accused() -> None:
    findings = audited()
    assert {finding.position for finding in findings} == {"server", "partner", "outsider"}
    for finding in findings:
        assert finding.theory is not None
        assert finding.theory == pytest.approx(1.0, abs=0.01)
        assert finding.value <= finding.theory < (finding.ceiling or 0)
    check_promises(findings)


@pytest.mark.parametrize(
    ("bug", "learning_rate"), [(without_noise, 0.05), (without_clipping, 0.005)]
)
def test_noise_or_clipping_left_out_is_proven_and_stops_the_audit(
    bug: Any, learning_rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    findings = audited(learning_rate=learning_rate)
    server = next(finding for finding in findings if finding.position == "server")
    assert server.theory is not None
    assert server.value > server.theory
    with pytest.raises(PrivacyError, match=r"epsilon of at least .* allows 1\b.* is broken"):
        check_promises(findings)


def test_members_of_a_sound_learner_are_found_no_more_often_than_theory_allows() -> None:
    findings = attack_membership(
        "arm", subject(rounds=2), shadows=6, confidence=0.95, seeds=Seeds(6)
    )
    assert {finding.of for finding in findings} == {"all", "fraud", "not_fraud", "most_exposed"}
    for finding in findings:
        assert finding.theory is not None
        assert finding.trivial is not None
        assert finding.trivial < finding.theory < 1
    check_promises(findings)
