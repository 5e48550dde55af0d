"""Gains, burdens and disclosures of every partner under one form of sharing."""

from collections.abc import Iterator, Mapping

from proeftuin.metrics import METRICS
from proeftuin.report.appendix import partner_name
from proeftuin.report.arms import ReportedArm
from proeftuin.report.results import Results
from proeftuin.report.tables import Cell, Table, uplift_cell, with_unit
from proeftuin.report.words import Words

#: Metrics of what a partner gains, bears and gives; the table shows those that were measured.
GAINS = ("stopped_share", "victims_spared_share")
BEARS = ("journeys_stopped_by_own_action", "people_stopped")
GIVES = ("persons_disclosed", "fields_disclosed")


def per_partner(
    focus: ReportedArm | None, market: Mapping[str, object], results: Results, words: Words
) -> Table | None:
    """Return every partner's outcomes under the form of sharing in focus, beside the baseline."""
    if focus is None:
        return None
    partners = list(_partners(market))
    metrics = [
        metric
        for metric in (*GAINS, *BEARS, *GIVES)
        if metric in METRICS and any(_known(focus, metric, name, results) for _, name in partners)
    ]
    rows: list[list[Cell]] = []
    sections: dict[int, str] = {}
    before = ""
    for sector, name in partners:
        if not any(_known(focus, metric, name, results) for metric in metrics):
            continue
        if sector != before:
            sections[len(rows)] = words(f"partners.sectors.{sector}")
            before = sector
        cells = [_cell(focus, metric, name, results, words) for metric in metrics]
        rows.append([Cell(partner_name(name, words)), *cells])
    if not rows:
        return None
    groups = [
        (words(f"partners.{key}"), count)
        for key, part in (("gains", GAINS), ("bears", BEARS), ("gives", GIVES))
        if (count := sum(metric in part for metric in metrics))
    ]
    columns = [
        Cell(words("partners.partner")),
        *(
            Cell(with_unit(metric, words) if metric in GAINS else words(f"metrics.{metric}.name"))
            for metric in metrics
        ),
    ]
    caption = words("partners.caption", arm=focus.name)
    return Table(caption, columns, rows, groups=groups, sections=sections)


def _cell(arm: ReportedArm, metric: str, partner: str, results: Results, words: Words) -> Cell:
    """Return a gain as a tested difference, other outcomes as a level beside the baseline's."""
    estimate = results.get(arm.key, metric, partner)
    if metric in GAINS:
        return uplift_cell(metric, estimate, words)
    base = results.get(results.baseline, metric, partner).mean
    note = words("partners.against", value=words.measure(metric, base))
    return Cell(words.measure(metric, estimate.mean), (note,), muted=estimate.mean != estimate.mean)


def names(market: Mapping[str, object]) -> list[str]:
    """Return the names of all partners of a market, by sector."""
    return [name for _, name in _partners(market)]


def _partners(market: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    absent = market.get("absent")
    for sector, shares in market.items():
        if sector not in (absent if isinstance(absent, list) else []) and isinstance(
            shares, Mapping
        ):
            yield from ((sector, str(name)) for name in shares)


def _known(arm: ReportedArm, metric: str, partner: str, results: Results) -> bool:
    mean = results.get(arm.key, metric, partner).mean
    return mean == mean
