"""Which kinds of facts carry what a centre adds to today's practice, and what gives as much."""

from dataclasses import replace

import pandas as pd

from proeftuin.outcomes.explained import FACTS
from proeftuin.report.appendix import capital
from proeftuin.report.contributions import leading_value, player_name
from proeftuin.report.figures import Scene
from proeftuin.report.findings import Headline
from proeftuin.report.folder import RunFolder, lookup
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words


def headline(run: RunFolder, scene: Scene, usual: Headline) -> Headline:
    """Return which kinds of facts are shown to carry the gain; the usual headline without any."""
    parts = _of(run.contributions[run.contributions["players"] == FACTS], scene)
    if parts.empty:
        return usual
    words = scene.words
    parts = parts.sort_values("part", ascending=False)
    shown = parts["low"] > 0
    others = [player_name(kind, FACTS, words) for kind in parts.loc[~shown, "player"]]
    key = "none" if not shown.any() else "some" if others else "every"
    carrying = [
        words("explained.carries", kind=player_name(kind, FACTS, words),
              part=words.change(metric, part, signed=False),
              interval=words.change_interval(metric, low, high, signed=False))
        for kind, metric, part, low, high in _rows(parts[shown], "player", "part", "low", "high")
    ]  # fmt: skip
    answer = words(
        f"explained.answer.{key}", carrying=words.listing(carrying), others=words.listing(others)
    )
    alone = _of(run.explained, scene)
    found = [_sentence(one, run, scene) for one in alone[alone["low"] > 0].to_dict("records")]
    return replace(usual, answer=answer, support=[*found, usual.answer, *usual.support])


def table(run: RunFolder, scene: Scene) -> Table | None:
    """Return part, gain alone and the mildest form of sharing, by kind; None if not measured."""
    rows, words = _of(run.explained, scene), scene.words
    if rows.empty:
        return None
    parts = _of(run.contributions[run.contributions["players"] == FACTS], scene)
    parts = parts.set_index("player")
    body = []
    for one in sorted(rows.to_dict("records"), key=lambda row: -parts.loc[row["kind"], "part"]):
        part, metric = parts.loc[one["kind"]], one["metric"]
        told = [
            Cell(words.change(metric, value), (words.change_interval(metric, low, high),))
            for value, low, high in (
                (part["part"], part["low"], part["high"]), (one["alone"], one["low"], one["high"])
            )
        ]  # fmt: skip
        body.append([Cell(capital(player_name(one["kind"], FACTS, words))), *told, _way(one, scene)])
    keys = ("kind", "part", "alone", "way")
    columns = [Cell(words(f"explained.columns.{key}", share=_share(run, words))) for key in keys]
    return Table(words("explained.caption"), columns, body, text=(0, 3))


def _way(one: dict[str, object], scene: Scene) -> Cell:
    """Return the mildest form of sharing that gives enough, or that there is none."""
    words, names = scene.words, {arm.key: arm.name for arm in scene.arms}
    if not one["low"] > 0:  # type: ignore[operator]
        return Cell(words("explained.way.not_shown"), muted=True)
    if not one["way"]:
        return Cell(words("explained.way.nothing"), muted=True)
    return Cell(
        words(
            f"explained.way.{'enough' if one['enough'] else 'most'}",
            arm=names.get(str(one["way"]), str(one["way"])),
            kept=words.number(100 * float(str(one["kept"])), 0),
        ),
        (_kept_interval(one, words),),
    )


def _sentence(one: dict[str, object], run: RunFolder, scene: Scene) -> str:
    """Tell the mildest form of sharing that gives what a kind of facts adds alone."""
    words, names = scene.words, {arm.key: arm.name for arm in scene.arms}
    key = "nothing" if not one["way"] else "enough" if one["enough"] else "most"
    return words(
        f"explained.alone.{key}",
        kind=player_name(str(one["kind"]), FACTS, words),
        gain=words.change(str(one["metric"]), float(str(one["alone"])), signed=False),
        arm=names.get(str(one["way"]), str(one["way"])),
        kept=words.number(100 * float(str(one["kept"])), 0),
        interval=_kept_interval(one, words),
        share=_share(run, words),
    )


def _kept_interval(one: dict[str, object], words: Words) -> str:
    low, high = (float(str(one[key])) for key in ("kept_low", "kept_high"))
    if pd.isna(low) or pd.isna(high):
        return words("no_interval")
    return words("interval", low=words.number(100 * low, 0), high=words.number(100 * high, 0) + "%")


def _share(run: RunFolder, words: Words) -> str:
    """Return the share that is asked for, as the study's settings have it."""
    asked = [one["share"] for one in lookup(run.config, "study.contributions") or []
             if one["players"] == FACTS]  # fmt: skip
    return words.percent(asked[0])


def _of(rows: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Return the rows of the leading outcome, all forms of fraud together or the only one."""
    here = (rows["fraud_form"] == scene.results.form) & (rows["metric"] == leading_value(scene))
    return rows[here]


def _rows(table: pd.DataFrame, *columns: str) -> "zip[tuple[str, str, float, float, float]]":
    first, *rest = columns
    return zip(table[first], table["metric"], *(table[name] for name in rest), strict=True)
