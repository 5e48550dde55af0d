"""Outcomes by privacy budget: a curve for each outcome, and conclusions in words."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from proeftuin.metrics import ALL
from proeftuin.outcomes.budgets import BY_AGE, GAINS
from proeftuin.report.appendix import capital, form_name, partner_name
from proeftuin.report.arms import ReportedArm, read_arms
from proeftuin.report.charts import Drawing
from proeftuin.report.curves import Curve, Level, over_budgets
from proeftuin.report.figures import Figure, Scene
from proeftuin.report.findings import Headline, age_label
from proeftuin.report.folder import RunFolder, lookup, read_run_folder
from proeftuin.report.palette import MUTED, Style
from proeftuin.report.results import read_results
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words, base_metric, load_words
from proeftuin.run_files import Record

LINES = ("ceiling", "without_noise", "alone", "baseline")
PER_PARTNER = "recall_at_budget"


@dataclass(frozen=True)
class Section:
    """What the page says about one curve.

    Attributes:
        figure: a chart for each outcome, all partners together.
        sentences: the conclusions on each outcome.
        tables: by form of fraud, by bank and by age group, where there are several.
    """

    figure: Figure
    sentences: list[str]
    tables: list[Table]


def sections(run: RunFolder, scene: Scene) -> list[Section]:
    """Return one section for every regime and privacy unit of a sweep; none without a sweep."""
    return [
        Section(
            figure=_figure(rows, number, scene),
            sentences=_sentences(rows, decided, scene),
            tables=[*_tables(rows, scene)],
        )
        for number, (rows, decided) in enumerate(_curves(run))
    ]


def in_words(run_folder: Path, language: str = "en") -> list[tuple[str, list[str]]]:
    """Return the name and the sentences of every curve in a run folder."""
    run = read_run_folder(run_folder)
    words = load_words(language)
    results, arms = read_results(run), read_arms(run, words)
    words = replace(words, named={"base": results.baseline, "top": results.ceiling})
    scene = Scene(results, arms, Headline("", [], None), {}, words)
    return [
        (_name(rows, scene), _sentences(rows, decided, scene)) for rows, decided in _curves(run)
    ]


def headline(run: RunFolder, scene: Scene) -> Headline:
    """Return the headline of a sweep: the conclusion of its first curve on the primary outcome.

    A study without a sweep keeps its headline.
    """
    if run.budgets.empty:
        return scene.headline
    primary = scene.results.primary
    metric = primary if primary in GAINS else GAINS[0]
    conclusions = [
        " ".join(sentences(one, rows, scene.words, arm=_name(rows, scene)))
        for rows, decided in _curves(run)
        for one in _of(decided, metric, scene.results.form)[:1]
    ]
    support = [*conclusions[1:], *([scene.headline.answer])]
    return replace(scene.headline, answer=conclusions[0], support=support)


def not_swept(run: RunFolder, arms: list[ReportedArm]) -> list[ReportedArm]:
    """Return the arms outside a sweep over budgets; swept arms have a section of their own."""
    private = set(run.budgets.loc[run.budgets["role"] == "private", "arm"])
    return [arm for arm in arms if arm.key not in private]


def fixed(run: RunFolder, words: Words) -> list[str]:
    """Return, for every unit swept, which settings all budgets share and how they were chosen."""
    units = lookup(run.config, "tune.units") or {}
    idle = ("name", "about", "unit", "epsilon")
    return [
        words(
            "budgets.fixed",
            unit=words.term(policy["unit"]) or policy["unit"],
            settings=", ".join(
                f"{key} {_setting(value, words)}"
                for key, value in policy.items()
                if value is not None and key not in idle
            ),
        )
        for policy in units.values()
    ]


def _setting(value: str | float, words: Words) -> str:
    if isinstance(value, str):
        return value
    return words.significant(value) if value < 0.001 else words.plain(value)


def sentences(one: Record, rows: pd.DataFrame, words: Words, *, arm: str = "") -> list[str]:
    """Return the conclusion of a curve on one outcome, in sentences.

    Args:
        one: a decision of :func:`proeftuin.outcomes.budgets.decisions`.
        rows: the curve's points.
        words: texts and number formats.
        arm: name that opens the first sentence, or empty.
    """
    metric = one["metric"]
    terms: dict[str, Any] = {
        "metric": f"{arm}: {words(f'metrics.{metric}.name').lower()}" if arm
        else words(f"metrics.{metric}.name"),
        "reference": words(f"budgets.reference.{one['reference']}"),
        "unit": words.change_unit(metric),
        "most": words.plain(rows["epsilon"].max()),
        "gain": words.change(metric, math.nan if one["gain"] is None else one["gain"]),
    }  # fmt: skip
    if not one["helps"]:
        sentence = [words("budgets.no_gain", **terms)]
        if one["supported_from"] is not None:
            from_, to = words.plain(one["supported_from"]), _plain(one["not_from"], words)
            sentence.append(words("budgets.yet", **{"from": from_, "to": to}))
        return sentence
    if one["supported_from"] is None:
        key = "never"
    else:
        key = "always" if one["not_from"] is None else "until"
        terms["from"] = words.plain(one["supported_from"])
        terms["to"] = _plain(one["not_from"], words)
    terms["share"] = words.percent(one["share"])
    if one["smallest"] is None:
        return [words(f"budgets.{key}", **terms), words("budgets.no_budget", **terms)]
    terms |= {name: _plain(one[name], words) for name in ("smallest", "smallest_possible")}
    last = "smallest" if one["smallest_shown"] is None else "smallest_shown"
    terms["shown"] = _plain(one["smallest_shown"], words)
    return [words(f"budgets.{key}", **terms), words(f"budgets.{last}", **terms)]


def _sentences(rows: pd.DataFrame, decided: list[Record], scene: Scene) -> list[str]:
    return [
        sentence
        for metric in GAINS
        for one in _of(decided, metric, scene.results.form)
        for sentence in sentences(one, rows, scene.words)
    ]


def _plain(number: float | None, words: Words) -> str:
    return "" if number is None else words.plain(number)


def _curves(run: RunFolder) -> Iterable[tuple[pd.DataFrame, list[Record]]]:
    """Yield the points of every curve, with the lines that all curves share, and its decisions."""
    budgets = run.budgets
    common = budgets[budgets["regime"] == ""]
    swept = budgets[budgets["regime"] != ""]
    for (regime, unit), own in swept.groupby(["regime", "unit"], sort=False):
        decided = [one for one in run.decisions if (one["regime"], one["unit"]) == (regime, unit)]
        yield pd.concat([own, common], ignore_index=True), decided


def _of(decided: list[Record], metric: str, form: str) -> list[Record]:
    """Return the decisions on an outcome for all partners together, the baseline's first."""
    return [
        one
        for one in decided
        if (one["metric"], one["partner"], one["fraud_form"]) == (metric, ALL, form)
    ]


