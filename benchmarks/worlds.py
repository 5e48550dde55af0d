"""Inspects every world that a study or page quotes, and writes the table of ``docs/worlds.md``.

    python benchmarks/worlds.py [STUDY ...]

Studies whose worlds have the same settings share an inspection. Every check that fails needs a
reason in ``REASONS`` why it cannot be mended; the command ends with code 1 if one lacks it, or if a
world fails more than three.
"""

import argparse
import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from joblib import Parallel, delayed

from proeftuin.commandline import environment
from proeftuin.inspection.survey import Survey, Tally, inspect_settings
from proeftuin.inspection.wording import band, counts, value_text
from proeftuin.inspection.writing import failures
from proeftuin.settings.compose import settings_for
from proeftuin.settings.paths import conf_dir
from proeftuin.settings.study import Settings
from synthetic_data import WORLDS_SINCE

MOST = 3  #: failures of a world
#: Why a check fails that nobody can mend, by its id.
REASONS = {
    "A5": "the anchors contradict each other: by CBS 7 % of people are victims of purchase fraud a "
    "year and 18 % of those tell the police, 190,000 reports; the police counted 70,000 of all "
    "online fraud (2023). The world follows CBS, and NVB for bank-helpdesk fraud",
    "B1": "a hair outside in a hamlet of 4,000 adults; 58 in a town of 25,000",
    "B3": "half of the victims of bank-helpdesk fraud lose more than EUR 400 to 900 (CBS), most "
    "transfers are below EUR 100: the amount tells more here than in card data",
    "E1": "the amount again, see B3",
    "L14": "card payments at a till are left out, so an adult pays on about one day in four, "
    "whether a victim or not",
}
#: Worlds of no study that pages and settings quote. An inspection holds a world in memory, so of
#: the Netherlands it takes a part.
QUOTED = {
    "README, audit, deployment": ["world=hamlet"],
    "README, generate and inspect": ["world=hamlet", "scenario=mix"],
    "conf/scenario/emerging": ["scenario=emerging"],
    "conf/scenario/none": ["scenario=none"],
    "conf/world/netherlands, 50,000 adults": [
        "world=netherlands",
        "world.population.persons=50000",
    ],
}
PAGE = Path(__file__).parents[1] / "docs" / "worlds.md"


def main() -> int:
    """Write the page; return 1 if a world fails too much or without a reason."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("studies", nargs="*", help="names of studies; all if none is given")
    given = arguments.parse_args()
    environment.prepare()
    names = given.studies or sorted(path.stem for path in conf_dir().glob("study/*.yaml"))
    rows, notes, wrong = [], [], False
    worlds = list(worlds_of(names, {} if given.studies else QUOTED))
    surveys = Parallel(n_jobs=2, return_as="generator")(
        delayed(inspect_settings)(replace(settings, repetitions=1)) for _, settings in worlds
    )
    for (studies, settings), survey in zip(worlds, surveys, strict=True):
        failed = failures(survey)
        wrong |= len(failed) > MOST or any(check.id not in REASONS for check in failed)
        rows.append(_row(studies, settings, survey))
        notes += [_note(studies, check) for check in failed]
        print(", ".join(studies), counts(survey), sep=": ", flush=True)
    PAGE.write_text("\n".join([*HEAD, *rows, "", *FAILED, *notes]) + "\n", "utf-8")
    return int(wrong)


def worlds_of(
    names: list[str], quoted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[list[str], Settings]]:
    """Yield the worlds of some studies and pages: who shares each, and its settings."""
    found: dict[str, tuple[list[str], Settings]] = {}
    for name, given in [*((name, [f"study={name}"]) for name in names), *quoted.items()]:
        settings = settings_for(list(given))
        key = repr((dataclasses.asdict(settings.world), dataclasses.asdict(settings.scenario)))
        found.setdefault(key, ([], settings))[0].append(name)
    yield from found.values()


def _row(studies: list[str], settings: Settings, survey: Survey) -> str:
    world = f"{settings.world.name}, {settings.scenario.name}"
    where = ", ".join(studies)
    return f"| {where} | {world} | {counts(survey)} |"


def _note(studies: list[str], check: Tally) -> str:
    where, reason = studies[0], REASONS.get(check.id, "not mended yet")
    return (
        f"| {where} | {check.id} | {check.name} | {value_text(check)} | {band(check)} | {reason} |"
    )


HEAD = (
    "# The worlds that are quoted, inspected",
    "",
    f"By `python benchmarks/worlds.py`, version {WORLDS_SINCE} ({date.today():%d %B %Y}): one "
    "world of seed 42 of every study and page, held against the bands and leak",
    "checks of `proeftuin inspect`. Studies whose worlds have the same settings share a line.",
    "",
    "| studies, pages | world, scenario | checks |",
    "|---|---|---|",
)
FAILED = (
    "What fails, and why it is not mended:",
    "",
    "| studies, the first | check | what | value | band | reason |",
    "|---|---|---|---|---|---|",
)


if __name__ == "__main__":
    sys.exit(main())
