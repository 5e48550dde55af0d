"""Contents of the worlds of a run, the figures behind them, and the limits of the results."""

from typing import Any

from proeftuin.report import appendix
from proeftuin.report.folder import RunFolder, lookup
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words
from proeftuin.run_files import Record


def contents(run: RunFolder, words: Words) -> list[tuple[str, list[str]]]:
    """Return the fraud forms, the parties with data, imported features and absent sectors."""
    market = lookup(run.config, "world.market")
    absent = market["absent"]
    parties = [
        words.count(f"parties.{sector}", len(market.get(sector, ())))
        for sector in words.texts["sectors"]
        if sector not in absent
    ]
    forms = lookup(run.config, "scenario.forms")
    rows = [
        (
            words("assumptions.fraud"),
            [_when(name, form, words) for name, form in forms.items()]
            or [words("assumptions.no_fraud")],
        ),
        (
            words("assumptions.parties"),
            [words.listing(parties), words("assumptions.parties_about")],
        ),
    ]
    own = lookup(run.config, "world.stored.features")
    if own:
        features = [
            words(
                "assumptions.own_feature",
                name=name,
                unit=one["unit"],
                low=words.plain(one["low"]),
                high=words.plain(one["high"]),
            )
            for name, one in own.items()
        ]
        rows.append((words("assumptions.own"), [*features, words("assumptions.own_about")]))
    if absent:
        left_out = [words(f"sectors.{sector}") for sector in absent]
        rows.append((words("assumptions.absent"), [words.listing(left_out)]))
    return rows


def acts(run: RunFolder, words: Words) -> Table | None:
    """Return every sector's intervention on an alert, and after how many reports it blocks."""
    rows = [
        [
            Cell(appendix.capital(words(f"sectors.{sector}"))),
            Cell(words(f"actions.{one['action']}")),
            Cell(words.plain(one["alerts_per_1000"])),
            Cell(words.percent(one["success"])),
            Cell(words.plain(one["block_after"]) if one["block_after"] else words("acts.never")),
        ]
        for sector, one in lookup(run.config, "intervention").items()
        if isinstance(one, dict) and "action" in one
    ]
    if not rows:
        return None
    keys = ("sector", "action", "budget", "success", "block_after")
    columns = [Cell(words(f"acts.columns.{key}")) for key in keys]
    return Table(words("acts.caption"), columns, rows, text=(0, 1))


def assumptions(records: list[Record], words: Words) -> dict[str, Any]:
    """Return the figures: counts by source mark, the changed ones, and all of them by subject."""
    marks = [str(record["source"])[:3] for record in records]
    total = words.number(len(records), 0)
    counts = {
        name: words.number(marks.count(mark), 0)
        for name, mark in (("sourced", "[S]"), ("derived", "[D]"), ("assumed", "[A]"))
    }
    changed = [record for record in records if record["changed"]]
    n = words.number(len(changed), 0)
    subjects = [appendix.subject(record, words) for record in changed]
    return {
        "intro": words(
            "assumptions.intro" if records else "assumptions.none", total=total, **counts
        ),
        "status": words("assumptions.changed_count" if changed else "assumptions.unchanged", n=n),
        "changed": appendix.assumptions(
            changed,
            [words("assumptions.section", name=name, part=part) for name, part in subjects],
            words("assumptions.changed_caption"),
            words,
        ),
        "groups": _grouped(records, words),
    }


def limits(run: RunFolder, words: Words) -> list[str]:
    """Return the limits of the results, including those of the fraud forms in these worlds."""
    forms = lookup(run.config, "scenario.forms")
    names = words.listing([appendix.form_name(name, words) for name in forms])
    number = ("no_form", "one_form", "several_forms")[min(len(forms), 2)]
    about_fraud = [words(f"limits.{number}", forms=names)]
    factors = {lookup(form, "orientation.enrichment") for form in forms.values()}
    if factors - {1}:
        low, high = (words.significant(end(factors)) for end in (min, max))
        key = "enriched" if len(factors) == 1 else "enriched_unequally"
        about_fraud.append(words(f"limits.{key}", low=low, high=high))
    own = words.texts["limits"]["of_form"]
    about_fraud += [words.fill(own[form]) for form in forms if form in own]
    kind = "stored" if lookup(run.config, "world.stored") else "generated"
    first, *others = words.texts["limits"][kind] + words.texts["limits"]["items"]
    arms = lookup(run.config, "arms").values()
    chose = any(lookup(arm, "detector.candidates") for arm in arms)
    untuned = chose and any(lookup(arm, "privacy.unit") for arm in arms)
    tuning = [words("limits.untuned")] if untuned else []
    return [words.fill(first), *about_fraud, *tuning, *map(words.fill, others)]


def _grouped(records: list[Record], words: Words) -> list[tuple[str, Table]]:
    """The figures of every fraud form and of the world: a line about them, and their table."""
    groups: dict[str, list[tuple[str, Record]]] = {}
    for record in records:
        name, part = appendix.subject(record, words)
        groups.setdefault(name, []).append((part, record))
    found = []
    for name, members in groups.items():
        changed = sum(record["changed"] for _, record in members)
        title = words(
            "assumptions.group_changed" if changed else "assumptions.group",
            name=name,
            figures=words.count("figures", len(members)),
            n=words.number(changed, 0),
        )
        parts, figures = zip(*members, strict=True)
        found.append((title, appendix.assumptions([*figures], [*parts], name, words)))
    return found


def _when(name: str, form: Record, words: Words) -> str:
    """The name of a fraud form, and when it emerges or changes if it does."""
    days = {
        "emerges": lookup(form, "preparation.starts_day"),
        "drifts": lookup(form, "drift.from_day"),
    }
    remarks = [
        words(f"assumptions.{what}", day=words.plain(day)) for what, day in days.items() if day
    ]
    return ", ".join([appendix.form_name(name, words), *remarks])