def _name(rows: pd.DataFrame, scene: Scene) -> str:
    """Name a curve after its arm without noise and its unit of privacy."""
    plain = rows.loc[rows["role"] == "without_noise", "arm"].iloc[0]
    name = next(arm.name for arm in scene.arms if arm.key == plain)
    unit = scene.words.term(rows["unit"].iloc[0]) or rows["unit"].iloc[0]
    return scene.words("budgets.name", arm=name, unit=unit)


def _figure(rows: pd.DataFrame, number: int, scene: Scene) -> Figure:
    words, name = scene.words, _name(rows, scene)
    together = rows[(rows["partner"] == ALL) & (rows["fraud_form"] == scene.results.form)]
    drawings = [
        Drawing(
            words(f"metrics.{metric}.name"),
            _drawn(together[together["metric"] == metric], f"budget-{number}-{place}", scene),
        )
        for place, metric in enumerate(GAINS)
    ]
    return Figure(
        title=name,
        about=words("budgets.about", **scene.basis),
        drawings=drawings,
        table=_levels(together, scene),
    )


def _drawn(rows: pd.DataFrame, key: str, scene: Scene) -> Any:
    words = scene.words
    private = rows[rows["role"] == "private"].sort_values("epsilon").dropna(subset="mean")
    styles = {arm.key: arm.style for arm in scene.arms}
    plain = rows.loc[rows["role"] == "without_noise", "arm"].iloc[0]
    levels = [
        Level(words(f"budgets.lines.{role}"), 100 * mean, styles.get(arm, Style(MUTED, "o", False)))
        for role in LINES
        for arm, mean in rows.loc[rows["role"] == role, ["arm", "mean"]].itertuples(index=False)
        if math.isfinite(mean)
    ]
    low, high = (private[end].fillna(private["mean"]) for end in ("low", "high"))
    return over_budgets(
        Curve(
            places=private["epsilon"].tolist(),
            mean=(100 * private["mean"]).tolist(),
            low=(100 * low.clip(0, 1)).tolist(),
            high=(100 * high.clip(0, 1)).tolist(),
            style=replace(styles[plain], dashed=True),
        ),
        levels,
        key=key,
        label=words("budgets.label", metric=words(f"metrics.{rows['metric'].iloc[0]}.name")),
        axis=words("budgets.axis"),
        words=words,
    )


