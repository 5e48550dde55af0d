import pytest

from proeftuin.errors import PrivacyError, SettingsError
from proeftuin.privacy import calibration
from proeftuin.privacy.accounting import guarantee, joint_guarantee
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease
from proeftuin.settings.compose import settings_for


def spent(noise: float, rate: float, steps: int, statistics_noise: float) -> float:
    ledger = Ledger("a", "record", 1000, (GaussianRelease("statistics", statistics_noise),))
    return guarantee(
        ledger.and_then(SampledGaussianRelease("learning", noise, rate, steps)), 1e-6
    ).epsilon


@pytest.mark.parametrize(
    ("epsilon", "rate", "steps", "statistics_noise"),
    [
        (8.0, 0.05, 150, 10.0),
        (2.0, 0.0256, 781, 20.0),
        (0.1, 0.05, 150, 200.0),
        (1.0, 0.02, 10_000, 100.0),  # many small steps, where only a fine grid is close
        (8.0, 1.0, 3, 2.0),  # the steps may end up with the very noise of the statistics
    ],
)
def test_the_budget_is_used_up_and_never_exceeded(
    epsilon: float, rate: float, steps: int, statistics_noise: float
) -> None:
    noise = noise_for(
        epsilon=epsilon,
        delta=1e-6,
        sampling_rate=rate,
        steps=steps,
        statistics_noise=statistics_noise,
    )
    assert spent(noise, rate, steps, statistics_noise) <= epsilon
    assert spent(noise * 0.999, rate, steps, statistics_noise) > epsilon


def test_learning_alone_needs_the_noise_that_others_get() -> None:
    # Measured with another script without statistics: 1.805 for epsilon 2.
    noise = noise_for(
        epsilon=2.0, delta=1e-6, sampling_rate=0.0256, steps=781, statistics_noise=10_000.0
    )
    assert noise == pytest.approx(1.805, abs=2e-3)


def test_rounds_share_one_budget_instead_of_each_having_their_own() -> None:
    noise = noise_for(epsilon=3.0, delta=1e-6, sampling_rate=0.05, steps=150, statistics_noise=10.0)
    ledger = Ledger("a", "record", 1000, (GaussianRelease("statistics", 10.0),))
    for _ in range(15):
        ledger = ledger.and_then(SampledGaussianRelease("round", noise, 0.05, 10))
    assert 2.99 < guarantee(ledger, 1e-6).epsilon <= 3.0


def test_a_budget_too_large_to_need_noise_still_gets_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibration, "LEAST_NOISE", 0.5)
    noise = noise_for(
        epsilon=500.0, delta=1e-2, sampling_rate=0.001, steps=1, statistics_noise=10.0
    )
    assert noise == 0.5


@pytest.mark.parametrize("statistics_noise", [0.0, 1.0, 4.0])
def test_statistics_that_eat_the_budget_are_refused_with_what_to_change(
    statistics_noise: float,
) -> None:
    with pytest.raises(PrivacyError, match=r"raise privacy\.statistics_noise"):
        noise_for(
            epsilon=1.0,
            delta=1e-6,
            sampling_rate=0.05,
            steps=150,
            statistics_noise=statistics_noise,
        )


@pytest.mark.parametrize("policy", ["record_dp", "person_dp"])
@pytest.mark.parametrize("statistics_noise", [2.0, 10.0, 60.0])
def test_a_budget_that_the_statistics_exceed_is_refused_before_any_work(
    policy: str, statistics_noise: float
) -> None:
    private = ["regime=federated", "detector=mlp", f"privacy={policy}"]
    private.append(f"privacy.statistics_noise={statistics_noise}")
    rows, partners = (1, 1) if policy == "record_dp" else (2, 2)
    statistics = GaussianRelease("statistics", statistics_noise)
    ledger = Ledger("a", "record", 1000, (statistics,), records_per_unit=rows)
    alone = joint_guarantee([ledger] * partners, 1e-6).epsilon
    settings_for([*private, f"privacy.epsilon={alone * 1.01}"])
    with pytest.raises(SettingsError, match=r"the scaling statistics alone spend more"):
        settings_for([*private, f"privacy.epsilon={alone * 0.99}"])
