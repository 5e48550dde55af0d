"""The privacy page for a data protection officer: ``disclosure.json`` in words and tables.

The page shows only what the file contains; this module computes no guarantee.
"""

import math
from collections.abc import Iterable

from proeftuin.report.appendix import partner_name, term_cell, without_repeats
from proeftuin.report.arms import ReportedArm
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words
from proeftuin.run_files import Record

SPREAD = ("average", "p99", "maximum")
MOST = 100


def summary(
    disclosure: Record, arms: list[ReportedArm], primary: str, words: Words
) -> Table | None:
    """Return a row per arm: guarantee, privacy loss per person, exact disclosures and gain.

    Args:
        disclosure: the file's content, empty if the run has none.
        arms: for their names and order.
        primary: primary outcome of the study.
        words: texts and number formats.
    """
    if not disclosure:
        return None
    rows = [
        _summary_row(arm, disclosure["arms"][arm.key], primary, words)
        for arm in arms
        if arm.key in disclosure["arms"]
    ]
    keys = ("hides", "epsilon", "delta", "people", "exact", "gain")
    columns = [Cell(words("arm")), *(Cell(words(f"disclosure.columns.{key}")) for key in keys)]
    return Table(words("disclosure.caption"), columns, rows, text=(0, 1))


def _summary_row(arm: ReportedArm, record: Record, primary: str, words: Words) -> list[Cell]:
    guarantee, none = record["guarantee"], Cell(words("disclosure.none"), muted=True)
    if guarantee is None:
        private = [none, none, none, none]
    else:
        own = [each["epsilon"] for each in guarantee["partners"].values()]
        people = guarantee["people"]
        lost = [
            f"{words(f'disclosure.{key}')} {_loss(people[key], words)}" for key in SPREAD if people
        ]
        private = [
            term_cell(guarantee["unit"], words),
            Cell(words.bound(max(own))),
            Cell(words.significant(guarantee["delta"])),
            Cell(lost[0], details=tuple(lost[1:])) if lost else none,
        ]
    named = record.get("persons_named")  # older runs did not count them
    return [
        Cell(arm.name),
        *private,
        Cell(words("undetermined"), muted=True)
        if named is None
        else Cell(words.measure("persons_named", named)),
        _gain(record["utility"]["outcomes"].get(primary), primary, words),
    ]


def _loss(epsilon: float, words: Words) -> str:
    """Write an epsilon; beyond ``MOST`` write only that it exceeds it."""
    return words("disclosure.over", n=MOST) if epsilon > MOST else words.bound(epsilon)


def _gain(outcome: Record | None, metric: str, words: Words) -> Cell:
    if outcome is None or outcome["difference"] is None:
        return Cell(words("disclosure.no_gain"), muted=True)
    text = words.change(metric, outcome["difference"])
    if outcome["low"] is None:
        return Cell(text, details=(words("no_interval"),), muted=True)
    interval = words.change_interval(metric, outcome["low"], outcome["high"])
    verdict, margin = outcome["verdict"], outcome["margin"]
    if verdict not in ("undecided", "no_relevant_difference"):
        return Cell(text, details=(interval,))
    width = "" if margin is None else words.change(metric, margin, signed=False)
    remark = words(f"verdicts.{verdict}", margin=width, unit=words.change_unit(metric))
    return Cell(text, details=(interval, remark), muted=True)


def signals(disclosure: Record, arms: list[ReportedArm], words: Words) -> Table | None:
    """Return the privacy loss per person and year from noisy answers."""
    rows = []
    for arm, signal in _each(disclosure, arms, "signals"):
        year, often = signal["epsilon_per_year"], signal["answers_per_year"]
        rows.append(
            [
                Cell(arm.name),
                term_cell(signal["what"], words),
                term_cell(signal["unit"], words),
                Cell(words.bound(signal["epsilon_per_answer"])),
                *(
                    Cell(
                        words.bound(year[key]),
                        details=(words("disclosure.answers", n=words.plain(round(often[key]))),),
                    )
                    for key in SPREAD
                ),
            ]
        )
    keys = ("what", "hides", "per_answer", *SPREAD)
    columns = [Cell(words("arm")), *(Cell(words(f"disclosure.signal_columns.{k}")) for k in keys)]
    caption = words("disclosure.signals_caption")
    return Table(caption, columns, rows, text=(0, 1, 2)) if rows else None