def _levels(rows: pd.DataFrame, scene: Scene) -> Table:
    """Level and difference by budget, between the reference lines."""
    words = scene.words
    columns = [Cell(words("budgets.budget"))]
    for metric in GAINS:
        columns.append(Cell(words(f"metrics.{metric}.name")))
        columns.append(Cell(words("budgets.beyond_base")))
    return Table(
        words("budgets.caption"),
        columns,
        [
            [Cell(label), *(cell for metric in GAINS for cell in _pair(one, metric, words))]
            for label, one in _rows(rows, words)
        ],
    )


def _rows(rows: pd.DataFrame, words: Words) -> Iterable[tuple[str, pd.DataFrame]]:
    """Yield the steps of a curve, from the ceiling down over the budgets to the baseline."""
    for role in LINES[:2]:
        yield words(f"budgets.lines.{role}"), rows[rows["role"] == role]
    private = rows[rows["role"] == "private"]
    for budget in sorted(private["epsilon"].unique(), reverse=True):
        yield f"ε {words.plain(budget)}", private[private["epsilon"] == budget]
    for role in LINES[2:]:
        if (rows["role"] == role).any():
            yield words(f"budgets.lines.{role}"), rows[rows["role"] == role]


def _pair(rows: pd.DataFrame, metric: str, words: Words) -> tuple[Cell, Cell]:
    (one,) = rows[rows["metric"] == metric].to_dict("records")
    level = Cell(words.measure(metric, one["mean"]))
    if math.isnan(one["difference"]):
        return level, Cell("")
    return level, _difference(one, words)


def _difference(one: dict[Any, Any], words: Words) -> Cell:
    low, high = one["difference_low"], one["difference_high"]
    interval = words.change_interval(one["metric"], low, high)
    shown = low > 0 or high < 0
    return Cell(words.change(one["metric"], one["difference"]), (interval,), muted=not shown)


def _tables(rows: pd.DataFrame, scene: Scene) -> Iterable[Table]:
    """Differences from the baseline by form of fraud, by bank and by age group."""
    words, form = scene.words, scene.results.form
    primary = scene.results.primary if scene.results.primary in GAINS else GAINS[0]
    forms = [each for each in dict.fromkeys(rows["fraud_form"]) if each != ALL]
    if len(forms) > 1:
        kept = rows[(rows["partner"] == ALL) & (rows["metric"] == primary)]
        parts = {
            capital(form_name(each, words)): kept[kept["fraud_form"] == each] for each in forms
        }
        yield _by(words("budgets.by_form", metric=words(f"metrics.{primary}.name")), parts, words)
    banks = sorted(scene.bank_shares, key=lambda bank: scene.bank_shares[bank] or 0)
    selected = rows[(rows["metric"] == PER_PARTNER) & (rows["fraud_form"] == form)]
    parts = {partner_name(bank, words): selected[selected["partner"] == bank] for bank in banks}
    yield _by(words("budgets.by_bank", metric=words(f"metrics.{PER_PARTNER}.name")), parts, words)
    selected = rows[(rows["partner"] == ALL) & (rows["fraud_form"] == form)]
    parts = {
        words("budgets.of_age", metric=words(f"metrics.{base_metric(metric)}.name"),
              group=age_label(metric.partition("[")[2].rstrip("]"))):
        selected[selected["metric"] == metric]
        for metric in BY_AGE
    }  # fmt: skip
    yield _by(words("budgets.by_age"), parts, words)


def _by(caption: str, parts: dict[str, pd.DataFrame], words: Words) -> Table:
    """One row for every part, one column for every step of the curve; the baseline as a level."""
    parts = {label: rows for label, rows in parts.items() if len(rows)}
    columns: list[Cell] = []
    body = []
    for label, rows in parts.items():
        steps = [step for step in _rows(rows, words) if len(step[1])]
        columns = [Cell(""), *(Cell(name) for name, _ in steps)]
        cells = [
            Cell(words.measure(one["metric"], one["mean"]))
            if one["role"] == "baseline"
            else _difference(one, words)
            for _, step in steps
            for one in step.to_dict("records")
        ]
        body.append([Cell(label), *cells])
    return Table(caption, columns, body)
