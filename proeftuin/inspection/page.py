"""The inspection as one self-contained page, without scripts or external resources."""

from typing import Any

from jinja2 import ChoiceLoader, PackageLoader

from proeftuin.inspection import plots
from proeftuin.inspection.sheet import Datasheet
from proeftuin.inspection.survey import Survey
from proeftuin.inspection.wording import band, counts, figure_text, tallied, value_text, verdict
from proeftuin.report.escaping import environment_of
from synthetic_data.schema import LABELS, TABLES

MARKS = {"[S]": "sourced", "[D]": "derived from sourced figures", "[A]": "assumption"}
#: What no synthetic world can answer, whatever its checks say.
CANNOT_TELL = (
    "How much fraud there is in the Netherlands, or at any real bank, shop or operator. Rates are "
    "put in, not found.",
    "How well a real detector would do. Criminals here do what somebody wrote down; real ones do "
    "what nobody thought of. Differences between arms in the same world mean more than levels.",
    "How criminals answer to a measure. They move on only where a scenario says so, after a date "
    "that was chosen.",
    "Whether a number that is marked as an assumption is right. Most numbers are: vary them before "
    "drawing a conclusion from one of them.",
    "Anything about a real person. No row was made from real rows, so nothing here can be looked "
    "up, and no privacy was at stake in making it.",
    "Whether a check that passed means the world is real. A band is a wide gate: a world outside "
    "is suspect, a world inside has only not been caught.",
    "What lies outside the horizon: yearly figures are scaled from the days simulated, seasons "
    "beyond them are not seen.",
)


def page(survey: Survey) -> str:
    """Render the page; charts and tables are those of the first world."""
    sheet = survey.sheets[0]
    environment = environment_of(
        ChoiceLoader([PackageLoader("proeftuin.inspection"), PackageLoader("proeftuin.report")])
    )
    environment.globals |= {
        "verdict": verdict, "tallied": tallied, "band": band,
        "figure_text": figure_text, "value_text": value_text,
    }  # fmt: skip
    html = environment.get_template("inspection.html.j2").render(
        sheet=sheet,
        survey=survey,
        worlds=len(survey.sheets),
        counts=counts(survey),
        failed=[check for check in survey.checks if False in check.passed],
        drawings=plots.drawings(sheet.pictures),
        tables=_tables(sheet),
        labels=LABELS,
        marks=_marks(sheet),
        cannot_tell=CANNOT_TELL,
    )
    return html + "\n"


def _tables(sheet: Datasheet) -> list[dict[str, Any]]:
    """Return the tables of the world, each with its sector, partners, rows and columns."""
    return [
        {
            "name": name,
            "sector": table.sector,
            "partners": ", ".join(sheet.partners.get(table.sector, ())),
            "rows": f"{sheet.rows[name]:,}",
            "columns": table.columns,
        }
        for name, table in TABLES.items()
        if name in sheet.rows
    ]


def _marks(sheet: Datasheet) -> str:
    sources = [one.source[:3] for one in sheet.assumptions]
    return ", ".join(f"{sources.count(mark)} {name} {mark}" for mark, name in MARKS.items())