def attacks(disclosure: Record, arms: list[ReportedArm], words: Words) -> Table | None:
    """Return what attacks measured, beside guessing and the bounds from theory."""
    rows = []
    for arm, found in _each(disclosure, arms, "measured_attacks"):
        interval: tuple[str, ...] = ()
        if found["low"] is not None and found["high"] is not None:
            low, high = (words.significant(found[end]) for end in ("low", "high"))
            interval = (words("interval", low=low, high=high),)
        rows.append(
            [
                Cell(arm.name),
                Cell(f"{found['attack']}: {found['measure']}".replace("_", " "), lang="en"),
                Cell(words(f"disclosure.attackers.{found['position']}")),
                term_cell(found["class"], words),
                Cell(words.significant(found["value"]), details=interval),
                *(_number(found[key], words) for key in ("trivial", "ceiling", "theory")),
            ]
        )
    keys = ("attack", "position", "class", "measured", "trivial", "ceiling", "theory")
    columns = [Cell(words("arm")), *(Cell(words(f"disclosure.attack_columns.{k}")) for k in keys)]
    caption = words("disclosure.attacks_caption")
    return Table(caption, columns, rows, text=(0, 1, 2, 3)) if rows else None


def _number(value: float | None, words: Words) -> Cell:
    if value is None or math.isnan(value):
        return Cell(words("disclosure.none"), muted=True)
    return Cell(words.significant(value))


def assumptions(disclosure: Record, words: Words) -> list[str]:
    """Return the assumptions of the guarantees, over all arms."""
    keys = dict.fromkeys(
        key
        for arm in disclosure.get("arms", {}).values()
        for key in (arm["guarantee"] or {}).get("assumptions", [])
    )
    return [words(f"disclosure.assumptions.{key}") for key in keys]


def not_protected(disclosure: Record, words: Words) -> list[str]:
    """Return what no guarantee covers, over all arms; the whole list if no arm records it."""
    keys = dict.fromkeys(
        key for arm in disclosure.get("arms", {}).values() for key in arm["not_protected"]
    )
    return [
        words(f"disclosure.not_protected.{key}")
        for key in (keys or words.texts["disclosure"]["not_protected"])
    ]


def partners(disclosure: Record, arms: list[ReportedArm], words: Words) -> Table | None:
    """Return every partner's epsilon: as given, by PRV accounting, and recounted from ledgers."""
    rows = [
        [
            Cell(arm.name),
            Cell(partner_name(partner, words)),
            *(
                Cell(words.bound(own[key]))
                for key in ("epsilon", "epsilon_prv", "epsilon_recounted")
            ),
            Cell(words.significant(record["guarantee"]["delta"])),
            Cell(words.number(own["records"], 0)),
        ]
        for arm in arms
        if (record := disclosure.get("arms", {}).get(arm.key)) and record["guarantee"]
        for partner, own in record["guarantee"]["partners"].items()
    ]
    keys = ("partner", "epsilon", "epsilon_prv", "epsilon_recounted", "delta", "records")
    columns = [Cell(words("arm")), *(Cell(words(f"privacy.columns.{key}")) for key in keys)]
    return (
        Table(words("privacy.caption"), columns, without_repeats(rows), text=(0, 1))
        if rows
        else None
    )


def _each(
    disclosure: Record, arms: list[ReportedArm], key: str
) -> Iterable[tuple[ReportedArm, Record]]:
    for arm in arms:
        for one in disclosure.get("arms", {}).get(arm.key, {}).get(key, []):
            yield arm, one
