"""The inspection of several worlds of the same settings: every check over all of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from proeftuin.inspection.checks import GROUPS, Check
from proeftuin.inspection.realism.achieved import Achieved
from proeftuin.inspection.realism.stability import stability, variation
from proeftuin.inspection.sheet import Datasheet, inspect_repetition
from proeftuin.settings.study import Settings


@dataclass(frozen=True)
class Tally:
    """One check over all worlds.

    Attributes:
        id, group, name, low, high: as in :class:`Check`.
        values: one per world, NaN where it was not measured; a single one if it compares worlds.
        passed: likewise; None where the band does not apply.
        note: note of the first world that failed, else of the first where the band does not apply,
            else of the first.
    """

    id: str
    group: str
    name: str
    low: float | None
    high: float | None
    values: tuple[float, ...]
    passed: tuple[bool | None, ...]
    note: str

    @property
    def mean(self) -> float:
        """Mean over the worlds in which it was measured."""
        known = [value for value in self.values if not math.isnan(value)]
        return float(np.mean(known)) if known else math.nan

    @property
    def variation(self) -> float:
        """Coefficient of variation; NaN unless it was measured in every world."""
        return variation(self.values)


@dataclass(frozen=True, eq=False)
class Survey:
    """The results of inspecting one world or several.

    Attributes:
        sheets: one per world.
        checks: every check over the worlds, then stability between them.
    """

    sheets: tuple[Datasheet, ...]
    checks: tuple[Tally, ...]

    @property
    def groups(self) -> list[tuple[str, str, list[Tally]]]:
        """Letter, title and checks of every group that has any, in order."""
        found = [
            (letter, title, [check for check in self.checks if check.id[0] == letter])
            for letter, title in GROUPS.items()
        ]
        return [group for group in found if group[2]]

    @property
    def achieved(self) -> list[Achieved]:
        """Configured parameters beside the mean of the measured values."""
        return [
            replace(same[0], value=_mean([one.value for one in same]))
            for same in zip(*(sheet.achieved for sheet in self.sheets), strict=True)
        ]


def inspect_settings(settings: Settings) -> Survey:
    """Generate one world per repetition, ``jobs`` at a time, and check them."""
    tasks = (delayed(inspect_repetition)(settings, one) for one in range(settings.repetitions))
    workers = min(settings.jobs, settings.repetitions)
    found = Parallel(n_jobs=workers, return_as="generator")(tasks)
    bar = tqdm(
        found,
        total=settings.repetitions,
        unit="world",
        desc="inspect",
        disable=settings.repetitions == 1,
    )
    return survey_of(list(bar))


def survey_of(sheets: Sequence[Datasheet]) -> Survey:
    """Combine the inspections of several worlds."""
    by_world = [{(check.id, check.name): check for check in sheet.checks} for sheet in sheets]
    order = list(dict.fromkeys(key for checks in by_world for key in checks))
    together = stability([s.checks for s in sheets], [s.behaviour for s in sheets])
    tallies = [
        *(_tally([checks.get(key) for checks in by_world]) for key in order),
        *(_tally([check]) for check in together),
    ]
    return Survey(tuple(sheets), tuple(sorted(tallies, key=_order)))


def _order(tally: Tally) -> tuple[str, int]:
    return tally.id[0], int(tally.id[1:])


def _tally(checks: Sequence[Check | None]) -> Tally:
    """Combine a check over the worlds; None where a world has no such check."""
    made: Mapping[int, Check] = {
        world: check for world, check in enumerate(checks, 1) if check is not None
    }
    one = next(iter(made.values()))
    by_verdict = [
        (world, check)
        for verdict in (False, None, True)
        for world, check in made.items()
        if check.passed is verdict
    ]
    world, worst = by_verdict[0]
    alike = len({check.note for check in made.values()}) == 1
    note = worst.note if alike or not worst.note else f"world {world}: {worst.note}"
    return Tally(
        id=one.id,
        group=one.group,
        name=one.name,
        low=one.low,
        high=one.high,
        values=tuple(math.nan if check is None else check.value for check in checks),
        passed=tuple(None if check is None else check.passed for check in checks),
        note=note,
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
