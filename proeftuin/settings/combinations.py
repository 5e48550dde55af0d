"""Combinations of settings that make no sense, refused before any work starts.

Everything a single setting may be is said where it is declared; this is about several together.
"""

from difflib import get_close_matches
from typing import Literal

from proeftuin.metrics import METRICS
from proeftuin.sectors import BANK, DECIDING
from proeftuin.settings.arm import KINDS, Arm, Detector, Regime
from proeftuin.settings.contributions import check_contributions
from proeftuin.settings.federation import Federation, LabelFlip, LocalHead, check_partners
from proeftuin.settings.instrument_use import (
    check_both_sides,
    check_instrument,
    check_names,
    listed,
)
from proeftuin.settings.privacy import ClientLevelDP, NoPrivacy
from proeftuin.settings.protection import check_protection
from proeftuin.settings.study import Settings, Study
from proeftuin.settings.worlds import check_world, partners
from synthetic_data.schema import SECTORS

Concern = Literal["world", "days", "study"]


def check_combinations(settings: Settings, concern: Concern = "study") -> list[str]:
    """Return one sentence for every combination of settings that makes no sense.

    Args:
        settings: the settings.
        concern: how far somebody looks at them: at the world, also at its days of training and
            testing, or at a whole study.
    """
    problems = check_world(settings.world, settings.scenario, settings.repetitions)
    if concern != "world":
        problems += _check_days(settings)
    if concern == "study":
        problems += _check_study(settings)
    return problems


def _check_days(settings: Settings) -> list[str]:
    evaluation, world = settings.evaluation, settings.world
    problems = []
    if not evaluation.validation_days and any(
        arm.detector.candidates for arm in settings.arms.values()
    ):
        problems.append(
            "evaluation.validation_days=0: candidates of a detector compete on these days; leave "
            "at least 1, or write detector.candidates={}"
        )
    if world.days - evaluation.test_day >= 7:
        return problems
    return [
        *problems,
        f"evaluation: warm-up, training, wait, validation and unlabelled days take "
        f"{evaluation.test_day} days "
        f"and leave {world.days - evaluation.test_day} of world.days={world.days} to test on; "
        "leave at least 7",
    ]


def _check_margins(study: Study) -> list[str]:
    """Return margins that are missing, or are of no outcome or of another unit than it has."""
    problems = []
    for metric, margin in study.margins.items():
        if metric not in METRICS:
            problems.append(
                f"study.margins.{metric}: no such outcome (all are in proeftuin/metrics.py)"
            )
        elif margin.unit != METRICS[metric].unit:
            problems.append(
                f"study.margins.{metric}.unit={margin.unit}: the outcome is in "
                f"{METRICS[metric].unit}"
            )
        elif margin.unit == "share" and margin.value >= 1:
            problems.append(
                f"study.margins.{metric}.value={margin.value:g}: must be below 1, for shares "
                "differ by no more; five percentage points are 0.05"
            )
    if study.primary in METRICS and study.primary not in study.margins:
        unit = METRICS[study.primary].unit
        problems.append(
            f"study.primary={study.primary}: no margin is declared for it; say which difference is "
            f"of no consequence, such as '+study.margins.{study.primary}="
            f'{{value: 0.05, unit: {unit}, source: "[A] why"}}\''
        )
    return problems


def _check_study(settings: Settings) -> list[str]:
    problems = []
    for role in ("baseline", "ceiling"):
        name = getattr(settings.study, role)
        if name not in settings.arms:
            problems.append(
                f"study.{role}={name}: no such arm; the arms are {listed(settings.arms)}"
            )
    if settings.study.ceiling == settings.study.baseline:
        problems.append(
            f"study.ceiling={settings.study.ceiling}: is the baseline too, so there is no gain to "
            f"measure; choose another of {listed(settings.arms)}"
        )
    if settings.study.primary not in METRICS:
        close = get_close_matches(settings.study.primary, METRICS, 3, 0.3)
        problems.append(
            f"study.primary={settings.study.primary}: no such outcome; for example "
            f"{listed(close or list(METRICS)[:3])} (all are in proeftuin/metrics.py)"
        )
    problems += _check_margins(settings.study)
    problems += check_contributions(settings)
    if BANK in settings.world.market.absent:
        problems.append(
            "world.market.absent: bank cannot be absent, for payments are what a study judges; "
            "leave it out of the list"
        )
    problems += check_names("audit.arms", settings.audit.arms, tuple(settings.arms))
    for name, arm in settings.arms.items():
        problems += [f"arms.{name}.{problem}" for problem in _check_arm(arm, settings)]
    return problems


