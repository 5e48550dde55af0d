"""What only shows from numbers: refused or warned about before any work starts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from proeftuin.commandline.estimate import Need, estimate, expected_cases, needs
from proeftuin.metrics import METRICS
from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import FineTuning
from proeftuin.settings.privacy import DPSGD, DifferentialPrivacy
from proeftuin.settings.study import Settings
from proeftuin.settings.sweep import as_typed
from proeftuin.settings.today import missing_today
from proeftuin.settings.worlds import StoredWorld, partners
from synthetic_data import machine

#: Verbs that train no model of a study.
WITHOUT_TRAINING = ("generate", "inspect", "budget")

HANDFUL = 5  #: cases of fraud below which an average says little
LEAST_PERSONS = 500  #: in the smallest world
#: Bounds of the policies that accountants work out for up to fifty partners; a test holds it.
ORDINARY_EPSILON, ORDINARY_DELTA, ORDINARY_STEPS, ORDINARY_RECORDS = 8, 1e-4, 2_000, 5


def refusals(verb: str, settings: Settings) -> list[str]:
    """Return one sentence for everything that a verb could not carry through."""
    problems = [] if verb == "budget" else too_large(verb, settings)
    problems += [] if verb in WITHOUT_TRAINING else _beyond_accounting_in(settings)
    return [as_typed(one, settings.tune) for one in problems] if settings.tune else problems


def warnings(settings: Settings) -> list[str]:
    """Return one sentence for everything that runs and says little or nothing."""
    found = [
        f"privacy={arm.privacy.name}: in arm {name} every party learns alone, so the policy "
        "protects a model that nobody else sees"
        for name, arm in settings.arms.items()
        if arm.privacy.unit is not None and arm.regime.learning == "own"
    ]
    found += _without(settings)
    if isinstance(settings.world, StoredWorld):
        return found
    if not settings.scenario.forms:
        return [
            *found,
            f"scenario={settings.scenario.name}: there is no fraud in this world, so there is "
            "nothing to find",
        ]
    few = [
        f"{count:.2g} {where}"
        for where, count in (*_cases_by_form(settings).items(), *_cases_by_bank(settings).items())
        if count < HANDFUL
    ]
    if few:
        found.append(
            f"few cases of fraud to find in the test period of a world, as expected: "
            f"{', '.join(few)}; raise world.population.persons or the forms' "
            "orientation.enrichment, or read such outcomes over many repetitions only"
        )
    return found


def _without(settings: Settings) -> list[str]:
    """Return what of today's practice this world cannot answer."""
    missing = missing_today(settings.arms)
    if not missing:
        return []
    nothing = not any(arm.regime.today for arm in settings.arms.values())
    rest = (
        "nothing of it is left, so it is the same as sharing nothing"
        if nothing
        else ("every arm does without")
    )
    return [f"today's practice: nobody in this world can answer {', '.join(missing)}; {rest}"]


def expected(settings: Settings) -> str:
    """Return how many cases of fraud there will be to find, in a line."""
    if isinstance(settings.world, StoredWorld):
        return "those of the stored world"
    both = (_cases_by_form(settings), _cases_by_bank(settings))
    listed = "; ".join(
        ", ".join(f"{count:,.{0 if count >= 10 else 1}f} {where}" for where, count in each.items())
        for each in both
        if each
    )
    return listed or "none"


def known(settings: Settings) -> list[str]:
    """Return how many reports there will be to learn from at each bank, in a line per period."""
    world, evaluation = settings.world, settings.evaluation
    if isinstance(world, StoredWorld):
        return ["those of the stored world"]
    periods = {
        "days to learn from": (evaluation.warm_up_days, evaluation.learned_day),
        "of these, validation days": (evaluation.cutoff_day, evaluation.learned_day),
    }
    lines = []
    forms = settings.scenario.forms
    for name, period in periods.items():
        told = sum(
            count * forms[form].reporting.bank_share
            for form, count in expected_cases(settings, period).items()
            if forms[form].VICTIM == "person"
        )
        each = ", ".join(
            f"{told * share:,.{0 if told * share >= 10 else 1}f} at {bank}"
            for bank, share in world.market.bank.items()
        )
        lines.append(f"{name}: {each}")
    return lines


def to_be_shown(settings: Settings) -> str:
    """Return the smallest difference in the primary outcome that the study can show, in a line."""
    from proeftuin.outcomes.intervals import FEWEST_WORLDS  # loads scipy
    from proeftuin.outcomes.power import showable

    study, worlds = settings.study, settings.repetitions
    unit = METRICS[study.primary].unit
    margin = f"margin {study.margins[study.primary].value:g} {unit}"
    if worlds < FEWEST_WORLDS:
        return (
            f"{study.primary}: none; a world shows one draw of chance, and it takes at least "
            f"{FEWEST_WORLDS} to see how far chance reaches ({margin})"
        )
    found = showable(
        study.primary,
        cases=sum(expected_cases(settings).values()),
        worlds=worlds,
        comparisons=len(settings.arms) - 1,
        confidence=settings.evaluation.confidence,
    )
    if found is None:
        return f"{study.primary}: not known, for no spread of it is stored ({margin})"
    return (
        f"{study.primary}: {found.least:.2g} to {found.most:.2g} {unit}, by the form of sharing; "
        f"{found.middle:.2g} for the one in the middle ({margin})"
    )


def _cases_by_form(settings: Settings) -> dict[str, float]:
    return {f"of {name}": count for name, count in expected_cases(settings).items()}


