"""Which kinds of facts carry what a centre adds to today's practice, and what gives as much."""

from dataclasses import dataclass, replace

import pandas as pd

from proeftuin.outcomes.contribution import FACTS
from proeftuin.report.appendix import capital
from proeftuin.report.contributions import leading_value, player_name
from proeftuin.report.figures import Scene
from proeftuin.report.findings import Headline
from proeftuin.report.folder import RunFolder, lookup
from proeftuin.report.tables import Cell, Table


@dataclass(frozen=True)
class _Kind:
    """A kind of facts: its part of the whole gain, what it adds alone, and the mildest way to that.

    The arm ``pools`` everything. The other fields are columns of ``contributions.parquet`` and
    ``explained.parquet``; ``part_low`` and ``part_high`` are the interval of the part.
    """

    pools: str
    kind: str
    part: float
    part_low: float
    part_high: float
    alone: float
    low: float
    high: float
    way: str
    kept: float
    kept_low: float
    kept_high: float
    enough: bool


def headline(run: RunFolder, scene: Scene, usual: Headline) -> Headline:
    """Return which kinds of facts are shown to carry the gain; the usual headline without any."""
    kinds, words = _kinds(run, scene), scene.words
    if not kinds:
        return usual
    carrying = [one for one in kinds if one.part_low > 0]
    harming = [_name(one, scene) for one in kinds if one.part_high < 0]
    others = [_name(one, scene) for one in kinds if not (one.part_low > 0 or one.part_high < 0)]
    names = words.listing([_name(one, scene) for one in carrying])
    answer = words(
        f"explained.answer.{'some' if carrying else 'none'}",
        arm=_arm(kinds[0].pools, scene),
        kinds=names,
    )
    support = []
    if carrying:
        parts = words.listing([_carries(each, scene) for each in carrying])
        support.append(words("explained.parts", parts=parts))
    for key, some in (("harming", harming), ("others", others if carrying else [])):
        if some:
            support.append(words(f"explained.{key}", kinds=words.listing(some)))
    support += [_alone(one, run, scene) for one in kinds if one.low > 0]
    return replace(usual, answer=answer, support=[*support, usual.answer, *usual.support])


def table(run: RunFolder, scene: Scene) -> Table | None:
    """Return part, gain alone and the mildest form of sharing, by kind; None if not measured."""
    kinds, words, metric = _kinds(run, scene), scene.words, leading_value(scene)
    if not kinds:
        return None

    def points(value: float, low: float, high: float) -> Cell:
        return Cell(words.change(metric, value), (words.change_interval(metric, low, high),))

    body = [
        [
            Cell(capital(_name(one, scene))),
            points(one.part, one.part_low, one.part_high),
            points(one.alone, one.low, one.high),
            _way(one, scene),
        ]
        for one in kinds
    ]
    keys = ("kind", "part", "alone", "way")
    columns = [Cell(words(f"explained.columns.{key}", share=_share(run, scene))) for key in keys]
    return Table(words("explained.caption"), columns, body, text=(0, 3))


def _kinds(run: RunFolder, scene: Scene) -> list[_Kind]:
    """Return the kinds of facts in the outcome and form that lead, largest part first."""
    parts = run.contributions[run.contributions["players"] == FACTS]
    parts = parts.rename(columns={"player": "kind", "low": "part_low", "high": "part_high"})
    both = parts.merge(run.explained, on=["arm", "fraud_form", "metric", "kind"])
    both = both.rename(columns={"arm": "pools"})
    here = (both["fraud_form"] == scene.results.form) & (both["metric"] == leading_value(scene))
    both = both[here].sort_values("part", ascending=False)
    columns = list(_Kind.__dataclass_fields__)
    return [_Kind(*row) for row in both[columns].itertuples(index=False)]


def _name(one: _Kind, scene: Scene) -> str:
    return player_name(one.kind, FACTS, scene.words)


def _carries(one: _Kind, scene: Scene) -> str:
    """Name a kind with its part of the gain."""
    words, metric = scene.words, leading_value(scene)
    return words(
        "explained.carries",
        kind=_name(one, scene),
        part=words.change(metric, one.part, signed=False),
        interval=words.change_interval(metric, one.part_low, one.part_high, signed=False),
    )


def _alone(one: _Kind, run: RunFolder, scene: Scene) -> str:
    """Tell what a kind adds alone, and the mildest form of sharing that gives it."""
    words = scene.words
    return words(
        f"explained.alone.{'nothing' if not one.way else 'enough' if one.enough else 'most'}",
        kind=_name(one, scene),
        gain=words.change(leading_value(scene), one.alone, signed=False),
        arm=_arm(one.way, scene),
        kept=words.number(100 * one.kept, 0),
        interval=_kept(one, scene),
        share=_share(run, scene),
    )


def _way(one: _Kind, scene: Scene) -> Cell:
    """Return the mildest form of sharing that gives enough, or that there is none."""
    words = scene.words
    if not one.way:
        return Cell(words(f"explained.way.{'nothing' if one.low > 0 else 'not_shown'}"), muted=True)
    key = "enough" if one.enough else "most"
    kept = words.number(100 * one.kept, 0)
    told = words(f"explained.way.{key}", arm=_arm(one.way, scene), kept=kept)
    return Cell(told, (_kept(one, scene),))


def _arm(key: str, scene: Scene) -> str:
    return next((arm.name for arm in scene.arms if arm.key == key), key)


def _kept(one: _Kind, scene: Scene) -> str:
    """Write the interval of the share that a form of sharing gives of what a kind adds alone."""
    words = scene.words
    if pd.isna(one.kept_low) or pd.isna(one.kept_high):
        return words("no_interval")
    low, high = (words.number(100 * end, 0) for end in (one.kept_low, one.kept_high))
    return words("interval", low=low, high=high + "%")


def _share(run: RunFolder, scene: Scene) -> str:
    """Return the share that is asked for, as the study's settings have it."""
    every = lookup(run.config, "study.contributions") or []
    return scene.words.percent(next(one["share"] for one in every if one["players"] == FACTS))