def _check_arm(arm: Arm, settings: Settings) -> list[str]:
    federation = settings.federation
    problems = [*_check_gradient(arm.detector), *_check_candidates(arm.detector)]
    problems += _check_linear(arm.detector)
    if federation.backend == "deployment":
        problems += _check_deployment(arm)
    problems += _check_measures(arm)
    if not arm.detector.by_gradient:
        problems += _check_trees(arm, federation)
    if arm.regime.learning == "federated":
        problems += _check_personal(arm, federation)
    problems += _check_vertical(arm)
    problems += check_protection(arm, federation)
    return problems + _check_regime(arm.regime, settings)


def _check_gradient(detector: Detector) -> list[str]:
    return [
        f"detector.{field}=null: detector={detector.name} learns by gradient steps and needs it"
        for field in ("optimiser", "batch_size")
        if detector.by_gradient and getattr(detector, field) is None
    ]


def _check_linear(detector: Detector) -> list[str]:
    """Refuse hidden layers of a detector that goes by the name of a linear model."""
    if detector.name not in ("logistic", "logistic_binned"):
        return []
    network = detector.name.replace("logistic", "mlp")
    given = {f"candidates.{name}.": each.hidden for name, each in detector.candidates.items()}
    return [
        f"detector.{place}hidden=[{listed(hidden)}]: detector={detector.name} is linear; leave it "
        f"at [], or use detector={network}"
        for place, hidden in ({"": detector.hidden} | given).items()
        if hidden
    ]


def _check_deployment(arm: Arm) -> list[str]:
    """Refuse what parties with a process of their own cannot do."""
    problems, detector, learning = [], arm.detector, arm.regime.learning
    if learning == "federated" and detector.candidates:
        problems.append(
            f"detector.candidates={listed(detector.candidates)}: parties on machines of their "
            "own learn once, and federation.backend=deployment deploys one detector; leave them out"
        )
    if learning == "federated" and not detector.by_gradient:
        problems.append(
            f"federation.backend=deployment: detector={detector.name} cannot be "
            "deployed yet; use detector=mlp or logistic, or federation.backend=inprocess"
        )
    if learning == "vertical":
        problems.append(
            "federation.backend=deployment: regime.learning=vertical cannot be deployed yet; use "
            "regime=federated, or federation.backend=inprocess"
        )
    return problems


def _check_measures(arm: Arm) -> list[str]:
    problems = [
        f"measures.{name}: holds the measure {measure.name}; its key must be its name, as "
        f"in +measure@arms.ARM.measures.{measure.name}={measure.name}"
        for name, measure in arm.measures.items()
        if name != measure.name
    ]
    learning, privacy = arm.regime.learning, arm.privacy
    if "rules" in arm.measures and (learning != "own" or not isinstance(privacy, NoPrivacy)):
        problems.append(
            f"measures.rules: replaces the detector, so regime.learning={learning} and "
            f"privacy={privacy.name} would learn nothing; use regime.learning=own and privacy=none"
        )
    return problems


def _check_trees(arm: Arm, federation: Federation) -> list[str]:
    problems = _check_bagging(federation) if arm.regime.learning == "federated" else []
    if not isinstance(arm.privacy, NoPrivacy):
        problems.append(
            f"privacy={arm.privacy.name}: detector=boosted_trees trains nothing with gradients, so "
            "DP-SGD cannot protect it; use privacy=none, or detector=mlp or logistic"
        )
    return problems


def _check_candidates(detector: Detector) -> list[str]:
    problems = []
    for name, candidate in detector.candidates.items():
        key, given = f"detector.candidates.{name}", candidate.given()
        if name == detector.name:
            problems.append(f"{key}: is the name of the detector as it is; use another name")
        if not given:
            problems.append(f"{key}: changes nothing; give it a value, or leave it out")
        if not detector.by_gradient:
            problems += [
                f"{key}.{field}={given[field]}: not used by detector={detector.name}; leave it out"
                for field in ("hidden", "batch_size", "bins")
                if field in given
            ]
    return problems


def _check_bagging(federation: Federation) -> list[str]:
    """Return the settings that a federation of trees cannot have: it bags trees, averaging none."""
    problems = []
    if federation.name != "fedavg":
        problems.append(
            f"federation={federation.name}: detector=boosted_trees sends trees, which are put side "
            "by side (bagging) and not averaged; use federation=fedavg, or detector=mlp"
        )
    if federation.local_epochs != 1:
        problems.append(
            f"federation.local_epochs={federation.local_epochs}: detector=boosted_trees adds one "
            "tree of each partner in a round; use 1"
        )
    if federation.attack is not None and not isinstance(federation.attack, LabelFlip):
        problems.append(
            f"federation.attack.kind={federation.attack.kind}: detector=boosted_trees sends trees, "
            "not numbers to change; use label_flip, or detector=mlp"
        )
    return problems


