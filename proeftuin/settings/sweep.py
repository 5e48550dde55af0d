"""A sweep of privacy budgets, written out as ordinary arms of a study.

Every regime gets an arm without noise, one for every unit and budget and, if it has instruments,
one with the same answers in which partners train alone: its gain needs no budget.
"""

from dataclasses import dataclass, replace

from proeftuin.settings.arm import Arm
from proeftuin.settings.privacy import NoPrivacy
from proeftuin.settings.study import Settings, Tune
from scenarios.names import problem_with

NO_NOISE = NoPrivacy(name="none", about="No differential privacy", unit=None)
#: Suffix of an arm, and its regime, with the same answers and training alone.
ALONE = "alone"


@dataclass(frozen=True)
class BudgetCurve:
    """The arms of one regime and unit.

    Attributes:
        regime, unit: their names in the sweep.
        without_noise: arm with joint training and no differential privacy.
        alone: arm with the same signals and training alone; None if there are none.
        private: arm by budget, the smallest budget first.
    """

    regime: str
    unit: str
    without_noise: str
    alone: str | None
    private: dict[float, str]


def curves_of(tune: Tune) -> list[BudgetCurve]:
    """Return which arms make up the sweep."""
    return [
        BudgetCurve(
            regime=name,
            unit=unit,
            without_noise=name,
            alone=f"{name}_{ALONE}" if regime.instruments else None,
            private={budget: _private(name, unit, budget) for budget in sorted(tune.budgets)},
        )
        for name, regime in tune.regimes.items()
        for unit in tune.units
    ]


def with_sweep(settings: Settings) -> Settings:
    """Add the arms of the sweep, with the detector of the study's baseline.

    The sweep must have passed :func:`check_sweep`; without one, the settings stay as they are.
    """
    if settings.tune is None:
        return settings
    base = settings.arms[settings.study.baseline]
    swept: dict[str, Arm] = {}
    for curve in curves_of(settings.tune):
        regime, policy = settings.tune.regimes[curve.regime], settings.tune.units[curve.unit]
        together = Arm(regime=regime, privacy=NO_NOISE, detector=base.detector)
        swept[curve.without_noise] = together
        if curve.alone is not None:
            about = f"{regime.about}; but everybody learns alone"
            alone = replace(regime, name=f"{regime.name}_{ALONE}", about=about, learning="own")
            swept[curve.alone] = replace(together, regime=alone)
        for budget, arm in curve.private.items():
            swept[arm] = replace(together, privacy=replace(policy, epsilon=budget))
    return replace(settings, arms=settings.arms | swept)


def check_sweep(settings: Settings) -> list[str]:
    """Return one sentence for everything in the sweep that makes no sense."""
    tune = settings.tune
    if tune is None:
        return []
    problems = []
    if len(set(tune.budgets)) < len(tune.budgets):
        told = ",".join(f"{budget:g}" for budget in tune.budgets)
        problems.append(f"tune.budgets=[{told}]: a budget occurs twice; name each once")
    problems += [
        f"tune.regimes.{name}.learning=own: who learns alone sends no model, so there is nothing "
        "to put noise on; choose a regime that learns together, such as federated"
        for name, regime in tune.regimes.items()
        if regime.learning == "own"
    ]
    made = [arm for curve in curves_of(tune) for arm in _arms(curve)]
    alone = [f"{regime.name}_{ALONE}" for regime in tune.regimes.values()]
    problems += [
        f"tune: the sweep makes a name that is too long ({problem}); use shorter ones"
        for problem in map(problem_with, (*made, *alone))
        if problem
    ]
    if settings.study.baseline not in settings.arms:
        problems.append(
            f"study.baseline={settings.study.baseline}: no such arm; the arms are "
            f"{', '.join(settings.arms)}"
        )
    problems += [
        f"arms.{arm}: the sweep makes an arm of that name; give yours, or the regime in "
        "tune.regimes, another name"
        for arm in dict.fromkeys(made)
        if arm in settings.arms
    ]
    return problems


def as_typed(problem: str, tune: Tune) -> str:
    """Name the setting of the sweep, or the detector, in a problem of an arm made from it."""
    for curve in curves_of(tune):
        for arm in _arms(curve):
            problem = (
                problem.replace(f"arms.{arm}.regime", f"tune.regimes.{curve.regime}")
                .replace(f"arms.{arm}.privacy", f"tune.units.{curve.unit}")
                .replace(f"arms.{arm}.", "")
            )
    return problem


def _arms(curve: BudgetCurve) -> list[str]:
    alone = [] if curve.alone is None else [curve.alone]
    return [curve.without_noise, *alone, *curve.private.values()]


def _private(regime: str, unit: str, budget: float) -> str:
    return f"{regime}_{unit}_{budget:g}".replace(".", "_").replace("+", "")
