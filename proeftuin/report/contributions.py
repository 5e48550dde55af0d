"""Contributions to the gain by sector, instrument and channel, and the smallest coalitions."""

import pandas as pd

from proeftuin.outcomes.journeys import VALUE
from proeftuin.report import charts
from proeftuin.report.appendix import capital, form_name
from proeftuin.report.arms import ReportedArm
from proeftuin.report.charts import Drawing, Mark
from proeftuin.report.figures import Figure, Scene
from proeftuin.report.legal import way_name
from proeftuin.report.palette import Style, style
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words
from proeftuin.run_files import Record


def leading_value(scene: Scene) -> str:
    """Return the outcome that coalitions are told in: the one that leads, if they have it."""
    return scene.results.lead if scene.results.lead in VALUE else VALUE[0]


def figures(scene: Scene, table: pd.DataFrame, coalitions: pd.DataFrame) -> list[Figure]:
    """Return one figure for every arm and kind of player, with the parts of the gain as bars.

    Where one model serves all coalitions, the text compares it on the empty and the full one with
    models trained for those two: that difference shows how far the parts can be trusted.
    """
    found: list[Figure] = []
    rows = table[table["metric"] == leading_value(scene)]
    for (arm_key, players), part in rows.groupby(["arm", "players"], sort=False):
        names = {arm.key: arm for arm in scene.arms}
        arm = names.get(str(arm_key))
        together = part[part["fraud_form"] == scene.results.form]
        if arm is None or together.empty:
            continue
        look = arm.style
        marks = _bars(together, "player", str(players), look, scene.words)
        found.append(
            Figure(
                title=_title(together, arm.name, str(players), scene.words),
                about=f"{scene.words('contributions.about', **scene.basis)} "
                + (
                    scene.words("contributions.anew", arm=arm.name)
                    if players == "facts"
                    else _approximated(scene, arm, str(players), coalitions)
                ),
                drawings=[_drawing(marks, f"part-{len(found)}", arm.name, scene.words)],
                table=_table(part, "player", str(players), scene.words),
            )
        )
    return found


def _approximated(scene: Scene, arm: ReportedArm, players: str, coalitions: pd.DataFrame) -> str:
    rows = coalitions[
        (coalitions["arm"] == arm.key)
        & (coalitions["players"] == players)
        & (coalitions["fraud_form"] == scene.results.form)
        & (coalitions["metric"] == leading_value(scene))
    ]
    value = rows.groupby("coalition")["value"].mean()
    reached = {
        "nobody": value[""],
        "everybody": value[max(value.index, key=len)],
        "alone": scene.results.get(scene.results.baseline, leading_value(scene)).mean,
        "anew": scene.results.get(arm.key, leading_value(scene)).mean,
    }
    percentages = {name: scene.words.number(100 * share, 0) for name, share in reached.items()}
    return scene.words("contributions.approximated", arm=arm.name, **percentages)


def channels(scene: Scene, table: pd.DataFrame) -> Figure | None:
    """Return what a joint model, signals and labels each add; None if not measured."""
    rows = table[table["metric"] == leading_value(scene)]
    together = rows[rows["fraud_form"] == scene.results.form]
    if together.empty:
        return None
    look = style(learning="federated", signal=True, private=False)
    marks = _bars(together, "channel", "channels", look, scene.words)
    return Figure(
        title=scene.words("contributions.channels_title"),
        about=scene.words("contributions.channels_about", **scene.basis),
        drawings=[_drawing(marks, "channels", "", scene.words)],
        table=_table(rows, "channel", "channels", scene.words),
    )


def smallest(scene: Scene, records: list[Record]) -> Table | None:
    """Return the smallest coalition that keeps most of the gain, per fraud form."""
    words = scene.words
    names = {arm.key: arm.name for arm in scene.arms}
    rows = []
    for one in records:
        if one["metric"] != leading_value(scene):
            continue
        members = [player_name(name, one["players"], words) for name in one["coalition"]]
        rows.append(
            [
                Cell(_form(one["fraud_form"], words)),
                Cell(words(f"contributions.of.{one['players']}")),
                Cell(str(names.get(one["arm"], one["arm"]))),
                Cell(words(f"contributions.fewest.{one['fewest']}")),
                Cell(words.listing(members) or words("contributions.nobody")),
                Cell(words.number(one["fields"], 0)),
                Cell(words.number(100 * one["kept"], 0) + "%"),
                Cell(words.percent(one["share"])),
            ]
        )  # fmt: skip
    if not rows:
        return None
    keys = ("form", "players", "arm", "fewest", "coalition", "fields", "kept", "share")
    columns = [Cell(words(f"contributions.columns.{key}")) for key in keys]
    return Table(words("contributions.smallest"), columns, rows, text=(0, 1, 2, 3, 4))


