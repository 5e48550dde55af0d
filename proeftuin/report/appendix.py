"""Reference tables: guarantees, data flows, assumptions and the meaning of every metric."""

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

from proeftuin.metrics import ALL, METRICS
from proeftuin.report.arms import ReportedArm
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import OF_A_FORM, Words, base_metric
from proeftuin.run_files import Record


def guarantees(privacy: list[Record], arms: list[ReportedArm], words: Words) -> Table:
    """The weakest guarantee over the worlds, per arm and partner."""
    names = {arm.key: arm.name for arm in arms}
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in privacy:
        groups.setdefault((str(record["arm"]), str(record["partner"])), []).append(record)
    rows = [
        [
            Cell(names.get(arm, arm)),
            Cell(partner_name(partner, words)),
            *(Cell(words.bound(_largest(records, key))) for key in ("epsilon", "epsilon_prv")),
            Cell(words.significant(_largest(records, "delta"))),
            Cell(words.span("persons", _numbers(records, "records"))),
        ]
        for (arm, partner), records in groups.items()
    ]
    keys = ("partner", "epsilon", "epsilon_prv", "delta", "records")
    columns = [words("arm"), *(words(f"privacy.columns.{key}") for key in keys)]
    return Table(
        words("privacy.caption"),
        [Cell(column) for column in columns],
        without_repeats(rows),
        text=(0, 1),
    )


def _numbers(records: Iterable[Record], key: str) -> list[float]:
    return [float(record[key]) for record in records if record.get(key) is not None]


def _largest(records: list[Record], key: str) -> float:
    return max(_numbers(records, key), default=math.nan)


def flows(
    records: list[Record],
    arms: list[ReportedArm],
    alike: Collection[str],
    caption: str,
    words: Words,
) -> Table:
    """Return the data flows: which data about how many people, from whom to whom.

    Args:
        records: the flows.
        arms: the arms, for their names.
        alike: partners merged into one row where they send or receive the same; may be empty.
        caption: caption of the table.
        words: texts and number formats.
    """
    names = {arm.key: arm.name for arm in arms}
    sharing = {arm.key for arm in arms if not arm.shares_nothing}
    groups: dict[tuple[str, ...], list[Record]] = {}
    for flow in records:
        if flow.get("today") and flow["arm"] in sharing:
            continue  # shown once, at the arm of today's practice
        ends = ("" if flow[end] in alike else str(flow[end]) for end in ("sender", "receiver"))
        rest = (str(flow[key]) for key in ("arm", "data", "form", "period"))
        groups.setdefault((*ends, *rest), []).append(flow)
    rows = []
    for (_, _, arm, data, form, period), group in groups.items():
        persons, fields, count = (
            words.span("persons", _numbers(group, key)) for key in ("persons", "fields", "records")
        )
        size = words.span("bytes", _numbers(group, "bytes"))
        rows.append(
            [
                Cell(names.get(arm, arm)),
                *(
                    _party([str(one[end]) for one in group], words)
                    for end in ("sender", "receiver")
                ),
                *(term_cell(term, words) for term in (data, form)),
                *(Cell(number) for number in (persons, fields, count, size)),
                _period(period, words),
            ]
        )
    keys = ("sender", "receiver", "data", "form", "persons", "fields", "records", "bytes", "period")
    columns = [Cell(words("arm")), *(Cell(words(f"flows.columns.{key}")) for key in keys)]
    return Table(caption, columns, without_repeats(rows), text=(0, 1, 2, 3, 4, 9))


