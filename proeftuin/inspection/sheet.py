"""The datasheet of a world: its assumptions, the measured figures and every check."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from proeftuin.inspection.checks import Check
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.expected import few, victims
from proeftuin.inspection.leaks.columns import column_leaks
from proeftuin.inspection.leaks.joint import joint_leaks
from proeftuin.inspection.pictures import Pictures, pictures
from proeftuin.inspection.realism.achieved import Achieved, achieved
from proeftuin.inspection.realism.conjunctions import conjunctions
from proeftuin.inspection.realism.difficulty import detectors, strongest_feature
from proeftuin.inspection.realism.network import behaviour, network, reporting
from proeftuin.inspection.realism.rates import amounts, change, how_much, rhythm, single_columns
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import generated
from scenarios.parameters import Assumption, assumptions
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate


@dataclass(frozen=True, eq=False)
class Datasheet:
    """The results of inspecting a world, without any of its rows.

    Attributes:
        world, scenario: names from the settings.
        seed: root of the random streams.
        persons, days: size of the world.
        partners: partner names by sector.
        rows: number of rows by table.
        assumptions: every parameter of the world and its fraud forms, with its source.
        achieved: configured parameters beside the measured values.
        checks: every check, by id.
        behaviour: figures that are compared between worlds (band I1).
        pictures: series of the charts.
    """

    world: str
    scenario: str
    seed: int
    persons: int
    days: int
    partners: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, int]
    assumptions: list[Assumption]
    achieved: list[Achieved]
    checks: list[Check]
    behaviour: Mapping[str, float]
    pictures: Pictures


def inspect_repetition(settings: Settings, repetition: int) -> Datasheet:
    """Generate one world of a study, and its twin without fraud, and check it."""
    seeds = Seeds(settings.seed).child("repetition", repetition, "world")
    peaceful = replace(settings.scenario, forms={})
    figures = generated(settings.world)
    world, truth = generate(figures, settings.scenario, seeds)
    twin = generate(figures, peaceful, seeds)
    return inspect_world(world, truth, settings, twin=twin)


def inspect_world(
    world: World,
    truth: Truth,
    settings: Settings,
    *,
    twin: tuple[World, Truth] | None,
) -> Datasheet:
    """Check a world against every band and for every leak.

    Args:
        world: the world.
        truth: the truth about it.
        settings: the settings from which it was generated.
        twin: the world of the same seed without fraud; checks that need it do not apply if None.
    """
    seeds = Seeds(settings.seed).child("inspection")
    evidence = Evidence(world, truth, twin, seeds)
    checks = [
        *how_much(evidence, settings),
        *amounts(evidence, settings),
        *rhythm(evidence, settings),
        *change(evidence, settings),
        *single_columns(evidence, settings),
        strongest_feature(evidence, settings),
        *detectors(evidence, settings),
        *network(evidence, settings),
        *reporting(evidence, settings),
        *conjunctions(evidence, settings),
        *column_leaks(evidence),
        *joint_leaks(evidence, settings),
    ]
    reason = few("victims", victims(settings))
    checks = [
        replace(check, passed=None, note=reason) if check.weighed and reason else check
        for check in checks
    ]
    return Datasheet(
        world=settings.world.name,
        scenario=settings.scenario.name,
        seed=settings.seed,
        persons=truth.persons,
        days=world.days,
        partners=world.partners,
        rows={table: len(rows) for table, rows in world.tables.items()},
        assumptions=[
            *assumptions(settings.world, "world"),
            *assumptions(settings.scenario, "scenario"),
        ],
        achieved=achieved(evidence, settings),
        checks=sorted(checks, key=lambda check: (check.id[0], int(check.id[1:]))),
        behaviour=behaviour(evidence),
        pictures=pictures(evidence),
    )