def _cases_by_bank(settings: Settings) -> dict[str, float]:
    """Return the cases by bank of those whose victims are persons."""
    if isinstance(settings.world, StoredWorld):
        return {}
    forms = settings.scenario.forms
    persons = [n for form, n in expected_cases(settings).items() if forms[form].VICTIM == "person"]
    shares = settings.world.market.bank.items()
    return {f"at {bank}": sum(persons) * share for bank, share in shares} if persons else {}


def too_large(verb: str, settings: Settings) -> list[str]:
    """Return what does not fit in this machine by the estimate, and what does."""
    free = machine.free_disk(Path(settings.output_dir)) / 1e9
    limits: dict[str, tuple[Callable[[Need], float], float, str]] = {
        "memory": (lambda need: need.memory_gb, machine.memory() / 1e9, "this machine has"),
        "addresses": (lambda need: need.mapped_gb, machine.address_space() / 1e9, "ulimit -v is"),
        "disk": (lambda need: need.disk_gb, free, "free are"),
    }
    problems = []
    for what, (of, limit, there) in limits.items():

        def fits(
            jobs: int, size: float, of: Callable[[Need], float] = of, limit: float = limit
        ) -> bool:
            return of(needs(verb, replace(settings, jobs=jobs), size)) <= limit

        if not fits(settings.jobs, 1):
            key, largest = _largest(settings, fits)
            problems.append(
                f"{key}: needs some {of(needs(verb, settings)):,.1f} GB of {what} and {there} "
                f"{limit:,.1f} GB; {largest}"
            )
    return problems


def _largest(settings: Settings, fits: Callable[[int, float], bool]) -> tuple[str, str]:
    """Return the setting to blame and the largest value of it that fits."""
    jobs = min(settings.jobs, settings.repetitions)
    for fewer in range(jobs - 1, 0, -1):
        if fits(fewer, 1):
            return f"jobs={settings.jobs}", f"the most that fit are jobs={fewer}"
    if isinstance(settings.world, StoredWorld):
        return f"world.folder={settings.world.folder}", "it takes a larger machine"
    persons = settings.world.population.persons
    place = f"world.population.persons={persons}"
    low, high = 0, persons
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(1, middle / persons) else (low, middle)
    if low < LEAST_PERSONS:
        return place, "not even the smallest world fits, so raise that"
    unit = 10 ** (len(str(low)) - 2)  # two digits, for the estimate is rough
    alone = "" if jobs == 1 else " with jobs=1"
    return place, f"the most that fit are world.population.persons={low // unit * unit}{alone}"


def _beyond_accounting_in(settings: Settings) -> list[str]:
    return [
        f"arms.{name}.{problem}"
        for name, arm in settings.arms.items()
        for problem in beyond_accounting(arm, settings, expected_rows(arm, settings))
    ]


def beyond_accounting(
    arm: Arm, settings: Settings, rows: Mapping[str, int], noise: float | None = None
) -> list[str]:
    """Return what about an arm's guarantees the accountants cannot work out.

    Args:
        arm: the arm.
        settings: settings of its study.
        rows: training rows by bank.
        noise: noise multiplier, if it does not follow from the budget.
    """
    if (vertical := arm.regime.vertical) is not None and vertical.noise_multiplier:
        problems = _deltas("regime.vertical.delta", vertical.delta, rows)
        key = f"regime.vertical.noise_multiplier={vertical.noise_multiplier:g}"
        from proeftuin.privacy import planner

        reason = planner.beyond_vertical(vertical, arm.detector.rounds)
        return [*problems, f"{key}: {reason}; 0 claims nothing"] if reason else problems
    privacy, personal = arm.privacy, settings.federation.personal
    if not isinstance(privacy, DifferentialPrivacy):
        return []
    problems = _deltas("privacy.delta", privacy.delta, rows) if isinstance(privacy, DPSGD) else []
    alone = personal.rounds if isinstance(personal, FineTuning) else 0
    if noise is None and not alone and _ordinary(privacy):
        return problems
    from proeftuin.privacy import planner

    reason = planner.beyond_plan(
        privacy,
        rows.values(),
        noise_multiplier=noise,
        rounds=privacy.rounds + alone,
        statistics=arm.detector.bins == 1,
        partners=sum(len(partners(settings.world, sector)) for sector in DECIDING),
    )
    return [*problems, f"privacy.epsilon={privacy.epsilon:g}: {reason}"] if reason else problems


def _ordinary(privacy: DifferentialPrivacy) -> bool:
    """Return whether the accountants surely work out a policy, so that nobody need compute it."""
    return (
        privacy.epsilon <= ORDINARY_EPSILON
        and privacy.delta <= ORDINARY_DELTA
        and privacy.steps <= ORDINARY_STEPS
        and privacy.records_per_unit <= ORDINARY_RECORDS
    )


def expected_rows(arm: Arm, settings: Settings) -> dict[str, int]:
    """Return the expected training rows of every bank, or of the centre where an arm pools.

    A rough number: payments in proportion to market shares, see ``estimate``.
    """
    world, whole = settings.world, estimate(settings).rows
    if isinstance(world, StoredWorld):
        customers = world.stored["customers"]
        shares = {name: count / sum(customers.values()) for name, count in customers.items()}
    else:
        shares = dict(world.market.bank)
    rows = {name: max(1, round(whole * share)) for name, share in shares.items()}
    return {"centre": sum(rows.values())} if arm.regime.learning == "pooled" else rows


def _deltas(key: str, delta: float, rows: Mapping[str, int]) -> list[str]:
    """Return a sentence for a delta that lets a row be published whole."""
    name, most = max(rows.items(), key=lambda one: one[1])
    if delta < 1 / most:
        return []
    return [
        f"{key}={delta:g}: {name} has about {most:,} training rows; delta must be below 1/{most} = "
        f"{1 / most:.3g}, or a row could be published whole"
    ]