def _check_personal(arm: Arm, federation: Federation) -> list[str]:
    if federation.personal is None:
        return []
    key, detector = f"federation.personal.kind={federation.personal.kind}", arm.detector
    problems = []
    if not detector.by_gradient:
        problems.append(
            f"{key}: takes gradient steps of a partner's own, and detector={detector.name} takes "
            "none; use detector=mlp, or federation.personal=null"
        )
    elif isinstance(federation.personal, LocalHead) and detector.name not in KINDS:
        problems.append(
            f"{key}: which layer of detector={detector.name} is the last is not known; use "
            "detector=mlp, or federation.personal.kind=fine_tuning"
        )
    elif isinstance(federation.personal, LocalHead) and not detector.hidden:
        problems.append(
            f"{key}: detector={detector.name} has one layer only, so nothing would be left to "
            "share; use detector=mlp, or federation.personal.kind=fine_tuning"
        )
    if isinstance(arm.privacy, ClientLevelDP):
        problems.append(
            f"{key}: privacy={arm.privacy.name} hides a partner's part in one joint model, and "
            "here it has a model of its own; use privacy=record_dp, or federation.personal=null"
        )
    return problems


def _check_vertical(arm: Arm) -> list[str]:
    regime, detector = arm.regime, arm.detector
    if (regime.learning == "vertical") != (regime.vertical is not None):
        return [
            f"regime.vertical={'null' if regime.vertical is None else 'given'}: "
            f"regime.learning={regime.learning}, and only vertical learning has such settings; "
            "use regime=vertical"
        ]
    if regime.vertical is None:
        return []
    problems = []
    if not detector.by_gradient or detector.bins > 1:
        problems.append(
            f"detector={detector.name}: regime.learning=vertical needs gradients of the columns as "
            "they are; use detector=mlp or logistic"
        )
    if detector.candidates:
        problems.append(
            f"detector.candidates={listed(detector.candidates)}: regime.learning=vertical learns "
            "once, for every embedding that crosses is charged; leave them out"
        )
    if not isinstance(arm.privacy, NoPrivacy):
        problems.append(
            f"privacy={arm.privacy.name}: protects a model that leaves a bank, and with "
            "regime.learning=vertical none does; use privacy=none and "
            "regime.vertical.noise_multiplier"
        )
    return problems


def _check_regime(regime: Regime, settings: Settings) -> list[str]:
    world = settings.world
    by_sector = {sector: partners(world, sector) for sector in SECTORS}
    everyone = tuple(name for names in by_sector.values() for name in names)
    problems = check_names("regime.coalition", regime.coalition, everyone)
    chosen = set(everyone if regime.coalition == "all" else regime.coalition)
    together = {
        sector: [name for name in by_sector[sector] if name in chosen] for sector in DECIDING
    }
    alike = regime.learning in ("federated", "pooled")
    if regime.learning == "vertical" and by_sector[BANK]:
        held = regime.vertical.sectors if regime.vertical is not None else ()
        for sector in (BANK, *held):
            if not chosen.intersection(by_sector[sector]):
                problems.append(
                    f"regime.coalition={listed(sorted(chosen))}: no partner of sector {sector} to "
                    "learn vertically with; name at least one, leave the sector out of "
                    "regime.vertical.sectors, or use regime=silo"
                )
    if by_sector[BANK] and alike and max(map(len, together.values())) < 2:
        problems.append(
            f"regime.coalition={listed(sorted(chosen))}: a coalition of one shares nothing; "
            f"name at least 2 of one sector, such as {listed(by_sector['bank'])}, or use "
            "regime=silo"
        )
    if regime.learning == "own" and not regime.instruments and regime.coalition != "all":
        problems.append(
            f"regime.coalition={listed(regime.coalition)}: regime={regime.name} shares nothing, "
            "so a coalition means nothing; leave it at all"
        )
    for name, instrument in regime.today.items():
        problems += check_instrument(
            f"regime.today.{name}", name, instrument, by_sector, world.market.absent
        )
    for name, instrument in regime.instruments.items():
        key = f"regime.instruments.{name}"
        wrong = check_instrument(key, name, instrument, by_sector, world.market.absent)
        problems += wrong or (
            [] if problems else check_both_sides(key, instrument, by_sector, chosen)
        )
    if regime.learning == "federated":
        problems += check_partners(settings.federation, together)
    return problems