def participation(scene: Scene, coalitions: pd.DataFrame) -> Table | None:
    """Return the mean gain over the empty coalition by size of the coalition, per fraud form.

    The means are over the worlds and coalitions in ``coalitions.parquet``.
    """
    words = scene.words
    rows = coalitions[coalitions["metric"] == leading_value(scene)]
    if rows.empty:
        return None
    names = {arm.key: arm.name for arm in scene.arms}
    keys = ["arm", "players", "fraud_form", "coalition"]
    value = rows.groupby(keys, sort=False)["value"].mean().reset_index()
    value["size"] = [len(name.split("+")) if name else 0 for name in value["coalition"]]
    sizes = sorted(set(value["size"]) - {0})
    body = []
    for (arm, players, form), part in value.groupby(keys[:3], sort=False):
        mean = part.groupby("size")["value"].mean()
        if 0 not in mean.index:
            continue
        gains = [mean.get(size, float("nan")) - mean[0] for size in sizes]
        body.append(
            [
                Cell(_form(str(form), words)),
                Cell(words(f"contributions.of.{players}")),
                Cell(names.get(str(arm), str(arm))),
                *(
                    Cell(
                        words.change(leading_value(scene), gain) if gain == gain else "",
                        muted=gain != gain,
                    )
                    for gain in gains
                ),
            ]
        )
    if not body:
        return None
    columns = [Cell(words(f"contributions.columns.{key}")) for key in ("form", "players", "arm")]
    columns += [Cell(words.count("players", size)) for size in sizes]
    return Table(words("contributions.participation"), columns, body, text=(0, 1, 2))


def player_name(key: str, players: str, words: Words) -> str:
    """Return the display name of a sector, an instrument, a channel or a kind of facts."""
    if players == "sectors":
        return str(words.texts["sectors"].get(key, key))
    if players in ("channels", "facts"):
        return str(words.texts["contributions"][players].get(key, key))
    return way_name(key, words)


def _form(form: str, words: Words) -> str:
    return words("all_forms") if form == "all" else capital(form_name(form, words))


def _bars(rows: pd.DataFrame, key: str, players: str, look: Style, words: Words) -> list[Mark]:
    (metric,) = rows["metric"].unique()
    rows = rows.sort_values("part", ascending=False)
    numbers = zip(rows[key], rows["part"], rows["low"], rows["high"], strict=True)
    short = words.texts["contributions"]["short"]  # names of kinds of facts are long for a chart
    return [
        Mark(
            label=capital(short.get(str(name)) or player_name(str(name), players, words)),
            text=f"{words.change(metric, part)} ({words.change_interval(metric, low, high)})",
            value=100 * part,
            low=100 * low,
            high=100 * high,
            style=look,
            bar=True,
        )
        for name, part, low, high in numbers
    ]


def _drawing(marks: list[Mark], key: str, name: str, words: Words) -> Drawing:
    label = (
        words("contributions.label", arm=name) if name else words("contributions.label_channels")
    )
    return Drawing(
        "",
        charts.dots(
            marks,
            key=key,
            label=label,
            axis=words("contributions.axis"),
            zero=words("contributions.zero"),
            bounds=charts.extent(marks),
            words=words,
        ),
    )


def _title(rows: pd.DataFrame, arm: str, players: str, words: Words) -> str:
    """Return a title with the number of players that add: those whose interval lies above 0."""
    adding = int((rows["low"] > 0).sum())
    return words(
        f"contributions.title.{players}",
        arm=arm,
        part=words.number(adding, 0),
        whole=words.number(len(rows), 0),
    )


def _table(rows: pd.DataFrame, key: str, players: str, words: Words) -> Table:
    """Return the numbers behind the bars, and those of every fraud form."""
    (metric,) = rows["metric"].unique()
    forms = list(dict.fromkeys(map(str, rows["fraud_form"])))
    columns = (rows[name] for name in (key, "fraud_form", "part", "low", "high"))
    cells = {
        (str(name), str(form)): Cell(
            words.change(metric, part), (words.change_interval(metric, low, high),)
        )
        for name, form, part, low, high in zip(*columns, strict=True)
    }
    unknown = Cell(words("undetermined"), muted=True)
    body = [
        [
            Cell(capital(player_name(name, players, words))),
            *(cells.get((name, form), unknown) for form in forms),
        ]
        for name in dict.fromkeys(map(str, rows[key]))
    ]
    headings = [words(f"contributions.columns.{players}"), *(_form(form, words) for form in forms)]
    return Table(words("contributions.caption"), [Cell(each) for each in headings], body)
