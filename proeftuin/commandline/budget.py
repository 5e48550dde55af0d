"""``proeftuin budget``: what a privacy budget needs and costs, as text; it trains nothing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from proeftuin.commandline.options import of_a_verb
from proeftuin.errors import PrivacyError, SettingsError
from proeftuin.instruments.mechanisms import Noisy, RandomisedResponse
from proeftuin.settings.arm import Arm
from proeftuin.settings.privacy import (
    DPSGD,
    DifferentialPrivacy,
    PersonLevelDP,
    RecordLevelDP,
)
from proeftuin.settings.study import Settings

if TYPE_CHECKING:
    from proeftuin.privacy.planner import PartnerPlan

ROWS, NOISE = "--rows", "--noise"
DAYS_A_YEAR = 365


@dataclass(frozen=True)
class BudgetOptions:
    """Options of the command besides settings.

    Attributes:
        rows: training rows by partner; if empty, those of the banks in the settings, by market
            share.
        noise_multiplier: noise multiplier whose epsilon to compute; None to compute the noise that
            the budget needs.
    """

    rows: dict[str, int]
    noise_multiplier: float | None


def parsed(words: Sequence[str]) -> tuple[BudgetOptions, list[str]]:
    """Split a command line into the options ``--rows=...`` and ``--noise=...``, and the rest.

    Raises:
        SettingsError: an option has an invalid number.
    """
    options, rest = of_a_verb("budget", words)
    return BudgetOptions(
        _rows(options[ROWS]) if ROWS in options else {},
        _noise(options[NOISE]) if NOISE in options else None,
    ), rest


def _rows(value: str) -> dict[str, int]:
    rows: dict[str, int] = {}
    for place, part in enumerate(value.split(","), start=1):
        name, _, count = part.rpartition(":")
        if not (count.isdecimal() and int(count) > 0) or (name or f"partner_{place}") in rows:
            raise SettingsError(
                [f"{ROWS}={value}: needs a number of rows of at least 1 for each partner, as in "
                 f"{ROWS}=120000,30000 or {ROWS}=bank_a:120000,bank_b:30000"]
            )  # fmt: skip
        rows[name or f"partner_{place}"] = int(count)
    return rows


def _noise(value: str) -> float:
    try:
        noise = float(value)
    except ValueError:
        noise = math.nan
    from proeftuin.privacy.domain import LEAST_NOISE, MOST_NOISE

    if not LEAST_NOISE <= noise <= MOST_NOISE:
        why = "; without noise epsilon is infinite" if noise == 0 else ""
        raise SettingsError(
            [f"{NOISE}={value}: needs a noise multiplier from {LEAST_NOISE:g} to "
             f"{MOST_NOISE:,.0f}, as in {NOISE}=1.2{why}"]
        )  # fmt: skip
    return noise


def budget(settings: Settings, question: BudgetOptions) -> str:
    """Return the plan of every arm with private training or noisy answers of instruments.

    Raises:
        SettingsError: there is no such arm, or delta is not below 1 / rows of a partner.
    """
    blocks = []
    for name, arm in settings.arms.items():
        lines = []
        if isinstance(arm.privacy, DifferentialPrivacy):
            lines += _learning(arm, arm.privacy, settings, question)
        for instrument in arm.regime.instruments.values():
            if isinstance(instrument.mechanism, Noisy):
                lines += _signal(instrument.name, instrument.mechanism, settings)
        if lines:
            blocks.append("\n".join([f"arm {name}: regime={arm.regime.name}", *lines]))
    if not blocks:
        raise SettingsError(
            ["privacy=none: no arm is private and no instrument adds noise, so there is nothing "
             "to plan; try privacy=record_dp, person_dp or partner_dp"]
        )  # fmt: skip
    return "\n\n".join(blocks)


def _learning(
    arm: Arm, privacy: DifferentialPrivacy, settings: Settings, question: BudgetOptions
) -> list[str]:
    from proeftuin.commandline.beforehand import beyond_accounting, expected_rows
    from proeftuin.commandline.listing import table
    from proeftuin.privacy import planner

    delta, rows = privacy.delta, question.rows or expected_rows(arm, settings)
    if problems := beyond_accounting(arm, settings, rows, question.noise_multiplier):
        raise SettingsError(problems)
    statistics = arm.detector.bins == 1
    plans = planner.plan(
        privacy, rows, noise_multiplier=question.noise_multiplier, statistics=statistics
    )
    steps = f" of {privacy.steps_per_round} noisy steps" if isinstance(privacy, DPSGD) else ""
    target = f"budget epsilon {privacy.epsilon:g}" if question.noise_multiplier is None else (
        f"noise {question.noise_multiplier:g} as given, not the budget"
    )  # fmt: skip
    lines = [
        f"  privacy={privacy.name}: {target}, delta {delta:g}; hides one {privacy.unit}, added or "
        f"removed; clipped to {privacy.clip_norm:g}; {privacy.rounds} rounds{steps}",
    ]
    lines += [
        f"  {line}"
        for line in table(
            ("partner", "rows", "sampled", "noise", "eps PLD", "eps PRV", "delta x rows"),
            [
                (one.partner, f"{rows[one.partner]:,}", f"{one.sampling_rate:.4g}",
                 f"{one.noise_multiplier:.4f}", f"{one.epsilon:.3f}", f"{one.epsilon_prv:.3f}",
                 f"{delta * one.records:.2g}")
                for one in plans
            ],
        ).splitlines()
    ]  # fmt: skip
    lines += _unmatched(privacy, plans, rows, statistics=statistics)
    if isinstance(privacy, DPSGD):
        lines += _composed(privacy, plans)
    return [*lines, *_statistics(privacy, plans, question)]


def _unmatched(
    privacy: DifferentialPrivacy,
    plans: Sequence["PartnerPlan"],
    rows: dict[str, int],
    *,
    statistics: bool,
) -> list[str]:
    """Return epsilon under equal noise at all partners, where the budget needs unequal noise."""
    from proeftuin.privacy import planner

    by_noise = sorted(plans, key=lambda one: one.noise_multiplier)
    least, most = by_noise[0], by_noise[-1]
    if least.noise_multiplier == most.noise_multiplier:
        return []
    smallest = {most.partner: rows[most.partner]}
    noise = least.noise_multiplier

    def unmatched() -> str:
        [one] = planner.plan(privacy, smallest, noise_multiplier=noise, statistics=statistics)
        return f"epsilon {one.epsilon:.3f}"

    return [
        f"  epsilon is matched, so small partners add more noise; with the {noise:.4f} of "
        f"{least.partner}, {most.partner} would spend {_if_any(unmatched)}"
    ]


def _composed(privacy: DPSGD, plans: Sequence["PartnerPlan"]) -> list[str]:
    """Return the composed epsilon of a person with several rows or at several partners."""
    from proeftuin.privacy import planner

    delta = privacy.delta

    def at(count: int) -> str:
        pld, prv = planner.at_several(plans[:count], delta)
        return f"epsilon {pld:.3f} (PRV {prv:.3f})"

    def with_rows(count: int) -> str:
        return f"epsilon {planner.of_several_rows(plans[0], count, delta):.2f} (PRV)"

    lines: list[str] = []
    by_row = isinstance(privacy, RecordLevelDP)
    subject = "a person with one row at each of" if by_row else "a person at"
    counts = sorted({2, 3, len(plans)} - {0, 1})
    for count in [count for count in counts if count <= len(plans)]:
        others = isinstance(privacy, PersonLevelDP) and count != privacy.partners_per_person
        note = f" (the budget is for {privacy.partners_per_unit})" if others else ""
        lines.append(f"  {subject} {count} partners: {_if_any(partial(at, count))}{note}")
    if by_row:
        lines += [
            f"  a person with {count} rows at {plans[0].partner}: "
            f"{_if_any(partial(with_rows, count))}; privacy=person_dp holds people to a number "
            "of rows"
            for count in planner.ROWS_OF_A_PERSON
        ]
    return lines


def _if_any(epsilon: Callable[[], str]) -> str:
    """Return an epsilon that is told beside the budget, or that accountants give none."""
    try:
        return epsilon()
    except PrivacyError:
        return "an epsilon so large that no accountant works it out"


def _statistics(
    privacy: DifferentialPrivacy, plans: Sequence["PartnerPlan"], question: BudgetOptions
) -> list[str]:
    """Return the privacy cost of preprocessing."""
    from proeftuin.privacy import planner

    alone = planner.of_statistics(plans[0], privacy.delta)
    if not isinstance(privacy, DPSGD) or alone is None:
        return ["  preprocessing: no statistics leave a partner, so it costs nothing"]
    line = f"  preprocessing: scaling statistics with noise {privacy.statistics_noise:g} "
    line += f"alone cost epsilon {alone:.3f}"
    if question.noise_multiplier is None:
        rate = plans[0].sampling_rate
        without = planner.least_noise(privacy, rate, statistics=False)
        line += (
            f"; without them {plans[0].partner} would need noise {without:.4f} instead of "
            f"{plans[0].noise_multiplier:.4f}"
        )
    return [line]


def _signal(name: str, mechanism: Noisy, settings: Settings) -> list[str]:
    """Return the privacy cost of one noisy answer or count, and of a year of them."""
    from proeftuin.commandline.estimate import payments_a_year

    epsilon, randomised = mechanism.epsilon, isinstance(mechanism, RandomisedResponse)
    each = "answer" if randomised else "count"
    if randomised:
        cost = f"a false answer with probability {1 / (1 + math.exp(epsilon)):.3f}"
    else:
        noise_std = math.sqrt(2 * math.exp(-epsilon)) / (1 - math.exp(-epsilon))
        cost = f"noise of standard deviation {noise_std:.2g}"
    times = [1, 12, 52, DAYS_A_YEAR]
    lines = [
        f"  signal {name}: {mechanism.name}, epsilon {epsilon:g} per {each} towards one "
        f"person in it ({cost}); no delta",
        f"    a person in {', '.join(map(str, times))} {each}s a year: epsilon "
        f"{', '.join(f'{epsilon * number:g}' for number in times)}; one for every payment, "
        f"{(often := payments_a_year(settings.world)):.0f} a year: {epsilon * often:.0f}",
    ]
    if randomised:
        share = 1 / 52
        lines.append(
            f"    for epsilon 1 a year over 52 answers: {share:.3g} each, and an answer is false "
            f"with probability {1 / (1 + math.exp(share)):.3f}"
        )
    return lines