def without_repeats(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Mark row headers that only repeat the one above."""
    return [
        [replace(row[0], repeated=number > 0 and rows[number - 1][0] == row[0]), *row[1:]]
        for number, row in enumerate(rows)
    ]


def _party(keys: list[str], words: Words) -> Cell:
    """A sector in the report's language, the name of a partner, or a number of banks."""
    if len(set(keys)) > 1:
        return Cell(words("each_bank", n=words.number(len(set(keys)), 0)))
    return Cell(words.term(keys[0]) or partner_name(keys[0], words))


def _period(period: str, words: Words) -> Cell:
    """A length of time such as ``112 days``."""
    number, _, unit = period.partition(" ")
    if unit == "days" and number.isdigit():
        return Cell(words.count("days", int(number)))
    return term_cell(period, words)


def term_cell(raw: object, words: Words) -> Cell:
    """Return a term of another part of the program, translated or marked as English."""
    term = words.term(raw)
    if term is not None:
        return Cell(term)
    return Cell(str(raw).replace("_", " "), lang=None if words.language == "en" else "en")


def partner_name(key: str, words: Words) -> str:
    """Write a partner's key as a name: ``bank_a`` becomes ``Bank A``."""
    if key == ALL:
        return words("all_partners")
    parts = [part.upper() if len(part) == 1 else part for part in key.split("_")]
    return capital(" ".join(parts))


def capital(text: str) -> str:
    """Write the first letter as a capital."""
    return text[:1].upper() + text[1:]


def form_name(key: str, words: Words) -> str:
    """Return the display name of a fraud form."""
    return str(words.texts["forms"].get(key, key.replace("_", " ")))


def subject(record: Record, words: Words) -> tuple[str, str]:
    """Return what a figure concerns: a fraud form, interventions or the world, and which part."""
    key = str(record["key"])
    first, *names = key.split(".")
    if first == "intervention":
        return words("assumptions.actions"), str(words.texts["sectors"].get(names[0], names[0]))
    if first == "arms":
        known = words.texts["measures"].get(names[2], {})
        return words("assumptions.actions"), f"{known.get('name', names[2])} ({names[0]})"
    form, _, rest = key.removeprefix(OF_A_FORM).partition(".")
    about = form_name(form, words) if key.startswith(OF_A_FORM) else words("assumptions.world")
    part = rest.partition(".")[0]
    part = words.texts["assumptions"]["parts"].get(part, part.replace("_", " "))
    return capital(about), str(part)


def assumptions(records: list[Record], headings: list[str], caption: str, words: Words) -> Table:
    """Figures with their source marks, under a heading for every run of equal ``headings``."""
    rows = []
    for record in records:
        description = words.figure(str(record["key"]))
        mark, _, source = str(record["source"]).partition(" ")
        foreign = None if words.language == "en" else "en"
        low, high = (words.plain(record[end]) for end in ("low", "high"))
        changed = (words("assumptions.changed"),) if record["changed"] else ()
        unit = term_cell(record["unit"], words)
        rows.append(
            [
                Cell(
                    description or str(record["description"]),
                    details=(str(record["key"]),),
                    lang=None if description else foreign,
                ),
                Cell(words.plain(record["value"])),
                unit,
                Cell(words("interval", low=low, high=high)),
                Cell(words.texts["marks"].get(mark.strip("[]"), mark), details=changed),
                Cell(source, lang=foreign),
            ]
        )
    keys = ("figure", "value", "unit", "range", "mark", "source")
    columns = [Cell(words(f"assumptions.columns.{key}")) for key in keys]
    sections = {
        index: capital(heading)
        for index, heading in enumerate(headings)
        if index == 0 or heading != headings[index - 1]
    }
    return Table(caption, columns, rows, text=(0, 2, 3, 4, 5), sections=sections)


def glossary(words: Words) -> list[tuple[Cell, Cell]]:
    """Name and meaning of every metric, in the order of the schema."""
    known = words.texts["metrics"]
    rows = []
    for name in dict.fromkeys(map(base_metric, METRICS)):
        if name in known:
            texts = (words(f"metrics.{name}.{part}") for part in ("name", "meaning"))
            rows.append((Cell(next(texts)), Cell(next(texts))))
        else:
            rows.append((Cell(name), Cell(METRICS[name].meaning, lang="en")))
    return rows
